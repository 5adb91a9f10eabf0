/** Where a report is written to, for those who write it. */

export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal, undefined where there is none. */
  readonly columns: number | undefined;
  /** Resolves when the text has left, so that nothing piles up behind a slow reader. */
  readonly write: (text: string) => Promise<void>;
  /** The last thing to be called. */
  readonly finish: () => Promise<void>;
}
