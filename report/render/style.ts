/** Colour and width of what is printed for humans. */
type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
}

const plain: Paint = (text) => text;

/** SGR codes (ECMA-48 §8.3.117): one on, one off, so that styles may be nested. */
function sgr(on: number, off: number): Paint {
  return (text) => (text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`);
}

export function makeStyle(colored: boolean): Style {
  if (!colored) return { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };
  return {
    bold: sgr(1, 22),
    dim: sgr(2, 22),
    red: sgr(31, 39),
    yellow: sgr(33, 39),
    green: sgr(32, 39),
    cyan: sgr(36, 39),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** NO_COLOR (no-color.org) before FORCE_COLOR, both before the kind of stream. */
export function wantsColor(env: Environment, isTerminal: boolean): boolean {
  const no = env["NO_COLOR"];
  if (no !== undefined && no !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

export const DEFAULT_COLUMNS = 100;
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 140;

/** Columns to write for: COLUMNS, else the terminal's (0 where it does not tell), else 100; kept within what stays readable. */
export function columnsOf(env: Environment, terminalColumns: number | undefined): number {
  const told = Number.parseInt(env["COLUMNS"] ?? "", 10);
  const columns = told > 0 ? told : terminalColumns || DEFAULT_COLUMNS;
  return Math.min(Math.max(columns, MIN_COLUMNS), MAX_COLUMNS);
}
