/** Verdicts in plain words. */
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import type { VmReport } from "../../rules/engine/report.ts";
import type { Severity, Verdict } from "../../rules/engine/rule.ts";
import type { Style } from "./style.ts";

/** Worst first: the order in which humans want to read them. */
export const VERDICTS: readonly Verdict[] = [
  "unbootable",
  "unreadable",
  "at-risk",
  "unknown",
  "no-nvram",
  "healthy",
];

const WORDS: Readonly<Record<Verdict, string>> = {
  unbootable: "WILL NOT START",
  unreadable: "UNREADABLE",
  "at-risk": "STARTS, BUT AT RISK",
  unknown: "NOT KNOWN",
  "no-nvram": "NO NVRAM",
  healthy: "HEALTHY",
};

const COUNTED: Readonly<Record<Verdict, string>> = {
  unbootable: "will not start",
  unreadable: "unreadable",
  "at-risk": "at risk",
  unknown: "not known",
  "no-nvram": "without NVRAM",
  healthy: "healthy",
};

/** As in `3 at risk`. */
export function countedVerdict(verdict: Verdict): string {
  return COUNTED[verdict];
}

/** The verdict alone, in capitals. */
export function verdictLabel(verdict: Verdict): string {
  return WORDS[verdict];
}

export function verdictWords(verdict: Verdict, style: Style): string {
  const paint = {
    unbootable: style.red,
    unreadable: style.red,
    "at-risk": style.yellow,
    healthy: style.green,
  };
  return style.bold(
    (paint as Partial<Record<Verdict, Style["red"]>>)[verdict]?.(WORDS[verdict]) ?? WORDS[verdict],
  );
}

/** Whether more than one line is to be said of this copy. */
export function isShownInFull({ verdict, findings }: VmReport): boolean {
  return verdict === "unbootable" || verdict === "unreadable" || findings.length > 0;
}

/** One sentence that says what the verdict means for this VM. */
export function verdictSentence(vm: VmReport): string {
  const { nvram, verdict, findings } = vm;
  if (isResumeFile(vm)) return savedStateSentence(vm);
  switch (verdict) {
    case "no-nvram":
      return "Its record holds no UEFI variables: it boots by BIOS, or was never started.";
    case "unknown":
      return "Its variables were taken out of this dump before it was handed over.";
    case "unreadable":
      if (nvram?.state === "empty")
        return "EFI-variables is an empty text. varstored refuses that: the VM will not start.";
      return `These bytes are no VARS blob. varstored refuses them: the VM will not start. ${nvram?.refusal?.message ?? ""}`;
    case "unbootable":
      return `varstored refuses this NVRAM at byte ${nvram?.refusal?.offset ?? 0}. ${nvram?.refusal?.message ?? ""}`;
    case "at-risk":
      return atRiskSentence(vm);
    case "healthy":
      if (findings.length === 0) return "varstored loads this NVRAM, and nothing is wrong with it.";
      return "varstored loads this NVRAM, and nothing in it breaks anything.";
    default:
      return verdict satisfies never;
  }
}

const SAVED_STATE =
  "This NVRAM is in the saved state of the suspended VM and counts until the VM is shut down; repair never changes it.";

function savedStateSentence({ nvram, verdict }: VmReport): string {
  if (verdict !== "unbootable" && verdict !== "unreadable")
    return `varstored resumes from it. ${SAVED_STATE}`;
  return `varstored refuses it: the VM cannot be resumed. ${nvram?.refusal?.message ?? ""} ${SAVED_STATE}`;
}

function atRiskSentence({ findings }: VmReport): string {
  const broken = new Set(findings.map(({ breaks }) => breaks));
  const what = [
    broken.has("update") ? "later updates of its Secure Boot variables fail or do harm" : "",
    broken.has("secure-boot") ? "Secure Boot does not work as it should" : "",
    broken.has("restore") ? "this text cannot be restored on a host" : "",
  ].filter((part) => part !== "");
  return `varstored loads this NVRAM, but ${what.join("; ")}.`;
}

export function severityWord(severity: Severity, style: Style): string {
  const paint = { error: style.red, warning: style.yellow, info: style.cyan }[severity];
  return paint(severity.toUpperCase());
}
