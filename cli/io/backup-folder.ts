/** Looks at data files beside a backup's metadata: names, sizes, first and last bytes. Nothing outside of the folder is looked at. */
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  opendirSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { DISK_FOLDER_FILES } from "../../library/archive/listing.ts";
import {
  ALIAS_NAME,
  ANY_DISK_NAME,
  aliasTarget,
  DISK_FOLDER,
  DISK_NAME,
  EXPORT_NAME,
  isFolderOfVm,
  isMetadataOf,
  isOutside,
  JOB_FOLDER,
  MAX_ALIAS_BYTES,
  MAX_PATH,
  metadataBeside,
  UNSEEN,
  WHOSE_BYTES,
} from "../../library/input/backup-names.ts";
import { isKnownEncrypted } from "../../library/input/encrypted-remote.ts";
import {
  END_BYTES,
  HEAD_BYTES,
  remembered,
  seenFile,
  sizedFile,
  unseen,
} from "../../library/input/seen-file.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { BackupSurroundings, SeenFile } from "../../rules/backup/restorable.ts";
import { currentRemoteKey } from "./remote-key.ts";

export class BackupFolder implements BackupSurroundings {
  readonly #folder: string;
  #looksLeft: number = PARSER_LIMITS.maxBackupLooks;
  #real: string | null = null;
  readonly #ofVms = new Map<string | null, boolean>();
  readonly #ofDisks = new Map<string, boolean>();

  /** The folder that the metadata lies in. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly see = (path: string): SeenFile => {
    if (path === "" || path.length > MAX_PATH || path.includes("\0")) return unseen(UNSEEN.name);
    if (this.#looksLeft-- <= 0)
      return unseen(`more than ${PARSER_LIMITS.maxBackupLooks} files are named in all`);
    try {
      return this.#look(normalize(path));
    } catch (error) {
      return isMissing(error) ? { state: "missing" } : unseen(`it cannot be read (${codeOf(error)})`);
    }
  };

  readonly holdsDataOf = (vmUuid: string | null, paths: readonly string[]): boolean =>
    remembered(this.#ofVms, vmUuid, () => this.#holdsData(vmUuid)) ||
    paths.some((path) =>
      remembered(this.#ofDisks, dirname(normalize(path)), (folder) => this.#holdsDisks(folder)),
    );

  #look(inside: string): SeenFile {
    const real = this.#realPath(inside);
    if (real === null) return unseen(UNSEEN.outside);
    const stats = statSync(real);
    if (stats.isDirectory()) return seenFolder(real);
    if (!stats.isFile()) return unseen("it is no file");
    return withFile(real, (descriptor, now) => {
      if (currentRemoteKey() !== null && isKnownEncrypted(dirname(real)))
        return encryptedFile(now.size, ALIAS_NAME.test(inside));
      if (!ALIAS_NAME.test(inside)) return withContent(descriptor, now);
      if (now.size === 0) return sizedFile(0);
      return now.size > MAX_ALIAS_BYTES ? unseen(UNSEEN.longAlias) : this.#alias(inside, descriptor);
    });
  }

  /** Null where it lies outside, for what it says or through a link. Throws the errors of the system. */
  #realPath(inside: string): string | null {
    if (isOutside(inside)) return null;
    this.#real ??= realpathSync(this.#folder);
    const real = realpathSync(join(this.#folder, inside));
    return real.startsWith(this.#real.endsWith("/") ? this.#real : `${this.#real}/`) ? real : null;
  }

  #alias(inside: string, descriptor: number): SeenFile {
    const target = aliasTarget(inside, readAt(descriptor, 0, MAX_ALIAS_BYTES));
    if (target === null) return unseen(UNSEEN.aliasOfAlias);
    return { state: "alias", target, file: this.see(target) };
  }

  /** Of other backups of the same disk. */
  #holdsDisks(folder: string): boolean {
    try {
      const real = folder.includes("\0") ? null : this.#realPath(folder);
      const left = { entries: PARSER_LIMITS.maxBackupFolderEntries };
      return real !== null && namesIn(real, left).some(({ name }) => ANY_DISK_NAME.test(name));
    } catch {
      return false;
    }
  }

  /** Any kind counts: the folder of a VM has those of all its backups. */
  #holdsData(vmUuid: string | null): boolean {
    const left = { entries: PARSER_LIMITS.maxBackupFolderEntries };
    const exports = namesIn(this.#folder, left).filter(({ name }) => EXPORT_NAME.test(name));
    if (this.#isOfOneVm(vmUuid) ? exports.length > 0 : exports.some(({ name }) => this.#isOf(name, vmUuid)))
      return true;
    const jobs = folders(join(this.#folder, DISK_FOLDER), left).filter((job) =>
      JOB_FOLDER.test(basename(job)),
    );
    return jobs
      .flatMap((job) => folders(job, left))
      .some((disk) => namesIn(disk, left).some(({ name }) => DISK_NAME.test(name)));
  }

  #isOfOneVm(vmUuid: string | null): boolean {
    return isFolderOfVm(resolvedName(this.#folder), vmUuid);
  }

  #isOf(name: string, vmUuid: string | null): boolean {
    if (vmUuid === null) return false;
    try {
      const path = join(this.#folder, metadataBeside(name));
      if (!statSync(path).isFile()) return false;
      const head = withFile(path, (descriptor) => readAt(descriptor, 0, WHOSE_BYTES));
      return isMetadataOf(head, vmUuid);
    } catch {
      return false;
    }
  }
}

function withContent(descriptor: number, { size }: Stats): SeenFile {
  const head = readAt(descriptor, 0, HEAD_BYTES);
  return seenFile(size, head, readAt(descriptor, Math.max(0, size - END_BYTES), END_BYTES));
}

/** Its vector and its tag (@xen-orchestra/fs, _encryptor.js). */
const AROUND_BYTES = 28;

/** Of a file of an encrypted remote only the size is known: its end would have to be deciphered from its beginning on. */
function encryptedFile(size: number, isAlias: boolean): SeenFile {
  if (isAlias && size > 0) return unseen("it is encrypted, as all of its remote");
  return sizedFile(Math.max(0, size - AROUND_BYTES));
}

function seenFolder(real: string): SeenFile {
  const missing = DISK_FOLDER_FILES.filter(
    (name) => (statSync(join(real, name), { throwIfNoEntry: false })?.size ?? 0) === 0,
  );
  return { state: "folder", missing };
}

/** A pipe that nobody writes to must not hold up the run. */
function withFile<T>(path: string, look: (descriptor: number, stats: Stats) => T): T {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return look(descriptor, fstatSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
}

/** None where it cannot be listed. */
function namesIn(folder: string, left: { entries: number }): Dirent[] {
  const names: Dirent[] = [];
  try {
    const listing = opendirSync(folder);
    try {
      for (let entry = listing.readSync(); entry !== null && left.entries-- > 0; entry = listing.readSync())
        names.push(entry);
    } finally {
      listing.closeSync();
    }
  } catch {
    // Then nothing in it is seen.
  }
  return names;
}

/** Links are not followed: they may lead out of the folder. */
function folders(folder: string, left: { entries: number }): string[] {
  return namesIn(folder, left).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
}

function resolvedName(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
