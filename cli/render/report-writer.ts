/** The report for programs: written as it comes, so that a folder of thousands never stands in memory. */
import type { InputReport, Report, Summary } from "../../rules/engine/report.ts";
import type { Advice } from "../advice.ts";
import type { Output } from "../output.ts";
import { jsonText } from "./printable.ts";

/** One input, judged. */
export interface JudgedInput {
  readonly report: InputReport;
  /** For each of `vms` what a repair would come to; empty where nobody is told. */
  readonly advice: readonly Advice[];
  /** False for a file of a folder that is no dump. */
  readonly failed: boolean;
}

export interface ReportWriter {
  readonly input: (input: JudgedInput) => Promise<void>;
  readonly end: (summary: Summary) => Promise<void>;
}

export type ReportHead = Pick<Report, "schemaVersion" | "tool" | "asOf">;

const INDENT = 2;

/** `value` as it stands `depth` levels down in an indented document. */
export function nested(value: unknown, depth: number): string {
  return jsonText(value, INDENT).replaceAll("\n", `\n${" ".repeat(INDENT * depth)}`);
}

/** One document, as `JSON.stringify` would indent it. */
export function jsonReportWriter(output: Output, head: ReportHead): ReportWriter {
  const fields = Object.entries(head).map(
    ([name, value]) => `  ${jsonText(name, 0)}: ${nested(value, 1)},\n`,
  );
  let separator = `{\n${fields.join("")}  "inputs": [\n    `;
  return {
    input: async ({ report }) => {
      const text = separator + nested(report, 2);
      separator = ",\n    ";
      await output.write(text);
    },
    end: (summary) => output.write(`\n  ],\n  "summary": ${nested(summary, 1)}\n}\n`),
  };
}

/** One element of `inputs` a line. */
export function ndjsonReportWriter(output: Output): ReportWriter {
  return { input: ({ report }) => output.write(`${jsonText(report, 0)}\n`), end: async () => {} };
}
