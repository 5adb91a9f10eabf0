import { runtimeBytes, usedBytes, variableBytes } from "../daemon/space.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import { SHIM_LOCK } from "../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { BlobRule, Detection } from "./engine/rule.ts";

const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;
const NEAR_PERCENT = 75;
/** Lists of which shim makes a copy for the kernel at every start, and the copy's name. */
const MIRRORS: ReadonlyMap<string, string> = new Map([
  ["MokList", "MokListRT"],
  ["MokListX", "MokListXRT"],
]);

export const mokListNearLimit: BlobRule = {
  meta: {
    id: "mok-list-near-limit",
    title: "A list of machine owner keys is close to what fits",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for lists of shim (MokList, MokListX and requests to change them) with more than three quarters of the 57344 bytes that a variable may have, and for lists of which a second copy does not fit into the 131072 bytes of all variables.",
      why: "shim copies MokList and MokListX at every start into variables that the kernel can read (MokListRT, MokListXRT). Where the copy finds no room, shim says that it could not create it, and, depending on its version and on Secure Boot, stops. A list that grows past its own limit by a request ends like the dbx of October 2025 on a daemon before the fix.",
      repair:
        "None is applied: the keys are the owner's. In the guest, mokutil --list-enrolled shows them and mokutil --delete asks shim to remove what is not needed any more.",
      references: [
        "rhboot/shim mok.c, import_mok_state and mirror_one_mok_variable; pull request 372",
        "varstored include/handler.h, DATA_LIMIT and TOTAL_LIMIT",
      ],
    },
  },
  message: ({ variable, bytes, limit, missing }) =>
    missing === 0
      ? `${variable} has ${bytes} of the ${limit} bytes that a variable may have.`
      : `shim's copies of its lists need ${missing} bytes more than are left; the largest list is ${variable} with ${bytes} bytes.`,
  on: "blob",
  *detect({ variables }) {
    const lists = variables.filter((variable) => signatureVariableKind(variable) === "mok");
    for (const variable of lists) {
      if (variable.data.length * 100 > DATA_LIMIT * NEAR_PERCENT) yield found(variable, 0);
    }
    const missing = missingForMirrors(variables, lists);
    const [largest] = lists
      .filter(({ name }) => MIRRORS.has(name))
      .sort((a, b) => b.data.length - a.data.length);
    if (missing > 0 && largest !== undefined)
      yield { ...found(largest, missing), severity: "warning", repair: FEWER_KEYS };
  },
};

const FEWER_KEYS: NonNullable<Detection["repair"]> = {
  applicability: "manual",
  title: "Remove keys that are not needed, in the guest: mokutil --delete",
  patches: [],
};

function found(variable: EfiVariable, missing: number): Detection {
  return {
    variable,
    path: `variables[${variable.index}].data`,
    span: variable.dataSpan,
    facts: { variable: shortName(variable.name), bytes: variable.data.length, limit: DATA_LIMIT, missing },
  };
}

/** Bytes by which the daemon's total falls short of holding the copies as well; 0 where it does not. */
function missingForMirrors(variables: readonly EfiVariable[], lists: readonly EfiVariable[]): number {
  const names = new Set(
    variables.filter(({ vendorGuid }) => vendorGuid === SHIM_LOCK).map(({ name }) => name),
  );
  let mirrors = 0;
  for (const list of lists) {
    const mirror = MIRRORS.get(list.name);
    if (mirror === undefined || names.has(mirror)) continue;
    mirrors += variableBytes(list) + 2 * (mirror.length - list.name.length);
  }
  if (mirrors === 0) return 0;
  return Math.max(0, usedBytes(variables) + runtimeBytes(variables) + mirrors - TOTAL_LIMIT);
}
