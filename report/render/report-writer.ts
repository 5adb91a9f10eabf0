/** The reports for programs: written as they come, so that a folder of thousands never stands in memory. */

import type { Severity } from "../../rules/engine/rule.ts";
import type { Advice } from "../advice.ts";
import type { CopyOrigin } from "../clusters/origin.ts";
import type { IgnoredTally } from "../filter/filter.ts";
import type { InputReport } from "../input.ts";
import type { MachineTally } from "../machines.ts";
import type { Cause } from "../overview/causes.ts";
import type { Need } from "../remedies/collector.ts";
import type { CopyNote } from "../remedies/one-copy.ts";
import type { Report } from "../report.ts";
import type { RunSummary, Summary } from "../summary.ts";
import type { CopyTime } from "../timeline/copy-time.ts";
import type { TimelineReport } from "../timeline/report.ts";
import type { BriefCopy } from "../vm.ts";
import { elementFrame, elementPieces, nested, type TextForm } from "./element-text.ts";
import type { Output } from "./output.ts";
import { Pieces } from "./pieces.ts";
import { jsonText } from "./printable.ts";
import type { Spool } from "./spool.ts";

/** One input, judged. */
export interface JudgedInput {
  /** Without `vms` where there are `texts`. */
  readonly report: InputReport;
  /** Only where the copies were streamed, and only a report for programs is made of them. */
  readonly texts?: CopyTexts;
  /** For each of `vms`, the result of a repair; empty where no advice is shown. */
  readonly advice: readonly Advice[];
  /** For each of `vms` the SHA-256 of its blob, in hexadecimal, where a timeline may ask for it. */
  readonly digests: readonly (string | null)[];
  /** For each of `vms` what tells its time where no backup does; absent where nothing could. */
  readonly times?: readonly (CopyTime | null)[];
  /** For each of `vms`, where it comes from; only with `--group`. */
  readonly origins?: readonly CopyOrigin<CopyNote>[];
  readonly tally: InputTally;
}

/** The copies of an input that came one by one, each of them text as soon as it was judged. */
export interface CopyTexts {
  /** As they stand between the brackets of `vms`; can be read once. */
  readonly json: Spool | string;
  readonly count: number;
  /** All of them; none where nobody asks for them. */
  readonly copies: readonly BriefCopy[];
  /** What the copies need; once without the results of repairs, once with them (null where none was tried or helps). */
  readonly needs: readonly Need[];
  readonly advised: readonly Need[] | null;
}

/** What timelines and clusters ask of the copies of an input. `digests` and `origins` stand beside them. */
export function briefCopies({ report, texts }: Pick<JudgedInput, "report" | "texts">): readonly BriefCopy[] {
  return texts?.copies ?? report.vms;
}

/** What one input adds to the totals of a run and to its exit code. */
export interface InputTally {
  readonly summary: Summary;
  /** VMs that its copies decide about; none where nobody asks for them. */
  readonly machines: MachineTally;
  /** The loudest of its findings; null without any. */
  readonly worst: Severity | null;
  readonly ignored: IgnoredTally;
  /** False for a file of a folder that is no dump. */
  readonly failed: boolean;
  /** False where no format claims it. */
  readonly isClaimed: boolean;
  /** True for a file of a folder that another hypervisor keeps of its VMs. */
  readonly isForeign: boolean;
  /** How many members of an archive were not judged, because another one had their name. Absent where it is none. */
  readonly duplicates?: number;
}

export interface ReportWriter {
  readonly input: (input: JudgedInput) => Promise<void>;
  readonly end: (
    summary: RunSummary,
    timelines: readonly TimelineReport[],
    asked?: AskedSections,
  ) => Promise<void>;
}

/** Sections at the end of a report that only some reports have. */
export interface AskedSections
  extends Pick<Report, "clusters" | "baseline" | "timelineCopiesLeftOut" | "nextSteps" | "ignored"> {
  /** Why VMs are not healthy; only in reports for people. Null where there are too many VMs to count. */
  readonly causes?: readonly Cause[] | null;
}

export type ReportHead = Pick<
  Report,
  "schemaVersion" | "tool" | "asOf" | "title" | "referenceId" | "convertedFrom"
>;

/** Writes one element of `inputs` between two texts. Where `texts` wait in a spool, that is empty then. */
export async function writeElement(
  { report, texts }: Pick<JudgedInput, "report" | "texts">,
  form: TextForm,
  [before, after]: readonly [before: string, after: string],
  write: (text: string) => Promise<void>,
): Promise<void> {
  const pieces = new Pieces(write);
  await pieces.put(before);
  if (texts === undefined) for (const piece of elementPieces(report, form)) await pieces.put(piece);
  else {
    const { head, tail } = elementFrame(report, texts.count > 0, form);
    await pieces.put(head);
    if (typeof texts.json === "string") await pieces.put(texts.json);
    else await texts.json.drain(pieces.put);
    await pieces.put(tail);
  }
  await pieces.put(after);
  await pieces.flush();
}

/** One document, as `JSON.stringify` would indent it. */
export function jsonReportWriter(output: Output, head: ReportHead): ReportWriter {
  const fields = Object.entries(head).map(
    ([name, value]) => `  ${jsonText(name, 0)}: ${nested(value, 1)},\n`,
  );
  let separator = `{\n${fields.join("")}  "inputs": [\n    `;
  return {
    input: async (input) => {
      const before = separator;
      separator = ",\n    ";
      await writeElement(input, "indented", [before, ""], output.write);
    },
    end: (summary, timelines, { nextSteps = [], ...asked } = {}) => {
      const steps = nextSteps.map(({ names: _, ...told }) => told);
      const ending = Object.entries({ summary, timelines, ...asked, nextSteps: steps }).map(
        ([name, value]) => `  ${jsonText(name, 0)}: ${nested(value, 1)}`,
      );
      return output.write(`\n  ],\n${ending.join(",\n")}\n}\n`);
    },
  };
}

/** Every element of `inputs` as a line. */
export function lineReportWriter(output: Output): ReportWriter {
  return {
    input: (input) => writeElement(input, "line", ["", "\n"], output.write),
    end: async () => {},
  };
}
