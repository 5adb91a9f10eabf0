/** A VHD with its parents, out of the files that lie beside it: as Xen Orchestra keeps backups, or a storage of files its disks. */

import { viewOf } from "../../parsers/bytes.ts";
import type { DiskBytes } from "../../parsers/disk/disk-bytes.ts";
import {
  bitmapBytes,
  diskOfLayers,
  isVhd,
  readVhdFooter,
  readVhdHeader,
  VHD_FOOTER_BYTES,
  VHD_HEADER_BYTES,
  type VhdFooter,
  type VhdHeader,
  type VhdLayer,
} from "../../parsers/disk/vhd.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { basename } from "../../parsers/paths.ts";
import type { BackupSurroundings } from "../../rules/backup/restorable.ts";
import { Peekable } from "../input/chunks.ts";
import { readAll } from "../input/read-all.ts";
import type { ByteSource, SeekableBytes } from "../input/source.ts";
import { compressionOf, plainBytes } from "../unpack/decompress.ts";
import { ExpansionGuard } from "../unpack/expansion-guard.ts";
import type { World } from "../world.ts";

/** What a folder holds, by paths below it; sees to it that none leads out. */
export interface Neighbours {
  readonly beside: BackupSurroundings;
  /** A path below the folder as one that can be opened. */
  readonly pathOf: (inside: string) => string;
}

const UNUSED = 0xffff_ffff;
const SECTOR_BYTES = 512;
const TABLE_WINDOW_BYTES = 4096;
const TABLE_WINDOWS = 64;

/** Throws ParseError. `inside`: the newest of the chain, below the folder. What is opened is pushed to `opened`. */
export async function openVhdChain(
  inside: string,
  neighbours: Neighbours,
  world: World,
  opened: ByteSource[],
): Promise<DiskBytes> {
  const layers: VhdLayer[] = [];
  const kept = new KeptBlocks();
  let path: string | null = inside;
  let wanted: string | null = null;
  while (path !== null) {
    if (layers.length >= PARSER_LIMITS.maxVhdChain)
      throw new ParseError({
        code: "over-limit",
        path: inside,
        expected: `at most ${PARSER_LIMITS.maxVhdChain} VHDs in a chain`,
        found: "one more",
      });
    const one: OpenedVhd = await openVhd(path, neighbours, world, opened, kept);
    if (wanted !== null && one.footer.id !== wanted)
      throw new ParseError({
        code: "bad-structure",
        path,
        expected: `the parent with id ${wanted}`,
        found: `another VHD, with id ${one.footer.id}`,
      });
    layers.push(one.layer);
    const child: string = one.path;
    const { header } = one;
    path = one.footer.kind === "differencing" && header !== null ? parentOf(child, header, neighbours) : null;
    wanted = header?.parentId ?? null;
  }
  return diskOfLayers(layers);
}

/** As its child names it, else the file of that name beside the child. */
function parentOf(child: string, { parentName }: VhdHeader, { beside }: Neighbours): string {
  const folder = child.slice(0, child.lastIndexOf("/") + 1);
  const name = parentName.replaceAll("\\", "/");
  const named = name.startsWith("/") ? [] : [`${folder}${name}`];
  const candidates = [...named, `${folder}${basename(name)}`];
  const found = candidates.find((path) => ["there", "folder", "alias"].includes(beside.see(path).state));
  if (name !== "" && found !== undefined) return found;
  throw new ParseError({
    code: "not-found",
    path: child,
    expected: `its parent ${JSON.stringify(parentName)} beside it`,
    found: "no such file",
    next: "A differencing VHD has only what changed: put all files of the chain into one folder.",
  });
}

interface OpenedVhd {
  /** Without aliases. */
  readonly path: string;
  readonly footer: VhdFooter;
  readonly header: VhdHeader | null;
  readonly layer: VhdLayer;
}

async function openVhd(
  inside: string,
  neighbours: Neighbours,
  world: World,
  opened: ByteSource[],
  kept: KeptBlocks,
): Promise<OpenedVhd> {
  const seen = neighbours.beside.see(inside);
  if (seen.state === "alias" && seen.file.state !== "alias")
    return openVhd(seen.target, neighbours, world, opened, kept);
  if (seen.state === "folder") return openFolder(inside, neighbours, world, kept);
  if (seen.state !== "there")
    throw new ParseError({
      code: seen.state === "missing" ? "not-found" : "read-failed",
      path: inside,
      expected: "a VHD",
      found: seen.state === "unknown" ? seen.why : "no such file",
    });
  const source = await world.open(neighbours.pathOf(inside));
  opened.push(source);
  const { readAt, size } = source;
  if (readAt === null || size === null)
    throw new ParseError({ code: "unrecognised", path: inside, expected: "a VHD", found: "no plain file" });
  return openFile(inside, { readAt, size });
}

/** Throws ParseError. For a file, or a member of an archive. */
export async function openFile(path: string, { readAt, size }: SeekableBytes): Promise<OpenedVhd> {
  const exactly = async (from: number, length: number): Promise<Uint8Array> => {
    const bytes = from + length <= size ? await readAt(from, length) : new Uint8Array(0);
    if (bytes.length === length) return bytes;
    throw new ParseError({
      code: "truncated",
      path,
      offset: from,
      expected: `${length} bytes`,
      found: `a file of ${size} bytes`,
    });
  };
  const head = await exactly(0, Math.min(size, VHD_FOOTER_BYTES));
  const footer = readVhdFooter(
    isVhd(head) ? head : await exactly(Math.max(0, size - VHD_FOOTER_BYTES), VHD_FOOTER_BYTES),
    path,
  );
  if (footer.kind === "fixed") {
    // As one layer whose blocks are all there: no bitmap stands before them, so that is made up.
    const bitmap = bitmapBytes(FIXED_BLOCK_BYTES);
    const layer: VhdLayer = {
      size: footer.size,
      blockBytes: FIXED_BLOCK_BYTES,
      block: async (index) => async (from, length) =>
        from === 0
          ? new Uint8Array(length).fill(0xff)
          : exactly(index * FIXED_BLOCK_BYTES + from - bitmap, length),
    };
    return { path, footer, header: null, layer };
  }
  const header = readVhdHeader(await exactly(footer.headerOffset, VHD_HEADER_BYTES), path);
  const windows = new Map<number, Uint8Array>();
  const entryOf = async (index: number): Promise<number> => {
    if (index >= header.entries) return UNUSED;
    const window = Math.floor((4 * index) / TABLE_WINDOW_BYTES);
    let bytes = windows.get(window);
    if (bytes === undefined) {
      const from = window * TABLE_WINDOW_BYTES;
      const length = Math.min(TABLE_WINDOW_BYTES, 4 * header.entries - from);
      bytes = await exactly(header.tableOffset + from, length);
      if (windows.size >= TABLE_WINDOWS) windows.clear();
      windows.set(window, bytes);
    }
    return viewOf(bytes).getUint32((4 * index) % TABLE_WINDOW_BYTES);
  };
  const layer: VhdLayer = {
    size: footer.size,
    blockBytes: header.blockBytes,
    block: async (index) => {
      const sector = await entryOf(index);
      return sector === UNUSED ? null : (from, length) => exactly(sector * SECTOR_BYTES + from, length);
    },
  };
  return { path, footer, header, layer };
}

const FIXED_BLOCK_BYTES = 2_097_152;

/** A folder of Xen Orchestra's: every part is a file, all packed alike. */
async function openFolder(
  inside: string,
  { beside, pathOf }: Neighbours,
  world: World,
  kept: KeptBlocks,
): Promise<OpenedVhd> {
  const part = async (name: string, most: number): Promise<Uint8Array> => {
    const path = `${inside}/${name}`;
    if (beside.see(path).state !== "there")
      throw new ParseError({
        code: "not-found",
        path,
        expected: "a part of the disk",
        found: "no such file",
      });
    const source = await world.open(pathOf(path));
    try {
      const head = await source.bytes.head(2);
      if (compressionOf(head) === null) return await readAll(source.bytes, most);
      return await readAll(
        new Peekable(await plainBytes(source.bytes, world.makeInflater, new ExpansionGuard())),
        most,
      );
    } finally {
      await source.close();
    }
  };
  const footer = readVhdFooter(await part("footer", VHD_FOOTER_BYTES), `${inside}/footer`);
  const header = readVhdHeader(await part("header", VHD_HEADER_BYTES), `${inside}/header`);
  const table = await part("bat", PARSER_LIMITS.maxVhdEntries);
  const whole = bitmapBytes(header.blockBytes) + header.blockBytes;
  const blockOf = async (index: number): Promise<Uint8Array> => {
    const known = kept.get(inside, index);
    if (known !== undefined) return known;
    const name = `blocks/${Math.floor(index / 1000)}/${index % 1000}`;
    const bytes = await part(name, whole);
    if (bytes.length !== whole)
      throw new ParseError({
        code: "truncated",
        path: `${inside}/${name}`,
        expected: `${whole} bytes of a block`,
        found: `${bytes.length}`,
      });
    kept.keep(inside, index, bytes);
    return bytes;
  };
  const layer: VhdLayer = {
    size: footer.size,
    blockBytes: header.blockBytes,
    block: async (index) =>
      isSet(table, index)
        ? // A copy: whoever keeps a part of it would keep the whole block.
          async (from, length) => (await blockOf(index)).slice(from, from + length)
        : null,
  };
  return { path: inside, footer, header, layer };
}

/** Blocks of all folders of a chain, the last ones that were read: a chain may be long, and a block large. */
class KeptBlocks {
  readonly #blocks = new Map<string, Uint8Array>();
  #bytes = 0;

  get(folder: string, index: number): Uint8Array | undefined {
    return this.#blocks.get(`${index} ${folder}`);
  }

  /** The oldest go where there are too many; the newest stays, whatever it takes. */
  keep(folder: string, index: number, bytes: Uint8Array): void {
    for (const [oldest, { length }] of this.#blocks) {
      if (this.#bytes + bytes.length <= PARSER_LIMITS.maxKeptBlockBytes) break;
      this.#blocks.delete(oldest);
      this.#bytes -= length;
    }
    this.#blocks.set(`${index} ${folder}`, bytes);
    this.#bytes += bytes.length;
  }
}

/** The highest bit first (vhd-lib, _bitmap.js). */
function isSet(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (7 - (index & 7))) & 1) === 1;
}
