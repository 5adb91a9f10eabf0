/** How humans want to see it. */
import { DEFAULT_COLUMNS, makeStyle, type Style } from "./style.ts";

export interface Look {
  readonly style: Style;
  readonly columns: number;
  /** Only what is wrong, and the totals: nothing about what is healthy, no bars, no next steps. */
  readonly quiet: boolean;
}

/** For lines that stand inside another document. */
export function plainLook(quiet: boolean): Look {
  return { style: makeStyle(false), columns: DEFAULT_COLUMNS, quiet };
}
