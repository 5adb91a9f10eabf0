/** Makes zstd frames by hand (RFC 8878 §3.1): stored content, runs, and what no compressor would write. */
import { ascii, concatBytes, viewOf } from "../../parsers/bytes.ts";

export const RAW_BLOCK = 0;
export const RLE_BLOCK = 1;
export const COMPRESSED_BLOCK = 2;
const MAX_BLOCK_BYTES = 131_072;

export interface ZstdBlock {
  readonly type: number;
  readonly content: Uint8Array;
  /** What the block header says, where that is not the length of `content`. */
  readonly size?: number;
}

/** Magic, descriptor and one byte of window: 2^(10 + `windowExponent`) bytes. The default of 128 KiB is a block. */
export function zstdHeader(windowExponent = 7, descriptor = 0): Uint8Array {
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, windowExponent << 3);
}

/** A frame of these blocks, the last one marked so. */
export function zstdFrame(blocks: readonly ZstdBlock[], header: Uint8Array = zstdHeader()): Uint8Array {
  const parts = blocks.flatMap(({ type, content, size = content.length }, index) => {
    const isLast = index === blocks.length - 1;
    const bits = (size << 3) | (type << 1) | (isLast ? 1 : 0);
    return [Uint8Array.of(bits & 0xff, (bits >> 8) & 0xff, bits >> 16), content];
  });
  return concatBytes([header, ...parts]);
}

export function rawBlock(content: Uint8Array): ZstdBlock {
  return { type: RAW_BLOCK, content };
}

export function runBlock(byte: number, size: number): ZstdBlock {
  return { type: RLE_BLOCK, content: Uint8Array.of(byte), size };
}

/** Any content as a frame, stored: what a compressor makes of noise. */
export function zstdStored(content: Uint8Array): Uint8Array {
  const blocks: ZstdBlock[] = [];
  for (let at = 0; at < content.length || at === 0; at += MAX_BLOCK_BYTES) {
    blocks.push(rawBlock(content.subarray(at, at + MAX_BLOCK_BYTES)));
  }
  return zstdFrame(blocks);
}

const RUN_BYTES = 512;

/** Any content as a frame in which runs of one byte are told as such: small for disks, the same with every compressor. */
export function zstdOfRuns(content: Uint8Array): Uint8Array {
  const blocks: ZstdBlock[] = [];
  const byteOf = (at: number): number | null => {
    const piece = content.subarray(at, at + RUN_BYTES);
    return piece.every((byte) => byte === piece[0]) ? (piece[0] ?? null) : null;
  };
  for (let at = 0; at < content.length || at === 0; ) {
    const byte = byteOf(at);
    let end = at;
    while (end < content.length && end - at < MAX_BLOCK_BYTES && byteOf(end) === byte) end += RUN_BYTES;
    end = Math.min(end, content.length);
    blocks.push(byte === null ? rawBlock(content.subarray(at, end)) : runBlock(byte, end - at));
    at = Math.max(end, 1);
  }
  return zstdFrame(blocks);
}

export function skippableFrame(content: Uint8Array, size: number = content.length): Uint8Array {
  const header = new Uint8Array(8);
  viewOf(header).setUint32(0, 0x184d2a53, true);
  viewOf(header).setUint32(4, size, true);
  return concatBytes([header, content]);
}

/** Text with few words, so that a compressor uses all it has; the same bytes for the same length. */
export function sampleText(length: number): Uint8Array {
  const words = [
    "VM",
    "NVRAM",
    "dbx",
    "export",
    "signature",
    "<member>",
    "</value>",
    "owner",
    "Ref:",
    "0x1f",
  ];
  let state = 2463534242;
  let text = "";
  while (text.length < length) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    text += `${words[(state >>> 8) % words.length]}${state % 7 === 0 ? (state >>> 4) % 1000 : " "}`;
  }
  return ascii(text.slice(0, length));
}
