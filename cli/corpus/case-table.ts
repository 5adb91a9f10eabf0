/** The table of all cases in the README of a corpus, between two marks that somebody has put there. */
import { join } from "node:path";
import { readAll } from "../../library/input/read-all.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { decodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { type Expectation, elementsOf } from "../../report/corpus/expectation.ts";
import { markdownCode, markdownText } from "../../report/render/markdown-text.ts";
import { clip } from "../../report/render/printable.ts";
import { openSource } from "../io/byte-source.ts";
import { EXPECTATION_FILE, README_FILE } from "./case-folder.ts";
import { listCases } from "./list-cases.ts";
import { readExpectation } from "./read-expectation.ts";
import { writeCaseFile } from "./write-case-file.ts";

export const TABLE_START = "<!-- table of cases: written by corpus update -->";
const TABLE_END = "<!-- end of the table -->";
const MAX_TITLE = 300;
const HEAD = ["| case | what it is | format | verdicts | rules |", "|---|---|---|---|---|"];

/** Null where the README has no marks: then its owner wants no table. Throws ParseError for one that cannot be read. */
export async function readmeWithTable(corpus: string): Promise<{ before: string; after: string } | null> {
  const before = await readText(join(corpus, README_FILE));
  const start = before?.indexOf(TABLE_START) ?? -1;
  const end = before?.indexOf(TABLE_END, start) ?? -1;
  if (before === null || start < 0 || end < 0) return null;
  const rows: string[] = [];
  for await (const { folder, below, error } of listCases(corpus, null)) {
    if (error === null) rows.push(await caseRow(folder, below));
  }
  const table = [TABLE_START, "", ...HEAD, ...rows, "", TABLE_END].join("\n");
  return { before, after: before.slice(0, start) + table + before.slice(end + TABLE_END.length) };
}

/** True where the table was not what it should be. */
export async function updateTable(corpus: string): Promise<boolean> {
  const texts = await readmeWithTable(corpus);
  if (texts === null || texts.before === texts.after) return false;
  const content = new TextEncoder().encode(texts.after);
  await writeCaseFile(join(corpus, README_FILE), content, { force: true, inputs: [] });
  return true;
}

async function caseRow(folder: string, below: string): Promise<string> {
  const title = (await readText(join(folder, README_FILE)))?.split("\n", 1)[0] ?? "";
  const expected = await readExpectation(join(folder, EXPECTATION_FILE)).catch((error: unknown) => {
    if (error instanceof ParseError) return null;
    throw error;
  });
  const told = expected === null ? ["", "", ""] : cellsOf(expected);
  return `| ${[markdownCode(below), markdownText(clip(title, MAX_TITLE)), ...told].join(" | ")} |`;
}

function cellsOf(expected: Expectation): string[] {
  const elements = elementsOf(expected);
  const vms = elements.flatMap((element) => element.vms);
  const findings = [
    ...elements.flatMap((element) => element.findings ?? []),
    ...vms.flatMap((vm) => vm.findings),
  ];
  const formats = elements.map(({ format, error }) =>
    [format, error].filter((part) => part !== null).join(": "),
  );
  return [formats, vms.map(({ verdict }) => verdict), findings.map(({ ruleId }) => ruleId)].map((values) =>
    [...new Set(values)].map(markdownText).join(", "),
  );
}

/** Null where there is none, or nothing in it. */
async function readText(path: string): Promise<string | null> {
  try {
    const source = await openSource(path);
    try {
      return decodeUtf8(await readAll(source.bytes, PARSER_LIMITS.maxExpectationBytes));
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof ParseError && (error.code === "not-found" || error.code === "empty-input"))
      return null;
    throw error;
  }
}
