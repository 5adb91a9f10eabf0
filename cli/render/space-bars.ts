/** How full the store is: the total that the daemon counts, and the variables that are large. */
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { NvramReport } from "../../rules/report.ts";
import { bar } from "./bar.ts";
import { clip, printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { displayWidth, padEnd } from "./text.ts";

/** A variable is drawn from this share of its limit on. */
const LARGE = 0.25;
const MAX_VARIABLES = 4;
const MAX_NAME = 20;
/** Columns besides the name and the bar. */
const TEXT_COLUMNS = 46;

interface Row {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly remark: string;
}

export function spaceBars(nvram: NvramReport, columns: number, style: Style, indent: number): string[] {
  const { usedBytes, runtimeBytes, limitBytes, variables } = nvram;
  const limit = VARSTORED_LIMITS.DATA_LIMIT;
  const large = variables
    .filter(({ bytes }) => bytes >= LARGE * limit)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_VARIABLES)
    .map(({ name, bytes }) => ({ name: clip(printable(name), MAX_NAME), used: bytes, limit, remark: "" }));
  const added = runtimeBytes > 0 ? `${runtimeBytes} of it added at start` : "";
  const rows: Row[] = [
    { name: "all", used: usedBytes + runtimeBytes, limit: limitBytes, remark: added },
    ...large,
  ];
  const nameColumns = Math.max(...rows.map(({ name }) => displayWidth(name)));
  const barColumns = Math.max(10, Math.min(40, columns - indent - nameColumns - TEXT_COLUMNS));
  return rows.map(
    (row) => `${" ".repeat(indent)}${padEnd(row.name, nameColumns)}  ${drawRow(row, barColumns, style)}`,
  );
}

function drawRow({ used, limit, remark }: Row, barColumns: number, style: Style): string {
  const share = used / limit;
  const paint = share > 1 ? style.red : share > 0.9 ? style.yellow : style.green;
  const over = used > limit ? `  ${style.red(`${used - limit} OVER`)}` : "";
  const percent = `${(100 * share).toFixed(share > 0.995 && share <= 1 ? 1 : 0)} %`;
  return `${paint(bar(used, limit, barColumns))}  ${used} of ${limit} (${percent})${over}${remark === "" ? "" : `, ${remark}`}`;
}
