/** Headers that only tell something of the next member (POSIX.1-2001, pax; GNU tar manual, "Extensions"). */
import { ascii } from "../bytes.ts";
import type { Splice } from "../text/splice.ts";
import { decodeLatin1, decodeUtf8 } from "../text/text-encoding.ts";
import { readTarHeader, TAR_BLOCK_BYTES, tarPadding } from "./tar.ts";

/** An extended header of PAX, for the member behind it. */
export const PAX_HEADER = "x";
/** GNU's header with a name of more than 100 bytes. */
export const GNU_LONG_NAME = "L";
/** Headers that only tell something of the next member, or of all that follow (POSIX.1-2001 pax, "g"; GNU tar, "K"). */
export const EXTENSION_TYPES: ReadonlySet<string> = new Set([PAX_HEADER, "g", GNU_LONG_NAME, "K"]);
/** More than any name of an export or an archive of certificates needs. */
export const MAX_EXTENSION_BYTES = 65_536; // 64 KiB

const PATH_RECORD = /^\d+ path=([^\n]*)$/m;
const SIZE_RECORD = /^\d+ size=(\d{1,15})$/m;

/** The size that a header of PAX gives the next member; null where it gives none. */
export function paxSize(data: Uint8Array): number | null {
  const size = SIZE_RECORD.exec(decodeUtf8(data.subarray(0, MAX_EXTENSION_BYTES)))?.[1];
  return size === undefined ? null : Number(size);
}

/** The name that the data of such a header gives the next member; null where it gives none, or is longer than any. */
export function extendedName(type: string, data: Uint8Array): string | null {
  if (data.length > MAX_EXTENSION_BYTES) return null;
  const text = decodeUtf8(data);
  if (type === PAX_HEADER) return PATH_RECORD.exec(text)?.[1] ?? null;
  return type === GNU_LONG_NAME ? (text.split("\0", 1)[0] ?? null) : null;
}

/**
 * Bytes of an extended header of PAX that tell another size, as a splice within `before`: the whole blocks that stand before
 * a member's own header. The record keeps its length, which stands in it, by leading zeros. Null where there is no such
 * record, or where the size has more digits than the one before.
 */
export function resizedPaxRecord(before: Uint8Array, size: number): Splice | null {
  for (let start = before.length - 2 * TAR_BLOCK_BYTES; start >= 0; start -= TAR_BLOCK_BYTES) {
    const header = readTarHeader(before.subarray(start));
    const dataStart = start + TAR_BLOCK_BYTES;
    if (header?.type !== PAX_HEADER || header.size > BigInt(before.length - dataStart)) continue;
    const data = before.subarray(dataStart, dataStart + Number(header.size));
    if (dataStart + data.length + tarPadding(data.length).length !== before.length) continue;
    const found = SIZE_RECORD.exec(decodeLatin1(data));
    const [record = "", digits = ""] = found ?? [];
    const text = String(size).padStart(digits.length, "0");
    if (found === null || text.length > digits.length) return null;
    const end = dataStart + found.index + record.length;
    return { start: end - digits.length, end, bytes: ascii(text) };
  }
  return null;
}
