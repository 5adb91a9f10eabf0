import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { TAR_BLOCK_BYTES } from "../../../parsers/packing/tar.ts";
import { resizedPaxRecord } from "../../../parsers/packing/tar-extension.ts";
import { applySplices } from "../../../parsers/text/splice.ts";
import { decodeLatin1 } from "../../../parsers/text/text-encoding.ts";
import { makeUstar } from "../../builders/tar.ts";

/** Blocks that stand before the header of the only member. */
async function blocksBefore(pax: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const archive = await makeUstar([{ name: "ova.xml", bytes: ascii("x") }], pax);
  const blocks = archive.length / TAR_BLOCK_BYTES - 4;
  return archive.subarray(0, blocks * TAR_BLOCK_BYTES);
}

describe("a size in a header of PAX", () => {
  it("is told anew within the length of its record, wherever the record stands", async () => {
    for (const more of [{}, { comment: "y".repeat(600) }]) {
      const before = await blocksBefore({ ...more, size: "100000", mtime: "1.5" });
      const garbage = concatBytes([ascii("z".repeat(TAR_BLOCK_BYTES)), before]);
      const splice = resizedPaxRecord(garbage, 77);
      expect(splice).not.toBeNull();
      const after = applySplices(garbage, splice === null ? [] : [splice]);
      expect(decodeLatin1(after)).toContain(" size=000077\n");
      expect(after).toHaveLength(garbage.length);
    }
  });

  it("takes the most that its digits can tell and no more", async () => {
    const before = await blocksBefore({ size: "1000" });
    expect(resizedPaxRecord(before, 9999)).not.toBeNull();
    expect(resizedPaxRecord(before, 10_000)).toBeNull();
  });

  it("is none without a record, and without a header", async () => {
    expect(resizedPaxRecord(await blocksBefore({ comment: "x" }), 1)).toBeNull();
    for (const length of [0, 512, 1024, 8192]) expect(resizedPaxRecord(new Uint8Array(length), 1)).toBeNull();
  });
});
