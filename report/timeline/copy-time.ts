/**
 * Points in time that no backup of one VM tells: the databases of a pool's backups hold the record of every VM, as it was then,
 * and a database or metadata export holds snapshots beside the VM that they are of.
 */
import type { VmSource } from "../../parsers/model.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import { isOfMachine } from "../machines.ts";
import type { VmReport } from "../vm.ts";

/** What of a record tells its time, or whose it is; null for what it does not tell. */
export interface CopyTime {
  /** Place of the copy among all of its input. */
  readonly index: number;
  /** References inside one input. */
  readonly ref: string | null;
  readonly snapshotOf: string | null;
  /** ISO 8601 UTC. */
  readonly snapshotTime: string | null;
}

/** Null for what is no VM's own record, and no snapshot of one that tells its time. */
export function copyTimeOf(
  { kind, source, fields, firmware, nvram, backup }: VmSource,
  index: number,
): CopyTime | null {
  // A BIOS VM has none, and nothing of it is restored.
  if (backup !== undefined || (nvram === null && firmware !== "uefi")) return null;
  const [ref, snapshotOf] = [refOf(fields.get("_ref")), refOf(fields.get("snapshot_of"))];
  const snapshotTime = kind === "snapshot" ? isoTime(fields.get("snapshot_time") ?? "") : null;
  if (kind === "snapshot" && snapshotOf !== null && snapshotTime !== null)
    return { index, ref, snapshotOf, snapshotTime };
  return isOfMachine({ kind, source }) && kind === "vm"
    ? { index, ref, snapshotOf: null, snapshotTime: null }
    : null;
}

/**
 * The same of a copy in a saved report, which has neither references nor times of snapshots: a pool's database tells by its place when it
 * was saved, and the VM's own record is known by its kind.
 */
export function savedCopyTimeOf(
  {
    kind,
    source,
    firmware,
    nvram,
    backup,
  }: Pick<VmReport, "kind" | "source" | "firmware" | "nvram" | "backup">,
  index: number,
): CopyTime | null {
  if (backup !== null || (nvram === null && firmware !== "uefi")) return null;
  return isOfMachine({ kind, source }) && kind === "vm"
    ? { index, ref: null, snapshotOf: null, snapshotTime: null }
    : null;
}

/** `OpaqueRef:NULL` refers to nothing (xapi ocaml/xapi-types/ref.ml). */
function refOf(value: string | undefined): string | null {
  return value === undefined || value === "" || value === "OpaqueRef:NULL" ? null : value;
}

/** As xapi writes times (xapi ocaml/libs/clock/date.ml): with dashes or without; 1970 stands for never. */
const TIME = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)Z$/;

function isoTime(text: string): string | null {
  const [, year, ...parts] = TIME.exec(text) ?? [];
  if (year === undefined || year === "1970") return null;
  const [month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** `20251103T030000Z/data`: Xen Orchestra's backup of a pool (@xen-orchestra/backups, _runners/_PoolMetadataBackup.mjs). */
const DATABASE = /(?:^|[\\/!])(\d{8}T\d{6}Z)[\\/]data$/;

/** When the database at this path was saved; null where its place does not tell. */
export function databaseTimeOf(path: string): string | null {
  return isoTime(DATABASE.exec(path)?.[1] ?? "");
}

/** UUIDs of the VMs among the copies of one input, by their references. What is no UUID names no VM. */
export function uuidsByRef(
  copies: readonly { readonly uuid: string | null }[],
  times: readonly (CopyTime | null)[],
): ReadonlyMap<string, string> {
  const uuids = new Map<string, string>();
  for (const [i, { uuid }] of copies.entries()) {
    const time = times[i];
    if (time?.ref != null && time.snapshotTime === null && isPlainUuid(uuid))
      uuids.set(time.ref, uuid.toLowerCase());
  }
  return uuids;
}
