/** How full the store is: the total that the daemon counts, and the variables that are large. */
import { largest } from "../../parsers/arrays.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { NvramReport } from "../vm.ts";
import { bar } from "./bar.ts";
import { clip, printable } from "./printable.ts";
import { largeVariables } from "./space-variables.ts";
import type { Style } from "./style.ts";
import { displayWidth, padEnd, wrap } from "./text.ts";

const MAX_NAME = 20;
const MIN_BAR = 8;
const MAX_BAR = 40;
const NEARLY_FULL = 0.9;
const GAP = "  ";

/** How full the whole store is, or one variable. */
export interface SpaceRow {
  /** Printable. */
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly remark: string;
}

export function spaceBars(nvram: NvramReport, columns: number, style: Style, indent: number): string[] {
  const rows = spaceRows(nvram);
  const nameColumns = largest(rows.map(({ name }) => displayWidth(name)));
  const textColumns = largest(rows.map((row) => displayWidth(spaceFigures(row))));
  const room = columns - indent - nameColumns - textColumns - 2 * GAP.length;
  // On a very narrow terminal the figures say it alone.
  if (room < MIN_BAR)
    return rows.flatMap((row) => wrap(`${row.name}: ${spaceFigures(row)}`, columns, indent));
  return rows.map((row) => {
    const drawn = paintOf(row, style)(bar(row.used, row.limit, Math.min(room, MAX_BAR)));
    return `${" ".repeat(indent)}${padEnd(row.name, nameColumns)}${GAP}${drawn}${GAP}${spaceFigures(row)}`;
  });
}

/** The total first, then what is large. */
export function spaceRows({
  version,
  usedBytes,
  runtimeBytes,
  limitBytes,
  variables,
}: NvramReport): SpaceRow[] {
  const limit = VARSTORED_LIMITS.DATA_LIMIT;
  const large = largeVariables(variables).map(({ name, bytes }) => ({
    name: clip(printable(name), MAX_NAME),
    used: bytes,
    limit,
    remark: "",
  }));
  // What a guest shows is not all that the daemon keeps.
  if (version === null) return large;
  const remark = runtimeBytes > 0 ? `, ${runtimeBytes} of it added at start` : "";
  return [{ name: "all", used: usedBytes + runtimeBytes, limit: limitBytes, remark }, ...large];
}

/** As in `60440 of 57344 (105 %), 3096 OVER`. */
export function spaceFigures({ used, limit, remark }: SpaceRow): string {
  const share = used / limit;
  // Full is only what is full: 99.6 % are not 100.
  const percent = (100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0);
  return `${used} of ${limit} (${percent} %)${used > limit ? `, ${used - limit} OVER` : ""}${remark}`;
}

function paintOf({ used, limit }: SpaceRow, style: Style): Style["red"] {
  if (used > limit) return style.red;
  return used > NEARLY_FULL * limit ? style.yellow : style.green;
}
