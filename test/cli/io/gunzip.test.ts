import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ExpansionGuard } from "../../../library/unpack/expansion-guard.ts";
import { gunzip } from "../../../library/unpack/gunzip.ts";
import { concatBytes } from "../../../parsers/bytes.ts";
import { nodeMachine } from "../../../platform/node/machine.ts";
import { noise } from "../../builders/blob.ts";
import { drain, Pieces } from "../../builders/streams.ts";
import { sampleText } from "../../builders/zstd.ts";

function gunzipped(source: AsyncIterable<Uint8Array>, guard?: ExpansionGuard): AsyncGenerator<Uint8Array> {
  return gunzip(source, nodeMachine.makeInflater, guard);
}

const CONTENT = concatBytes([sampleText(100_000), noise(200_000, 1)]);

describe("gunzip", () => {
  it.each([1000, 16_384, 65_536])("gives the content, read %i bytes at a time", async (size) => {
    const { bytes, error } = await drain(gunzipped(new Pieces(gzipSync(CONTENT), size)));
    expect(error).toBeNull();
    expect(Buffer.compare(bytes, CONTENT)).toBe(0);
  });

  it.each([1, 3, 65_536])(
    "reads members in a row and zeros behind them, %i bytes at a time",
    async (size) => {
      const file = concatBytes([gzipSync("one "), gzipSync(""), gzipSync("two"), new Uint8Array(40)]);
      const { bytes, error } = await drain(gunzipped(new Pieces(file, size)));
      expect(error).toBeNull();
      expect(new TextDecoder().decode(bytes)).toBe("one two");
    },
  );

  it("asks for no more input than the output that is taken needs", async () => {
    const source = new Pieces(gzipSync(noise(2_000_000, 2)), 65_536);
    for await (const part of gunzipped(source)) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(source.given).toBe(65_536);
    expect(source.isClosed).toBe(true);
  });

  it("gives what stands before a cut, then says so", async () => {
    const file = gzipSync(noise(100_000, 3));
    const { bytes, error } = await drain(gunzipped(new Pieces(file.subarray(0, 50_000))));
    expect(error?.code).toBe("truncated");
    expect(bytes.length).toBeGreaterThan(49_000);
    expect(Buffer.compare(bytes, noise(100_000, 3).subarray(0, bytes.length))).toBe(0);
  });

  it("tells of every cut of a small file", async () => {
    const file = gzipSync("content");
    for (let length = 2; length < file.length; length++) {
      expect((await drain(gunzipped(new Pieces(file.subarray(0, length))))).error?.code).toBe("truncated");
    }
  });

  it("tells of damage to the data and of a wrong checksum", async () => {
    for (const [at, change] of [
      [20, 0xff],
      [-8, 1],
    ] as const) {
      const file = gzipSync("content of some length, so that there is something to damage");
      file[at < 0 ? file.length + at : at]! ^= change;
      const { error } = await drain(gunzipped(new Pieces(file)));
      expect(error).toMatchObject({ code: "corrupt-compression" });
      expect(error?.next).toContain("gzip -t");
    }
  });

  it("ends a bomb after a few megabytes", async () => {
    const bomb = gzipSync(new Uint8Array(60_000_000), { level: 9 });
    const source = new Pieces(bomb, 4096);
    const { bytes, error } = await drain(gunzipped(source));
    expect(error?.code).toBe("over-limit");
    expect(error?.message).toContain("decompression bomb");
    expect(bytes.length).toBeLessThan(5_000_000);
    expect(source.given).toBeLessThan(10_000);
  });

  it("judges what is handed on, so that who has seen its beginning may let the rest pass", async () => {
    const guard = new ExpansionGuard();
    let length = 0;
    for await (const piece of gunzipped(new Pieces(gzipSync(new Uint8Array(30_000_000))), guard)) {
      length += piece.length;
      guard.allowSparse();
    }
    expect(length).toBe(30_000_000);
  });

  it("lets legitimate content pass that compresses as well, while it is small", async () => {
    const { bytes, error } = await drain(gunzipped(new Pieces(gzipSync(new Uint8Array(4_000_000)))));
    expect(error).toBeNull();
    expect(bytes).toHaveLength(4_000_000);
  });
});
