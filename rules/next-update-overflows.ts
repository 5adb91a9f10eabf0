import { runtimeBytes, usedBytes } from "../daemon/space.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import { repairByMerge } from "./engine/after-merge.ts";
import { type KeyState, xcpNgEntries } from "./engine/key-state.ts";
import { idsOf, type NextUpdate, nextUpdates } from "./engine/next-updates.ts";
import type { BlobRule, Repair, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";

const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;

export const nextUpdateOverflows: BlobRule = {
  meta: {
    id: "next-update-overflows",
    title: "A known update of dbx does not fit any more",
    severity: "warning",
    breaks: "update",
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Adds each known update of dbx to what is stored, as the daemon does: only updates that a stored key can verify (all of them where no signature is asked for), and without entries that are there under the same owner. Compares the result with the limits: 57344 bytes for a variable, 131072 bytes for all, with those that the daemon makes at start. Silent where the store is the incident of October 2025: incident-2025-10 speaks of it.",
      why: "State armed: a daemon before the append fix would store the update past the limit of a variable and never load the NVRAM again, so that the VM is lost at its next start; one with the fix refuses it. State blocked: no daemon takes it, because the total is full. A guest whose updates are refused tries again and again and never gets the revocations. An error where no known update fits any more.",
      repair:
        "Where merging copies in dbx makes room for every known update, that. Otherwise none is applied by default: where dbx is what is full, --strategy compact drops entries that can match nothing and joins lists; where the total is, delete variables that nobody needs, such as crash dumps, from inside the guest.",
      notAFault:
        "A full store is no fault as long as the updates that are known still fit. Updates of a signer that KEK lacks are refused anyway and do not count.",
      references: [
        "varstored handler.c, do_set_variable and get_space_usage",
        "xapi-project/varstored CA-419599 (the append fix)",
      ],
    },
  },
  topics: ["update-dbx", "write-dbx", "hosts"],
  message: ({ update, bytesMissing, state, dbxBytesAfter, dataLimit, totalLimit, overflowing }) => {
    const others = (overflowing as readonly string[]).filter((id) => id !== update);
    const also = others.length === 0 ? "" : ` The same holds for ${listed(others)}.`;
    return state === "armed"
      ? `With the update ${update} dbx would have ${dbxBytesAfter} bytes, ${bytesMissing} more than the ${dataLimit} that are allowed. A daemon before the append fix stores it and never loads the NVRAM again; one with the fix refuses it.${also}`
      : `Every daemon refuses the update ${update}: it needs ${bytesMissing} bytes more than are left of ${totalLimit}.${also}`;
  },
  on: "blob",
  *detect(blob, context) {
    const state = context.keys();
    if (isPlanted(state)) return;
    if (state.dbx === null && blob.stop !== null) return;
    const dbxBytes = state.dbx?.variable.data.length ?? 0;
    if (dbxBytes > DATA_LIMIT) return;
    const updates = nextUpdates(blob, context);
    const overflowing = updates.filter(({ effect }) => effect !== "fits");
    const worst = overflowing.find(({ effect }) => effect === "kills") ?? overflowing[0];
    if (worst === undefined) return;
    const variable = state.dbx?.variable;
    yield {
      ...(variable === undefined
        ? { path: "", span: null }
        : { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan }),
      facts: {
        update: worst.id,
        state: worst.effect === "kills" ? "armed" : "blocked",
        bytesMissing: worst.bytesMissing,
        dbxBytes,
        dbxBytesAfter: worst.dbxBytesAfter,
        dataLimit: DATA_LIMIT,
        usedBytes: usedBytes(blob.variables) + runtimeBytes(blob.variables),
        totalLimit: TOTAL_LIMIT,
        overflowing: overflowing.map(({ id }) => id),
        fits: idsOf(updates, "fits"),
      },
      severity: overflowing.length === updates.length ? "error" : "warning",
      repair: repairByMerge(blob, context, overflows) ?? byHand(worst),
    };
  },
};

function overflows(blob: VarstoredBlob, context: RuleContext): boolean {
  return nextUpdates(blob, context).some(({ effect }) => effect !== "fits");
}

function byHand({ effect, bytesMissing }: NextUpdate): Repair {
  const title =
    effect === "kills"
      ? `Make dbx ${bytesMissing} bytes smaller before the guest updates: --strategy compact drops what can match nothing`
      : `Free ${bytesMissing} bytes: delete variables that nobody needs from inside the guest`;
  return { applicability: "manual", title, patches: [] };
}

function isPlanted({ KEK, db, dbx }: KeyState): boolean {
  return [KEK, db, dbx].some((keys) => keys !== null && xcpNgEntries(keys) > 0);
}
