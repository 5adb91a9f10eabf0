import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gzip } from "../../../cli/io/gzip.ts";
import { splicedFile } from "../../../cli/io/splice-file.ts";
import { concatBytes, equalBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { noise } from "../../builders/blob.ts";
import { drain, Pieces, withFolder } from "../../builders/streams.ts";

const SOURCE = noise(3_000_000, 1);
const NEW = noise(1000, 2);
const SPLICE = { start: 1_048_000, end: 1_049_000, bytes: NEW };
const EXPECTED = { start: 1_048_000, bytes: SOURCE.subarray(1_048_000, 1_049_000) };
const RESULT = concatBytes([SOURCE.subarray(0, SPLICE.start), NEW, SOURCE.subarray(SPLICE.end)]);

describe("a spliced file", () => {
  it.each([
    ["plain", SOURCE],
    ["gzip", gzipSync(SOURCE)],
  ])("is the (decompressed) input but for the splices: %s", (name, bytes) =>
    withFolder(async (folder) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const { bytes: result, error } = await drain(splicedFile(path, [SPLICE], EXPECTED));
      expect(error).toBeNull();
      expect(equalBytes(result, RESULT)).toBe(true);
    }),
  );

  it("tells how far it is, and that it ended, whatever ended it", () =>
    withFolder(async (folder) => {
      const path = join(folder, "watched");
      writeFileSync(path, SOURCE);
      for (const expected of [EXPECTED, { ...EXPECTED, bytes: NEW }]) {
        const seen: (number | null)[] = [];
        const watch = (total: number | null, done: () => number) => {
          seen.push(total, done());
          return () => seen.push(done());
        };
        const { error } = await drain(splicedFile(path, [SPLICE], expected, watch));
        const [total, first = 0, last = 0, ...more] = seen;
        expect([total, first, more]).toEqual([SOURCE.length, 0, []]);
        expect(last).toBeGreaterThan(0);
        if (error === null) expect(last).toBe(SOURCE.length);
      }
    }));

  it("ends where the input is no longer what was read before", () =>
    withFolder(async (folder) => {
      const path = join(folder, "changed");
      const changed = SOURCE.slice();
      changed[1_048_999]! ^= 1;
      writeFileSync(path, changed);
      const { error } = await drain(splicedFile(path, [SPLICE], EXPECTED));
      expect(error).toMatchObject({ code: "read-failed", offset: 1_048_999 });
    }));
});

describe("gzip", () => {
  it("packs a stream into one member without a name and a time", async () => {
    const { bytes } = await drain(gzip(new Pieces(SOURCE)));
    expect([...bytes.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    expect(equalBytes(gunzipSync(bytes), SOURCE)).toBe(true);
  });

  it("passes on what ends its source", async () => {
    async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
      yield SOURCE;
      throw new ParseError({ code: "truncated", expected: "more", found: "the end" });
    }
    const { error } = await drain(gzip(failing()));
    expect(error?.code).toBe("truncated");
  });
});
