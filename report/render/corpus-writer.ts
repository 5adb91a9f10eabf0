/** The rows of a corpus run in every form in which they are printed, written as they come. */

import type { CaseReport, CorpusSummary } from "../corpus/case-report.ts";
import { SCHEMA_VERSION } from "../report.ts";
import { TOOL } from "../tool.ts";
import { caseLines, changeLine, summaryLines } from "./corpus-text.ts";
import { nested } from "./element-text.ts";
import { inAscii, junitHead } from "./junit-writer.ts";
import { markup, NOTHING } from "./markup.ts";
import type { Output } from "./output.ts";
import { jsonText } from "./printable.ts";
import type { Style } from "./style.ts";

/** What `corpus` prints. */
export type CorpusFormat = "table" | "json" | "ndjson" | "junit";

export interface CorpusWriter {
  readonly case: (report: CaseReport) => Promise<void>;
  readonly end: (summary: CorpusSummary) => Promise<void>;
}

export function corpusWriter(format: CorpusFormat, output: Output, style: Style): CorpusWriter {
  switch (format) {
    case "json":
      return jsonWriter(output);
    case "ndjson":
      return { case: (report) => output.write(`${jsonText(report, 0)}\n`), end: async () => {} };
    case "junit":
      return junitCorpusWriter(output);
    case "table":
      return {
        case: (report) => writeLines(output, caseLines(report, style)),
        end: (summary) => writeLines(output, summaryLines(summary, style)),
      };
    default:
      return format satisfies never;
  }
}

async function writeLines(output: Output, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await output.write(lines.map((line) => `${line}\n`).join(""));
}

function jsonWriter(output: Output): CorpusWriter {
  let separator = `{\n  "schemaVersion": ${SCHEMA_VERSION},\n  "tool": ${nested(TOOL, 1)},\n  "cases": [\n    `;
  return {
    case: async (report) => {
      const text = separator + nested(report, 2);
      separator = ",\n    ";
      await output.write(text);
    },
    end: (summary) => output.write(`\n  ],\n  "summary": ${nested(summary, 1)}\n}\n`),
  };
}

/** A test case for each case; they are kept until their totals, which the schema of Jenkins wants in front, are known. */
function junitCorpusWriter(output: Output): CorpusWriter {
  const cases: string[] = [];
  let errors = 0;
  let failures = 0;
  return {
    case: async (report) => {
      if (report.error !== null) errors++;
      else if (report.status === "changed") failures++;
      cases.push(junitCase(report));
    },
    end: () => {
      const suite = markup`  <testsuite name="corpus" tests="${cases.length}" failures="${failures}" errors="${errors}" time="0">\n`;
      const all = [junitHead(), suite.text, ...cases, "  </testsuite>\n</testsuites>\n"];
      return output.write(inAscii(all.join("")));
    },
  };
}

function junitCase({ case: name, status, error, changes }: CaseReport): string {
  const lines = changes.map(changeLine);
  const problem =
    error !== null
      ? markup`      <error type="${error.code}" message="${error.message}"/>\n`
      : status === "changed"
        ? markup`      <failure type="changed" message="${lines[0] ?? ""}">${lines.map((line, i) => (i === 0 ? markup`${line}` : markup`\n${line}`))}</failure>\n`
        : NOTHING;
  return markup`    <testcase classname="corpus" name="${name}" time="0">\n${problem}    </testcase>\n`.text;
}
