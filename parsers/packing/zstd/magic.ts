/** Magics as little endian numbers (RFC 8878 §3.1). Apart from the decoder, so that to recognise does not load it. */
export const ZSTD_MAGIC = 0xfd2fb528;

/** Skippable frames have 0x184D2A5?, and their size after it (§3.1.2). */
export function isSkippableMagic(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5;
}
