import { entriesOwnedBy } from "../parsers/efi/owner-runs.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import { MICROSOFT_OWNER } from "../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { type HeldKeys, type KeyState, xcpNgEntries } from "./engine/key-state.ts";
import { idsOf, type NextUpdate, nextUpdates } from "./engine/next-updates.ts";
import { overLimitRepair } from "./engine/over-limit.ts";
import type { BlobRule, Facts, Repair, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";

const { DATA_LIMIT } = VARSTORED_LIMITS;
/** What the package's variables were stamped with. The corrected packages use it as well, so it proves nothing alone. */
const PACKAGE_TIME = "2025-07-29T14:22:00";

type Stage = "planted" | "grown" | "over-limit";

export const incident202510: BlobRule = {
  meta: {
    id: "incident-2025-10",
    title: "Keys planted by the varstored update of October 2025",
    severity: "error",
    breaks: "update",
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Diagnoses the incident of October 2025: entries of KEK, db or dbx under the owner GUID of XCP-ng. Tells the stage (planted: only these entries; grown: dbx holds entries of Microsoft as well, within the limit; over-limit: dbx is longer than 57344 bytes), and what each known update of dbx that KEK can verify would do next.",
      why: "varstored 1.2.0-3.1 of XCP-ng 8.3 enrolled Microsoft's certificates and revocations under XCP-ng's own owner, and hashes of whole files besides. The daemon compares the owner when it drops known entries, so an update from Microsoft is added in full. A daemon before the append fix stores it even past 57344 bytes, and then never loads the NVRAM again: the VM is lost at its next start. One with the fix answers EFI_OUT_OF_RESOURCES each time, so that the guest is never updated. Which update comes next is up to the guest, so a VM that starts today may not tomorrow.",
      repair:
        "Safe, by the repairs of wrong-signature-owner and duplicate-signature: the entries get Microsoft's owner, copies are stored once, and nothing is lost. After it every known update fits. Only where dbx is still longer than 57344 bytes then, more has to go: see variable-data-over-limit.",
      notAFault:
        "XCP-ng's owner GUID in PK is right. The timestamp 2025-07-29 14:22:00 is also that of the corrected packages.",
      references: [
        "XCP-ng blog, 2025-10-30: varstored update, unbootable VM risk and remediation",
        "xcp-ng-rpms/varstored 1.2.0-3.1, SOURCES/gen-sbvar.py",
        "varstored handler.c, do_set_variable and filter_signature_list; xapi-project/varstored CA-419599",
      ],
    },
  },
  topics: ["change-owners", "update-dbx", "hosts"],
  message: (facts) =>
    `Stage ${facts["stage"]}: the varstored update of October 2025 put ${facts["entries"]} entries of ${listed(facts["variables"])} under the owner GUID of XCP-ng; ${stageText(facts)}.`,
  on: "blob",
  *detect(blob, context) {
    const state = context.keys();
    const affected = affectedKeys(state);
    const last = affected.at(-1);
    if (last === undefined) return;
    const { variable } = last.keys;
    const facts = factsOf(affected, state, nextUpdates(blob, context));
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts,
      ...(facts.stage === "over-limit" ? { breaks: "start" as const } : {}),
      repair: repairOf(affected, last, context),
    };
  },
};

/** As the rules mend it that are concerned with the single variables. */
function repairOf(affected: readonly Affected[], { keys }: Affected, context: RuleContext): Repair {
  if (keys.variable.data.length > DATA_LIMIT) {
    const ofLast = overLimitRepair(keys.variable, keys.database, context);
    if (ofLast.applicability !== "safe") return { ...ofLast, announced: true, patches: [] };
  }
  const names = listed(affected.map(({ keys: { variable } }) => shortName(variable.name)));
  const title = `Set Microsoft's owner GUID in ${names}, and store identical entries once: no signature is lost`;
  return { applicability: "safe", announced: true, title, patches: [] };
}

interface Affected {
  readonly keys: HeldKeys;
  /** Entries under XCP-ng's owner. */
  readonly planted: number;
}

/** Those of KEK, db and dbx, in this order, that hold such an entry. */
function affectedKeys({ KEK, db, dbx }: KeyState): Affected[] {
  return [KEK, db, dbx]
    .filter((keys) => keys !== null)
    .map((keys) => ({ keys, planted: xcpNgEntries(keys) }))
    .filter(({ planted }) => planted > 0);
}

function factsOf(affected: readonly Affected[], { dbx }: KeyState, updates: readonly NextUpdate[]) {
  const dbxBytes = dbx?.variable.data.length ?? 0;
  const microsoftInDbx = dbx === null ? 0 : entriesOwnedBy(dbx.database, MICROSOFT_OWNER);
  const plantedInDbx = affected.find(({ keys }) => keys === dbx)?.planted ?? 0;
  const grown: Stage = plantedInDbx > 0 && microsoftInDbx > 0 ? "grown" : "planted";
  const refused = updates.filter(({ effect }) => effect !== "fits");
  const worst = refused.find(({ effect }) => effect === "kills") ?? refused[0];
  const variables = affected.map(({ keys }) => keys.variable);
  return {
    stage: dbxBytes > DATA_LIMIT ? ("over-limit" satisfies Stage) : grown,
    variables: variables.map(({ name }) => shortName(name)),
    entries: affected.reduce((sum, { planted }) => sum + planted, 0),
    plantedInDbx,
    microsoftInDbx,
    dbxBytes: dbx === null ? null : dbxBytes,
    limit: DATA_LIMIT,
    update: worst?.id ?? null,
    dbxBytesAfter: worst?.dbxBytesAfter ?? null,
    fits: idsOf(updates, "fits"),
    kills: idsOf(updates, "kills"),
    blocked: refused.map(({ id }) => id),
    packageTime: variables.some(({ timestamp }) => formatEfiTime(timestamp) === PACKAGE_TIME),
  };
}

function stageText(facts: Facts): string {
  const { stage, dbxBytes, limit, microsoftInDbx } = facts;
  if (stage === "over-limit")
    return `dbx has grown to ${dbxBytes} bytes, and varstored loads at most ${limit}`;
  const copies = stage === "grown" ? `dbx holds ${microsoftInDbx} entries of Microsoft besides; ` : "";
  return `${copies}${updateText(facts)}`;
}

function updateText({ update, dbxBytes, dbxBytesAfter, limit, kills, blocked }: Facts): string {
  if (dbxBytes === null) return "there is no dbx that could be read";
  if (update === null) return `dbx has ${dbxBytes} of ${limit} bytes, and every known update still fits`;
  const others = (blocked as readonly string[]).filter((id) => id !== update);
  const also = others.length === 0 ? "" : ` (so would ${listed(others)})`;
  if (!(kills as readonly string[]).includes(String(update)))
    return `the update ${update} is refused, because the total of all variables has no room for it${also}`;
  return `the update ${update} would make dbx ${dbxBytesAfter} bytes of at most ${limit}${also}: a daemon before the append fix stores it and never loads the NVRAM again, one with the fix refuses it`;
}
