/** Who writes the report of an analysis. */

import { ticketFields } from "../../report/provenance.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TABLES_DATE } from "../../rules/knowledge/tables-date.ts";
import type { CommandContext } from "../context.ts";
import type { AnalyzeOptions } from "../options.ts";
import { TOOL } from "../version.ts";
import { jsonReportWriter, lineReportWriter, type ReportWriter } from "./report-writer.ts";

/** What a writer asks of the options of its command. */
type WriterOptions = Pick<AnalyzeOptions, "format" | "asOf" | "quiet" | "failOn" | "ticket">;

/** The writer of the format that is asked for; each is loaded only then. */
export async function makeReportWriter(
  { format, asOf, quiet, failOn, ticket }: WriterOptions,
  { output, style, columns }: CommandContext,
): Promise<ReportWriter> {
  switch (format) {
    case "json":
      return jsonReportWriter(output, {
        schemaVersion: SCHEMA_VERSION,
        tool: { ...TOOL, tables: TABLES_DATE },
        asOf,
        ...ticketFields(ticket),
      });
    case "ndjson":
      return lineReportWriter(output);
    case "table": {
      const { analysisTableWriter } = await import("./analysis-table.ts");
      return analysisTableWriter(output, { style, columns, quiet }, { ticket, asOf });
    }
    case "markdown":
      return (await import("./markdown-writer.ts")).markdownWriter(output, { asOf, quiet, ticket });
    case "html":
      return (await import("./html-writer.ts")).htmlWriter(output, { asOf, quiet, ticket });
    case "sarif":
      return (await import("./sarif-writer.ts")).sarifWriter(output, { asOf, failOn, ticket });
    case "junit":
      return (await import("./junit-writer.ts")).junitWriter(output, failOn);
    default:
      return format satisfies never;
  }
}
