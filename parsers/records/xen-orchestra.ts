/** Metadata of Xen Orchestra's VM backups (@xen-orchestra/backups: _runners/_writers, RemoteAdapter.mjs, _filenameDate.mjs). */

import { PARSER_LIMITS } from "../limits.ts";
import type { BackupNeeds, BackupRef } from "../model.ts";
import { isObject, type JsonObject, type JsonValue } from "../text/json-text.ts";

/** Members of a backup whose value is a VM's record; they lead the name of the source. */
export const BACKUP_RECORDS: ReadonlySet<string> = new Set(["vm", "vmSnapshot"]);
/** Contents of vTPMs, which are secret (IncrementalRemoteWriter.mjs): never walked into. */
export const SECRET_MEMBER = "vtpms";

const BACKUP_FIELDS: readonly string[] = ["jobId", "scheduleId", "timestamp"];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/**
 * A folder of the remote: `xo-vm-backups/UUID/20251023T101112Z.json`, with whatever stands before. Appliances are exports, too: who
 * keeps them by VM and time means the same.
 */
const BACKUP_PATH =
  /(?:^|[\\/!])([0-9a-f-]{36})[\\/](\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.(?:json|xva|ova|ova\.gz|ovf)$/i;
/** The first millisecond that ISO 8601 cannot write with four digits of a year. */
const YEAR_10000 = 253_402_300_800_000;

/** Null where the object is no metadata of a backup. `file`: its path in the remote, where a cache tells that. */
export function backupRefOf(object: JsonObject, file: string | null): BackupRef | null {
  const holdsRecord = [...BACKUP_RECORDS].some((name) => isObject(object[name]));
  if (!holdsRecord || !BACKUP_FIELDS.some((name) => Object.hasOwn(object, name))) return null;
  const vm = object["vm"];
  const named = file === null ? null : backupPlaceOf(file);
  return {
    vmUuid: uuidOf(isObject(vm) ? vm["uuid"] : undefined) ?? named?.vmUuid ?? null,
    timestamp: timeOf(object["timestamp"]) ?? named?.timestamp ?? null,
    mode: textOf(object["mode"]),
    jobId: textOf(object["jobId"]),
    scheduleId: textOf(object["scheduleId"]),
    xva: textOf(object["xva"]),
    file,
    needs: needsOf(object),
  };
}

/**
 * A restore of a full backup imports the export that `xva` names; one of a delta backup reads a disk for each member of `vhds`, and
 * takes `vm` with the suspend_VDI of `vmSnapshot` (RemoteAdapter.mjs, readFullVmBackup and readIncrementalVmBackup).
 */
function needsOf(object: JsonObject): BackupNeeds {
  const { mode, vhds, vdis, size } = object;
  const isDelta = mode === "delta" || (mode !== "full" && isObject(vhds));
  const named = isDelta && isObject(vhds) ? Object.values(vhds) : [];
  const paths = named.flatMap((path) => (typeof path === "string" ? [path] : []));
  return {
    xvaBytes: typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : null,
    vhds: paths.slice(0, PARSER_LIMITS.maxBackupDisks),
    moreVhds: Math.max(0, paths.length - PARSER_LIMITS.maxBackupDisks),
    lostSuspendDisk: isDelta ? lostSuspendDisk(object, isObject(vdis) ? vdis : {}) : null,
  };
}

/** Either record may name it: the snapshot of a suspended VM has a disk of its own. */
function lostSuspendDisk({ vm, vmSnapshot }: JsonObject, vdis: JsonObject): string | null {
  if (!isObject(vm) || vm["power_state"] !== "Suspended") return null;
  const disks = [vmSnapshot, vm].flatMap((record) => {
    const disk = isObject(record) ? textOf(record["suspend_VDI"]) : null;
    return disk === null || disk === "" || disk === NULL_REFERENCE ? [] : [disk];
  });
  return disks.some((disk) => Object.hasOwn(vdis, disk)) ? null : (disks[0] ?? NULL_REFERENCE);
}

const NULL_REFERENCE = "OpaqueRef:NULL";

/** What the place of a file in a remote says: whose backup it is, and of when (to the second). */
export function backupPlaceOf(path: string): { readonly vmUuid: string; readonly timestamp: string } | null {
  const [, folder = "", year, month, day, hour, minute, second] = BACKUP_PATH.exec(path) ?? [];
  const vmUuid = uuidOf(folder);
  if (vmUuid === null) return null;
  const timestamp = timeOf(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`));
  return timestamp === null ? null : { vmUuid, timestamp };
}

function uuidOf(value: JsonValue | undefined): string | null {
  const text = typeof value === "string" ? value.toLowerCase() : "";
  return UUID.test(text) ? text : null;
}

/** Milliseconds since 1970 as ISO 8601 UTC; null for what is no time. */
function timeOf(value: JsonValue | undefined): string | null {
  if (typeof value !== "number" || !(value >= 0 && value < YEAR_10000)) return null;
  return new Date(value).toISOString();
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
