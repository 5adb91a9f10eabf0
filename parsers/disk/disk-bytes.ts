/** A disk as whatever holds it hands it out: from an export's blocks, a file, or bytes in memory. */
import { ParseError } from "../errors.ts";

export const SECTOR_BYTES = 512;

export interface DiskBytes {
  /** Bytes of the disk as the VM sees it. */
  readonly size: number;
  /** Exactly `length` bytes; holes are zeros. Only asked for what lies within `size`. */
  readonly read: (start: number, length: number) => Promise<Uint8Array>;
}

/** Throws ParseError `truncated` where the disk ends before. */
export async function readWithin(disk: DiskBytes, start: number, length: number): Promise<Uint8Array> {
  if (start + length <= disk.size) return disk.read(start, length);
  throw new ParseError({
    code: "truncated",
    path: "disk",
    offset: start,
    expected: `${length} bytes`,
    found: `a disk of ${disk.size} bytes`,
  });
}

/** A part of it, as a disk. The caller has seen that it lies within. */
export function partOf(disk: DiskBytes, start: number, size: number): DiskBytes {
  return { size, read: (at, length) => disk.read(start + at, length) };
}

export function diskOfBytes(bytes: Uint8Array): DiskBytes {
  return { size: bytes.length, read: async (start, length) => bytes.subarray(start, start + length) };
}
