/** Who writes the report of an analysis. */

import { nodePlatform } from "../../platform/node/platform.ts";
import { type SavedFrom, ticketFields } from "../../report/provenance.ts";
import { jsonReportWriter, lineReportWriter, type ReportWriter } from "../../report/render/report-writer.ts";
import type { WriterTools } from "../../report/render/spool.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import { TABLES_DATE } from "../../rules/knowledge/tables-date.ts";
import type { CommandContext } from "../context.ts";
import { Spool } from "../io/spool.ts";
import type { AnalyzeOptions } from "../options.ts";

const TOOLS: WriterTools = { sha256: nodePlatform.sha256, newSpool: () => new Spool() };

/** What a writer asks of the options of its command. */
type WriterOptions = Pick<AnalyzeOptions, "format" | "asOf" | "quiet" | "failOn" | "ticket"> & {
  readonly details?: AnalyzeOptions["details"];
  /** Where the inputs come from, unless they are judged here. */
  readonly saved?: SavedFrom | null;
};

/** The writer of the format that is asked for; each is loaded only then. */
export async function makeReportWriter(
  { format, asOf: day, quiet, failOn, ticket, saved = null, details = null }: WriterOptions,
  { output, style, columns }: CommandContext,
): Promise<ReportWriter> {
  const asOf = saved?.asOf ?? day;
  switch (format) {
    case "json":
      return jsonReportWriter(output, {
        schemaVersion: SCHEMA_VERSION,
        tool: { ...TOOL, tables: TABLES_DATE },
        asOf,
        ...ticketFields(ticket),
        ...(saved === null ? {} : { convertedFrom: saved }),
      });
    case "ndjson":
      return lineReportWriter(output);
    case "table": {
      const { analysisTableWriter } = await import("../table/analysis-table.ts");
      return analysisTableWriter(output, { style, columns, quiet, details }, { ticket, saved, asOf });
    }
    case "markdown":
      return (await import("../../report/render/markdown-writer.ts")).markdownWriter(output, {
        asOf,
        quiet,
        ticket,
        saved,
      });
    case "html":
      return (await import("../../report/render/html-writer.ts")).htmlWriter(
        output,
        { asOf, quiet, ticket, saved },
        TOOLS,
      );
    case "sarif":
      return (await import("../../report/render/sarif-writer.ts")).sarifWriter(
        output,
        { asOf, failOn, ticket },
        TOOLS,
      );
    case "junit":
      return (await import("../../report/render/junit-writer.ts")).junitWriter(output, failOn);
    default:
      return format satisfies never;
  }
}
