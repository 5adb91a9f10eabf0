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
  const { nvram, verdict, findings, firmware } = vm;
  if (isResumeFile(vm)) return savedStateSentence(vm);
  if (nvram === null) return withoutNvramSentence(vm);
  if (firmware === "bios" && nvram.state !== "not-in-record") return biosSentence(vm);
  switch (verdict) {
    case "no-nvram":
      return withoutNvramSentence(vm);
    case "unknown":
      return nvram.state === "not-in-record"
        ? notInRecordSentence(vm)
        : "Its variables were taken out of this dump before it was handed over.";
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

/** The map is there, and holds no EFI variables. */
function withoutNvramSentence({ firmware, verdict }: VmReport): string {
  if (firmware === "bios") return "It boots by BIOS, and its record holds no UEFI variables: it needs none.";
  if (firmware === null)
    return "Its record holds no UEFI variables: it boots by BIOS, was never started, or has lost them.";
  return verdict === "no-nvram"
    ? "It boots by UEFI and was never started: varstored gives it its variables at the first start."
    : "It boots by UEFI, and its record holds no UEFI variables: varstored would begin with none.";
}

/** What is kept of a time when it booted by UEFI. */
function biosSentence({ nvram, verdict }: VmReport): string {
  const unused = "It boots by BIOS and does not use this NVRAM; Secure Boot does not apply.";
  if (verdict === "unknown") return `${unused} What the NVRAM holds was taken out of this dump.`;
  const loads = nvram?.loads === true;
  return loads
    ? `${unused} varstored would load it if the VM were set to UEFI.`
    : `${unused} Set to UEFI the VM would not start: varstored refuses it. ${nvram?.refusal?.message ?? ""}`;
}

function notInRecordSentence({ firmware }: VmReport): string {
  const missing = "This record does not carry the NVRAM, so nothing is known of it here.";
  if (firmware === "bios") return `${missing} The VM boots by BIOS, which needs none.`;
  const boots = firmware === "uefi" ? " The VM boots by UEFI." : "";
  return `${missing}${boots} "xe vm-param-get uuid=UUID param-name=NVRAM" on the host prints it.`;
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
    broken.has("start") ? "the VM does not start with it" : "",
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
