/** What starts from the VM's disks: each attempt, each question, and the programs that lie there. */
import type { BootReport } from "../../boot.ts";
import { bootSentence, bootTexts } from "../boot-text.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";

export function bootView(boot: BootReport | undefined): Markup {
  if (boot === undefined) return NOTHING;
  const sentence = markup`<p>${bootSentence(boot)}</p>\n`;
  if (boot.error !== null) return sentence;
  const { attempts, answers, loaders } = bootTexts(boot);
  return markup`${sentence}${listOf(attempts.map((lines) => lines.join("; ")))}${listOf(answers)}${loaders.length === 0 ? NOTHING : markup`<h3>Programs on the system partition</h3>\n${listOf(loaders)}`}`;
}

function listOf(texts: readonly string[]): Markup {
  return texts.length === 0
    ? NOTHING
    : markup`<ul>${texts.map((text) => markup`<li class="any">${text}</li>`)}</ul>\n`;
}
