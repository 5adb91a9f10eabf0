/** What the first and last bytes of a VHD tell: each way in which one is cut, and what is whole. */
import { describe, expect, it } from "vitest";
import { concatBytes, viewOf } from "../../../parsers/bytes.ts";
import { VHD_HEAD_BYTES, vhdEnds } from "../../../parsers/disk/vhd-ends.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { makeVhd, vhdFooter, vhdHeader } from "../../builders/vhd.ts";

const DISK = new Uint8Array(4096).fill(7);
const DYNAMIC = makeVhd(DISK, { id: 1 });
const CHILD = makeVhd(DISK, { id: 2, parent: { id: 1, name: "a.vhd" } });
const FIXED = concatBytes([DISK, vhdFooter({ kind: 2, size: DISK.length, id: 1 })]);

const endsOf = (bytes: Uint8Array) =>
  vhdEnds(bytes.length, bytes.subarray(0, VHD_HEAD_BYTES), bytes.subarray(Math.max(0, bytes.length - 1024)));

/** The same with one byte changed. */
function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
}

describe("the ends of a VHD", () => {
  it.each<[string, Uint8Array, string | null]>([
    ["dynamic", DYNAMIC, null],
    ["fixed", FIXED, null],
    ["differencing", CHILD, "a.vhd"],
  ])("tell nothing against a %s one", (_, bytes, parentName) => {
    expect(endsOf(bytes)).toEqual({ fault: null, parentName });
  });

  const TABLE = 512 + 1024 + 512;
  const long = vhdHeader({ entries: 129, blockBytes: 4096 });
  const footer = DYNAMIC.slice(0, 512);
  it.each<[string, Uint8Array, string]>([
    ["a text", new TextEncoder().encode("hello"), "has 5 bytes, and the footer of a VHD alone needs 512"],
    ["511 bytes of one", DYNAMIC.slice(0, 511), "has 511 bytes"],
    ["its first 512", DYNAMIC.slice(0, 512), "is damaged in its header"],
    ["zeros", new Uint8Array(DYNAMIC.length), "is no VHD"],
    ["half of one", DYNAMIC.slice(0, DYNAMIC.length / 2), "does not end as a VHD does"],
    ["one without its footer", DYNAMIC.slice(0, -512), "does not end as a VHD does"],
    ["one without its last byte", DYNAMIC.slice(0, -1), "does not end as a VHD does"],
    ["one with zeros behind it", concatBytes([DYNAMIC, new Uint8Array(512)]), "is cut or was added to"],
    ["one without its beginning", DYNAMIC.slice(512), "it ends as a dynamic VHD"],
    ["a footer with another checksum", changed(DYNAMIC, 100), "is damaged in its first 512 bytes"],
    ["two footers", changed(DYNAMIC, DYNAMIC.length - 1), "the footers at its beginning and its end differ"],
    ["a header with another checksum", changed(DYNAMIC, 800), "is damaged in its header"],
    ["a fixed one that is cut at its beginning", FIXED.slice(1), "it is cut"],
    ["a fixed one without its footer", FIXED.slice(0, -512), "is no VHD"],
    ["a fixed one with a damaged footer", changed(FIXED, FIXED.length - 1), "is damaged in its last 512"],
    ["a table that does not fit", concatBytes([footer, long, new Uint8Array(512), footer]), "it is cut"],
  ])("tell of %s what is wrong", (_, bytes, why) => {
    expect(endsOf(bytes).fault).toContain(why);
    expect(endsOf(bytes).parentName).toBeNull();
  });

  it("take a table that just fits", () => {
    const just = vhdHeader({ entries: 128, blockBytes: 4096 });
    const bytes = concatBytes([footer, just, new Uint8Array(512), footer]);
    expect(bytes.length).toBe(TABLE + 512);
    expect(endsOf(bytes).fault).toBeNull();
  });

  it("say nothing of one that is beyond our limits", () => {
    const entries = PARSER_LIMITS.maxVhdEntries;
    const of = (count: number) =>
      endsOf(concatBytes([footer, vhdHeader({ entries: count, blockBytes: 4096 }), footer])).fault;
    expect(of(entries)).toContain("it is cut");
    expect(of(entries + 1)).toBeNull();
    const huge = vhdFooter({ kind: 2, size: PARSER_LIMITS.maxVhdBytes + 512, id: 1 });
    expect(viewOf(huge).getBigUint64(48)).toBeGreaterThan(BigInt(PARSER_LIMITS.maxVhdBytes));
    expect(endsOf(huge).fault).toBeNull();
  });
});
