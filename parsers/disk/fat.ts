/**
 * A FAT volume as EDK2 reads it (FatPkg/EnhancedFatDxe/Init.c FatOpenDevice, DirectoryManage.c, FileSpace.c): looked up by
 * path and read; nothing else of it.
 */
import { concatBytes, viewOf } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { type DiskBytes, readWithin } from "./disk-bytes.ts";
import { foldedName, latin1, pathParts, shortForm, shortName } from "./fat-names.ts";

const BOOT_SECTOR_BYTES = 512;
const ENTRY_BYTES = 32;
const LONG_NAME = 0x0f;
const VOLUME = 0x08;
const FOLDER = 0x10;
const DELETED = 0xe5;
const STANDS_FOR_E5 = 0x05;
const MAX_LONG_ENTRIES = 20;
const CHARACTERS_OF_ENTRY = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
const FAT12_CLUSTERS = 0xff5;
const FAT16_CLUSTERS = 0xfff5;
/** Of the table of clusters, so much is read at once. */
const WINDOW_BYTES = 4096;
const WINDOWS_KEPT = 256;

export interface FatEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly cluster: number;
}

interface Geometry {
  readonly bits: 12 | 16 | 32;
  readonly fatStart: number;
  readonly rootStart: number;
  /** Null for FAT32, whose root is a chain of clusters. */
  readonly rootBytes: number | null;
  readonly rootCluster: number;
  readonly dataStart: number;
  readonly clusterBytes: number;
  readonly clusters: number;
}

/** Null where EDK2 does not mount it. */
function readGeometry(sector: Uint8Array, size: number): Geometry | null {
  const view = viewOf(sector);
  const bytes = view.getUint16(11, true);
  const perCluster = view.getUint8(13);
  const reserved = view.getUint16(14, true);
  const fats = view.getUint8(16);
  const rootEntries = view.getUint16(17, true);
  const media = view.getUint8(21);
  const total = view.getUint16(19, true) || view.getUint32(32, true);
  const perFat16 = view.getUint16(22, true);
  if (reserved === 0 || fats === 0 || total === 0) return null;
  if (!isPowerOfTwo(bytes) || bytes < 512 || bytes > 4096) return null;
  if (!isPowerOfTwo(perCluster) || perCluster > 128) return null;
  if (media < 0xf8 && media !== 0xf0 && media > 1) return null;
  const perFat = perFat16 || view.getUint32(36, true);
  if (
    perFat16 === 0 &&
    (perFat === 0 || view.getUint16(42, true) !== 0 || (view.getUint16(40, true) & 0x80) !== 0)
  )
    return null;
  if (perFat16 !== 0 && rootEntries === 0) return null;
  const rootSectors = perFat16 === 0 ? 0 : Math.ceil((rootEntries * ENTRY_BYTES) / bytes);
  const firstData = reserved + fats * perFat + rootSectors;
  if (firstData >= total || total * bytes > size) return null;
  const clusters = Math.floor((total - firstData) / perCluster);
  const isFat32 = perFat16 === 0;
  if (isFat32 ? clusters < FAT16_CLUSTERS : clusters >= FAT16_CLUSTERS) return null;
  const rootStart = (reserved + fats * perFat) * bytes;
  return {
    bits: isFat32 ? 32 : clusters < FAT12_CLUSTERS ? 12 : 16,
    fatStart: reserved * bytes,
    rootStart,
    rootBytes: isFat32 ? null : rootEntries * ENTRY_BYTES,
    rootCluster: isFat32 ? view.getUint32(44, true) : 0,
    dataStart: firstData * bytes,
    clusterBytes: perCluster * bytes,
    clusters,
  };
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

/** Null where the firmware would not mount it as FAT. */
export async function openFat(disk: DiskBytes): Promise<FatVolume | null> {
  if (disk.size < BOOT_SECTOR_BYTES) return null;
  const geometry = readGeometry(await readWithin(disk, 0, BOOT_SECTOR_BYTES), disk.size);
  return geometry === null ? null : new FatVolume(disk, geometry);
}

export class FatVolume {
  readonly bits: 12 | 16 | 32;
  readonly #disk: DiskBytes;
  readonly #geometry: Geometry;
  readonly #windows = new Map<number, Uint8Array>();
  readonly #files = new Map<FatEntry, Uint8Array>();
  #fileBytes = 0;
  readonly #folders = new Map<number, Folder>();
  /** Of all folders that were read. */
  #entries = 0;
  /** Of all files that were read, again and again too. */
  #bytesRead = 0;

  constructor(disk: DiskBytes, geometry: Geometry) {
    this.#disk = disk;
    this.#geometry = geometry;
    this.bits = geometry.bits;
  }

  /** Null where there is no such path. Throws ParseError where the volume is damaged on the way. */
  async find(path: string): Promise<FatEntry | null> {
    const parts = pathParts(path);
    if (parts === null) return null;
    if (parts.length > PARSER_LIMITS.maxPathParts)
      throw overLimit(`at most ${PARSER_LIMITS.maxPathParts} parts of a path`, `${parts.length}`);
    let entry: FatEntry = { name: "", isFolder: true, size: 0, cluster: 0 };
    for (const part of parts) {
      if (!entry.isFolder) return null;
      const next: FatEntry | undefined = (await this.#folder(entry.cluster)).lookUp(part);
      if (next === undefined) return null;
      entry = next;
    }
    return entry;
  }

  /** Entries of the folder at `path`; empty where there is none. */
  async list(path: string): Promise<readonly FatEntry[]> {
    const folder = await this.find(path);
    return folder?.isFolder ? (await this.#folder(folder.cluster)).entries : [];
  }

  /** Those of a folder that was listed before, but for itself and the one above it. */
  async below(folder: FatEntry): Promise<readonly FatEntry[]> {
    return (await this.#folder(folder.cluster)).entries.filter(({ name }) => name !== "." && name !== "..");
  }

  /** Throws ParseError for one that is too long, or whose chain ends before it. */
  async read(entry: FatEntry): Promise<Uint8Array> {
    const known = this.#files.get(entry);
    if (known !== undefined) return known;
    const bytes = await this.#readFile(entry);
    // One long file at most is kept; loaders are short.
    if (this.#fileBytes + bytes.length > PARSER_LIMITS.maxBootFileBytes) {
      this.#files.clear();
      this.#fileBytes = 0;
    }
    this.#files.set(entry, bytes);
    this.#fileBytes += bytes.length;
    return bytes;
  }

  async #readFile({ name, size, cluster }: FatEntry): Promise<Uint8Array> {
    if (size > PARSER_LIMITS.maxBootFileBytes)
      throw overLimit(
        `at most ${PARSER_LIMITS.maxBootFileBytes} bytes of ${JSON.stringify(name)}`,
        `${size}`,
      );
    // A chain may come back to itself, and many entries may share it: so a small volume may be much to read.
    this.#bytesRead += size;
    if (this.#bytesRead > PARSER_LIMITS.maxFatFileBytes)
      throw overLimit(`at most ${PARSER_LIMITS.maxFatFileBytes} bytes of files`, `${this.#bytesRead}`);
    const { clusterBytes } = this.#geometry;
    const chain = await this.#chain(cluster, Math.ceil(size / clusterBytes));
    if (chain.length * clusterBytes < size)
      throw damaged(`the ${size} bytes of the file`, "the end of its chain");
    return concatBytes(await this.#runs(chain)).subarray(0, size);
  }

  /** Clusters that follow each other are read at once. */
  async #runs(chain: readonly number[]): Promise<Uint8Array[]> {
    const { dataStart, clusterBytes } = this.#geometry;
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < chain.length; ) {
      const first = chain[i]!;
      let count = 1;
      while (chain[i + count] === first + count) count++;
      pieces.push(await readWithin(this.#disk, dataStart + (first - 2) * clusterBytes, count * clusterBytes));
      i += count;
    }
    return pieces;
  }

  /** At most `most` clusters: a chain that comes back to itself ends there. */
  async #chain(first: number, most: number): Promise<number[]> {
    const chain: number[] = [];
    const { bits, clusters } = this.#geometry;
    const end = bits === 12 ? 0xff8 : bits === 16 ? 0xfff8 : 0x0ffffff8;
    for (let cluster = first; chain.length < most && cluster < end; cluster = await this.#next(cluster)) {
      if (cluster < 2 || cluster > clusters + 1)
        throw damaged(`a cluster from 2 to ${clusters + 1}`, `${cluster}`);
      chain.push(cluster);
    }
    return chain;
  }

  async #next(cluster: number): Promise<number> {
    const { bits } = this.#geometry;
    if (bits === 12) {
      const at = Math.floor(cluster * 1.5);
      const pair = (await this.#fatByte(at)) | ((await this.#fatByte(at + 1)) << 8);
      return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
    }
    const window = await this.#window(cluster * (bits / 8));
    const at = (cluster * (bits / 8)) % WINDOW_BYTES;
    const view = viewOf(window);
    return bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true) & 0x0fffffff;
  }

  async #fatByte(at: number): Promise<number> {
    return (await this.#window(at))[at % WINDOW_BYTES] ?? 0;
  }

  /** The window of the first table that `at` lies in. */
  async #window(at: number): Promise<Uint8Array> {
    const index = Math.floor(at / WINDOW_BYTES);
    const known = this.#windows.get(index);
    if (known !== undefined) return known;
    const start = this.#geometry.fatStart + index * WINDOW_BYTES;
    const window = new Uint8Array(WINDOW_BYTES);
    window.set(
      await readWithin(this.#disk, start, Math.max(0, Math.min(WINDOW_BYTES, this.#disk.size - start))),
    );
    if (this.#windows.size >= WINDOWS_KEPT) this.#windows.clear();
    this.#windows.set(index, window);
    return window;
  }

  async #folder(cluster: number): Promise<Folder> {
    const known = this.#folders.get(cluster);
    if (known !== undefined) return known;
    const folder = new Folder(readEntries(await this.#folderBytes(cluster), this.bits === 32));
    this.#entries += folder.entries.length;
    if (this.#entries > PARSER_LIMITS.maxFatEntries)
      throw overLimit(`at most ${PARSER_LIMITS.maxFatEntries} entries of all folders`, `${this.#entries}`);
    this.#folders.set(cluster, folder);
    return folder;
  }

  /** Cluster 0 is the root. */
  async #folderBytes(cluster: number): Promise<Uint8Array> {
    const { rootBytes, rootStart, rootCluster, clusterBytes } = this.#geometry;
    if (cluster === 0 && rootBytes !== null) return readWithin(this.#disk, rootStart, rootBytes);
    // One entry more than may be: where it is in use, the folder is too long to be judged.
    const most = Math.ceil(((PARSER_LIMITS.maxFatFolderEntries + 1) * ENTRY_BYTES) / clusterBytes);
    return concatBytes(await this.#runs(await this.#chain(cluster === 0 ? rootCluster : cluster, most)));
  }
}

interface FolderEntry extends FatEntry {
  /** 11 bytes as Latin-1. */
  readonly short: string;
}

class Folder {
  readonly entries: readonly FolderEntry[];
  #byName: ReadonlyMap<string, FolderEntry> | null = null;
  #byShort: ReadonlyMap<string, FolderEntry> | null = null;

  constructor(entries: readonly FolderEntry[]) {
    this.entries = entries;
  }

  /** A long name goes before a short one, and the first of one name before the others. */
  lookUp(name: string): FolderEntry | undefined {
    this.#byName ??= firstBy(this.entries, (entry) => foldedName(entry.name));
    this.#byShort ??= firstBy(this.entries, (entry) => entry.short);
    return this.#byName.get(foldedName(name)) ?? this.#byShort.get(shortForm(name) ?? "");
  }
}

function firstBy(
  entries: readonly FolderEntry[],
  key: (entry: FolderEntry) => string,
): ReadonlyMap<string, FolderEntry> {
  // Of two with one key a map keeps the last.
  return new Map(entries.toReversed().map((entry) => [key(entry), entry]));
}

function readEntries(bytes: Uint8Array, hasHighCluster: boolean): FolderEntry[] {
  const view = viewOf(bytes);
  const entries: FolderEntry[] = [];
  const count = Math.floor(bytes.length / ENTRY_BYTES);
  const { maxFatFolderEntries } = PARSER_LIMITS;
  for (let i = 0; i < count; i++) {
    const at = i * ENTRY_BYTES;
    const first = bytes[at]!;
    if (first === 0) break;
    if (i >= maxFatFolderEntries)
      throw overLimit(`at most ${maxFatFolderEntries} entries of a folder`, "one more");
    const attributes = bytes[at + 11]!;
    if (first === DELETED || attributes === LONG_NAME || (attributes & VOLUME) !== 0) continue;
    const raw = bytes.slice(at, at + 11);
    const long = longName(bytes, i, checksumOf(raw));
    if (first === STANDS_FOR_E5) raw[0] = DELETED;
    const high = hasHighCluster ? view.getUint16(at + 20, true) : 0;
    entries.push({
      name: long ?? shortName(raw, bytes[at + 12]!),
      short: latin1(raw),
      isFolder: (attributes & FOLDER) !== 0,
      size: view.getUint32(at + 28, true),
      cluster: high * 0x1_0000 + view.getUint16(at + 26, true),
    });
  }
  return entries;
}

function checksumOf(raw: Uint8Array): number {
  let sum = 0;
  for (const byte of raw) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
}

/** Read backwards from the short entry; null where a piece does not fit, so that the short name counts. */
function longName(bytes: Uint8Array, index: number, checksum: number): string | null {
  let name = "";
  for (let ordinal = 1; ordinal <= MAX_LONG_ENTRIES && ordinal <= index; ordinal++) {
    const entry = bytes.subarray((index - ordinal) * ENTRY_BYTES, (index - ordinal + 1) * ENTRY_BYTES);
    const view = viewOf(entry);
    if (entry[11] !== LONG_NAME || view.getUint16(26, true) !== 0 || entry[13] !== checksum) return null;
    if ((entry[0]! & 0x3f) !== ordinal || entry[0] === DELETED) return null;
    name += CHARACTERS_OF_ENTRY.map((at) => String.fromCharCode(view.getUint16(at, true))).join("");
    if ((entry[0]! & 0x40) !== 0) return name.split("\0")[0] ?? "";
  }
  return null;
}

function overLimit(expected: string, found: string): ParseError {
  return new ParseError({ code: "over-limit", path: "file system", expected, found });
}

function damaged(expected: string, found: string): ParseError {
  return new ParseError({ code: "bad-structure", path: "fat", expected, found });
}
