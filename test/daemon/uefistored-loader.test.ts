import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeUefistoredLoad } from "../../daemon/uefistored-loader.ts";
import { viewOf } from "../../parsers/bytes.ts";
import { concat, makeBlob, makeVariable } from "../builders/blob.ts";

const one = makeVariable("Timeout", Uint8Array.of(3, 0));
const named = (bytes: number) => makeVariable(new Uint8Array(bytes).fill(0x41), Uint8Array.of(1));
const filled = (bytes: number) => makeVariable("Data", new Uint8Array(bytes).fill(1));
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => makeVariable(`V${i}`, Uint8Array.of(1)));

describe("uefistored", () => {
  it("takes blobs of version 0 and 1, without a look at magic or version", () => {
    expect(judgeUefistoredLoad(makeBlob([one, one], 1))).toEqual({ loads: "yes", variables: 2 });
    const odd = makeBlob([one], 1);
    odd.set([0x78, 0x78, 0x78, 0x78, 9], 0);
    expect(judgeUefistoredLoad(odd)).toEqual({ loads: "yes", variables: 1 });
    expect(judgeUefistoredLoad(makeBlob([], 1))).toEqual({ loads: "yes", variables: 0 });
  });

  it("takes each limit and refuses one more", () => {
    expect(judgeUefistoredLoad(makeBlob(numbered(128), 1)).loads).toBe("yes");
    expect(judgeUefistoredLoad(makeBlob(numbered(129), 1))).toEqual({
      loads: "no",
      code: "count-over-limit",
      offset: 8,
      found: 129n,
      limit: 128,
    });
    expect(judgeUefistoredLoad(makeBlob([named(256)], 1)).loads).toBe("yes");
    expect(judgeUefistoredLoad(makeBlob([named(257)], 1))).toMatchObject({
      code: "name-over-limit",
      found: 257n,
    });
    expect(judgeUefistoredLoad(makeBlob([filled(32_768)], 1)).loads).toBe("yes");
    expect(judgeUefistoredLoad(makeBlob([filled(32_769)], 1))).toMatchObject({
      code: "data-over-limit",
      offset: 24 + 8 + 8,
      found: 32_769n,
      limit: 32_768,
    });
  });

  it("refuses an empty name, empty data and bytes behind the last variable", () => {
    expect(judgeUefistoredLoad(makeBlob([named(0)], 1))).toMatchObject({ code: "name-empty", offset: 24 });
    expect(judgeUefistoredLoad(makeBlob([filled(0)], 1))).toMatchObject({ code: "data-empty" });
    const trailing = concat(makeBlob([one], 1), Uint8Array.of(0));
    expect(judgeUefistoredLoad(trailing)).toMatchObject({
      code: "trailing-bytes",
      offset: trailing.length - 1,
    });
  });

  it("takes the beginning of version 2 for a record: without a MOR key that is an empty name", () => {
    expect(judgeUefistoredLoad(makeBlob([one], 2))).toMatchObject({
      loads: "no",
      code: "name-empty",
      offset: 24,
    });
    const keyed = makeBlob([one], 2);
    keyed.set([1, 2, 3, 4, 5, 6, 7, 8], 24);
    expect(judgeUefistoredLoad(keyed)).toMatchObject({ loads: "no", code: "name-over-limit" });
    const short = makeBlob([one], 2);
    viewOf(short).setBigUint64(24, 4n, true);
    viewOf(short).setBigUint64(24 + 8 + 4, 32_768n, true);
    expect(judgeUefistoredLoad(short)).toEqual({ loads: "unknown", offset: short.length });
    expect(judgeUefistoredLoad(makeBlob([], 2))).toMatchObject({ code: "trailing-bytes" });
  });

  it("reads past the end of what is cut, so that nobody can tell", () => {
    const whole = makeBlob([one, one], 1);
    for (let length = 0; length < whole.length; length++)
      expect(judgeUefistoredLoad(whole.subarray(0, length))).toEqual({ loads: "unknown", offset: length });
  });

  it("is answered for every sequence of bytes", () => {
    const mutated = fc
      .tuple(fc.constant(makeBlob([one, filled(40)], 1)), fc.nat(250), fc.nat(255))
      .map(([blob, at, byte]) => blob.with(at % blob.length, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated), (bytes) => {
        expect(["yes", "no", "unknown"]).toContain(judgeUefistoredLoad(bytes).loads);
      }),
      { numRuns: 500 },
    );
  });
});
