import { describe, expect, it } from "vitest";
import { judgeLoad, judgeResume } from "../../daemon/varstored-loader.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { bootVariables, concat, healthyBlob, makeBlob, makeVariable } from "../builders/blob.ts";

const code = (bytes: Uint8Array) => judgeLoad(bytes).refusal?.code ?? "loads";

function withCount(bytes: Uint8Array, count: bigint): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(8, count, true);
  return copy;
}

function many(count: number): Uint8Array {
  return makeBlob(Array.from({ length: count }, (_, i) => makeVariable(`V${i}`, Uint8Array.of(1))));
}

describe("varstored's loader", () => {
  it("takes a healthy blob of each version it knows", () => {
    for (const version of [0, 1, 2]) expect(code(makeBlob(bootVariables(), version))).toBe("loads");
  });

  it("takes data of exactly 57344 bytes and refuses one more", () => {
    expect(code(makeBlob([makeVariable("A", new Uint8Array(57_344))]))).toBe("loads");
    expect(judgeLoad(makeBlob([makeVariable("A", new Uint8Array(57_345))])).refusal).toMatchObject({
      code: "data-over-limit",
      offset: 292 + 8 + 2,
      variable: { name: "A", index: 0 },
    });
  });

  it("takes a name of exactly 4096 bytes and refuses 4098", () => {
    expect(code(makeBlob([makeVariable("N".repeat(2048), Uint8Array.of(1))]))).toBe("loads");
    expect(code(makeBlob([makeVariable("N".repeat(2049), Uint8Array.of(1))]))).toBe("name-over-limit");
  });

  it("takes 1024 variables and refuses 1025", () => {
    expect(code(many(1024))).toBe("loads");
    expect(code(many(1025))).toBe("count-over-limit");
  });

  it("refuses empty names and empty data", () => {
    expect(code(makeBlob([makeVariable("", Uint8Array.of(1))]))).toBe("name-empty");
    expect(code(makeBlob([makeVariable("A", new Uint8Array(0))]))).toBe("data-empty");
  });

  it("refuses a count that is too high, too low, or beyond 64-bit arithmetic", () => {
    const bytes = healthyBlob();
    expect(code(withCount(bytes, 8n))).toBe("record-cut");
    expect(code(withCount(bytes, 6n))).toBe("trailing-bytes");
    expect(code(withCount(bytes, (1n << 64n) - 1n))).toBe("count-over-limit");
  });

  it("refuses one trailing byte, a header cut at 23 bytes, and ancillary data one byte short", () => {
    expect(code(concat(healthyBlob(), Uint8Array.of(0)))).toBe("trailing-bytes");
    expect(code(healthyBlob().subarray(0, 23))).toBe("too-short");
    expect(code(makeBlob([]).subarray(0, 291))).toBe("ancillary-cut");
    expect(code(makeBlob([]))).toBe("loads");
  });

  it("does not look at the data length of the header, attributes, names or signature lists", () => {
    const bytes = makeBlob([
      makeVariable(Uint8Array.of(1, 0xd8, 3), Uint8Array.of(0), { attributes: 0xffff_ffff }),
      ...bootVariables(),
    ]);
    new DataView(bytes.buffer).setBigUint64(16, 7n, true);
    expect(code(bytes)).toBe("loads");
  });

  it("refuses version 3 and another magic", () => {
    const bytes = healthyBlob();
    new DataView(bytes.buffer).setUint32(4, 3, true);
    expect(code(bytes)).toBe("unsupported-version");
    bytes[0] = 0;
    expect(code(bytes)).toBe("bad-magic");
  });
});

describe("judgeResume", () => {
  /** Three variables that fill the file up to this many bytes. */
  function blobOf(bytes: number): Uint8Array {
    const fixed = makeBlob([0, 1, 2].map((i) => makeVariable(`v${i}`, Uint8Array.of(0)))).length - 3;
    const third = Math.floor((bytes - fixed) / 3);
    const lengths = [third, third, bytes - fixed - 2 * third];
    return makeBlob(lengths.map((length, i) => makeVariable(`v${i}`, new Uint8Array(length))));
  }

  it("takes a file of the limit, and refuses one byte more that a start would take", () => {
    const { MAX_FILE_SIZE } = VARSTORED_LIMITS;
    const [full, over] = [blobOf(MAX_FILE_SIZE), blobOf(MAX_FILE_SIZE + 1)];
    expect([full.length, over.length]).toEqual([MAX_FILE_SIZE, MAX_FILE_SIZE + 1]);
    expect(judgeResume(full).loads).toBe(true);
    expect(judgeResume(over).refusal).toMatchObject({ code: "file-over-limit", offset: MAX_FILE_SIZE });
    expect(judgeLoad(over).loads).toBe(true);
  });

  it("else answers as the loader does", () => {
    for (const bytes of [healthyBlob(), new Uint8Array(0), healthyBlob().subarray(0, 100)])
      expect(judgeResume(bytes)).toEqual(judgeLoad(bytes));
  });
});
