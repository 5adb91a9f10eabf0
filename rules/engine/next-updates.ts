/** What the known updates of dbx would do to a store, on a daemon before and after its append fix (xapi-project/varstored CA-419599). */

import { runtimeBytes, usedBytes } from "../../daemon/space.ts";
import { readSignatureDatabase, type SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { VarstoredBlob } from "../../parsers/model.ts";
import { oncePerPair } from "../../parsers/once-per.ts";
import { takeInventory } from "../knowledge/dbx-inventory.ts";
import { growthBy, type UpdateGrowth } from "../knowledge/dbx-releases.ts";
import type { DbxRelease } from "../knowledge/dbx-table.ts";
import { type KeyState, trustsMicrosoft, verifies } from "./key-state.ts";
import type { RuleContext } from "./rule.ts";

const { DATA_LIMIT, TOTAL_LIMIT, VARIABLE_SIZE_OVERHEAD } = VARSTORED_LIMITS;
const NO_SIGNATURES: SignatureDatabase = readSignatureDatabase(new Uint8Array(0));
/** What a dbx that is not there yet costs besides its data: a name of three UCS-2 units, and the daemon's overhead. */
const NEW_DBX_BYTES: number = 6 + VARIABLE_SIZE_OVERHEAD;

/**
 * fits: both daemons take it. kills: one before the fix stores it and never loads the NVRAM again, one with the fix
 * refuses it. blocked: both refuse it, because the total of all variables has no room.
 */
export type UpdateEffect = "fits" | "kills" | "blocked";

export interface NextUpdate extends UpdateGrowth {
  readonly id: string;
  readonly effect: UpdateEffect;
  /** Bytes by which the limit would be passed, the worse where both would; 0 where it fits. */
  readonly bytesMissing: number;
}

/**
 * Each known update that would add something and whose signer a stored key verifies, newest first. In setup mode, and where
 * the daemon asks for no signature, nobody needs to sign; of a reference without a signature it is taken that somebody will
 * whom a store that trusts Microsoft knows. Several rules ask.
 */
export function nextUpdates(blob: VarstoredBlob, context: RuleContext): readonly NextUpdate[] {
  const keys = context.keys();
  return (needsSignature(context) ? verifiedUpdates : allUpdates)(blob, keys, context);
}

/** `platform:auth-enforce` turns the checks off where it is exactly `false` (varstored.c, initialize_settings). */
function needsSignature({ vm, keys }: RuleContext): boolean {
  return keys().PK !== null && vm.fields.get("platform:auth-enforce") !== "false";
}

const verifiedUpdates = oncePerPair(
  (blob: VarstoredBlob, keys: KeyState, context: RuleContext): readonly NextUpdate[] =>
    updatesOf(blob, keys, context, ({ signer }) =>
      signer === null ? trustsMicrosoft(keys) : verifies(keys, signer),
    ),
);
const allUpdates = oncePerPair(
  (blob: VarstoredBlob, keys: KeyState, context: RuleContext): readonly NextUpdate[] =>
    updatesOf(blob, keys, context, () => true),
);

function updatesOf(
  { variables }: VarstoredBlob,
  { dbx }: KeyState,
  { knowledge, platform }: RuleContext,
  isAccepted: (release: DbxRelease) => boolean,
): readonly NextUpdate[] {
  const table = knowledge.dbxTable();
  const inventory = dbx?.inventory ?? takeInventory(table, NO_SIGNATURES, platform);
  const dbxBytes = dbx?.variable.data.length ?? 0;
  const total = usedBytes(variables) + runtimeBytes(variables) + (dbx === null ? NEW_DBX_BYTES : 0);
  return table.releases
    .filter(isAccepted)
    .map((release) => judged(growthBy(release, inventory, dbxBytes), total))
    .filter(({ addedCount }) => addedCount > 0)
    .reverse();
}

function judged(growth: UpdateGrowth, total: number): NextUpdate {
  const overData = growth.dbxBytesAfter - DATA_LIMIT;
  const overTotal = total + growth.addedBytes - TOTAL_LIMIT;
  const fitting = overData > 0 ? "kills" : "fits";
  const { release, addedCount, droppedCount, addedBytes, dbxBytesAfter, fits } = growth;
  // Named one by one: this is made for every known update in every analysis.
  return {
    release,
    addedCount,
    droppedCount,
    addedBytes,
    dbxBytesAfter,
    fits,
    id: release.id,
    effect: overTotal > 0 ? "blocked" : fitting,
    bytesMissing: Math.max(overData, overTotal, 0),
  };
}

/** Ids of the updates with this effect, newest first. */
export function idsOf(updates: readonly NextUpdate[], effect: UpdateEffect): readonly string[] {
  return updates.filter((update) => update.effect === effect).map(({ id }) => id);
}
