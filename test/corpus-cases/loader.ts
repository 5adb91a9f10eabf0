/** One case for each reason for which the loader refuses, and beside it what just passes. */
import { ascii } from "../../parsers/bytes.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import {
  bootVariables,
  concat,
  healthyBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";

const { DATA_LIMIT, NAME_LIMIT, MAX_VARIABLE_COUNT } = VARSTORED_LIMITS;

function withCount(bytes: Uint8Array, count: number): Uint8Array {
  new DataView(bytes.buffer).setBigUint64(8, BigInt(count), true);
  return bytes;
}

function withVersion(bytes: Uint8Array, version: number): Uint8Array {
  new DataView(bytes.buffer).setUint32(4, version, true);
  return bytes;
}

function withExtra(name: string, dataBytes: number): Uint8Array {
  return makeBlob([makeVariable(name, new Uint8Array(dataBytes).fill(0x61)), ...bootVariables()]);
}

/** As the value of a record's `EFI-variables`: there a broken blob is a verdict, in a bare file an input error. */
function asRecord(blob: Uint8Array): Uint8Array {
  const base64 = Buffer.from(blob).toString("base64");
  return ascii(
    JSON.stringify({
      uuid: "00000000-0000-4000-8000-000000000001",
      name_label: "test",
      NVRAM: { "EFI-variables": base64 },
    }),
  );
}

/** The bytes of one record. */
function dbxRecord(): Uint8Array {
  const dbx = makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 20));
  return makeBlob([dbx], 1).slice(VARSTORED_LIMITS.HEADER_BYTES);
}

const empty = (): CorpusCase["bytes"] => () => makeBlob([]);

export const cases: readonly CorpusCase[] = [
  {
    name: "healthy-vars-v2",
    title: "A healthy version 2 blob with Microsoft-owned keys.",
    file: "input.vars",
    bytes: healthyBlob,
  },
  {
    name: "healthy-vars-v1",
    title: "A healthy version 1 blob, as XCP-ng 8.2 wrote it, with boot variables alone.",
    file: "input.vars",
    bytes: () => makeBlob(bootVariables(), 1),
  },
  {
    name: "variable-data-over-limit",
    title: "A variable with 57345 bytes of data: one more than varstored loads.",
    file: "input.vars",
    bytes: () => withExtra("GuestLog", DATA_LIMIT + 1),
  },
  {
    name: "variable-data-over-limit-near-miss",
    title: "A variable with exactly 57344 bytes of data.",
    file: "input.vars",
    bytes: () => withExtra("GuestLog", DATA_LIMIT),
  },
  {
    name: "variable-data-empty",
    title: "A variable without data.",
    file: "input.vars",
    bytes: () => withExtra("Nothing", 0),
  },
  {
    name: "variable-data-empty-near-miss",
    title: "A variable with one byte of data.",
    file: "input.vars",
    bytes: () => withExtra("Nothing", 1),
  },
  {
    name: "variable-name-empty",
    title: "A variable without a name.",
    file: "input.vars",
    bytes: () => withExtra("", 8),
  },
  {
    name: "variable-name-empty-near-miss",
    title: "A variable whose name is one character.",
    file: "input.vars",
    bytes: () => withExtra("N", 8),
  },
  {
    name: "variable-name-over-limit",
    title: "A variable with a name of 4098 bytes.",
    file: "input.vars",
    bytes: () => withExtra("N".repeat(NAME_LIMIT / 2 + 1), 8),
  },
  {
    name: "variable-name-over-limit-near-miss",
    title: "A variable with a name of exactly 4096 bytes.",
    file: "input.vars",
    bytes: () => withExtra("N".repeat(NAME_LIMIT / 2), 8),
  },
  {
    name: "variable-count-over-limit",
    title: "A header that counts 1025 variables; three are there.",
    file: "input.vars",
    bytes: () => withCount(makeBlob(bootVariables()), MAX_VARIABLE_COUNT + 1),
  },
  {
    name: "variable-count-over-limit-near-miss",
    title: "A header that counts 1024 variables; three are there: too few, but not over the limit.",
    file: "input.vars",
    bytes: () => withCount(makeBlob(bootVariables()), MAX_VARIABLE_COUNT),
  },
  {
    name: "missing-variables",
    title: "A header that counts one variable more than there is.",
    file: "input.vars",
    bytes: () => withCount(makeBlob(bootVariables()), 4),
  },
  {
    name: "missing-variables-near-miss",
    title: "A blob without any variable, and a header that says so.",
    file: "input.vars",
    bytes: empty(),
  },
  {
    name: "trailing-bytes",
    title: "One byte after the last variable.",
    file: "input.vars",
    bytes: () => concat(makeBlob(bootVariables()), Uint8Array.of(0)),
  },
  {
    name: "trailing-bytes-near-miss",
    title: "The same blob without the byte.",
    file: "input.vars",
    bytes: () => makeBlob(bootVariables()),
  },
  {
    name: "trailing-variable",
    title: "A header that counts one variable less than there are.",
    file: "input.vars",
    bytes: () => withCount(makeBlob(bootVariables()), 2),
  },
  {
    name: "trailing-cut-record",
    title:
      "Behind the variables that the header counts stands a dbx of which the last 100 bytes are missing.",
    file: "input.vars",
    bytes: () => concat(makeBlob(bootVariables()), dbxRecord().slice(0, -100)),
  },
  {
    name: "trailing-junk-then-variable",
    title: "Behind the variables that the header counts stand eight zeros, and then a whole dbx.",
    file: "input.vars",
    bytes: () => concat(makeBlob(bootVariables()), new Uint8Array(8), dbxRecord()),
  },
  {
    name: "trailing-filler-near-miss",
    title: "Behind the variables that the header counts stand 4096 zeros: nothing can be read in them.",
    file: "input.vars",
    bytes: () => concat(makeBlob(bootVariables()), new Uint8Array(4096)),
  },
  {
    name: "count-over-limit-cut-record",
    title:
      "A header that counts 1025 variables; three are there, and a dbx of which the last 100 bytes are missing.",
    file: "input.vars",
    bytes: () =>
      withCount(concat(makeBlob(bootVariables()), dbxRecord().slice(0, -100)), MAX_VARIABLE_COUNT + 1),
  },
  {
    name: "truncated-blob",
    title: "A blob that is cut in the data of its last variable, dbx.",
    file: "input.vars",
    bytes: () => healthyBlob().slice(0, -200),
  },
  {
    name: "truncated-blob-near-miss",
    title: "A blob that is cut exactly between two variables: variables are missing, no record is cut.",
    file: "input.vars",
    bytes: () => withCount(makeBlob(bootVariables()), 7),
  },
  {
    name: "unsupported-version",
    title: "A blob of version 3, laid out like version 2.",
    file: "input.vars",
    bytes: () => withVersion(healthyBlob(), 3),
  },
  {
    name: "unsupported-version-near-miss",
    title: "A blob of version 0, which the loader takes as version 1.",
    file: "input.vars",
    bytes: () => makeBlob(bootVariables(), 0),
  },
  {
    name: "bad-magic",
    title: "A record whose NVRAM does not begin with VARS.",
    file: "input.json",
    bytes: () => asRecord(Uint8Array.from([...healthyBlob()].with(3, 0x35))),
  },
  {
    name: "bad-magic-near-miss",
    title: "A record whose NVRAM begins with VARS and is healthy.",
    file: "input.json",
    bytes: () => asRecord(healthyBlob()),
  },
  {
    name: "blob-too-short",
    title: "A record whose NVRAM has 23 bytes.",
    file: "input.json",
    bytes: () => asRecord(makeBlob([]).slice(0, 23)),
  },
  {
    name: "blob-too-short-near-miss",
    title: "A record whose version 1 NVRAM is a header of 24 bytes alone.",
    file: "input.json",
    bytes: () => asRecord(makeBlob([], 1)),
  },
  {
    name: "duplicate-variable",
    title: "The same name and GUID twice, with different data.",
    file: "input.vars",
    bytes: () => makeBlob([...bootVariables(), makeVariable("Timeout", Uint8Array.of(9, 0))]),
  },
  {
    name: "duplicate-variable-near-miss",
    title: "The same name under two GUIDs.",
    file: "input.vars",
    bytes: () =>
      makeBlob([
        ...bootVariables(),
        makeVariable("Timeout", Uint8Array.of(9, 0), { guid: "6b5c0e1a-2f0d-4b6c-9a51-0c7f3f5d2e11" }),
      ]),
  },
  {
    name: "healthy-json-record",
    title: "A VM record in JSON with a healthy NVRAM.",
    file: "input.json",
    bytes: () =>
      asRecord(
        makeBlob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 5))]),
      ),
  },
];
