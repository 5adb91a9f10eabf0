/** `varscope convert`: a saved report told in another format, without the evidence. Steps and totals are made anew; nothing is judged. */

import { outcomeOf } from "../../library/judge/outcome.ts";
import type { FileTask } from "../../library/judge/task.ts";
import { misfitText } from "../../parsers/text/json-misfit.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { FindingFilter } from "../../report/filter/filter.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { savedAdvice, savedInput } from "../../report/saved/saved-input.ts";
import { tallyOf } from "../../report/tally.ts";
import { savedCopyTimeOf } from "../../report/timeline/copy-time.ts";
import { TOOL } from "../../report/tool.ts";
import { Run } from "../batch/run.ts";
import type { CommandContext } from "../context.ts";
import { filterSettings } from "../filter.ts";
import type { ConvertOptions } from "../options.ts";
import { OutputClosed } from "../output.ts";
import { makeReportWriter } from "../render/make-writer.ts";
import { savedFailure, savedPieces } from "../saved-report.ts";

/** The report itself is no failure: its findings decide only where --fail-on asks for it. */
export async function convert(options: ConvertOptions, context: CommandContext): Promise<ExitCode> {
  const settings = await filterSettings(options);
  const filter = settings === null ? null : new FindingFilter(settings);
  let run: Run | null = null;
  const begin = async (): Promise<Run> => {
    const writer = await makeReportWriter({ ...options, saved: head }, context);
    return new Run({ ...options, shard: null, pictures: false }, context, writer, context.output, {
      clusters: null,
      baseline: null,
      filter: settings,
      isSaved: true,
    });
  };
  const head = { version: null as string | null, asOf: null as string | null };
  try {
    for await (const { name, text, place } of savedPieces(options.path, "")) {
      if (name === "asOf") head.asOf = text;
      if (name === "tool") head.version = versionOf(text);
      if (name !== "inputs") continue;
      run ??= await begin();
      const saved = savedInput(text);
      if ("misfit" in saved)
        throw savedFailure(
          options.path,
          "",
          `${place} is no result of analyze: ${misfitText(saved.misfit)}. ${TOOL.name} analyze --format json writes such a file`,
        );
      const { path } = saved.report;
      const report = {
        ...saved.report,
        findings: filter?.whole(saved.report.findings, path) ?? saved.report.findings,
        vms: saved.report.vms.map((vm) => filter?.copy(vm, path) ?? vm),
      };
      const digests = report.vms.map(({ nvram }) => nvram?.sha256 ?? null);
      const times = report.vms.map(savedCopyTimeOf);
      const judged = { report, advice: savedAdvice(report), digests, times, tally: tallyOf(report, false) };
      await run.add(outcomeOf(judged, filter), taskOf(path, report.place));
    }
    run ??= await begin();
    await run.end();
  } catch (error) {
    // Nobody reads on: what was seen so far decides.
    if (!(error instanceof OutputClosed)) throw error;
  }
  return options.decides && run !== null ? run.exitCode() : EXIT.ok;
}

function taskOf(path: string, place: number): FileTask {
  return { kind: "file", place, path, below: path, isNamed: false, error: null };
}

const MAX_VERSION = 40;

/** Printable; null where it does not say. */
function versionOf(text: string): string | null {
  try {
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    return typeof version === "string" ? clip(printable(version), MAX_VERSION) : null;
  } catch {
    return null;
  }
}
