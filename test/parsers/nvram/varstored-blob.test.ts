import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeLoad } from "../../../daemon/varstored-loader.ts";
import { equalBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { looksLikeBlob, openBlob, writeBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { blobBytes, mutatedBlob } from "../../arbitraries.ts";
import {
  bootVariables,
  concat,
  healthyBlob,
  incidentBlob,
  makeBlob,
  makeVariable,
} from "../../builders/blob.ts";
import { hasSharedData, sharedBytes, sharedCases } from "../../shared-data.ts";

/** Undefined where opening gives a typed error. */
function tryOpen(bytes: Uint8Array) {
  try {
    return openBlob(bytes);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function expectRoundTrip(bytes: Uint8Array): void {
  const blob = tryOpen(bytes);
  if (blob !== undefined && !equalBytes(writeBlob(blob), bytes))
    throw new Error("write(open(b)) differs from b");
}

describe("a VARS blob", () => {
  it("opens with every record and its offsets", () => {
    const blob = openBlob(healthyBlob());
    expect(blob.stop).toBeNull();
    expect(blob.variables.map(({ name }) => name)).toEqual([
      "Timeout",
      "BootOrder",
      "Boot0000",
      "PK",
      "KEK",
      "db",
      "dbx",
    ]);
    const [first] = blob.variables;
    expect(first?.span).toEqual({ start: 292, end: 292 + 84 + 14 + 2 });
    expect(first?.dataSpan).toEqual({ start: 292 + 8 + 14 + 8, end: 292 + 8 + 14 + 8 + 2 });
  });

  it.each([0, 1])("of version %i has no ancillary data", (version) => {
    const blob = openBlob(makeBlob(bootVariables(), version));
    expect(blob.ancillary).toBeNull();
    expect(blob.variables).toHaveLength(3);
  });

  it("is read past an oversized variable", () => {
    const bytes = makeBlob([makeVariable("Big", new Uint8Array(60_000).fill(1)), ...bootVariables()]);
    expect(judgeLoad(bytes).loads).toBe(false);
    expect(openBlob(bytes).variables.map(({ name }) => name)).toEqual([
      "Big",
      "Timeout",
      "BootOrder",
      "Boot0000",
    ]);
  });

  it("that is cut keeps what stands before the cut and names the cut record", () => {
    const whole = healthyBlob();
    const blob = openBlob(whole.subarray(0, whole.length - 100));
    expect(blob.variables).toHaveLength(6);
    expect(blob.stop).toMatchObject({
      code: "cut-record",
      cut: { name: "dbx", declaredDataBytes: 988, presentDataBytes: 956 },
    });
  });

  it("with a count too low gives the records that follow, if they explain the rest", () => {
    const bytes = healthyBlob();
    new DataView(bytes.buffer).setBigUint64(8, 5n, true);
    expect(openBlob(bytes).variables).toHaveLength(7);
    expect(openBlob(concat(bytes, Uint8Array.of(1))).variables).toHaveLength(5);
    expect(openBlob(concat(makeBlob(bootVariables()), new Uint8Array(84))).variables).toHaveLength(3);
  });

  it("of an unknown version shows records only where a layout explains every byte", () => {
    const bytes = healthyBlob();
    new DataView(bytes.buffer).setUint32(4, 3, true);
    expect(openBlob(bytes)).toMatchObject({ stop: { code: "unknown-version" }, variables: { length: 7 } });
    expect(openBlob(concat(bytes, Uint8Array.of(0)))).toMatchObject({
      stop: { code: "unknown-version" },
      variables: { length: 0 },
    });
  });

  it("gives as many records as are read, and stops at the next one", () => {
    const { maxVariables } = PARSER_LIMITS;
    const records = (count: number) => makeBlob(new Array(count).fill(makeVariable("a", Uint8Array.of(1))));
    expect(openBlob(records(maxVariables))).toMatchObject({
      variables: { length: maxVariables },
      stop: null,
    });
    const one = openBlob(records(maxVariables + 1));
    expect(one).toMatchObject({
      variables: { length: maxVariables },
      stop: { expected: `at most ${maxVariables} variables, so many are read`, cut: null },
    });
  });

  it("keeps names that are no UTF-16 apart by their bytes", () => {
    const odd = makeVariable(Uint8Array.of(0x41, 0, 0x42), Uint8Array.of(1));
    const surrogate = makeVariable(Uint8Array.of(0, 0xd8), Uint8Array.of(1));
    expect(openBlob(makeBlob([odd, surrogate])).variables.map(({ nameIsValid }) => nameIsValid)).toEqual([
      false,
      false,
    ]);
  });

  it("is told from other bytes although its magic is damaged", () => {
    const bytes = healthyBlob();
    bytes[3] = 0x35;
    expect(looksLikeBlob(bytes)).toBe(true);
    expect(looksLikeBlob(new Uint8Array(4096))).toBe(false);
  });
});

describe("for all bytes", () => {
  it("opening gives a blob or a typed error, and writing gives the bytes back (random)", () => {
    fc.assert(
      fc.property(blobBytes, (bytes) => expectRoundTrip(bytes)),
      { numRuns: 5000 },
    );
  });

  it("opening gives a blob or a typed error, and writing gives the bytes back (mutated)", () => {
    fc.assert(
      fc.property(mutatedBlob, (bytes) => expectRoundTrip(bytes)),
      { numRuns: 10_000 },
    );
  });

  it("holds for a blob cut at every byte, and the loader refuses every cut", () => {
    const whole = incidentBlob(3, 2);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      expectRoundTrip(cut);
      if (judgeLoad(cut).loads) throw new Error(`cut at ${length} loads`);
    }
    expect(judgeLoad(whole).loads).toBe(true);
  });

  it("what the loader takes, the lenient reader explains to the last byte", () => {
    fc.assert(
      fc.property(mutatedBlob, (bytes) => {
        if (!judgeLoad(bytes).loads) return;
        const blob = openBlob(bytes);
        if (blob.stop !== null || blob.rest.start !== bytes.length) throw new Error("bytes are left");
      }),
      { numRuns: 3000 },
    );
  });
});

describe.skipIf(!hasSharedData)("the real daemon's blobs", () => {
  it.each(sharedCases().map(([name, expected]) => ({ name, expected })))(
    "$name: the loader model answers as the daemon",
    ({ name, expected }) => {
      const bytes = sharedBytes(`${name}.vars`);
      expect(judgeLoad(bytes).loads).toBe(expected.loader === "accepts");
      expectRoundTrip(bytes);
    },
  );
});
