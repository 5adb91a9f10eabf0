/** What varscope repairs: the command; its runbook says the rest. */
import { clip, printable } from "../render/printable.ts";
import { anyProduct, type Patient, type Remedy, type Subject, step } from "./remedy.ts";
import { exportCommands, repairCommands } from "./repair-command.ts";

const RUNBOOK =
  "It prints what comes next, command by command: back up, write to the host, check, roll back. --runbook FILE.md writes that down.";

/** What a strategy may take away, and what makes an NVRAM unreadable. */
export const REPAIRED_RULES: readonly string[] = [
  "base64-not-loadable",
  "blob-too-short",
  "bad-magic",
  "unsupported-version",
  "variable-count-over-limit",
  "missing-variables",
  "truncated-blob",
  "trailing-bytes",
  "variable-name-empty",
  "variable-name-over-limit",
  "variable-data-empty",
  "variable-data-over-limit",
  "incident-2025-10",
  "wrong-signature-owner",
  "duplicate-signature",
];

/** The repair was tried out in memory: the strategy is one that works. */
export const repair: Remedy = {
  id: "repair",
  ruleIds: REPAIRED_RULES,
  group: ({ advice }) => (advice?.kind === "repair" ? advice.strategy : ""),
  // Not with the name of the program in front: that would look like a command to type.
  title: () => "A repair was tried out and helps",
  variants: (subject) => {
    const { advice } = subject.patients[0];
    const strategy = advice?.kind === "repair" ? advice.strategy : "merge";
    const words = { strategy, certificates: null, onlyPatients: true };
    const exports = exportCommands(subject, { ...words, onlyPatients: false });
    return anyProduct(
      step(
        "here",
        exports.length === 0
          ? "Write the repaired NVRAM; the input stays as it is"
          : "Where the VM is still in the pool: write its repaired NVRAM alone; the input stays as it is",
        repairCommands(subject, words),
        { caution: deletedText(subject), expect: RUNBOOK },
      ),
      exports.length === 0
        ? []
        : step(
            "here",
            "Only where the VM is gone, or a copy is wanted: write the whole export, repaired",
            exports,
            {
              caution:
                "An import makes a second VM with disks of its own. Never run it beside the old one: both answer to the same name and address.",
              expect: RUNBOOK,
            },
          ),
    );
  },
  source: [
    "varscope explain REPAIR tells each rule's repair",
    "varstored handler.c and xapidb-lib.c (what the loader takes)",
  ],
};

function deletedText({ patients }: Subject): string | null {
  const names = patients.flatMap(({ advice }: Patient) =>
    advice?.kind === "repair" ? advice.deletes.map((name) => clip(printable(name), 40)) : [],
  );
  const shown = [...new Set(names)].slice(0, 5);
  return shown.length === 0 ? null : `This deletes ${shown.join(", ")}: nothing else saves it.`;
}
