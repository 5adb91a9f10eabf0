/** What varscope repairs: the command; its runbook says the rest. */
import { clip, printable } from "../render/printable.ts";
import { RUNBOOK_SOURCE } from "../runbook/runbook.ts";
import { cutGroup, isCut, missingText, ONLY_IF_SAME, wholeCopySteps } from "./cut-copy.ts";
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
  group: (patient) =>
    `${patient.advice?.kind === "repair" ? patient.advice.strategy : ""}${cutGroup(patient)}`,
  // Not with the name of the program in front: that would look like a command to type.
  title: ({ patients: [first] }) =>
    isCut(first)
      ? "It is cut: get the whole of it first; for what is left a repair was tried out and helps"
      : "A repair was tried out and helps",
  variants: (subject) => {
    const { advice } = subject.patients[0];
    const strategy = advice?.kind === "repair" ? advice.strategy : "merge";
    const words = { strategy, certificates: null, onlyPatients: true };
    const exports = exportCommands(subject, { ...words, onlyPatients: false });
    const isShort = isCut(subject.patients[0]);
    const write =
      exports.length === 0
        ? "Write the repaired NVRAM; the input stays as it is"
        : "Where the VM is still in the pool: write its repaired NVRAM alone; the input stays as it is";
    return anyProduct(
      wholeCopySteps(subject),
      step("here", isShort ? `${ONLY_IF_SAME}. ${write}` : write, repairCommands(subject, words), {
        caution: cautionOf(subject),
        expect: RUNBOOK,
      }),
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
    ...RUNBOOK_SOURCE,
  ],
};

const MAX_DELETED = 5;

function cautionOf(subject: Subject): string | null {
  const said = [deletedText(subject), missingText(subject)].filter((one) => one !== null);
  return said.length === 0 ? null : said.join(" ");
}

function deletedText({ patients }: Subject): string | null {
  const names = patients.flatMap(({ advice }: Patient) =>
    advice?.kind === "repair" ? advice.deletes.map((name) => clip(printable(name), 40)) : [],
  );
  const all = [...new Set(names)];
  const shown = all.slice(0, MAX_DELETED);
  const more = all.length > shown.length ? ` and ${all.length - shown.length} more` : "";
  return all.length === 0 ? null : `This deletes ${shown.join(", ")}${more}: nothing else saves it.`;
}
