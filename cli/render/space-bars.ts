/** How full the store is: the total that the daemon counts, and the variables that are large. */
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { NvramReport } from "../../rules/engine/report.ts";
import { bar } from "./bar.ts";
import { clip, printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { displayWidth, padEnd, wrap } from "./text.ts";

/** A variable is drawn from this share of its limit on. */
const LARGE = 0.25;
const MAX_VARIABLES = 4;
const MAX_NAME = 20;
const MIN_BAR = 8;
const MAX_BAR = 40;
const NEARLY_FULL = 0.9;
const GAP = "  ";

interface Row {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly remark: string;
}

export function spaceBars(nvram: NvramReport, columns: number, style: Style, indent: number): string[] {
  const rows = rowsOf(nvram);
  const nameColumns = Math.max(...rows.map(({ name }) => displayWidth(name)));
  const textColumns = Math.max(...rows.map((row) => displayWidth(figures(row))));
  const room = columns - indent - nameColumns - textColumns - 2 * GAP.length;
  // On a very narrow terminal the figures say it alone.
  if (room < MIN_BAR) return rows.flatMap((row) => wrap(`${row.name}: ${figures(row)}`, columns, indent));
  return rows.map((row) => {
    const drawn = paintOf(row, style)(bar(row.used, row.limit, Math.min(room, MAX_BAR)));
    return `${" ".repeat(indent)}${padEnd(row.name, nameColumns)}${GAP}${drawn}${GAP}${figures(row)}`;
  });
}

function rowsOf({ usedBytes, runtimeBytes, limitBytes, variables }: NvramReport): Row[] {
  const limit = VARSTORED_LIMITS.DATA_LIMIT;
  const large = variables
    .filter(({ bytes }) => bytes >= LARGE * limit)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_VARIABLES)
    .map(({ name, bytes }) => ({ name: clip(printable(name), MAX_NAME), used: bytes, limit, remark: "" }));
  const remark = runtimeBytes > 0 ? `, ${runtimeBytes} of it added at start` : "";
  return [{ name: "all", used: usedBytes + runtimeBytes, limit: limitBytes, remark }, ...large];
}

function figures({ used, limit, remark }: Row): string {
  const share = used / limit;
  // Full is only what is full: 99.6 % are not 100.
  const percent = (100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0);
  return `${used} of ${limit} (${percent} %)${used > limit ? `, ${used - limit} OVER` : ""}${remark}`;
}

function paintOf({ used, limit }: Row, style: Style): Style["red"] {
  if (used > limit) return style.red;
  return used > NEARLY_FULL * limit ? style.yellow : style.green;
}
