import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type FilteredAppend, filterSignatureList } from "../../daemon/append-filter.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { concatBytes, hasBytesAt } from "../../parsers/bytes.ts";
import { readSignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { CUSTOM_OWNER, MICROSOFT_OWNER, noise, sha256List, x509List } from "../builders/blob.ts";

vi.mock("../../parsers/bytes.ts", async (original) => {
  const bytes = await original<typeof import("../../parsers/bytes.ts")>();
  return { ...bytes, toHex: vi.fn(bytes.toHex) };
});
const { toHex: mockedHex } = vi.mocked(await import("../../parsers/bytes.ts"));

const stored = sha256List(CUSTOM_OWNER, 5);

function filtered(data: Uint8Array, incoming: Uint8Array): FilteredAppend {
  const result = filterSignatureList(data, incoming);
  if (result instanceof Refusal) throw new Error(result.reason);
  return result;
}

function withWord(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, value, true);
  return copy;
}

describe("an append to db, dbx or dbt", () => {
  test("keeps what is new and corrects the size of its list", () => {
    const { data, dropped } = filtered(stored, sha256List(CUSTOM_OWNER, 4, 3));
    expect(data).toEqual(sha256List(CUSTOM_OWNER, 2, 5));
    expect(dropped).toBe(2);
  });

  test("leaves nothing of a list of which every entry is there", () => {
    expect(filtered(stored, concatBytes([stored, stored]))).toEqual({ data: new Uint8Array(0), dropped: 10 });
  });

  test("compares the owner and the type, and keeps duplicates within the update", () => {
    const others = concatBytes([sha256List(MICROSOFT_OWNER, 5), sha256List(MICROSOFT_OWNER, 5)]);
    expect(filtered(stored, others)).toEqual({ data: others, dropped: 0 });
    const certificate = x509List(CUSTOM_OWNER, noise(32, 1000));
    expect(filtered(stored, certificate).data).toEqual(certificate);
  });

  test("finds entries in any of the stored lists", () => {
    const lists = concatBytes([
      x509List(CUSTOM_OWNER, noise(500, 1)),
      sha256List(MICROSOFT_OWNER, 2),
      stored,
    ]);
    expect(filtered(lists, stored).dropped).toBe(5);
  });
});

describe("stored lists that are damaged", () => {
  test("end the comparison where one is longer than what is left", () => {
    const overrun = withWord(stored, 16, stored.length + 1);
    expect(filtered(overrun, stored)).toEqual({ data: stored, dropped: 0 });
    expect(filtered(concatBytes([stored, noise(27, 1)]), stored).dropped).toBe(5);
  });

  test("of size 0 hang the daemon, except for entries that it finds before", () => {
    const endless = concatBytes([stored, withWord(stored, 16, 0)]);
    expect(filtered(endless, stored).dropped).toBe(5);
    expect(filterSignatureList(endless, sha256List(CUSTOM_OWNER, 1, 9))).toMatchObject({
      check: "daemon-hangs",
    });
  });

  test("that are shorter than their headers crash it, if their type and size are looked at", () => {
    const short = withWord(stored, 20, 0xffff);
    expect(filterSignatureList(short, sha256List(CUSTOM_OWNER, 1))).toMatchObject({
      check: "daemon-crashes",
    });
    expect(filtered(short, x509List(CUSTOM_OWNER, noise(99, 1))).dropped).toBe(0);
    expect(filterSignatureList(stored, short)).toMatchObject({ check: "daemon-crashes" });
  });

  test("never stop an answer from coming, whatever their bytes", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const words = fc.array(
      fc.tuple(fc.constantFrom(16, 20, 24), fc.constantFrom(0, 1, 27, 28, 48, 76, 0xffff_ffff)),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(bytes, words, bytes, (rest, edits, random) => {
        const data = concatBytes([
          edits.reduce((list, [at, value]) => withWord(list, at, value), stored),
          rest,
        ]);
        for (const [old, incoming] of [
          [data, stored],
          [stored, data],
          [random, stored],
          [stored, random],
        ] as const) {
          const result = filterSignatureList(old, incoming);
          if (result instanceof Refusal) expect(result.status).toBeNull();
          else expect(result.data.length).toBeLessThanOrEqual(incoming.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("what is kept are lists that are in order, and each entry of it is of the update", () => {
  fc.assert(
    fc.property(fc.nat(6), fc.integer({ min: 1, max: 6 }), (from, count) => {
      const incoming = sha256List(CUSTOM_OWNER, count, from);
      const { data, dropped } = filtered(stored, incoming);
      const { lists, fault } = readSignatureDatabase(data);
      expect(fault).toBeNull();
      expect(lists.reduce((sum, list) => sum + list.signatureCount, 0)).toBe(count - dropped);
      expect(data.length === 0 || hasBytesAt(incoming, 0, data.subarray(0, 16))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("the keys of an update are made once, however many stores are asked", () => {
  const incoming = concatBytes([sha256List(CUSTOM_OWNER, 300, 20), sha256List(MICROSOFT_OWNER, 200)]);
  const other = sha256List(CUSTOM_OWNER, 300, 20);
  const keysMade = (update: Uint8Array): number => {
    mockedHex.mockClear();
    expect(filtered(stored, update).dropped).toBe(0);
    return mockedHex.mock.calls.length;
  };
  // Each time the five of the store.
  expect([keysMade(incoming), keysMade(incoming), keysMade(incoming)]).toEqual([505, 5, 5]);
  expect([keysMade(other), keysMade(other)]).toEqual([305, 5]);
});
