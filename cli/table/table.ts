/** Tables for humans. The only import of cli-table3. */

import CliTable from "cli-table3";
import { largest } from "../../parsers/arrays.ts";
import { displayWidth, padEnd, SGR } from "../../report/render/text.ts";

export interface TableLayout {
  /** No headings where there is no frame. */
  readonly head?: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The column that gets the room that the others leave, and is wrapped to it. */
  readonly flexible: number;
  /** Columns for the whole table. */
  readonly columns: number;
  readonly indent?: number;
}

const PADDING = 2;
const MIN_FLEXIBLE = 20;
const NO_FRAME = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
const RULE_BELOW_HEAD = { ...NO_FRAME, mid: "─" };

/** Cells must be printable already; a newline in one is a line of its own. */
export function renderTable(layout: TableLayout): string[] {
  const { head, rows, flexible, columns, indent = 0 } = layout;
  const all = head === undefined ? rows : [head, ...rows];
  if (rows.length === 0) return [];
  const natural = (all[0] ?? []).map((_, i) => largest(all.map((row) => cellWidth(row[i] ?? ""))));
  const others = natural.reduce((sum, width, i) => sum + PADDING + (i === flexible ? 0 : width), 0);
  const room = Math.max(MIN_FLEXIBLE, columns - indent - others);
  const colWidths = natural.map((width, i) => PADDING + (i === flexible ? Math.min(width, room) : width));
  return (plainTable(layout, natural, room) ?? libraryTable(layout, colWidths, room)).map(
    (line) => " ".repeat(indent) + line.trimEnd(),
  );
}

/** Characters that are one column wide for everybody. */
const NARROW = /^[\x20-\x7e\xa1-\xac\xae-\xff\u2013\u2014\u2026\u2500\u2588\u2591\u2192]*$/;

/**
 * A table without anything to wrap, as the library makes it but in a hundredth of the time: an input may have thousands of
 * VMs with several tables each. Null where something is to be wrapped, or has characters of another width.
 */
export function plainTable(
  { head, rows, flexible }: TableLayout,
  natural: readonly number[],
  room: number,
): string[] | null {
  if ((natural[flexible] ?? 0) > room) return null;
  const isPlain = (row: readonly string[]): boolean =>
    row.length <= natural.length && row.every((cell) => NARROW.test(cell.replaceAll(SGR, "")));
  if (!rows.every(isPlain) || !(head === undefined || isPlain(head))) return null;
  const line = (row: readonly string[]): string =>
    natural.map((width, i) => padEnd(row[i] ?? "", width + PADDING)).join("");
  const rule = RULE_BELOW_HEAD.mid.repeat(natural.reduce((sum, width) => sum + width + PADDING, 0));
  return [...(head === undefined ? [] : [line(head), rule]), ...rows.map(line)];
}

/** As `plainTable`, for every table. `colWidths` are those of the columns, with what stands between them. */
export function libraryTable(
  { head, rows, flexible }: TableLayout,
  colWidths: readonly number[],
  room: number,
): string[] {
  const table = new CliTable({
    ...(head === undefined ? {} : { head: [...head] }),
    chars: head === undefined ? NO_FRAME : RULE_BELOW_HEAD,
    colWidths: [...colWidths],
    wordWrap: true,
    style: { head: [], border: [], "padding-left": 0, "padding-right": PADDING, compact: true },
  });
  const breakable = (cell: string, i: number): string => (i === flexible ? breakWords(cell, room) : cell);
  for (const row of rows) table.push(row.map(breakable));
  return table.toString().split("\n");
}

/** Words that are longer than a line, cut into lines; cli-table3 would leave out their end. */
function breakWords(cell: string, room: number): string {
  return cell.replaceAll(/\S+/g, (word) => (displayWidth(word) <= room ? word : cut(word, room)));
}

function cut(word: string, room: number): string {
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (displayWidth(piece + character) > room) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece].join("\n");
}

function cellWidth(cell: string): number {
  return largest(cell.split("\n").map(displayWidth));
}
