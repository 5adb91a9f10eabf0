/**
 * A report for code scanning: SARIF 2.1.0 (OASIS standard, 2020-03-27), a result a line. The rules stand in front and are always
 * the same; results follow as they come; how the run ended stands behind them: JSON leaves the order free.
 */

import type { Severity } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { TABLES_DATE } from "../../rules/knowledge/tables-date.ts";
import type { ErrorReport } from "../error-report.ts";
import { EXIT_MEANINGS, exitCode, type FailOn, worse } from "../exit-codes.ts";
import type { FileReport } from "../input.ts";
import { NO_TICKET, type Ticket, ToldFiles, ticketFields } from "../provenance.ts";
import { HOMEPAGE } from "../rule-pages.ts";
import { TOOL } from "../tool.ts";
import type { Output } from "./output.ts";
import { Pieces } from "./pieces.ts";
import { jsonText, printable } from "./printable.ts";
import type { ReportWriter } from "./report-writer.ts";
import { artifactUri, sarifResults } from "./sarif-result.ts";
import { sarifRules, sarifText } from "./sarif-rules.ts";
import type { WriterTools } from "./spool.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

export interface SarifSettings {
  readonly failOn: FailOn;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  readonly ticket?: Ticket;
}

export function sarifWriter(
  output: Output,
  { failOn, asOf, ticket = NO_TICKET }: SarifSettings,
  tools: WriterTools,
): ReportWriter {
  const ruleIndex = new Map(RULES.map(({ meta }, i) => [meta.id, i]));
  const notifications = tools.newSpool();
  const artifacts = tools.newSpool();
  let hasArtifact = false;
  const toldFiles = new ToldFiles();
  let head = headText();
  let isFirstResult = true;
  let inputFailed = false;
  let hasDefect = false;
  let worst: Severity | null = null;
  const write = (text: string): Promise<void> => {
    const all = head + text;
    head = "";
    return output.write(all);
  };
  return {
    input: async ({ report, tally }) => {
      worst = worse(worst, tally.worst);
      if (tally.failed && report.error !== null) {
        const text = jsonText(notification(report.path, report.error), 0);
        notifications.append(inputFailed ? `,\n${text}` : text);
        inputFailed = true;
        hasDefect ||= report.error.code === "defect";
      }
      const file = toldFiles.take(report, tally.isClaimed);
      if (file !== null) {
        const text = jsonText(artifact(report.path, file), 0);
        artifacts.append(hasArtifact ? `,\n${text}` : text);
        hasArtifact = true;
      }
      const pieces = new Pieces(write);
      for (const result of sarifResults(report, ruleIndex, tools.sha256)) {
        const text = jsonText(result, 0);
        await pieces.put(isFirstResult ? text : `,\n${text}`);
        isFirstResult = false;
      }
      await pieces.flush();
    },
    end: async (summary, timelines, { ignored } = {}) => {
      if ((ignored?.expired.length ?? 0) > 0) worst = worse(worst, "warning");
      const code = exitCode({ inputFailed, worst, hasDefect }, failOn);
      const ending = {
        executionSuccessful: !inputFailed,
        exitCode: code,
        exitCodeDescription: sarifText(EXIT_MEANINGS.find(([known]) => known === code)?.[1] ?? ""),
      };
      const open = jsonText(ending, 0).slice(0, -1);
      await write(`\n],\n"invocations":[${open},"toolExecutionNotifications":[\n`);
      await notifications.drain(write);
      await write(`]}],\n"artifacts":[\n`);
      await artifacts.drain(write);
      const properties = {
        asOf,
        tables: TABLES_DATE,
        ...ticketFields(ticket),
        summary,
        timelines,
        ...(ignored === undefined ? {} : { ignored }),
      };
      await write(`],\n"properties":${jsonText(properties, 0)}}]}\n`);
    },
  };
}

function headText(): string {
  const { name, version } = TOOL;
  const driver = {
    name,
    // What some services ask for (Azure DevOps).
    fullName: `${name} ${version}`,
    version,
    semanticVersion: version,
    ...(HOMEPAGE === null ? {} : { informationUri: HOMEPAGE }),
    rules: sarifRules(),
  };
  return `{"$schema":"${SCHEMA}","version":"2.1.0","runs":[{"tool":${jsonText({ driver }, 0)},\n"results":[\n`;
}

/** SARIF §3.24: a file that was looked at. */
function artifact(path: string, { bytes, modified, sha256 }: FileReport): unknown {
  return {
    location: { uri: artifactUri(path) },
    ...(bytes === null ? {} : { length: bytes }),
    ...(modified === null ? {} : { lastModifiedTimeUtc: modified }),
    ...(sha256 === null ? {} : { hashes: { "sha-256": sha256 } }),
  };
}

/** SARIF §3.58: a condition that is about the run and not about what was looked at. */
function notification(path: string, { code, message }: ErrorReport): unknown {
  return {
    descriptor: { id: code },
    level: "error",
    message: { text: sarifText(printable(message)) },
    locations: [{ physicalLocation: { artifactLocation: { uri: artifactUri(path) } } }],
  };
}
