/** The path that means standard input, and the one that means standard output. */

export const STANDARD_INPUT = "-";
export const STANDARD_OUTPUT = "-";
