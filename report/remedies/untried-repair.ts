/** Many copies: a repair was not tried out for each. */

import { cutGroup, wholeCopySteps } from "./cut-copy.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { REPAIRED_RULES } from "./repair.ts";
import { repairCommands } from "./repair-command.ts";

export const untriedRepair: Remedy = {
  id: "untried-repair",
  ruleIds: REPAIRED_RULES,
  group: cutGroup,
  title: () => "Let varscope tell what it can repair",
  variants: (subject) =>
    anyProduct(
      wholeCopySteps(subject),
      step(
        "here",
        "See the plan first: it writes nothing",
        repairCommands(subject, { strategy: "merge", certificates: null }).map(
          (command) => `${command} --dry-run`,
        ),
        {
          expect:
            "What it repairs, and how. Where it refuses a copy, it names the strategy that can. Without --dry-run it writes, and prints what comes next.",
        },
      ),
    ),
  source: ["varscope repair --help"],
};
