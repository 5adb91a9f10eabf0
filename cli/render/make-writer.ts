/** Chooses the writer of a report by its format. */
import { nodePlatform } from "../../platform/node/platform.ts";
import { type SavedFrom, ticketFields } from "../../report/provenance.ts";
import { RENDERERS } from "../../report/render/index.ts";
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

/** The writer of the format in the options; its file is loaded only now. */
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
    default:
      return RENDERERS[format].makeWriter(output, { asOf, quiet, failOn, ticket, saved }, TOOLS);
  }
}
