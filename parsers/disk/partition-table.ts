/**
 * Partitions as EDK2 finds them: GPT first, its copy at the end of the disk where the first one is bad
 * (MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c), else the four of an MBR (Mbr.c).
 */
import { ascii, hasBytesAt, isAllZero, viewOf } from "../bytes.ts";
import { GUID_BYTES, readGuid } from "../efi/guid.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { crc32 } from "../packing/crc32.ts";
import { type DiskBytes, readWithin, SECTOR_BYTES } from "./disk-bytes.ts";

const SLOTS_OFFSET = 446;
const SLOT_BYTES = 16;
const SLOTS = 4;
const MBR_MAGIC_OFFSET = 510;
const DISK_SIGNATURE_OFFSET = 440;
const PROTECTIVE = 0xee;
const EXTENDED: ReadonlySet<number> = new Set([0x05, 0x0f]);
const GPT_MAGIC = ascii("EFI PART");
const GPT_HEADER_BYTES = 92;
const MIN_ENTRY_BYTES = 128;
const NO_BLOCK_IO = 2n;

export interface Partition {
  /** From 1, as HD() names it. */
  readonly number: number;
  /** GUID of the type in lower case, or two digits of an MBR. */
  readonly type: string;
  /** 16 bytes as an HD() node has them: the GUID, or the disk's signature and zeros. */
  readonly signature: Uint8Array;
  readonly start: number;
  readonly size: number;
}

export interface PartitionTable {
  readonly kind: "gpt" | "mbr";
  /** True where the header at the disk's end had to be taken. */
  readonly isBackup: boolean;
  readonly partitions: readonly Partition[];
}

/** Null where the firmware finds no table. Throws ParseError where the disk cannot be read. */
export async function readPartitionTable(disk: DiskBytes): Promise<PartitionTable | null> {
  if (disk.size < SECTOR_BYTES) return null;
  const first = await readWithin(disk, 0, SECTOR_BYTES);
  if (!hasProtectiveEntry(first)) return readMbr(first, disk);
  const lastSector = Math.floor(disk.size / SECTOR_BYTES) - 1;
  for (const sector of [1, lastSector]) {
    const partitions = await readGpt(disk, sector, lastSector);
    if (partitions !== null) return { kind: "gpt", isBackup: sector !== 1, partitions };
  }
  return readMbr(first, disk);
}

/** Start of 1 and the type are all that is asked of it. */
function hasProtectiveEntry(sector: Uint8Array): boolean {
  return slots(sector).some(({ type, start }) => type === PROTECTIVE && start === 1);
}

interface Slot {
  readonly number: number;
  readonly type: number;
  readonly start: number;
  readonly count: number;
}

function slots(sector: Uint8Array): Slot[] {
  const view = viewOf(sector);
  return Array.from({ length: SLOTS }, (_, i) => {
    const at = SLOTS_OFFSET + i * SLOT_BYTES;
    return {
      number: i + 1,
      type: view.getUint8(at + 4),
      start: view.getUint32(at + 8, true),
      count: view.getUint32(at + 12, true),
    };
  });
}

function readMbr(sector: Uint8Array, disk: DiskBytes): PartitionTable | null {
  if (sector[MBR_MAGIC_OFFSET] !== 0x55 || sector[MBR_MAGIC_OFFSET + 1] !== 0xaa) return null;
  const sectors = Math.floor(disk.size / SECTOR_BYTES);
  const used = slots(sector).filter(({ type, start, count }) => type !== 0 && start !== 0 && count !== 0);
  if (used.some(({ start, count }) => start + count > sectors)) return null;
  const overlap = used.some((a) =>
    used.some((b) => a.number < b.number && a.start < b.start + b.count && b.start < a.start + a.count),
  );
  if (overlap || used.length === 0) return null;
  const signature = new Uint8Array(GUID_BYTES);
  signature.set(sector.subarray(DISK_SIGNATURE_OFFSET, DISK_SIGNATURE_OFFSET + 4));
  const partitions = used
    .filter(({ type }) => type !== PROTECTIVE && !EXTENDED.has(type))
    .map(({ number, type, start, count }) => ({
      number,
      type: type.toString(16).padStart(2, "0"),
      signature,
      start: start * SECTOR_BYTES,
      size: count * SECTOR_BYTES,
    }));
  return { kind: "mbr", isBackup: false, partitions };
}

/** Null where the header, or the entries that it names, are not as their checksums say. */
async function readGpt(disk: DiskBytes, sector: number, lastSector: number): Promise<Partition[] | null> {
  if (sector < 1 || sector > lastSector) return null;
  const header = await readWithin(disk, sector * SECTOR_BYTES, SECTOR_BYTES);
  if (!isGptHeader(header, sector)) return null;
  const view = viewOf(header);
  const entriesStart = view.getBigUint64(72, true);
  const count = view.getUint32(80, true);
  const entryBytes = view.getUint32(84, true);
  if (entryBytes < MIN_ENTRY_BYTES || count === 0) return null;
  within(count, PARSER_LIMITS.maxPartitions, "partitions");
  within(entryBytes, PARSER_LIMITS.maxGptEntryBytes, "bytes of a GPT entry");
  const start = Number(entriesStart) * SECTOR_BYTES;
  if (start + count * entryBytes > disk.size) return null;
  const entries = await readWithin(disk, start, count * entryBytes);
  if (crc32(entries) !== view.getUint32(88, true)) return null;
  return partitionsOf(entries, entryBytes, {
    first: view.getBigUint64(40, true),
    last: view.getBigUint64(48, true),
    lastSector,
  });
}

function within(found: number, limit: number, what: string): void {
  if (found <= limit) return;
  throw new ParseError({
    code: "over-limit",
    path: "disk",
    offset: SECTOR_BYTES,
    expected: `at most ${limit} ${what}`,
    found: `${found}`,
  });
}

function isGptHeader(header: Uint8Array, sector: number): boolean {
  const view = viewOf(header);
  const size = view.getUint32(12, true);
  if (!hasBytesAt(header, 0, GPT_MAGIC) || size < GPT_HEADER_BYTES || size > header.length) return false;
  const checked = header.slice(0, size);
  checked.fill(0, 16, 20);
  return crc32(checked) === view.getUint32(16, true) && view.getBigUint64(24, true) === BigInt(sector);
}

interface UsableSectors {
  readonly first: bigint;
  readonly last: bigint;
  readonly lastSector: number;
}

function partitionsOf(entries: Uint8Array, entryBytes: number, usable: UsableSectors): Partition[] {
  const view = viewOf(entries);
  const found = Array.from({ length: entries.length / entryBytes }, (_, i) => {
    const at = i * entryBytes;
    return {
      number: i + 1,
      at,
      first: view.getBigUint64(at + 32, true),
      last: view.getBigUint64(at + 40, true),
      attributes: view.getBigUint64(at + 48, true),
    };
  }).filter(({ at }) => !isAllZero(entries.subarray(at, at + GUID_BYTES)));
  const fits = found.filter(
    ({ first, last }) =>
      first <= last && first >= usable.first && last <= usable.last && last <= BigInt(usable.lastSector),
  );
  return fits
    .filter((a) => !fits.some((b) => b !== a && a.first <= b.last && b.first <= a.last))
    .filter(({ attributes }) => (attributes & NO_BLOCK_IO) === 0n)
    .map(({ number, at, first, last }) => ({
      number,
      type: readGuid(entries, at),
      signature: entries.slice(at + GUID_BYTES, at + 2 * GUID_BYTES),
      start: Number(first) * SECTOR_BYTES,
      size: (Number(last - first) + 1) * SECTOR_BYTES,
    }));
}
