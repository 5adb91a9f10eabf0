/** What the other backups of the same run tell of a VM whose NVRAM is lost, or refused, in one of them. */
import type { TimelineBackupReport, TimelineReport } from "../timeline/report.ts";
import { isHeldBesideOthers, LIVE_RECORD, SNAPSHOT } from "../timeline/timeline.ts";
import type { OlderBackup, Patient } from "./remedy.ts";

/** By VM and path. */
export class OlderBackups {
  readonly #ofCopy = new Map<string, OlderBackup>();
  /** Backups behind which a later one has an NVRAM. */
  readonly #history = new Set<string>();
  /** Backups of a VM of which none is known to be good; one alone may have others beside it that were not given. */
  readonly #noneGood = new Set<string>();

  /** `isBeyond`: whether nothing repairs the NVRAM in the backup with that path. */
  constructor(timelines: readonly TimelineReport[], isBeyond: (path: string) => boolean) {
    for (const timeline of timelines) this.#add(timeline, isBeyond);
  }

  #add({ vmUuid, backups, lastGood }: TimelineReport, isBeyond: (path: string) => boolean): void {
    const newest = backups.findLast(hasNvram)?.timestamp ?? "";
    const last = new Set<string>();
    let older: OlderBackup | null = null;
    for (const [place, backup] of backups.entries()) {
      const keys = keysOf(vmUuid, backup);
      // A snapshot stands in the same file as the VM itself, and tells nothing of when that lost its own.
      const isHistory = backup.timestamp < newest && backup.mode !== SNAPSHOT;
      for (const key of keys) (isHistory ? this.#history : last).add(key);
      if (lastGood === null && backups.length > 1) for (const key of keys) this.#noneGood.add(key);
      const { path, timestamp, source, sha256 } = backup;
      if (sha256 === null) {
        if (older !== null) for (const key of keys) this.#ofCopy.set(key, older);
        continue;
      }
      const isGood = place === lastGood;
      // A later one that is not good says no more than the last good one; of one that nothing repairs nothing comes.
      if (isGood || (older?.isGood !== true && !isBeyond(path)))
        older = { path, timestamp, source, isGood, starts: isGood || STARTS.has(backup.verdict) };
    }
    // A cache has one path for many times: the newest counts.
    for (const key of last) this.#history.delete(key);
  }

  of(patient: Patient): OlderBackup | null {
    return this.#keysOf(patient).flatMap((key) => this.#ofCopy.get(key) ?? [])[0] ?? null;
  }

  /** Whether what is lost there is there again later: nothing is to be put back. */
  isHistory(patient: Patient): boolean {
    return this.#keysOf(patient).some((key) => this.#history.has(key));
  }

  /** Whether the last good one would be looked for in vain. */
  isNoneGood(patient: Patient): boolean {
    return this.#keysOf(patient).some((key) => this.#noneGood.has(key));
  }

  #keysOf({ uuid, vmUuid, path, place }: Patient): string[] {
    const ofVm = keyOf((vmUuid ?? uuid)?.toLowerCase() ?? "", path);
    return place === "backup" ? [ofVm, keyOf(null, path)] : [ofVm];
  }
}

/** An NVRAM that varstored takes. */
const STARTS: ReadonlySet<string> = new Set(["healthy", "at-risk"]);

/** Of a full backup a restore takes the snapshot: the VM itself counts as well. */
function hasNvram({ sha256, otherCopies }: TimelineBackupReport): boolean {
  return sha256 !== null || otherCopies.some((copy) => copy.source === LIVE_RECORD && copy.sha256 !== null);
}

function keysOf(vmUuid: string, backup: TimelineBackupReport): string[] {
  return [backup, ...backup.otherCopies].flatMap(({ path }) =>
    // Its own record there, whatever the snapshot is called that it was made of.
    isHeldBesideOthers(backup) ? [keyOf(vmUuid, path)] : [keyOf(vmUuid, path), keyOf(null, path)],
  );
}

function keyOf(vmUuid: string | null, path: string): string {
  return JSON.stringify([vmUuid, path]);
}
