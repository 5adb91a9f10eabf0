/**
 * One element of a report's `inputs` as JSON, in pieces: an input may hold thousands of copies, and no text of all of them
 * needs to stand in memory (V8 ends a string at about 512 MiB).
 */
import type { InputReport } from "../input.ts";
import type { VmReport } from "../vm.ts";
import { jsonText } from "./printable.ts";

/** A line of `--format ndjson`, or what stands indented in the one document of `--format json`. */
export type TextForm = "line" | "indented";

interface Form {
  /** `value` as it stands `depth` levels down in the element. */
  readonly text: (value: unknown, depth: number) => string;
  /** What stands in front of a value `depth` levels down. */
  readonly gap: (depth: number) => string;
  readonly colon: string;
}

const INDENT = 2;
/** Where an element stands in the document. */
const ELEMENT_DEPTH = 2;

const FORMS: Readonly<Record<TextForm, Form>> = {
  line: { text: (value) => jsonText(value, 0), gap: () => "", colon: ":" },
  indented: {
    text: (value, depth) => nested(value, ELEMENT_DEPTH + depth),
    gap: (depth) => `\n${" ".repeat(INDENT * (ELEMENT_DEPTH + depth))}`,
    colon: ": ",
  },
};

/** `value` as it stands `depth` levels down in an indented document. */
export function nested(value: unknown, depth: number): string {
  return jsonText(value, INDENT).replaceAll("\n", `\n${" ".repeat(INDENT * depth)}`);
}

/** One of the element's `vms`, with what separates it from the one before. */
export function copyText(vm: VmReport, index: number, form: TextForm): string {
  const { text, gap } = FORMS[form];
  return `${index === 0 ? "" : ","}${gap(2)}${text(vm, 2)}`;
}

/** What stands in front of an element's `vms` and behind them. */
export interface ElementFrame {
  readonly head: string;
  readonly tail: string;
}

/** The JSON around `vms`, which is the last key of an input but for `since`. */
export function elementFrame(report: InputReport, hasCopies: boolean, form: TextForm): ElementFrame {
  const { text, gap, colon } = FORMS[form];
  const { vms: _vms, since, ...front } = report;
  const key = (name: string): string => `,${gap(1)}"${name}"${colon}`;
  const end = `${gap(0)}}`;
  const last = since === undefined ? "" : key("since") + text(since, 1);
  return {
    head: `${text(front, 0).slice(0, -end.length)}${key("vms")}[`,
    tail: `${hasCopies ? gap(1) : ""}]${last}${end}`,
  };
}

/** The whole element of a report that has all its copies. */
export function* elementPieces(report: InputReport, form: TextForm): Generator<string, void, undefined> {
  const { head, tail } = elementFrame(report, report.vms.length > 0, form);
  yield head;
  for (const [index, vm] of report.vms.entries()) yield copyText(vm, index, form);
  yield tail;
}
