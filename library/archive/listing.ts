/** Data files of backups among the members of an archive: their names and sizes, which are known once all of it was read. */
import { dirname, join, normalize } from "../../parsers/paths.ts";
import type { BackupSurroundings, SeenFile } from "../../rules/backup/restorable.ts";
import { sizedFile } from "../input/seen-file.ts";

/** Files of a disk that is kept as a folder, besides its blocks (vhd-lib, VhdDirectory.js). */
export const DISK_FOLDER_FILES: readonly string[] = ["header", "footer", "bat"];

const DATA_FILE = /\.(?:xva|vhd)$/i;
const IN_DISK_FOLDER = new RegExp(`\\.vhd/(?:${DISK_FOLDER_FILES.join("|")})$`, "i");
const MAX_NAME = 1024;
/** Largest number of names that are kept. Above it nothing is reported as missing. */
const MAX_NAMES = 100_000;

export class ArchiveListing {
  /** True as soon as the input is known to be an archive. */
  isArchive = false;
  /** True where all members were seen. */
  isWhole = true;
  /** Name of the member that is being read; null outside of archives. */
  reading: string | null = null;
  readonly #bytes = new Map<string, number>();

  /** Adds a member. `path`: that of its element (`ARCHIVE!MEMBER`). */
  add(path: string, bytes: number): void {
    this.reading = path;
    if (!DATA_FILE.test(path) && !IN_DISK_FOLDER.test(path)) return;
    if (path.length > MAX_NAME || this.#bytes.size >= MAX_NAMES) this.isWhole = false;
    else this.#bytes.set(path, bytes);
  }

  /** The files beside the member of this path. */
  beside(path: string): BackupSurroundings {
    const archive = path.slice(0, path.lastIndexOf("!") + 1);
    const folder = dirname(path.slice(archive.length));
    return {
      see: (named) => this.#see(archive, folder, named),
      holdsDataOf: () => {
        const start = archive + (folder === "." ? "" : `${folder}/`);
        return [...this.#bytes.keys()].some((name) => name.startsWith(start));
      },
    };
  }

  #see(archive: string, folder: string, named: string): SeenFile {
    const inside = normalize(named);
    if (inside.startsWith("/") || inside === ".." || inside.startsWith("../"))
      return { state: "unknown", why: "it lies outside of the folder of the metadata" };
    const bytes = this.#bytes.get(archive + join(folder, inside));
    if (bytes === undefined) return this.#unseen(archive + join(folder, inside));
    return sizedFile(bytes);
  }

  #unseen(path: string): SeenFile {
    const parts = DISK_FOLDER_FILES.filter((name) => (this.#bytes.get(`${path}/${name}`) ?? 0) === 0);
    if (parts.length < DISK_FOLDER_FILES.length) return { state: "folder", missing: parts };
    return this.isWhole
      ? { state: "missing" }
      : { state: "unknown", why: "the archive was not read to its end" };
  }
}
