/** The result for one input, as threads send it to each other: in the form in which it is written. */

import type { ErrorReport } from "../../report/error-report.ts";
import type { FindingFilter } from "../../report/filter/filter.ts";
import { NO_MACHINES } from "../../report/machines.ts";
import { elementPieces, type TextForm } from "../../report/render/element-text.ts";
import { type InputTally, type JudgedInput, writeElement } from "../../report/render/report-writer.ts";

export interface Outcome {
  readonly path: string;
  readonly error: ErrorReport | null;
  readonly tally: InputTally;
  /** Null where the result is in `line`. */
  readonly judged: JudgedInput | null;
  /** One line of `--format ndjson`, with its line break. The thread that judged writes it, because a text is the cheapest to send. */
  readonly line: string | null;
  /** Indexes of entries of the ignore file that matched, each once. Absent without such a file. */
  readonly matchedEntries?: readonly number[];
}

export function outcomeOf(judged: JudgedInput, filter: FindingFilter | null = null): Outcome {
  const { report, tally } = judged;
  const { path, error } = report;
  const outcome = { path, error, tally, judged, line: null };
  return filter === null ? outcome : { ...outcome, matchedEntries: filter.takeMatched() };
}

/** As `asMessage`, for a result without copies in a spool. */
export function asMessageAtOnce(outcome: Outcome, form: TextForm | null, maxLength: number): Outcome | null {
  const { judged } = outcome;
  if (judged === null || form !== "line") return outcome;
  const line = `${[...elementPieces(judged.report, form)].join("")}\n`;
  return line.length > maxLength ? null : lineOutcome(outcome, line);
}

/** The result for NDJSON, where no totals of VMs are needed at the end. */
function lineOutcome(outcome: Outcome, line: string): Outcome {
  return { ...outcome, tally: { ...outcome.tally, machines: NO_MACHINES }, judged: null, line };
}

/** The outcome as one thread can hand it to another; null where its text is longer than `maxLength`. */
export async function asMessage(
  outcome: Outcome,
  form: TextForm | null,
  maxLength: number,
): Promise<Outcome | null> {
  const { judged } = outcome;
  if (judged === null) return outcome;
  if (form === "line") {
    const line = await collected(maxLength, (write) => writeElement(judged, form, ["", "\n"], write));
    return line === null ? null : lineOutcome(outcome, line);
  }
  const { texts } = judged;
  if (texts === undefined || typeof texts.json === "string") return outcome;
  const { json: spool } = texts;
  const json = await collected(maxLength, (write) => spool.drain(write));
  return json === null ? null : { ...outcome, judged: { ...judged, texts: { ...texts, json } } };
}

/** Length of the text that a message carries. */
export function textLength({ line, judged }: Outcome): number {
  const json = judged?.texts?.json;
  return (line?.length ?? 0) + (typeof json === "string" ? json.length : 0);
}

async function collected(
  maxLength: number,
  fill: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<string | null> {
  let text = "";
  let isTooLong = false;
  await fill(async (piece) => {
    isTooLong ||= text.length + piece.length > maxLength;
    if (!isTooLong) text += piece;
  });
  return isTooLong ? null : text;
}
