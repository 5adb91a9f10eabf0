/** What older backups of the same run tell of a VM whose NVRAM is lost in a later one. */
import type { TimelineBackupReport, TimelineReport } from "../timeline/report.ts";
import { isHeldBesideOthers } from "../timeline/timeline.ts";
import type { OlderBackup, Patient } from "./remedy.ts";

/** By VM and path: of each backup without an NVRAM, an older one with one. */
export class OlderBackups {
  readonly #ofCopy = new Map<string, OlderBackup>();

  constructor(timelines: readonly TimelineReport[]) {
    for (const { vmUuid, backups, lastGood } of timelines) {
      let older: OlderBackup | null = null;
      for (const [place, backup] of backups.entries()) {
        if (backup.sha256 === null) {
          if (older !== null) this.#keep(vmUuid, backup, older);
          continue;
        }
        const isGood = place === lastGood;
        // A later one that is not good says no more than the last good one.
        if (isGood || older?.isGood !== true)
          older = { path: backup.path, timestamp: backup.timestamp, isGood };
      }
    }
  }

  #keep(vmUuid: string, backup: TimelineBackupReport, older: OlderBackup): void {
    for (const { path } of [backup, ...backup.otherCopies]) {
      this.#ofCopy.set(keyOf(vmUuid, path), older);
      // Its own record there, whatever the snapshot is called that it was made of.
      if (!isHeldBesideOthers(backup)) this.#ofCopy.set(keyOf(null, path), older);
    }
  }

  of({ uuid, path, place }: Patient): OlderBackup | null {
    return (
      this.#ofCopy.get(keyOf(uuid?.toLowerCase() ?? "", path)) ??
      (place === "backup" ? (this.#ofCopy.get(keyOf(null, path)) ?? null) : null)
    );
  }
}

function keyOf(vmUuid: string | null, path: string): string {
  return JSON.stringify([vmUuid, path]);
}
