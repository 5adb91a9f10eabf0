/** All questions, the ones that are asked most first. */
import type { Ask } from "./ask.ts";
import { backups } from "./backups.ts";
import { wholeExport } from "./export.ts";
import { failedStart } from "./failed-start.ts";
import { hostView } from "./host-view.ts";
import { linux } from "./linux.ts";
import { askOfRule } from "./of-rules.ts";
import { pool } from "./pool.ts";
import { poolCertificates } from "./pool-certificates.ts";
import { suspended } from "./suspended.ts";
import { vm } from "./vm.ts";
import { vmSettings } from "./vm-settings.ts";
import { windows } from "./windows.ts";

export const ASKS: readonly Ask[] = [
  vm,
  vmSettings,
  pool,
  failedStart,
  poolCertificates,
  backups,
  windows,
  linux,
  hostView,
  suspended,
  wholeExport,
];

/** The file that fits a question best: of a rule the one that shows more of it, else by its words; none where no word says anything. Those that fit as well come behind. */
export function asksFor(question: string): readonly Ask[] {
  const id = askOfRule(question.toLowerCase()) ?? question.toLowerCase();
  const named = ASKS.find((ask) => ask.id === id);
  if (named !== undefined) return [named];
  const words = new Set(
    question
      .toLowerCase()
      .split(/[^a-z0-9_-]+/)
      .filter((word) => word !== ""),
  );
  const scored = ASKS.map((ask) => ({ ask, score: scoreOf(ask, words) }));
  const best = scored.reduce((most, { score }) => Math.max(most, score), 0);
  return best === 0 ? [] : scored.filter(({ score }) => score === best).map(({ ask }) => ask);
}

function scoreOf({ id, words }: Ask, asked: ReadonlySet<string>): number {
  const ofId = id.split("-").filter((word) => asked.has(word)).length;
  return 2 * ofId + words.filter((word) => asked.has(word)).length;
}
