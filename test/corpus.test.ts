/**
 * Every folder of corpus/ is judged, as `corpus run` does it, and compared with its expected.json. UPDATE_CORPUS=1 writes what the
 * builders of test/corpus-cases make and what the judgement says, for review; a missing expectation fails.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { readCaseFolder } from "../cli/corpus/case-folder.ts";
import { readmeWithTable, updateTable } from "../cli/corpus/case-table.ts";
import { expectationBytes } from "../cli/corpus/check-case.ts";
import { judgeCase } from "../cli/corpus/judge-case.ts";
import { readExpectation } from "../cli/corpus/read-expectation.ts";
import { judgingSettings } from "../cli/settings.ts";
import type { RefusalCode } from "../daemon/varstored-loader.ts";
import type { ErrorCode } from "../parsers/errors.ts";
import { ALL_FORMATS } from "../parsers/formats/index.ts";
import { type CaseTerms, type Expectation, elementsOf, expectationOf } from "../report/corpus/expectation.ts";
import { termsOf } from "../report/corpus/parse-expectation.ts";
import { CASE_SCHEMA } from "../report/schemas/case.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import { RULES } from "../rules/index.ts";
import type { CorpusCase } from "./builders/corpus-case.ts";
import { STAND_INS } from "./builders/test-microsoft.ts";

const CORPUS = fileURLToPath(new URL("../corpus/", import.meta.url));
const UPDATE = process.env["UPDATE_CORPUS"] === "1";
const UPDATES = "run UPDATE_CORPUS=1 npx vitest run test/corpus.test.ts";
const AS_OF = "2026-11-22";

const CASES = new URL("./corpus-cases/", import.meta.url);
const modules: { readonly cases: readonly CorpusCase[] }[] = await Promise.all(
  readdirSync(CASES).map((file) => import(fileURLToPath(new URL(file, CASES)))),
);
const made: CorpusCase[] = modules.flatMap(({ cases }) => cases);
const settings = await judgingSettings({ asOf: AS_OF, references: [] });

if (UPDATE) {
  for (const { name, title, file, bytes } of made) {
    mkdirSync(`${CORPUS}${name}`, { recursive: true });
    writeFileSync(`${CORPUS}${name}/${file}`, bytes());
    writeFileSync(
      `${CORPUS}${name}/README.md`,
      `${title}\n\nSynthetic: made by the builders under test/, with test keys only.\n`,
    );
  }
}

const folders = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** With only those of the test certificates that the case holds. */
async function madeTerms({ name, asOf = AS_OF, knowledge, boot }: CorpusCase): Promise<CaseTerms> {
  if (boot === true) return { asOf, boot };
  if (knowledge !== "test") return { asOf };
  const asked = new Set<string>();
  const certificate: RepairSettings["knowledge"]["certificate"] = (fingerprint) => {
    asked.add(fingerprint);
    return settings.knowledge.certificate(fingerprint);
  };
  const watching = { ...settings, knowledge: { ...settings.knowledge, certificate } };
  await judgeCase(await readCaseFolder(CORPUS + name), { asOf }, watching);
  const standIns = Object.fromEntries(Object.entries(STAND_INS).filter(([stand]) => asked.has(stand)));
  return { asOf, standIns };
}

const expectations = new Map<string, Expectation | null>();
for (const folder of folders) {
  const path = `${CORPUS}${folder}/expected.json`;
  const maker = made.find(({ name }) => name === folder);
  if (UPDATE && maker !== undefined) {
    const terms = await madeTerms(maker);
    const { elements } = await judgeCase(await readCaseFolder(CORPUS + folder), terms, settings);
    writeFileSync(path, expectationBytes(expectationOf(terms, elements)));
  }
  expectations.set(folder, await readExpectation(path));
}
if (UPDATE) await updateTable(CORPUS);

function elements(folder: string) {
  const expectation = expectations.get(folder) ?? null;
  return expectation === null ? [] : elementsOf(expectation);
}

const allElements = folders.flatMap(elements);
const allVms = allElements.flatMap(({ vms }) => vms);

const firing = (folder: string): string[] =>
  elements(folder)
    .flatMap(({ findings = [], vms }) => [...findings, ...vms.flatMap((vm) => vm.findings)])
    .map(({ ruleId }) => ruleId);

describe("the corpus", () => {
  const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(CASE_SCHEMA);

  it.each(folders)("%s is judged as expected", async (folder) => {
    const expected = expectations.get(folder) ?? null;
    if (expected === null) throw new Error(`${folder}/expected.json is missing: ${UPDATES}`);
    expect(validate(expected), JSON.stringify(validate.errors)).toBe(true);
    const asOf = made.find(({ name }) => name === folder)?.asOf ?? AS_OF;
    expect(expected.asOf).toBe(asOf);
    const judged = await judgeCase(await readCaseFolder(CORPUS + folder), termsOf(expected), settings);
    expect(expectationOf(termsOf(expected), judged.elements)).toEqual(expected);
  });

  it("has the inputs that its builders make", () => {
    for (const { name, file, bytes } of made) {
      const path = `${CORPUS}${name}/${file}`;
      const isMade = existsSync(path) && readFileSync(path).equals(bytes());
      expect(isMade, `corpus/${name}/${file} is missing or stale: ${UPDATES}`).toBe(true);
    }
  });

  it("has a table of all cases that is not stale", async () => {
    const texts = await readmeWithTable(CORPUS);
    expect(texts?.before, `corpus/README.md is stale: ${UPDATES}`).toBe(texts?.after);
    for (const folder of folders) expect(texts?.before).toContain(`| \`${folder}\` |`);
  });

  it.each(RULES.map(({ meta }) => meta.id))(
    "rule %s fires in its own case and is silent in its near miss",
    (id) => {
      for (const name of [id, `${id}-near-miss`])
        expect(folders, `no case ${name}: add it to a file of test/corpus-cases/, then ${UPDATES}`).toContain(
          name,
        );
      expect(firing(id)).toContain(id);
      expect(firing(`${id}-near-miss`)).not.toContain(id);
    },
  );

  it.each(folders.filter((name) => name.startsWith("healthy-")))("nothing fires in %s", (folder) => {
    expect(firing(folder)).toEqual([]);
  });
});

/** What no input by itself can show: it is about the place that it lies in, about a redaction, or about varscope. */
const NOT_OF_CONTENT: readonly ErrorCode[] = [
  "no-dumps",
  "not-found",
  "permission-denied",
  "special-file",
  "read-failed",
  "bad-encoding",
  "defect",
];

/** Complete, or it does not compile. */
const ERROR_CODES: Readonly<Record<ErrorCode, true>> = {
  "empty-input": true,
  unrecognised: true,
  "no-dumps": true,
  "not-found": true,
  "permission-denied": true,
  "special-file": true,
  "read-failed": true,
  truncated: true,
  "bad-magic": true,
  "bad-encoding": true,
  "bad-structure": true,
  "no-ova-xml": true,
  "no-nvram": true,
  "dtd-refused": true,
  "over-limit": true,
  "corrupt-compression": true,
  encrypted: true,
  defect: true,
};

/** The same of the loader's. */
const REFUSAL_CODES: Readonly<Record<RefusalCode, true>> = {
  "file-over-limit": true,
  "too-short": true,
  "bad-magic": true,
  "unsupported-version": true,
  "count-over-limit": true,
  "ancillary-cut": true,
  "record-cut": true,
  "name-empty": true,
  "name-over-limit": true,
  "data-empty": true,
  "data-over-limit": true,
  "trailing-bytes": true,
};

describe("the corpus has a case", () => {
  it("for every format", () => {
    const opened = new Set(allElements.map(({ format }) => format));
    const missing = ALL_FORMATS.map(({ id }) => id).filter((id) => !opened.has(id));
    expect(missing, "each format needs a case healthy-<id> in test/corpus-cases/").toEqual([]);
  });

  it("for every reason for which a loader refuses a blob", () => {
    const met = new Set(allVms.map(({ refusal }) => refusal));
    const missing = Object.keys(REFUSAL_CODES).filter((code) => !met.has(code));
    expect(missing, "each refusal needs a case in test/corpus-cases/loader.ts").toEqual([]);
  });

  it("for every error that the content of an input can lead to", () => {
    const met = new Set(allElements.map(({ error }) => error));
    const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => !NOT_OF_CONTENT.includes(code));
    const missing = codes.filter((code) => !met.has(code));
    expect(missing, "each error code needs a case in test/corpus-cases/errors.ts").toEqual([]);
  });
});
