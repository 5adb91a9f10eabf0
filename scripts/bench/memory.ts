/** Whether many analyses in one process need more memory than a few: contents seen before and never seen take turns. */
import { analyzeText, settingsOf } from "./in-process.ts";
import { type Sample, textOf, variantOf } from "./samples.ts";

export interface MemoryResult {
  readonly sample: string;
  readonly analyses: number;
  /** Live memory at the end, times that after the first thousand: the heap, and the bytes that arrays hold outside it. */
  readonly growth: number;
}

const FIRST = 1000;

export function measureMemory({ name, blob, knowledge }: Sample, analyses: number): MemoryResult {
  const settings = settingsOf(knowledge);
  const seen = textOf(blob);
  let first = 0;
  for (let i = 0; i < analyses; i++) {
    analyzeText(i % 2 === 0 ? seen : textOf(variantOf(blob, i, { dbx: true })), settings);
    if (i === Math.min(FIRST, analyses) - 1) first = liveBytes();
  }
  return { sample: name, analyses, growth: liveBytes() / first };
}

/** After two collections: the first one only finds out what weak tables let go. */
function liveBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
