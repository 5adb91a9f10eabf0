import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { compareSignatures, type SignatureComparison } from "../../../report/compare/compare-signatures.ts";
import { CUSTOM_OWNER, MICROSOFT_OWNER, sha256List, XCP_NG_OWNER } from "../../builders/blob.ts";

function compare(a: Uint8Array, b: Uint8Array): SignatureComparison {
  const comparison = compareSignatures(a, b, nodePlatform);
  if (comparison === null) throw new Error("too many signatures");
  return comparison;
}

function counts({ kept, added, removed, moved }: SignatureComparison): number[] {
  return [kept, added.length, removed.length, moved.length];
}

describe("two variables of signatures", () => {
  it("differ by what an append brought", () => {
    const before = sha256List(MICROSOFT_OWNER, 10);
    const after = concatBytes([before, sha256List(MICROSOFT_OWNER, 3, 10)]);
    const comparison = compare(before, after);
    expect(counts(comparison)).toEqual([10, 3, 0, 0]);
    expect(comparison.added.map(({ span }) => span.start)).toEqual([536, 584, 632]);
    expect(comparison.added.every(({ isInOther }) => !isInOther)).toBe(true);
    expect(counts(compare(after, before))).toEqual([10, 0, 3, 0]);
  });

  it("are told apart where the same hashes are added under a second owner", () => {
    const planted = sha256List(XCP_NG_OWNER, 10);
    const { kept, added } = compare(planted, concatBytes([planted, sha256List(MICROSOFT_OWNER, 12)]));
    expect([kept, added.length]).toEqual([10, 12]);
    expect(added.filter(({ isInOther }) => isInOther).length).toBe(10);
  });

  it("show entries that only changed their owner as moved", () => {
    const { moved, added, removed } = compare(sha256List(XCP_NG_OWNER, 4), sha256List(MICROSOFT_OWNER, 4));
    expect([added, removed]).toEqual([[], []]);
    expect(moved.map(({ owner, ownerInB }) => [owner, ownerInB])).toEqual(
      Array.from({ length: 4 }, () => [XCP_NG_OWNER, MICROSOFT_OWNER]),
    );
  });

  it("pair the owners of one hash in their order, and what is left over is removed", () => {
    const before = concatBytes([sha256List(XCP_NG_OWNER, 1), sha256List(MICROSOFT_OWNER, 1)]);
    const { kept, moved, removed } = compare(before, sha256List(CUSTOM_OWNER, 1));
    expect(kept).toBe(0);
    expect(moved.map(({ owner, ownerInB }) => [owner, ownerInB])).toEqual([[XCP_NG_OWNER, CUSTOM_OWNER]]);
    expect(removed.map(({ owner, isInOther }) => [owner, isInOther])).toEqual([[MICROSOFT_OWNER, true]]);
  });

  it("count repetitions", () => {
    const once = sha256List(MICROSOFT_OWNER, 2);
    const { kept, removed } = compare(concatBytes([once, once]), once);
    expect([kept, removed.length, removed.every(({ isInOther }) => isInOther)]).toEqual([2, 2, true]);
  });

  it("are the same whatever lists their entries stand in", () => {
    const one = sha256List(MICROSOFT_OWNER, 3);
    const three = concatBytes([2, 0, 1].map((number) => sha256List(MICROSOFT_OWNER, 1, number)));
    expect(counts(compare(one, three))).toEqual([3, 0, 0, 0]);
  });

  it("keep the fault of the one that cannot be read to its end", () => {
    const whole = sha256List(MICROSOFT_OWNER, 3);
    const { faultInA, faultInB, removed } = compare(whole, whole.subarray(0, whole.length - 10));
    expect([faultInA, faultInB?.code, removed.length]).toEqual([null, "list-size-past-end", 1]);
  });

  it.each([0, 1])("are compared up to the limit, and %i more than it are not", (beyond) => {
    const list = sha256List(MICROSOFT_OWNER, 1024);
    const a = concatBytes(Array.from({ length: PARSER_LIMITS.maxComparedSignatures / 1024 }, () => list));
    const b = beyond === 0 ? new Uint8Array(0) : sha256List(MICROSOFT_OWNER, 1);
    expect(compareSignatures(a, b, nodePlatform) === null).toBe(beyond > 0);
  });

  it("account for every entry of both", () => {
    const owners = [XCP_NG_OWNER, MICROSOFT_OWNER, CUSTOM_OWNER];
    const database = fc
      .array(fc.tuple(fc.nat(2), fc.nat(5)), { maxLength: 12 })
      .map((entries) =>
        concatBytes(entries.map(([owner, number]) => sha256List(owners[owner] ?? "", 1, number))),
      );
    fc.assert(
      fc.property(database, database, (a, b) => {
        const forth = compare(a, b);
        const back = compare(b, a);
        expect(forth.kept + forth.removed.length + forth.moved.length).toBe(a.length / 76);
        expect(forth.kept + forth.added.length + forth.moved.length).toBe(b.length / 76);
        expect(counts(back)).toEqual([
          forth.kept,
          forth.removed.length,
          forth.added.length,
          forth.moved.length,
        ]);
      }),
      { numRuns: 200 },
    );
  });
});
