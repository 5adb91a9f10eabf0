/** One row of `corpus run` or `corpus update`. */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { readAll } from "../../library/input/read-all.ts";
import { defectOf } from "../../library/judge/judge.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { type CaseReport, changesOf } from "../../report/corpus/case-report.ts";
import {
  type CaseTerms,
  type Expectation,
  elementsOf,
  expectationOf,
} from "../../report/corpus/expectation.ts";
import { termsOf } from "../../report/corpus/parse-expectation.ts";
import { errorReport } from "../../report/error-report.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { openSource } from "../io/byte-source.ts";
import { WriteError } from "../io/write-file.ts";
import { type CaseFiles, EXPECTATION_FILE, readCaseFolder } from "./case-folder.ts";
import { type JudgedCase, judgeCase, missingExpectation } from "./judge-case.ts";
import type { CaseTask } from "./list-cases.ts";
import { readExpectation } from "./read-expectation.ts";
import { writeCaseFile } from "./write-case-file.ts";

/** A case that cannot be judged costs one row, and so does one that makes varscope itself fail. */
export async function checkCase(task: CaseTask, settings: RepairSettings): Promise<CaseReport> {
  return caseRow(task, async (files) => {
    const expected = await readExpectation(join(files.folder, EXPECTATION_FILE));
    if (expected === null) throw missingExpectation();
    const judged = await judgeCase(files, termsOf(expected), settings);
    const changes = changesOf(elementsOf(expected), judged.elements, await repairedDigests(files, judged));
    const { byVerdict } = judged.summary;
    return { status: changes.length === 0 ? "same" : "changed", byVerdict, changes, written: [] };
  });
}

/** Writes what the case comes to now; `asOf` is for one that has no expectation yet. The input is never written. */
export async function updateCase(task: CaseTask, settings: RepairSettings): Promise<CaseReport> {
  return caseRow(task, async (files) => {
    const path = join(files.folder, EXPECTATION_FILE);
    const expected = await readExpectation(path);
    const terms: CaseTerms = expected === null ? { asOf: settings.asOf } : termsOf(expected);
    const judged = await judgeCase(files, terms, settings);
    const { byVerdict } = judged.summary;
    const digests = await repairedDigests(files, judged);
    const changes = expected === null ? [] : changesOf(elementsOf(expected), judged.elements, digests);
    const written: string[] = [];
    if (await writeIfOther(path, expectationBytes(expectationOf(terms, judged.elements))))
      written.push(EXPECTATION_FILE);
    if (files.repaired !== null && judged.repaired !== null && digests?.before !== digests?.after) {
      await writeCaseFile(files.repaired, judged.repaired, { force: true, inputs: [files.input] });
      written.push(basename(files.repaired));
    }
    const status = expected === null ? "new" : changes.length === 0 ? "same" : "changed";
    return { status, byVerdict, changes, written };
  });
}

type Row = Pick<CaseReport, "status" | "byVerdict" | "changes" | "written">;

async function caseRow(
  { place, folder, below, error }: CaseTask,
  make: (files: CaseFiles) => Promise<Row>,
): Promise<CaseReport> {
  const head = { place, case: below };
  try {
    if (error !== null) throw error;
    return { ...head, error: null, ...(await make(await readCaseFolder(folder))) };
  } catch (thrown) {
    if (thrown instanceof WriteError) throw thrown;
    const why = thrown instanceof ParseError ? thrown : defectOf(thrown);
    return { ...head, status: "failed", error: errorReport(why), byVerdict: {}, changes: [], written: [] };
  }
}

/** As it stands in the file: indented, for the one who reads what changed. */
export function expectationBytes(expectation: Expectation): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(expectation, null, 2)}\n`);
}

async function repairedDigests(
  { repaired }: CaseFiles,
  judged: JudgedCase,
): Promise<{ before: string | null; after: string | null } | null> {
  if (repaired === null) return null;
  return { before: digestOf(await readCaseFile(repaired)), after: digestOf(judged.repaired) };
}

function digestOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : createHash("sha256").update(bytes).digest("hex");
}

/** Null for an empty file. Throws ParseError for one that cannot be read, or is too large. */
export async function readCaseFile(
  path: string,
  maxBytes: number = PARSER_LIMITS.maxExpectationBytes,
): Promise<Uint8Array | null> {
  const source = await openSource(path);
  try {
    return await readAll(source.bytes, maxBytes);
  } catch (error) {
    if (error instanceof ParseError && error.code === "empty-input") return null;
    throw error;
  } finally {
    await source.close();
  }
}

async function writeIfOther(path: string, bytes: Uint8Array): Promise<boolean> {
  const before = await readCaseFile(path).catch((error: unknown) => {
    if (error instanceof ParseError && error.code === "not-found") return null;
    throw error;
  });
  if (digestOf(before) === digestOf(bytes)) return false;
  await writeCaseFile(path, bytes, { force: true, inputs: [] });
  return true;
}
