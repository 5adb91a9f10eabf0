/** How humans want to see it. */
import type { Style } from "./style.ts";

export interface Look {
  readonly style: Style;
  readonly columns: number;
  /** Only what is wrong: nothing about what is healthy, no bars, no next steps. */
  readonly quiet: boolean;
}
