/** `varscope convert`: a saved report in another format. Its options, help text and checks; the work is in `cli/commands/`. */
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { UsageError } from "../errors.ts";
import { commonOptions, filterOptions, type ParseSettings, ticketOption } from "../option-values.ts";
import { type ConvertOptions, REPORT_FORMATS, type ReportFormat } from "../options.ts";
import { type Command, FILTER_OPTIONS, TICKET_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

export const convertCommand: Command<ConvertOptions> = {
  formats: REPORT_FORMATS,
  operands: "files",
  common: ["output", "force", "fail-on", "as-of", "quiet"],
  summary: "REPORT.json  tell a saved report in another format",
  usage:
    "varscope convert REPORT.json\n\nTells a report of analyze (JSON, NDJSON) in another format, without the evidence. Findings are those of the file;\ntotals, steps and what is said of rules are made anew. The exit code is 0 unless --fail-on is given.",
  options: { ...FILTER_OPTIONS, ...TICKET_OPTIONS },
  examples: [
    ["varscope convert report.json", "read what was found then"],
    ["varscope convert report.json --output report.html --title 'VM files'", "a page for the ticket"],
    ["varscope convert report.json --min-severity error --format markdown", "only what is wrong"],
  ],
  read,
  inputs: ({ path, ignoreFile }) => [path, ignoreFile ?? []].flat(),
};

function read({ values, operands }: CommandLine, settings: ParseSettings): ConvertOptions {
  const [path, ...more] = operands;
  if (path === undefined || path === STANDARD_INPUT)
    throw new UsageError(
      "convert needs the name of a saved report: varscope analyze PATH --format json --output REPORT.json writes one.",
    );
  if (more.length > 0) throw new UsageError(`convert takes one report, not ${operands.length}.`);
  return {
    command: "convert",
    path,
    decides: values["fail-on"] !== undefined,
    ...filterOptions(values),
    ticket: ticketOption(values),
    ...commonOptions(values, settings),
    format: values["format"] as ReportFormat,
  };
}
