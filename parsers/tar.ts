/** The tar header, as far as it tells a tar archive from other files (POSIX.1-1988; GNU tar manual, "Basic Tar Format"). */

export const TAR_BLOCK_BYTES = 512;
const CHECKSUM_START = 148;
const CHECKSUM_END = 156;
const SPACE = 0x20;

/**
 * True for a header block, by its checksum: xapi writes archives without the magic `ustar` (its tar library's
 * V7 level), with 7 octal digits and NUL where others write 6 digits, NUL and a space.
 */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < TAR_BLOCK_BYTES) return false;
  const stored = readOctal(block, CHECKSUM_START, CHECKSUM_END);
  let sum = SPACE * (CHECKSUM_END - CHECKSUM_START);
  for (let i = 0; i < TAR_BLOCK_BYTES; i++) {
    if (i < CHECKSUM_START || i >= CHECKSUM_END) sum += block[i]!;
  }
  return sum === stored;
}

/** Octal digits after optional spaces, ended by NUL, a space or the end of the field; null for anything else. */
function readOctal(bytes: Uint8Array, start: number, end: number): number | null {
  let at = start;
  while (at < end && bytes[at] === SPACE) at++;
  let value: number | null = null;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0 || byte === SPACE) break;
    if (byte < 0x30 || byte > 0x37) return null;
    value = (value ?? 0) * 8 + byte - 0x30;
  }
  return value;
}
