/** What lies beside the metadata of a backup, among sources that somebody handed over: as `varscope` looks at a folder. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { basename, dirname, join, normalize } from "../../parsers/paths.ts";
import type { BackupSurroundings, SeenFile } from "../../rules/backup/restorable.ts";
import { DISK_FOLDER_FILES } from "../archive/listing.ts";
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
} from "../input/backup-names.ts";
import { END_BYTES, HEAD_BYTES, remembered, seenFile, sizedFile, unseen } from "../input/seen-file.ts";

/** Bytes of a source. */
export interface LookedAt {
  readonly size: number;
  /** Where it answers later, nothing is told of the content: whoever looks cannot wait. */
  readonly read: (start: number, end: number) => Uint8Array | Promise<Uint8Array>;
}

/** Sources by their names, as the files of folders. */
export class SourceTree {
  readonly #files: ReadonlyMap<string, LookedAt>;
  readonly #children = new Map<string, Set<string>>();

  constructor(sources: Iterable<readonly [name: string, bytes: LookedAt]>) {
    this.#files = new Map(Array.from(sources, ([name, bytes]) => [normalize(name), bytes] as const));
    for (const name of this.#files.keys()) this.#addTo(name);
  }

  file(path: string): LookedAt | null {
    return this.#files.get(path) ?? null;
  }

  isFolder(path: string): boolean {
    return this.#children.has(path);
  }

  /** Names of files and folders right below it. */
  names(folder: string): readonly string[] {
    return [...(this.#children.get(folder) ?? [])];
  }

  #addTo(path: string): void {
    const folder = dirname(path);
    if (folder === path) return;
    const known = this.#children.get(folder);
    if (known !== undefined) {
      known.add(basename(path));
      return;
    }
    this.#children.set(folder, new Set([basename(path)]));
    this.#addTo(folder);
  }
}

export class BesideSource implements BackupSurroundings {
  readonly #tree: SourceTree;
  readonly #folder: string;
  #looksLeft: number = PARSER_LIMITS.maxBackupLooks;
  readonly #ofVms = new Map<string | null, boolean>();
  readonly #ofDisks = new Map<string, boolean>();

  /** The folder that the metadata lies in. */
  constructor(tree: SourceTree, folder: string) {
    this.#tree = tree;
    this.#folder = folder;
  }

  readonly see = (path: string): SeenFile => {
    if (path === "" || path.length > MAX_PATH || path.includes("\0")) return unseen(UNSEEN.name);
    if (this.#looksLeft-- <= 0)
      return unseen(`more than ${PARSER_LIMITS.maxBackupLooks} files are named in all`);
    const inside = normalize(path);
    if (isOutside(inside)) return unseen(UNSEEN.outside);
    const found = join(this.#folder, inside);
    const file = this.#tree.file(found);
    if (file === null) return this.#tree.isFolder(found) ? this.#folderOf(found) : { state: "missing" };
    if (!ALIAS_NAME.test(inside)) return withContent(file);
    if (file.size === 0) return sizedFile(0);
    return file.size > MAX_ALIAS_BYTES ? unseen(UNSEEN.longAlias) : this.#alias(inside, file);
  };

  readonly holdsDataOf = (vmUuid: string | null, paths: readonly string[]): boolean =>
    remembered(this.#ofVms, vmUuid, () => this.#holdsExport(vmUuid) || this.#holdsDisk()) ||
    paths.some((path) =>
      remembered(this.#ofDisks, dirname(normalize(path)), (folder) => this.#holdsDisks(folder)),
    );

  /** Disks have folders of their own: what lies beside the metadata itself is none of them. */
  #holdsDisks(folder: string): boolean {
    return (
      folder !== "." &&
      !isOutside(folder) &&
      this.#tree.names(join(this.#folder, folder)).some((name) => ANY_DISK_NAME.test(name))
    );
  }

  #folderOf(path: string): SeenFile {
    const missing = DISK_FOLDER_FILES.filter((name) => (this.#tree.file(join(path, name))?.size ?? 0) === 0);
    return { state: "folder", missing };
  }

  #alias(inside: string, file: LookedAt): SeenFile {
    const bytes = readNow(file, 0, MAX_ALIAS_BYTES);
    if (bytes === null) return unseen("it is an alias, which cannot be read while one waits");
    const target = aliasTarget(inside, bytes);
    if (target === null) return unseen(UNSEEN.aliasOfAlias);
    return { state: "alias", target, file: this.see(target) };
  }

  #holdsExport(vmUuid: string | null): boolean {
    const exports = this.#tree.names(this.#folder).filter((name) => EXPORT_NAME.test(name));
    return isFolderOfVm(this.#folder, vmUuid)
      ? exports.length > 0
      : exports.some((name) => this.#isOf(name, vmUuid));
  }

  #holdsDisk(): boolean {
    const all = join(this.#folder, DISK_FOLDER);
    return this.#tree
      .names(all)
      .filter((job) => JOB_FOLDER.test(job))
      .some((job) =>
        this.#tree
          .names(join(all, job))
          .some((disk) => this.#tree.names(join(all, job, disk)).some((name) => DISK_NAME.test(name))),
      );
  }

  #isOf(name: string, vmUuid: string | null): boolean {
    const metadata = this.#tree.file(join(this.#folder, metadataBeside(name)));
    if (vmUuid === null || metadata === null) return false;
    const head = readNow(metadata, 0, WHOSE_BYTES);
    return head !== null && isMetadataOf(head, vmUuid);
  }
}

function withContent(file: LookedAt): SeenFile {
  const { size } = file;
  const head = readNow(file, 0, HEAD_BYTES);
  const end = readNow(file, Math.max(0, size - END_BYTES), size);
  return head === null || end === null ? sizedFile(size) : seenFile(size, head, end);
}

/** Null where it answers later, or cannot be read. */
function readNow({ size, read }: LookedAt, start: number, end: number): Uint8Array | null {
  try {
    const bytes = read(start, Math.min(end, size));
    if (bytes instanceof Uint8Array) return bytes;
    // Nobody waits for it, and its failure is nobody's business.
    bytes.catch(() => {});
    return null;
  } catch {
    return null;
  }
}
