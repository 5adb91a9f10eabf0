/** Copies that are not repaired, of which each gets a line on standard error: the report has all. */
import type { Output } from "./render/output.ts";

const MAX_IN_PIPES = 20;
/** The report stands right below them, and is to fit on the screen with them. */
const MAX_ON_TERMINAL = 3;

export function maxComplaints({ isTerminal }: Pick<Output, "isTerminal">): number {
  return isTerminal ? MAX_ON_TERMINAL : MAX_IN_PIPES;
}
