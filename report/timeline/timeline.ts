/** The backups of each VM in the order of time: since when it is bad, and which one to go back to. */
import type { Restorable } from "../../rules/backup/restorable.ts";
import type { Verdict } from "../../rules/engine/rule.ts";

/** One judged copy of an NVRAM out of a backup. */
export interface BackupCopy {
  readonly vmUuid: string;
  readonly nameLabel: string | null;
  /** ISO 8601 UTC. */
  readonly timestamp: string;
  /** `full`, `delta`, or what holds no disks; null where nobody says. */
  readonly mode: string | null;
  /** The input that holds the copy, and the copy's place among those of that input. */
  readonly path: string;
  readonly index: number;
  /** The backup's own path, where the input is a cache of several. */
  readonly file: string | null;
  readonly source: string;
  readonly verdict: Verdict;
  /** Rules whose findings break something. */
  readonly broken: readonly string[];
  /** Present where it has no NVRAM, and its record does not tell whether the VM ever had one. */
  readonly mayHaveLost?: true;
  /** Of the blob, in hexadecimal. */
  readonly sha256: string | null;
  /** Of the backup, as this input shows it. */
  readonly restorable: Restorable;
}

/** One point in time. The verdict is that of the copy which a restore of this backup takes, whether or not it would come to its end. */
export interface TimelineBackup {
  readonly timestamp: string;
  readonly mode: string | null;
  readonly restored: BackupCopy;
  readonly restorable: Restorable;
  readonly others: readonly BackupCopy[];
}

/** The database of a pool's backup, which holds the record of every VM. */
export const POOL_METADATA = "pool-metadata";
/** A snapshot that stands in a database or metadata export beside its VM. */
export const SNAPSHOT = "snapshot";
const HELD_BESIDE_OTHERS: ReadonlySet<string | null> = new Set([POOL_METADATA, SNAPSHOT]);

/** Whether what holds the copy is no backup of this VM alone. */
export function isHeldBesideOthers({ mode }: Pick<BackupCopy, "mode">): boolean {
  return HELD_BESIDE_OTHERS.has(mode);
}

/** The VM's own record in an input that does not tell its time: it is later than each snapshot that stands there. */
export type CurrentCopy = Omit<BackupCopy, "timestamp" | "mode" | "restorable">;

/** The metadata of a backup, or its export, that could not be read: its place says whose it is, and of when. */
export interface UnreadBackup {
  readonly vmUuid: string;
  readonly timestamp: string;
  readonly path: string;
}

/** `lastGood` and `firstBad` are places in `backups`. */
export interface Timeline {
  readonly vmUuid: string;
  readonly nameLabel: string | null;
  readonly backups: readonly TimelineBackup[];
  /** The newest good one that can be restored, as far as that is known. */
  readonly lastGood: number | null;
  /** The oldest bad one after it; where none is good, the oldest bad one of all. */
  readonly firstBad: number | null;
  /** Beside the newest of the snapshots that a dump without a time holds; null without one. */
  readonly current: CurrentCopy | null;
  /** The oldest first; none of a time of which another file of the backup could be read. */
  readonly notRead: readonly UnreadBackup[];
}

/**
 * One timeline a VM, in the order of their UUIDs; none for a VM that never had an NVRAM. Copies may come in any order. Of a
 * copy that a cache repeats only the one outside counts, and an input that was named twice counts once.
 */
export function buildTimelines(
  copies: Iterable<BackupCopy>,
  current: Iterable<CurrentCopy> = [],
  unread: Iterable<UnreadBackup> = [],
): Timeline[] {
  const currentOf = new Map<string, CurrentCopy>();
  for (const copy of current) currentOf.set(currentKey(copy), copy);
  const ofVm = new Map<string, BackupCopy[]>();
  for (const copy of copies) push(ofVm, copy.vmUuid, copy);
  const unreadOf = new Map<string, UnreadBackup[]>();
  for (const one of unread) push(unreadOf, one.vmUuid, one);
  return [...ofVm]
    .filter(([, ofOne]) => ofOne.some(({ verdict }) => verdict !== "no-nvram"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([vmUuid, ofOne]) => timelineOf(vmUuid, ofOne, currentOf, unreadOf.get(vmUuid) ?? []));
}

function currentKey({ vmUuid, path }: Pick<BackupCopy, "vmUuid" | "path">): string {
  return `${vmUuid} ${path}`;
}

/**
 * Of each VM what a restore of its newest backup takes; also of those that never had an NVRAM. A backup that cannot be restored is
 * passed over where an older one can be. Copies may come in any order.
 */
export function* newestRestores(copies: Iterable<BackupCopy>): Generator<BackupCopy, void, undefined> {
  const ofVm = new Map<string, BackupCopy[]>();
  for (const copy of copies) if (!isHeldBesideOthers(copy)) push(ofVm, copy.vmUuid, copy);
  for (const ofOne of ofVm.values()) {
    const points = pointsOf(ofOne).toReversed();
    const restored = points.find((ofPoint) => canBeRestored(backupOf(ofPoint))) ?? points[0] ?? [];
    yield backupOf(restored).restored;
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** `YYYY-MM-DDThh:mm:ss`: names of files tell no more (@xen-orchestra/backups, _filenameDate.mjs). */
const SECOND_LENGTH = 19;

/** Copies of one time together, the oldest first. */
function pointsOf(copies: readonly BackupCopy[]): BackupCopy[][] {
  const points = new Map<string, BackupCopy[]>();
  for (const copy of copies) {
    const apart = isHeldBesideOthers(copy) ? ` ${copy.mode}` : "";
    push(points, copy.timestamp.slice(0, SECOND_LENGTH) + apart, copy);
  }
  return [...points].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ofPoint]) => ofPoint);
}

function timelineOf(
  vmUuid: string,
  copies: readonly BackupCopy[],
  currentOf: ReadonlyMap<string, CurrentCopy>,
  unread: readonly UnreadBackup[],
): Timeline {
  const backups = withLost(pointsOf(copies).map(backupOf));
  const newest = backups.at(-1);
  const named = newest?.others.find(({ source }) => source === LIVE_RECORD) ?? newest?.restored;
  const snapshot = backups.findLast(
    ({ mode, restored }) => mode === SNAPSHOT && currentOf.has(currentKey(restored)),
  );
  const current = snapshot === undefined ? null : (currentOf.get(currentKey(snapshot.restored)) ?? null);
  // A snapshot has a name of its own.
  const nameLabel = (newest?.mode === SNAPSHOT ? (current ?? named) : named)?.nameLabel ?? null;
  const read = new Set(backups.map(({ timestamp }) => timestamp.slice(0, SECOND_LENGTH)));
  const lost = new Map(unread.map((one) => [one.timestamp.slice(0, SECOND_LENGTH), one]));
  const notRead = [...lost]
    .filter(([second]) => !read.has(second))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
  return { vmUuid, nameLabel, backups, ...turningPoint(backups), current, notRead };
}

/** What was there in an older backup, and is not in a later one, was lost: that later one's record need not tell it. */
function withLost(backups: readonly TimelineBackup[]): readonly TimelineBackup[] {
  const first = backups.findIndex(({ restored }) => restored.sha256 !== null);
  if (first < 0) return backups;
  return backups.map((backup, i) => {
    const { restored } = backup;
    if (i <= first || restored.mayHaveLost !== true) return backup;
    return { ...backup, restored: { ...restored, broken: [...restored.broken, NVRAM_LOST] } };
  });
}

export const LIVE_RECORD = "vm.NVRAM";

/**
 * What a restore takes, first: of a full backup XAPI imports the XVA, which holds the record that `vmSnapshot` repeats; of
 * a delta backup a VM is made from `vm` (@xen-orchestra/backups, _incrementalVm.mjs, importIncrementalVm).
 */
const FULL_ORDER: readonly string[] = ["NVRAM", "vmSnapshot.NVRAM", LIVE_RECORD];
const DELTA_ORDER: readonly string[] = [LIVE_RECORD, "vmSnapshot.NVRAM", "NVRAM"];
/** VM.revert takes the copy in the metadata (xapi ocaml/xapi/xapi_vm_snapshot.ml, do_not_copy and revert). */
const SNAPSHOT_ORDER: readonly string[] = ["snapshot_metadata.NVRAM", "NVRAM"];

function backupOf(all: readonly BackupCopy[]): TimelineBackup {
  const copies = [
    ...new Map(all.map((copy) => [`${copy.index} ${copy.source} ${copy.path}`, copy])).values(),
  ];
  const outside = new Set(copies.filter(({ file }) => file === null).map(({ source }) => source));
  const counted = copies.filter(({ file, source }) => file === null || !outside.has(source));
  const mode = counted.find((copy) => copy.mode !== null)?.mode ?? null;
  const order = mode === SNAPSHOT ? SNAPSHOT_ORDER : mode === "delta" ? DELTA_ORDER : FULL_ORDER;
  const { restorable, folder } = restorableOf(counted);
  const inOrder = order.flatMap((source) => counted.filter((copy) => copy.source === source));
  const restored = inOrder.find((copy) => folderOf(copy) === folder) ?? inOrder[0] ?? counted[0]!;
  const others = counted.filter((copy) => copy !== restored);
  const exact = counted.find(({ timestamp }) => !timestamp.endsWith(".000Z")) ?? restored;
  return { timestamp: exact.timestamp, mode, restored, restorable, others };
}

/**
 * JSON and export of one folder are one backup, and what is wrong with either is wrong with it. Of a backup that lies in several
 * places, such as a mirror of a remote, one place is enough.
 */
function restorableOf(copies: readonly BackupCopy[]): {
  readonly restorable: Restorable;
  readonly folder: string;
} {
  const byFolder = new Map<string, Restorable[]>();
  for (const copy of copies) push(byFolder, folderOf(copy), copy.restorable);
  const folders = [...byFolder].map(([folder, parts]) => ({ folder, restorable: bothOf(parts) }));
  const [first] = folders;
  return (
    [true, null, false].flatMap((ok) => folders.find(({ restorable }) => restorable.ok === ok) ?? [])[0] ??
    first!
  );
}

function bothOf(parts: readonly Restorable[]): Restorable {
  const bad = parts.filter(({ ok }) => ok === false);
  const counted = bad.length > 0 ? bad : parts.some(({ ok }) => ok === true) ? [] : parts;
  const ok = bad.length > 0 ? false : counted.length === 0 ? true : null;
  return { ok, problems: [...new Set(counted.flatMap(({ problems }) => problems))] };
}

function folderOf({ path }: BackupCopy): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/**
 * Of a last good one of which nobody knows whether it can be restored: the newest before it that is as good, and known to be whole.
 * What holds no disks is written back into a VM that is there.
 */
export function knownGood<
  T extends Pick<TimelineBackup, "mode" | "restorable"> & { readonly verdict: Verdict },
>(backups: readonly T[], lastGood: number | null): T | null {
  const good = lastGood === null ? undefined : backups[lastGood];
  if (good === undefined || good.restorable.ok !== null || isHeldBesideOthers(good)) return null;
  return (
    backups
      .slice(0, lastGood ?? 0)
      .findLast(({ restorable, verdict }) => restorable.ok === true && verdict === good.verdict) ?? null
  );
}

/** Whether the input shows that it cannot be: what is not known is no reason to pass it over. What comes back without its NVRAM is none. */
function canBeRestored({ restored, restorable }: TimelineBackup): boolean {
  return restorable.ok !== false && !hasLostNvram(restored);
}

function hasLostNvram({ broken }: BackupCopy): boolean {
  return broken.includes(NVRAM_LOST);
}

/** The rule of what a restore brings back without its NVRAM. */
export const NVRAM_LOST = "nvram-lost";

/**
 * What cannot be restored is never the last good one, however healthy its NVRAM is; nor is it the first bad one by that alone.
 * At risk counts as bad, because that is how the incident begins; only where no backup is healthy it counts as good, for a
 * VM that starts is better than none. What cannot be judged (redacted, no NVRAM) counts as neither.
 */
function turningPoint(backups: readonly TimelineBackup[]): Pick<Timeline, "lastGood" | "firstBad"> {
  const verdicts = backups.map(({ restored }) => restored.verdict);
  const canBeGood = (verdict: Verdict): boolean =>
    backups.some((backup) => canBeRestored(backup) && backup.restored.verdict === verdict);
  const good: Verdict = canBeGood("healthy") ? "healthy" : "at-risk";
  const isBad = (verdict: Verdict, index: number): boolean =>
    index > lastGood &&
    (BAD.has(verdict) ||
      (verdict === "at-risk" && good === "healthy") ||
      hasLostNvram(backups[index]!.restored));
  const lastGood = backups.findLastIndex(
    (backup) => canBeRestored(backup) && backup.restored.verdict === good,
  );
  const firstBad = verdicts.findIndex(isBad);
  return { lastGood: placeOf(lastGood), firstBad: placeOf(firstBad) };
}

const BAD: ReadonlySet<Verdict> = new Set(["unbootable", "unreadable"]);

function placeOf(index: number): number | null {
  return index < 0 ? null : index;
}
