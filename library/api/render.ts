/** A report for people or machines, from the plain data alone. */

import type { Cause } from "../../report/overview/causes.ts";
import { isRenderFormat, RENDER_FORMATS, RENDERERS, type RenderFormat } from "../../report/render/index.ts";
import type { Output } from "../../report/render/output.ts";
import type { JudgedInput, ReportWriter } from "../../report/render/report-writer.ts";
import { memorySpool } from "../../report/render/spool.ts";
import { tallyOf } from "../../report/tally.ts";
import type { Machine } from "../world.ts";
import type { Report } from "./types.ts";

export async function render(machine: Machine, report: Report, format: RenderFormat): Promise<string> {
  const pieces: string[] = [];
  const output: Output = {
    isTerminal: false,
    columns: undefined,
    write: async (text) => void pieces.push(text),
    finish: async () => {},
  };
  if (!isRenderFormat(format))
    throw new TypeError(`a report is rendered as one of ${RENDER_FORMATS.join(", ")}`);
  const settings = { asOf: report.asOf, quiet: false, failOn: "warning" } as const;
  const tools = { sha256: machine.platform.sha256, newSpool: memorySpool };
  await writeReport(await RENDERERS[format].makeWriter(output, settings, tools), report);
  return pieces.join("");
}

/** Tells a writer all of it. */
export async function writeReport(
  writer: ReportWriter,
  report: Report,
  causes: readonly Cause[] | null = null,
): Promise<void> {
  for (const input of report.inputs) await writer.input(judged(input));
  const { summary, timelines, clusters, baseline, timelineCopiesLeftOut } = report;
  await writer.end(summary, timelines, {
    ...(clusters === undefined ? {} : { clusters }),
    ...(baseline === undefined ? {} : { baseline }),
    ...(timelineCopiesLeftOut === undefined ? {} : { timelineCopiesLeftOut }),
    ...(causes === null ? {} : { causes }),
    nextSteps: report.nextSteps.map((step) => ({ ...step, names: namesOf(step, report) })),
  });
}

/** As a run has them, of the first that a step is for. */
function namesOf({ for: places }: Report["nextSteps"][number], { inputs }: Report): string[] {
  return places.slice(0, MAX_NAMES).map(({ input, vm }) => {
    const report = inputs[input];
    const copy = vm === null ? undefined : report?.vms[vm];
    return copy?.nameLabel ?? copy?.uuid ?? report?.path ?? "";
  });
}

const MAX_NAMES = 3;

/** An input as a run has judged it. */
function judged(report: Report["inputs"][number]): JudgedInput {
  return { report, advice: [], digests: [], tally: tallyOf(report, true) };
}
