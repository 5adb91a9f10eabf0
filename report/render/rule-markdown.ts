/** A rule in Markdown: for tickets, and as the help that a SARIF viewer shows. */
import type { RuleMeta } from "../../rules/engine/rule.ts";
import { markdownText } from "./markdown-text.ts";

/** What it looks for, why it matters, what its repair does, where that is known from; without its title. */
export function ruleMarkdown({ docs }: RuleMeta): string[] {
  const section = (heading: string, text: string): string[] => [`**${heading}.** ${markdownText(text)}`, ""];
  return [
    ...section("What it looks for", docs.what),
    ...section("Why it matters", docs.why),
    ...section("Repair", docs.repair),
    ...(docs.notAFault === undefined ? [] : section("What is no fault", docs.notAFault)),
    "**Known from**",
    "",
    ...docs.references.map((reference) => `- ${markdownText(reference)}`),
  ];
}
