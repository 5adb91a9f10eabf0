/** CRC-32 as bzip2 counts it: the highest bit first (bzip2 1.0.8 crctable.c). */
const POLYNOMIAL = 0x04c1_1db7;

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ POLYNOMIAL : value << 1;
  return value >>> 0;
});

/** Of no bytes at all; `finishCrc` makes the sum of what `addToCrc` came to. */
export const CRC_START = -1;

export function addToCrc(crc: number, bytes: Uint8Array): number {
  let sum = crc;
  for (let i = 0; i < bytes.length; i++) sum = (sum << 8) ^ TABLE[((sum >>> 24) ^ bytes[i]!) & 0xff]!;
  return sum;
}

export function finishCrc(crc: number): number {
  return ~crc >>> 0;
}

/** The sum of a stream after one more block. */
export function combineCrc(stream: number, block: number): number {
  return (((stream << 1) | (stream >>> 31)) ^ block) >>> 0;
}
