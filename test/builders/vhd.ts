/** Makes VHDs (Microsoft "Virtual Hard Disk Image Format Specification" 1.0), and the folders that Xen Orchestra keeps some as. */
import { ascii, concatBytes, isAllZero, viewOf } from "../../parsers/bytes.ts";

export const BLOCK_BYTES = 2_097_152;
const SECTOR = 512;
const BITMAP = 512;

function withChecksum(bytes: Uint8Array, at: number): Uint8Array {
  let sum = 0;
  for (const [i, byte] of bytes.entries()) if (i < at || i >= at + 4) sum += byte;
  viewOf(bytes).setUint32(at, (~sum & 0xffff_ffff) >>> 0);
  return bytes;
}

/** `kind`: 2 fixed, 3 dynamic, 4 differencing; `id` fills the unique id. */
export function vhdFooter({ kind, size, id }: { kind: number; size: number; id: number }): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = viewOf(bytes);
  bytes.set(ascii("conectix"));
  view.setUint32(12, 0x10000);
  view.setBigUint64(16, kind === 2 ? 0xffff_ffff_ffff_ffffn : BigInt(SECTOR));
  view.setBigUint64(40, BigInt(size));
  view.setBigUint64(48, BigInt(size));
  view.setUint32(60, kind);
  bytes.fill(id, 68, 84);
  return withChecksum(bytes, 64);
}

interface HeaderFields {
  readonly entries: number;
  readonly blockBytes: number;
  readonly parent?: { readonly id: number; readonly name: string } | undefined;
}

export function vhdHeader({ entries, blockBytes, parent }: HeaderFields): Uint8Array {
  const bytes = new Uint8Array(1024);
  const view = viewOf(bytes);
  bytes.set(ascii("cxsparse"));
  view.setBigUint64(8, 0xffff_ffff_ffff_ffffn);
  view.setBigUint64(16, BigInt(SECTOR + 1024));
  view.setUint32(24, 0x10000);
  view.setUint32(28, entries);
  view.setUint32(32, blockBytes);
  if (parent !== undefined) {
    bytes.fill(parent.id, 40, 56);
    for (const [i, letter] of [...parent.name].entries()) view.setUint16(64 + 2 * i, letter.charCodeAt(0));
  }
  return withChecksum(bytes, 36);
}

interface VhdFields {
  readonly id: number;
  readonly parent?: HeaderFields["parent"];
  /** Only sectors that are different from these are in it. */
  readonly since?: Uint8Array;
}

/** A dynamic one, or with a parent a differencing one. */
export function makeVhd(disk: Uint8Array, { id, parent, since }: VhdFields): Uint8Array {
  const entries = Math.ceil(disk.length / BLOCK_BYTES);
  const table = new Uint8Array(Math.ceil((4 * entries) / SECTOR) * SECTOR).fill(0xff);
  const footer = vhdFooter({ kind: parent === undefined ? 3 : 4, size: disk.length, id });
  const parts = [footer, vhdHeader({ entries, blockBytes: BLOCK_BYTES, parent }), table];
  let at = SECTOR + 1024 + table.length;
  for (let i = 0; i < entries; i++) {
    const block = vhdBlock(disk, i, since);
    if (block === null) continue;
    viewOf(table).setUint32(4 * i, at / SECTOR);
    parts.push(block);
    at += block.length;
  }
  return concatBytes([...parts, footer]);
}

/** Its bitmap and its data; null where there is nothing in it. */
function vhdBlock(disk: Uint8Array, index: number, since: Uint8Array | undefined): Uint8Array | null {
  const data = new Uint8Array(BITMAP + BLOCK_BYTES);
  for (let sector = 0; sector < BLOCK_BYTES / SECTOR; sector++) {
    const at = index * BLOCK_BYTES + sector * SECTOR;
    const own = disk.subarray(at, at + SECTOR);
    const isSame =
      since === undefined ? isAllZero(own) : Buffer.compare(own, since.subarray(at, at + SECTOR)) === 0;
    if (isSame) continue;
    data[sector >> 3]! |= 0x80 >> (sector & 7);
    data.set(own, BITMAP + sector * SECTOR);
  }
  return isAllZero(data.subarray(0, BITMAP)) ? null : data;
}

/** Files of a folder, by their paths in it. */
export function vhdFolder(disk: Uint8Array, id: number): Record<string, Uint8Array> {
  const entries = Math.ceil(disk.length / BLOCK_BYTES);
  const bat = new Uint8Array(entries);
  const files: Record<string, Uint8Array> = {
    footer: vhdFooter({ kind: 3, size: disk.length, id }),
    header: vhdHeader({ entries, blockBytes: BLOCK_BYTES }),
    bat,
  };
  for (let i = 0; i < entries; i++) {
    const block = vhdBlock(disk, i, undefined);
    if (block === null) continue;
    bat[i >> 3]! |= 0x80 >> (i & 7);
    files[`blocks/${Math.floor(i / 1000)}/${i % 1000}`] = block;
  }
  return files;
}
