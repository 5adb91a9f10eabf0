import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressionOf, decompress } from "../../../library/unpack/decompress.ts";
import { ExpansionGuard } from "../../../library/unpack/expansion-guard.ts";
import { ascii } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { nodeMachine } from "../../../platform/node/machine.ts";
import { drain, Pieces } from "../../builders/streams.ts";
import { skippableFrame, zstdStored } from "../../builders/zstd.ts";

describe("compressionOf", () => {
  it("goes by the magic, skippable frames of zstd included", () => {
    expect(compressionOf(gzipSync(""))).toBe("gzip");
    expect(compressionOf(zstdStored(new Uint8Array(1)))).toBe("zstd");
    expect(compressionOf(skippableFrame(new Uint8Array(0)))).toBe("zstd");
    expect(compressionOf(ascii("VARS"))).toBeNull();
    expect(compressionOf(Uint8Array.of(0x28, 0xb5, 0x2f))).toBeNull();
    expect(compressionOf(new Uint8Array(0))).toBeNull();
  });
});

describe("decompress", () => {
  it("gives the same content from either", async () => {
    const content = ascii("content");
    const gzip = await drain(decompress("gzip", new Pieces(gzipSync(content)), nodeMachine.makeInflater));
    const zstd = await drain(decompress("zstd", new Pieces(zstdStored(content)), nodeMachine.makeInflater));
    expect(gzip.bytes).toEqual(content);
    expect(zstd.bytes).toEqual(content);
  });
});

describe("ExpansionGuard", () => {
  const { maxCompressionRatio, compressionRatioFloorBytes, maxCompressionOverheadBytes } = PARSER_LIMITS;

  it("takes output at the limit and ends at one byte more", () => {
    const guard = new ExpansionGuard();
    guard.consume(100_000);
    guard.produce(100_000 * maxCompressionRatio);
    expect(() => guard.produce(1)).toThrow(expect.objectContaining({ code: "over-limit" }));
  });

  it("takes so many bytes more of what is not kept, and ends at one more", () => {
    const { maxSparseBytes } = PARSER_LIMITS;
    const guard = new ExpansionGuard();
    guard.consume(100_000);
    guard.allowSparse();
    guard.produce(100_000 * maxCompressionRatio + maxSparseBytes);
    expect(() => guard.produce(1)).toThrow(/bytes more, found .* a decompression bomb/);
  });

  it("does not judge the proportion of little output", () => {
    const guard = new ExpansionGuard();
    guard.consume(1);
    guard.produce(compressionRatioFloorBytes);
    expect(() => guard.produce(1)).toThrow(expect.objectContaining({ code: "over-limit" }));
  });

  it("ends input that gives nothing", () => {
    const guard = new ExpansionGuard();
    guard.produce(10);
    guard.consume(maxCompressionOverheadBytes + 10);
    expect(() => guard.consume(1)).toThrow(expect.objectContaining({ code: "over-limit" }));
  });
});
