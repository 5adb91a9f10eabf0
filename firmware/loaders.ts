/** The programs for the firmware that lie on the system partitions, whether or not a boot entry leads to them. */
import type { FatEntry, FatVolume } from "../parsers/disk/fat.ts";
import { ParseError } from "../parsers/errors.ts";
import { PARSER_LIMITS } from "../parsers/limits.ts";
import { isApplication } from "../parsers/pe/image.ts";
import type { OpenedDisk, Volume } from "./boot-manager.ts";

export interface Loader {
  readonly disk: string;
  readonly partition: number;
  readonly path: string;
  readonly file: Uint8Array;
}

export interface Loaders {
  readonly found: readonly Loader[];
  /** False where some were left out, because of a limit or of a damaged file system. */
  readonly isWhole: boolean;
}

/** EFI system partition, in a GPT and in an MBR. */
const SYSTEM_TYPES: ReadonlySet<string> = new Set(["c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ef"]);
const TOP = "EFI";
/** \EFI\VENDOR\Boot has three. */
const MAX_DEPTH = 3;

export function isSystemPartition({ partition }: Volume): boolean {
  return SYSTEM_TYPES.has(partition.type.toLowerCase());
}

/** Looks at no other partitions: a file system that is none would be read for nothing. */
export async function findLoaders(disks: readonly OpenedDisk[]): Promise<Loaders> {
  const search = new Search();
  for (const { volumes } of disks)
    for (const volume of volumes) if (isSystemPartition(volume)) await search.volume(volume);
  return { found: search.found, isWhole: search.isWhole };
}

class Search {
  readonly found: Loader[] = [];
  isWhole = true;
  #bytes = 0;
  #files = 0;
  #folders = 0;

  async volume(volume: Volume): Promise<void> {
    try {
      const fat = await volume.fat();
      const top = await fat?.find(`\\${TOP}`);
      if (fat != null && top?.isFolder === true) await this.#folder(volume, fat, top, `\\${TOP}`, 1);
    } catch (error) {
      // What the firmware starts was answered before: here only some of the rest is missing.
      if (!(error instanceof ParseError)) throw error;
      this.isWhole = false;
    }
  }

  async #folder(
    volume: Volume,
    fat: FatVolume,
    folder: FatEntry,
    path: string,
    depth: number,
  ): Promise<void> {
    if (++this.#folders > PARSER_LIMITS.maxLoaderFolders) {
      this.isWhole = false;
      return;
    }
    const entries = await fat.below(folder);
    for (const entry of entries)
      if (!entry.isFolder && /\.efi$/i.test(entry.name))
        await this.#file(volume, fat, entry, `${path}\\${entry.name}`);
    if (depth === MAX_DEPTH) return;
    for (const entry of entries)
      if (entry.isFolder) await this.#folder(volume, fat, entry, `${path}\\${entry.name}`, depth + 1);
  }

  async #file({ disk, partition }: Volume, fat: FatVolume, entry: FatEntry, path: string): Promise<void> {
    const { maxLoaders, maxLoaderBytes, maxLoaderFiles } = PARSER_LIMITS;
    // What turns out to be no program was read all the same.
    const isOver = this.#files >= maxLoaderFiles || this.#bytes + entry.size > maxLoaderBytes;
    if (isOver || this.found.length >= maxLoaders) {
      this.isWhole = false;
      return;
    }
    this.#files++;
    this.#bytes += entry.size;
    const file = await fat.read(entry);
    if (!isApplication(file)) return;
    this.found.push({ disk, partition: partition.number, path, file });
  }
}
