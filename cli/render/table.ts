/** Tables for humans. The only import of cli-table3. */
import CliTable from "cli-table3";
import { displayWidth } from "./text.ts";

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
const FRAME = { ...NO_FRAME, mid: "─", "mid-mid": "─", "left-mid": "", "right-mid": "" };

/** Cells must be printable already; a newline in one is a line of its own. */
export function renderTable(layout: TableLayout): string[] {
  const { head, rows, flexible, columns, indent = 0 } = layout;
  const all = head === undefined ? rows : [head, ...rows];
  if (rows.length === 0) return [];
  const natural = (all[0] ?? []).map((_, i) => Math.max(...all.map((row) => cellWidth(row[i] ?? ""))));
  const others = natural.reduce((sum, width, i) => sum + PADDING + (i === flexible ? 0 : width), 0);
  const room = Math.max(MIN_FLEXIBLE, columns - indent - others);
  const colWidths = natural.map((width, i) => PADDING + (i === flexible ? Math.min(width, room) : width));
  const table = new CliTable({
    ...(head === undefined ? {} : { head: [...head] }),
    chars: head === undefined ? NO_FRAME : FRAME,
    colWidths,
    wordWrap: true,
    style: { head: [], border: [], "padding-left": 0, "padding-right": PADDING, compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => " ".repeat(indent) + line.trimEnd());
}

function cellWidth(cell: string): number {
  return Math.max(...cell.split("\n").map(displayWidth));
}
