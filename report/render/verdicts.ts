/** Verdicts in plain words. */
import { type View, viewOfCopy } from "../../parsers/guest/view.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import type { Severity, Verdict } from "../../rules/engine/rule.ts";
import { type FindingReport, shownFindings } from "../finding.ts";
import type { VmReport } from "../vm.ts";
import { isPlatformKey } from "./space-variables.ts";
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
  "at-risk": "AT RISK",
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

/** What a copy at risk is called of which nothing says that its system might not start. */
const STARTS_AT_RISK = "STARTS, BUT AT RISK";

type Copy = Pick<VmReport, "findings" | "nvram" | "secureBoot" | "source">;

/** The verdict alone, in capitals; without the copy nothing is said of the start of one at risk. */
export function verdictLabel(verdict: Verdict, copy: Copy | null = null): string {
  return verdict === "at-risk" && copy !== null && !mayNotStart(copy) ? STARTS_AT_RISK : WORDS[verdict];
}

/** With Secure Boot as it should be, or at all. Of a first start nobody knows whether it finds the guest. */
function mayNotStart({ findings, nvram, secureBoot, source }: Copy): boolean {
  if (nvram === null || viewOfCopy({ source }) !== null || (secureBoot === null && findings.some(lacksDb)))
    return true;
  return findings.some(({ breaks }) => breaks === "start" || breaks === "secure-boot");
}

export function verdictWords(verdict: Verdict, style: Style, copy: Copy | null = null): string {
  const words = verdictLabel(verdict, copy);
  const paint = {
    unbootable: style.red,
    unreadable: style.red,
    "at-risk": style.yellow,
    healthy: style.green,
  };
  return style.bold((paint as Partial<Record<Verdict, Style["red"]>>)[verdict]?.(words) ?? words);
}

/** Whether more than one line is to be said of this copy. */
export function isShownInFull({ verdict, findings }: VmReport): boolean {
  return verdict === "unbootable" || verdict === "unreadable" || shownFindings(findings).length > 0;
}

/** One sentence that says what the verdict means for this VM. */
export function verdictSentence(vm: VmReport): string {
  return `${sentenceOf(vm)}${resumedText(vm)}`;
}

function sentenceOf(vm: VmReport): string {
  const { nvram, verdict, firmware } = vm;
  if (isResumeFile(vm)) return savedStateSentence(vm);
  const view = viewOfCopy(vm);
  if (view !== null) return viewSentence(vm, view);
  if (nvram === null) return withoutNvramSentence(vm);
  if (firmware === "bios" && nvram.state !== "not-in-record") return biosSentence(vm);
  switch (verdict) {
    case "no-nvram":
      return withoutNvramSentence(vm);
    case "unknown":
      return nvram.state === "not-in-record"
        ? notInRecordSentence(vm)
        : "Its variables are not in this dump: something else stands in their place, or they were taken out before it was handed over.";
    case "unreadable":
      if (nvram?.state === "empty")
        return "The VM does not start: its EFI-variables is an empty text, and varstored, which keeps the UEFI variables of VMs, refuses that.";
      return `The VM does not start: these bytes are no NVRAM, and varstored, which keeps the UEFI variables of VMs, refuses them. ${nvram?.refusal?.message ?? ""}${ifWhole(vm)}`;
    case "unbootable":
      return `The VM does not start: varstored, which keeps the UEFI variables of VMs, refuses its NVRAM. ${nvram?.refusal?.message ?? ""}${ifWhole(vm)}`;
    case "at-risk":
      return atRiskSentence(vm);
    case "healthy":
      return healthySentence(vm);
    default:
      return verdict satisfies never;
  }
}

/** A resume does not read the record's NVRAM. */
function resumedText({ findings }: VmReport): string {
  return findings.some(({ ruleId }) => ruleId === "vm-suspended")
    ? " The VM is suspended: a resume takes the NVRAM of its saved state instead."
    : "";
}

/** What is cut may have been cut on its way here, and the VM be well. */
function ifWhole({ findings }: VmReport): string {
  const isCut = findings.some(
    ({ ruleId, facts }) =>
      ruleId === "truncated-blob" ||
      ruleId === "missing-variables" ||
      (ruleId === "blob-too-short" && facts["isBeginning"] === true),
  );
  return isCut ? " That is so if this copy is whole: one that was cut on its way looks the same." : "";
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

function notInRecordSentence({ firmware, uuid }: VmReport): string {
  const missing = "This record does not carry the NVRAM, so nothing is known of it here.";
  if (firmware === "bios") return `${missing} The VM boots by BIOS, which needs none.`;
  const boots = firmware === "uefi" ? " The VM boots by UEFI." : "";
  return `${missing}${boots} "xe vm-param-get uuid=${isPlainUuid(uuid) ? uuid : "UUID"} param-name=NVRAM" on the host prints it.`;
}

const SAVED_STATE =
  "This NVRAM is in the saved state of the suspended VM and counts until the VM is shut down; repair never changes it.";

function savedStateSentence({ nvram, verdict }: VmReport): string {
  if (verdict !== "unbootable" && verdict !== "unreadable")
    return `varstored resumes from it. ${SAVED_STATE}`;
  return `varstored refuses it: the VM cannot be resumed. ${nvram?.refusal?.message ?? ""} ${SAVED_STATE}`;
}

/** Nobody loads it: what the daemon keeps may be laid out otherwise, and hold more. */
function viewSentence({ findings }: VmReport, { title }: View): string {
  const what = findings.length === 0 ? "Nothing was found in it" : "What was found is said of this alone";
  return `${upperFirst(title)}. ${what}; whether varstored loads what the host keeps is not known from here.`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const OFF = "Secure Boot is off: no signature is checked at its start.";

function healthySentence({ secureBoot, secureBootSetting, findings, nvram }: VmReport): string {
  if (secureBoot === false) return `Its NVRAM loads. ${OFF}`;
  const nothing = findings.length === 0 ? "nothing is wrong with it" : "nothing in it breaks anything";
  const needsOff = secureBoot === null && (findings.some(lacksKeys) || isSetupMode(nvram));
  if (needsOff) {
    const on = findings.some(lacksDb)
      ? " With it on no system starts: as in many VMs that do without it there is no db."
      : isSetupMode(nvram)
        ? " Without a PK the VM starts without it, even where it is asked for."
        : "";
    return `Its NVRAM loads, and ${nothing} while Secure Boot is off; whether it is on this input does not tell.${on}`;
  }
  const auto = secureBootSetting === "auto" && secureBoot === null;
  return `Its NVRAM loads, and ${nothing}${auto ? ", with Secure Boot or without" : ""}.`;
}

/** What would break with Secure Boot on (rules/certificates-incomplete.ts). */
function lacksKeys({ ruleId, facts }: FindingReport): boolean {
  return ruleId === "certificates-incomplete" && facts["readiness"] === "certs_incomplete";
}

/** With Secure Boot on no system starts then (rules/secure-boot-db-missing.ts). */
function lacksDb(finding: FindingReport): boolean {
  const { missing } = finding.facts;
  return lacksKeys(finding) && Array.isArray(missing) && missing.includes("db");
}

/** True for a VM without a PK: Secure Boot has no effect there (rules/setup-mode-with-secure-boot.ts). */
function isSetupMode(nvram: VmReport["nvram"]): boolean {
  return nvram?.loads === true && !nvram.variables.some(isPlatformKey);
}

/** Rules by which something does not start with Secure Boot, the worse first. */
const STOPPING: readonly (readonly [ruleId: string, what: string])[] = [
  ["secure-boot-db-missing", "no system starts with Secure Boot"],
  ["pca2011-revoked-without-successor", "no Windows starts with Secure Boot"],
  ["setup-mode-with-secure-boot", "it starts without Secure Boot, although that is asked for"],
];

function atRiskSentence(vm: VmReport): string {
  const { findings, secureBoot, secureBootSetting } = vm;
  const broken = new Set(findings.map(({ breaks }) => breaks));
  const [, stops = ""] = STOPPING.find(([id]) => findings.some(({ ruleId }) => ruleId === id)) ?? [];
  const what = [
    broken.has("start")
      ? diskStops(findings, "start")
        ? "nothing on its disks starts"
        : "the VM does not start with it"
      : "",
    stops,
    broken.has("secure-boot") && stops === ""
      ? diskStops(findings, "secure-boot")
        ? "with Secure Boot on nothing on its disks starts"
        : "Secure Boot does not work as it should"
      : "",
    broken.has("update") ? "later updates of its Secure Boot variables fail or do harm" : "",
    broken.has("restore")
      ? findings.some(({ ruleId }) => ruleId === "suspended-without-state")
        ? "no host imports this export without force=true"
        : "this text cannot be restored on a host"
      : "",
  ].filter((part) => part !== "");
  // With --quiet only what is at or above --fail-on is known here.
  if (what.length === 0) return "Its NVRAM loads; what puts it at risk is below --fail-on.";
  const start =
    secureBoot === null && findings.some(lacksDb)
      ? " With Secure Boot on no system starts; whether it is on this input does not tell."
      : secureBoot === null && stops !== ""
        ? ` Whether Secure Boot is on this input does not tell${secureBootSetting === "auto" ? "" : "; db and dbx are there for it"}.`
        : "";
  return `${mayNotStart(vm) ? "Its NVRAM loads" : "The VM starts"}, but ${what.join("; ")}.${secureBoot === false ? ` ${OFF}` : start}`;
}

/** Whether the disk is what stops it: the rules of `--boot`. */
function diskStops(findings: readonly FindingReport[], breaks: FindingReport["breaks"]): boolean {
  const stopping = findings.filter((finding) => finding.breaks === breaks);
  return stopping.every(({ ruleId }) => BOOT_RULES.has(ruleId));
}

const BOOT_RULES: ReadonlySet<string> = new Set([
  "boot-image-refused",
  "boot-loader-unsigned",
  "boot-loader-2011-only",
  "boot-sbat-below-level",
  "boot-svn-below-dbx",
  "boot-file-missing",
]);

export function severityWord(severity: Severity, style: Style): string {
  const paint = { error: style.red, warning: style.yellow, info: style.cyan }[severity];
  return paint(severity.toUpperCase());
}
