/** The backups whose metadata an input holds, and whether they can be restored, judged by the files beside them. */

import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { BackupRef, Dump, VmSource } from "../../parsers/model.ts";
import { basename } from "../../parsers/paths.ts";
import {
  type BackupSurroundings,
  backupRestorable,
  exportRestorable,
  notLookedAt,
  type Restorable,
} from "../../rules/backup/restorable.ts";
import type { JudgedBackup } from "../../rules/engine/rule.ts";

/** The files beside the metadata; null where they are known only after the input has ended. */
export type Beside = () => BackupSurroundings | null;

interface SeenBackup {
  readonly ref: BackupRef;
  readonly nameLabel: string | null;
  readonly restorable: LaterRestorable;
}

/** Shared by all copies of a backup, and filled in when the input has ended. */
type LaterRestorable = { -readonly [K in keyof Restorable]: Restorable[K] };

export class SeenBackups {
  readonly #beside: Beside;
  /** Backups that cannot be restored, and those for which that is not known yet. */
  readonly #kept: SeenBackup[] = [];
  #more = 0;
  #last: SeenBackup | null = null;

  constructor(beside: Beside) {
    this.#beside = beside;
  }

  /** Whether the backup of this copy can be restored. Copies of one backup must come one after the other. */
  restorableOf({ backup, nameLabel }: Pick<VmSource, "backup" | "nameLabel">): Restorable | undefined {
    if (backup === undefined) return undefined;
    if (this.#last?.ref === backup) return this.#last.restorable;
    const surroundings = this.#beside();
    const restorable = surroundings === null ? { ...IN_ARCHIVE } : backupRestorable(backup, surroundings);
    this.#last = { ref: backup, nameLabel, restorable };
    if (surroundings === null || restorable.ok === false) this.#keep(this.#last);
    return restorable;
  }

  /** Decides for the backups for which it was not known yet. */
  lookBeside(surroundings: BackupSurroundings): void {
    for (const { ref, restorable } of this.#kept)
      Object.assign(restorable, backupRestorable(ref, surroundings));
  }

  /** The first backups that cannot be restored. The last of them says how many more there are. */
  get lost(): readonly JudgedBackup[] {
    const lost = this.#kept.filter(({ restorable }) => restorable.ok === false);
    const told = lost.slice(0, PARSER_LIMITS.maxToldBackups);
    const more = this.#more + lost.length - told.length;
    return told.map(({ ref, nameLabel, restorable }, i) => ({
      vm: nameLabel ?? ref.vmUuid,
      timestamp: ref.timestamp === null ? "a time that it does not tell" : minuteOf(ref.timestamp),
      place: ref.file === null ? "backup" : `backup.${ref.file}`,
      restorable,
      more: i === told.length - 1 ? more : 0,
    }));
  }

  #keep(backup: SeenBackup): void {
    // What waits to be told is no longer than the copies that wait with it.
    const waits = backup.restorable.ok === null;
    if (waits || this.#kept.length < PARSER_LIMITS.maxToldBackups) this.#kept.push(backup);
    else this.#more++;
  }
}

/** Exports without metadata of a backup, whose end was looked at. */
export function exportsOf(path: string, dump: Dump | null): readonly JudgedBackup[] {
  if (dump?.exportEnd === undefined) return [];
  const restorable = exportRestorable(dump.exportEnd, basename(path));
  return [{ vm: null, timestamp: null, place: "export", restorable, more: 0 }];
}

const IN_ARCHIVE: Restorable = notLookedAt("it stands in an archive, whose other files were not looked at");

/** From ISO 8601 to `YYYY-MM-DD hh:mm UTC`. */
function minuteOf(timestamp: string): string {
  return `${timestamp.slice(0, 16).replace("T", " ")} UTC`;
}
