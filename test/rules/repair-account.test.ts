/**
 * No byte leaves a blob unnamed: what a repair drops is worked out here anew, from the bytes of input and output alone and
 * with a reader of its own, and compared with what the proof says.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { RepairOutcome } from "../../rules/engine/repair-types.ts";
import { STRATEGIES, type Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import { mutatedBlob } from "../arbitraries.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  noise,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };

function repair(bytes: Uint8Array, strategy: Strategy): RepairOutcome | null {
  try {
    openBlob(bytes);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
  return repairVm(vmOf(bytes), strategy, settings);
}

interface Item {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
const KEYS: ReadonlySet<string> = new Set(
  ["KEK", "db", "dbx"].map((name) => hex(Buffer.from(name, "utf16le"))),
);

const GLOBAL = "61dfe48bca93d211aa0d00e098032b8c";
const DATABASE = "cbb219d73a3d9645a3bcdad00e67656f";
const GUID_OF_KEY: ReadonlyMap<string, string> = new Map(
  [
    ["PK", GLOBAL],
    ["KEK", GLOBAL],
    ["db", DATABASE],
    ["dbx", DATABASE],
    ["dbt", DATABASE],
  ].map(([name = "", guid = ""]) => [hex(Buffer.from(name, "utf16le")), guid]),
);

/** Name, GUID and the rest of a record's trailer: who it is. Attributes of keys may be set anew, which the proof counts. */
interface Record_ extends Item {
  readonly attributes: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly isKey: boolean;
}

/** Whole records wherever they stand, from `start` on; the first one need not stand there. */
function recordsFrom(bytes: Uint8Array, start: number, isStrict: boolean): Record_[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Record_[] = [];
  const u64 = (at: number): number =>
    at + 8 <= bytes.length ? Number(view.getBigUint64(at, true)) : Infinity;
  for (let at = start; at < bytes.length; ) {
    const nameEnd = at + 8 + u64(at);
    const dataEnd = nameEnd + 8 + u64(nameEnd);
    const name = bytes.subarray(at + 8, nameEnd);
    const letters = Array.from({ length: name.length / 2 }, (_, i) => name[2 * i]! | (name[2 * i + 1]! << 8));
    // An old uefistored kept a NUL at the end of a name.
    const shown = letters.length > 1 && letters.at(-1) === 0 ? letters.slice(0, -1) : letters;
    const isName =
      name.length > 0 && name.length <= 4096 && name.length % 2 === 0 && shown.every((one) => one >= 32);
    if (dataEnd + 68 <= bytes.length && (!isStrict || (isName && dataEnd > nameEnd + 8))) {
      const guid = hex(bytes.subarray(dataEnd, dataEnd + 16));
      const attributes = view.getUint32(dataEnd + 16, true);
      const ofKey = GUID_OF_KEY.get(hex(name)) === guid ? "" : attributes;
      const key = `${hex(name)} ${guid} ${ofKey} ${hex(bytes.subarray(dataEnd + 20, dataEnd + 68))}`;
      found.push({
        key,
        attributes,
        start: at,
        end: dataEnd + 68,
        dataStart: nameEnd + 8,
        dataEnd,
        isKey: KEYS.has(hex(name)),
      });
      at = dataEnd + 68;
    } else if (isStrict) at++;
    else break;
  }
  return found;
}

function bodyStart(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) === 2 ? 292 : 24;
}

/** Entries as type and data: owners may change. */
function entriesOf(bytes: Uint8Array, start: number, end: number): Item[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Item[] = [];
  for (let at = start; at + 28 <= end; ) {
    const [size, header, each] = [16, 20, 24].map((field) => view.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    if (size < 28) break;
    const stop = Math.min(at + size, end);
    for (let one = at + 28 + header; each > 16 && one + each <= stop; one += each)
      found.push({
        key: `${hex(bytes.subarray(at, at + 16))} ${hex(bytes.subarray(one + 16, one + each))}`,
        start: one,
        end: one + each,
      });
    at = stop;
  }
  return found;
}

interface Gone {
  readonly bytes: Uint8Array;
  readonly changedAttributes: number;
}

/** The bytes of the input that nothing in the output stands for, and how many records have other attributes. */
function goneBytes(input: Uint8Array, output: Uint8Array): Gone {
  let changedAttributes = 0;
  const gone = new Uint8Array(input.length);
  const declared = openBlob(input);
  const inside = recordsFrom(input.subarray(0, declared.rest.start), bodyStart(input), false);
  const behind = recordsFrom(input, declared.rest.start, true);
  gone.fill(1, declared.rest.start);
  const left = recordsFrom(output, bodyStart(output), false);
  for (const record of [...inside, ...behind]) {
    const at = left.findIndex(
      (other) =>
        other.key === record.key &&
        (record.isKey ||
          isSame(
            output.subarray(other.dataStart, other.dataEnd),
            input.subarray(record.dataStart, record.dataEnd),
          )),
    );
    if (at < 0) {
      gone.fill(1, record.start, record.end);
      continue;
    }
    gone.fill(0, record.start, record.end);
    const [partner] = left.splice(at, 1) as [Record_];
    if (partner.attributes !== record.attributes) changedAttributes++;
    const after = output.subarray(partner.dataStart, partner.dataEnd);
    if (isSame(after, input.subarray(record.dataStart, record.dataEnd))) continue;
    const kept = new Set(entriesOf(after, 0, after.length).map(({ key }) => key));
    for (const { key, start, end } of entriesOf(input, record.dataStart, record.dataEnd))
      if (!kept.has(key)) gone.fill(1, start, end);
  }
  return { bytes: gone, changedAttributes };
}

function expectAccounted(input: Uint8Array, strategy: Strategy): RepairOutcome["kind"] | null {
  const outcome = repair(input, strategy);
  if (outcome?.kind !== "repaired") return outcome?.kind ?? null;
  const { account, removed, changedAttributes } = outcome.proof;
  if (account.before !== input.length || account.after !== outcome.bytes.length)
    throw new Error("not of these blobs");
  if (account.kept + account.merged + account.lists + account.removed !== input.length)
    throw new Error(`${JSON.stringify(account)} does not add up`);
  if (account.kept + account.added !== outcome.bytes.length) throw new Error("the result does not add up");
  const named = new Uint8Array(input.length);
  for (const { span } of removed) if (span !== null) named.fill(1, span.start, span.end);
  if (named.reduce((sum, one) => sum + one, 0) !== account.removed)
    throw new Error("another sum of what is named");
  const gone = goneBytes(input, outcome.bytes);
  const unnamed = gone.bytes.findIndex((one, i) => one > named[i]!);
  if (gone.changedAttributes !== changedAttributes.length) throw new Error("attributes changed uncounted");
  if (unnamed >= 0) throw new Error(`byte ${unnamed} is gone and not named`);
  if (strategy === "merge" && removed.some(({ type, variable }) => type !== null || variable?.guid === null))
    throw new Error("merge removed something that can be read");
  return "repaired";
}

const record = fc.oneof(
  fc.constantFrom("BootOrder", "Boot0001", "ä").map((name) => makeVariable(name, Uint8Array.of(1, 2, 3))),
  fc
    .record({
      count: fc.integer({ min: 1, max: 4 }),
      from: fc.nat(3),
      owner: fc.constantFrom(MICROSOFT_OWNER, XCP_NG_OWNER, CUSTOM_OWNER),
    })
    .chain(({ count, from, owner }) =>
      fc
        .tuple(
          fc.constantFrom("db" as const, "dbx" as const, "KEK" as const),
          fc.uint8Array({ maxLength: 3 }),
        )
        .map(([name, tail]) =>
          makeSignatureVariable(
            name,
            concatBytes([sha256List(owner, count, from), sha256List(MICROSOFT_OWNER, 3), tail]),
          ),
        ),
    ),
  fc.constant(makeVariable("Big", new Uint8Array(57_345))),
  fc.constant(makeVariable("Empty", new Uint8Array(0))),
) as fc.Arbitrary<VariableFields>;

/** Records with anything between and behind them, and any count. */
const patchedBlob = fc
  .record({
    records: fc.array(record, { maxLength: 5 }),
    junkAt: fc.nat(5),
    junk: fc.oneof(
      fc.constant(new Uint8Array(0)),
      fc.constant(new Uint8Array(8)),
      fc.uint8Array({ maxLength: 40 }),
    ),
    tail: fc.oneof(
      fc.constant(new Uint8Array(0)),
      fc.nat(40).map((length) => new Uint8Array(length).fill(length)),
      fc.nat(40).map((seed) => noise(60, seed)),
      fc.tuple(record, fc.nat(400)).map(([one, cut]) => recordBytes(one).slice(0, -1 - cut)),
    ),
    count: fc.oneof(fc.constant(null), fc.nat(8), fc.constantFrom(1024, 1025, 2000)),
    version: fc.constantFrom(1, 2),
  })
  .map(({ records, junkAt, junk, tail, count, version }) => {
    const parts = records.map(recordBytes);
    parts.splice(Math.min(junkAt, parts.length), 0, junk);
    const bytes = concatBytes([makeBlob([], version), ...parts, tail]);
    new DataView(bytes.buffer).setBigUint64(8, BigInt(count ?? records.length), true);
    return bytes;
  });

function recordBytes(one: VariableFields): Uint8Array {
  return makeBlob([one], 1).slice(24);
}

const { VARSCOPE_SEED, VARSCOPE_TEST_SEED } = process.env;
const SEED = Number(VARSCOPE_SEED ?? VARSCOPE_TEST_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env["VARSCOPE_RUNS"] ?? 40);

describe("every byte that a repair drops is named", () => {
  it.each(STRATEGIES)("%s: of random records with junk, cut ends and wrong counts", (strategy) => {
    const kinds = new Map<string | null, number>();
    fc.assert(
      fc.property(patchedBlob, (bytes) => {
        const kind = expectAccounted(bytes, strategy);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }),
      { numRuns: RUNS * 4, seed: SEED },
    );
    expect(kinds.get("repaired")).toBeGreaterThan(RUNS / 8);
  });

  it.each(STRATEGIES)("%s: of mutated blobs", (strategy) => {
    fc.assert(
      fc.property(mutatedBlob, (bytes) => {
        expectAccounted(bytes, strategy);
      }),
      { numRuns: RUNS * 2, seed: SEED },
    );
  });
});

/** As many hashes as make a dbx that matters. */
const DBX_HASHES = 300;

describe("a header's correction drops nothing that can be read", () => {
  const dbx = recordBytes(makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, DBX_HASHES)));
  const before = bootVariables().slice(0, 2);
  const build = (count: number, ...tail: readonly Uint8Array[]): Uint8Array => {
    const bytes = concatBytes([makeBlob(before), ...tail]);
    new DataView(bytes.buffer).setBigUint64(8, BigInt(count), true);
    return bytes;
  };

  it.each([
    ["a cut dbx, count 1025", build(1025, dbx.slice(0, -100)), 0],
    ["a cut dbx, count 2000", build(2000, dbx.slice(0, -100)), 0],
    ["a cut dbx, count 3", build(3, dbx.slice(0, -100)), 0],
    ["a cut dbx behind the counted", build(2, dbx.slice(0, -100)), 0],
    ["a cut dbx behind one that is not counted", build(1, dbx.slice(0, -100)), 0],
    ["a cut dbx of which the name alone is left", build(2, dbx.slice(0, 16)), 0],
    ["a whole dbx behind eight zeros", build(2, new Uint8Array(8), dbx), DBX_HASHES],
    // The zeros are read as a record without a name, which takes the beginning of the dbx for its own.
    ["a whole dbx behind eight zeros, count 1025", build(1025, new Uint8Array(8), dbx), 0],
  ])("%s: merge refuses, remove keeps what is whole", (_, bytes, hashes) => {
    for (const strategy of ["merge", "compact"] as const)
      expect(repair(bytes, strategy)).toMatchObject({ kind: "refused", strategyThatCan: "remove" });
    expect(expectAccounted(bytes, "remove")).toBe("repaired");
    const outcome = repair(bytes, "remove");
    expect(outcome).toMatchObject({ kind: "repaired", proof: { kept: hashes } });
  });

  it.each([
    ["a whole dbx that is not counted", build(2, dbx), DBX_HASHES, 0],
    ["a whole dbx, count 1025", build(1025, dbx), DBX_HASHES, 0],
    ["nine bytes", build(2, noise(9, 1)), 0, 9],
    ["a page of zeros", build(2, new Uint8Array(4096)), 0, 4096],
  ])("%s: merge repairs it", (_, bytes, hashes, removed) => {
    expect(expectAccounted(bytes, "merge")).toBe("repaired");
    expect(repair(bytes, "merge")).toMatchObject({ proof: { kept: hashes, account: { removed } } });
  });

  it("ten bytes are enough for a name: merge refuses them", () => {
    expect(repair(build(2, noise(10, 1)), "merge")).toMatchObject({
      kind: "refused",
      strategyThatCan: "remove",
    });
  });

  it("the proof names the signatures of a cut dbx one by one", () => {
    const outcome = repair(build(2, dbx.slice(0, -100)), "remove");
    if (outcome?.kind !== "repaired") throw new Error("not repaired");
    const [record_, ...signatures] = outcome.proof.removed;
    expect(record_).toMatchObject({ variable: { name: "dbx", guid: null }, type: null });
    expect(signatures).toHaveLength(DBX_HASHES - 1);
    expect(new Set(signatures.map(({ type }) => type))).toEqual(new Set(["EFI_CERT_SHA256"]));
  });

  it("what was found behind the last variable is said in the finding", () => {
    const { findings } = analyzeVm(vmOf(build(2, new Uint8Array(8), dbx)), RULES, settings);
    expect(findings[0]?.message).toContain("dbx (whole, 14428 bytes)");
  });
});

describe("records among others", () => {
  it("are all kept where only the count is wrong", () => {
    const keys = keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 5));
    const bytes = makeBlob([...bootVariables(), ...keys]);
    new DataView(bytes.buffer).setBigUint64(8, 1025n, true);
    expect(expectAccounted(bytes, "merge")).toBe("repaired");
  });
});
