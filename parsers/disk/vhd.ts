/**
 * A virtual hard disk (Microsoft "Virtual Hard Disk Image Format Specification" 1.0): fixed, dynamic, and differencing with its
 * parents, wherever the parts lie. Xen Orchestra keeps some as folders with a file for each block (vhd-lib, VhdDirectory.js).
 */
import { ascii, hasBytesAt, toHex, viewOf } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { type DiskBytes, SECTOR_BYTES } from "./disk-bytes.ts";

export const VHD_FOOTER_BYTES = 512;
export const VHD_HEADER_BYTES = 1024;
const FOOTER_COOKIE = ascii("conectix");
const HEADER_COOKIE = ascii("cxsparse");
const FOOTER_CHECKSUM = 64;
const HEADER_CHECKSUM = 36;
const PARENT_NAME = 64;
const PARENT_NAME_BYTES = 512;

export interface VhdFooter {
  readonly kind: "fixed" | "dynamic" | "differencing";
  /** Bytes of the disk. */
  readonly size: number;
  /** Where the header of a dynamic one begins. */
  readonly headerOffset: number;
  /** In hexadecimal. */
  readonly id: string;
}

export interface VhdHeader {
  readonly tableOffset: number;
  readonly entries: number;
  readonly blockBytes: number;
  /** In hexadecimal. */
  readonly parentId: string;
  /** Of its file, as whoever wrote it saw that; empty where there is none. */
  readonly parentName: string;
}

const KINDS: Readonly<Record<number, VhdFooter["kind"]>> = { 2: "fixed", 3: "dynamic", 4: "differencing" };

export function isVhd(head: Uint8Array): boolean {
  return hasBytesAt(head, 0, FOOTER_COOKIE);
}

/** Throws ParseError. `path` names the file. */
export function readVhdFooter(bytes: Uint8Array, path: string): VhdFooter {
  if (bytes.length < VHD_FOOTER_BYTES || !isVhd(bytes)) throw wrong(path, "the footer of a VHD", "none");
  if (!isSound(bytes.subarray(0, VHD_FOOTER_BYTES), FOOTER_CHECKSUM))
    throw wrong(path, "a footer with the checksum that it tells", "another");
  const view = viewOf(bytes);
  const type = view.getUint32(60);
  const kind = KINDS[type];
  if (kind === undefined) throw wrong(path, "a fixed, dynamic or differencing VHD", `one of type ${type}`);
  const size = view.getBigUint64(48);
  if (size > BigInt(PARSER_LIMITS.maxVhdBytes))
    throw overLimit(path, `at most ${PARSER_LIMITS.maxVhdBytes} bytes of a disk`, `${size}`);
  const headerOffset = kind === "fixed" ? 0 : Number(view.getBigUint64(16));
  return { kind, size: Number(size), headerOffset, id: toHex(bytes.subarray(68, 84)) };
}

/** Throws ParseError. */
export function readVhdHeader(bytes: Uint8Array, path: string): VhdHeader {
  if (bytes.length < VHD_HEADER_BYTES || !hasBytesAt(bytes, 0, HEADER_COOKIE))
    throw wrong(path, "the header of a dynamic VHD", "none");
  if (!isSound(bytes.subarray(0, VHD_HEADER_BYTES), HEADER_CHECKSUM))
    throw wrong(path, "a header with the checksum that it tells", "another");
  const view = viewOf(bytes);
  const entries = view.getUint32(28);
  const blockBytes = view.getUint32(32);
  const { maxVhdEntries, maxVhdBlockBytes } = PARSER_LIMITS;
  if (entries > maxVhdEntries)
    throw overLimit(path, `at most ${maxVhdEntries} blocks of a VHD`, `${entries}`);
  if (blockBytes > maxVhdBlockBytes)
    throw overLimit(path, `at most ${maxVhdBlockBytes} bytes of a block`, `${blockBytes}`);
  if (blockBytes < SECTOR_BYTES || blockBytes % SECTOR_BYTES !== 0)
    throw wrong(path, "blocks of whole sectors", `blocks of ${blockBytes} bytes`);
  return {
    tableOffset: Number(view.getBigUint64(16)),
    entries,
    blockBytes,
    parentId: toHex(bytes.subarray(40, 56)),
    parentName: utf16BigEndian(bytes.subarray(PARENT_NAME, PARENT_NAME + PARENT_NAME_BYTES)),
  };
}

function utf16BigEndian(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  let text = "";
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const unit = view.getUint16(at);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** The complement of the sum of all other bytes. */
function isSound(bytes: Uint8Array, at: number): boolean {
  let sum = 0;
  for (const [i, byte] of bytes.entries()) if (i < at || i >= at + 4) sum += byte;
  return (~sum & 0xffff_ffff) >>> 0 === viewOf(bytes).getUint32(at);
}

/** Before the data of each block: a bit for each of its sectors, in whole sectors. */
export function bitmapBytes(blockBytes: number): number {
  const bits = blockBytes / SECTOR_BYTES;
  return Math.ceil(bits / 8 / SECTOR_BYTES) * SECTOR_BYTES;
}

/** Reads of one block, its bitmap first. */
export type ReadBlock = (from: number, length: number) => Promise<Uint8Array>;

/** One file or folder of a chain. */
export interface VhdLayer {
  readonly size: number;
  readonly blockBytes: number;
  /** Null where the layer holds nothing of it. */
  readonly block: (index: number) => Promise<ReadBlock | null>;
}

/** The newest layer first. What no layer holds is zeros. */
export function diskOfLayers(layers: readonly VhdLayer[]): DiskBytes {
  const bitmaps = new Map<string, Uint8Array>();
  const bitmapOf = async (
    place: number,
    index: number,
    read: ReadBlock,
    length: number,
  ): Promise<Uint8Array> => {
    const key = `${place} ${index}`;
    const known = bitmaps.get(key);
    if (known !== undefined) return known;
    if (bitmaps.size >= BITMAPS_KEPT) bitmaps.clear();
    const bitmap = await read(0, length);
    bitmaps.set(key, bitmap);
    return bitmap;
  };
  const fill = async (place: number, start: number, out: Uint8Array): Promise<void> => {
    const layer = layers[place];
    if (layer === undefined) return;
    const { blockBytes, size } = layer;
    const end = Math.min(start + out.length, size);
    for (let at = start; at < end; ) {
      const index = Math.floor(at / blockBytes);
      const blockStart = index * blockBytes;
      const blockEnd = Math.min(end, blockStart + blockBytes);
      const read = await layer.block(index);
      if (read === null) await fill(place + 1, at, out.subarray(at - start, blockEnd - start));
      else {
        const head = bitmapBytes(blockBytes);
        const bitmap = await bitmapOf(place, index, read, head);
        let from = at;
        while (from < blockEnd) {
          const isHere = hasSector(bitmap, Math.floor((from - blockStart) / SECTOR_BYTES));
          let to = from - (from % SECTOR_BYTES) + SECTOR_BYTES;
          while (to < blockEnd && hasSector(bitmap, (to - blockStart) / SECTOR_BYTES) === isHere)
            to += SECTOR_BYTES;
          to = Math.min(to, blockEnd);
          const part = out.subarray(from - start, to - start);
          if (isHere) part.set(await read(head + from - blockStart, to - from));
          else await fill(place + 1, from, part);
          from = to;
        }
      }
      at = blockEnd;
    }
  };
  return {
    size: layers[0]?.size ?? 0,
    read: async (start, length) => {
      const out = new Uint8Array(length);
      await fill(0, start, out);
      return out;
    },
  };
}

const BITMAPS_KEPT = 64;

function hasSector(bitmap: Uint8Array, sector: number): boolean {
  return (((bitmap[sector >> 3] ?? 0) >> (7 - (sector & 7))) & 1) === 1;
}

function wrong(path: string, expected: string, found: string): ParseError {
  return new ParseError({ code: "bad-structure", path, expected, found });
}

function overLimit(path: string, expected: string, found: string): ParseError {
  return new ParseError({ code: "over-limit", path, expected, found });
}
