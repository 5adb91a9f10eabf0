import { describe, expect, it } from "vitest";
import { PARSER_LIMITS } from "../../../../parsers/limits.ts";
import { frameHeaderBytes, readFrameHeader, ZstdFrame } from "../../../../parsers/packing/zstd/frame.ts";
import { zstdHeader } from "../../../builders/zstd.ts";

const WINDOW = { windowBytes: 1024, contentBytes: null, hasChecksum: false };

function header(descriptor: number, ...rest: number[]): Uint8Array {
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, ...rest);
}

describe("readFrameHeader", () => {
  it("reads windows with their eighths", () => {
    expect(readFrameHeader(zstdHeader(0))).toEqual({ ...WINDOW, windowBytes: 1024 });
    expect(readFrameHeader(header(0, (3 << 3) | 5))).toEqual({ ...WINDOW, windowBytes: 8192 + 5 * 1024 });
  });

  it.each([
    { bytes: header(0x20, 200), content: 200 },
    { bytes: header(0x60, 1, 0), content: 257 },
    { bytes: header(0xa0, 0, 0, 1, 0), content: 65_536 },
    { bytes: header(0xe0, 0, 0, 1, 0, 0, 0, 0, 0), content: 65_536 },
  ])("reads the content size of field %#, which is the window of a single segment", ({ bytes, content }) => {
    expect(frameHeaderBytes(bytes)).toBe(bytes.length);
    expect(readFrameHeader(bytes)).toEqual({ ...WINDOW, windowBytes: content, contentBytes: content });
  });

  it("reads a content size beside a window, an empty dictionary id, and the checksum flag", () => {
    const bytes = header(0x46, 0, 0, 0, 44, 1);
    expect(frameHeaderBytes(bytes)).toBe(bytes.length);
    expect(readFrameHeader(bytes)).toEqual({ ...WINDOW, contentBytes: 556, hasChecksum: true });
  });

  it("refuses a dictionary and the reserved bit", () => {
    expect(() => readFrameHeader(header(1, 0, 7))).toThrow(
      "expected a frame without dictionary, found dictionary 7",
    );
    expect(() => readFrameHeader(header(8, 0))).toThrow(/reserved bit/);
  });

  it("takes a window at the limit and refuses the next larger one", () => {
    expect(readFrameHeader(zstdHeader(17)).windowBytes).toBe(PARSER_LIMITS.maxZstdWindowBytes);
    expect(() => readFrameHeader(header(0, (17 << 3) | 1))).toThrow(
      expect.objectContaining({ code: "over-limit" }),
    );
    expect(() => readFrameHeader(header(0, 0xff))).toThrow(expect.objectContaining({ code: "over-limit" }));
    const hugeSegment = header(0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10);
    expect(() => readFrameHeader(hugeSegment)).toThrow(expect.objectContaining({ code: "over-limit" }));
  });
});

describe("ZstdFrame", () => {
  const frame = new ZstdFrame({ ...WINDOW, windowBytes: 2048 });
  const blockHeader = (bits: number): Uint8Array =>
    Uint8Array.of(bits & 0xff, (bits >> 8) & 0xff, bits >> 16);

  it("takes blocks up to the window, and none of the reserved type", () => {
    expect(frame.blockHeader(blockHeader((2048 << 3) | 1))).toEqual({
      isLast: true,
      type: 0,
      contentBytes: 2048,
      size: 2048,
    });
    expect(() => frame.blockHeader(blockHeader(2049 << 3))).toThrow("expected a block up to 2048 bytes");
    expect(() => frame.blockHeader(blockHeader(6))).toThrow(/reserved type 3/);
  });

  it("never makes blocks larger than 128 KiB, whatever the window", () => {
    const wide = new ZstdFrame({ ...WINDOW, windowBytes: 1_048_576 });
    expect(wide.blockHeader(blockHeader(131_072 << 3)).size).toBe(131_072);
    expect(() => wide.blockHeader(blockHeader((131_073 << 3) | 2))).toThrow("up to 131072 bytes");
  });

  it("counts a run as one byte of content", () => {
    expect(frame.blockHeader(blockHeader((1000 << 3) | 2))).toEqual({
      isLast: false,
      type: 1,
      contentBytes: 1,
      size: 1000,
    });
  });
});
