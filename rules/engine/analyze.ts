/** Runs the rules over a copy of an NVRAM and decides its verdict. */

import { judgeLoad, judgeResume, type LoadVerdict } from "../../daemon/varstored-loader.ts";
import { rememberedDatabase } from "../../parsers/efi/remembered-database.ts";
import type { SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { HostHistory } from "../../parsers/host/history.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { CertificateSet, EfiVariable, Nvram, VmSource } from "../../parsers/model.ts";
import { oncePer } from "../../parsers/once-per.ts";
import type { Platform } from "../../parsers/platform.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import type { JudgedBoot } from "../boot/judged-boot.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import type { CertificateSources } from "../knowledge/stored-certificates.ts";
import { type KeyState, keyStateOf } from "./key-state.ts";
import type { Detection, Finding, JudgedBackup, Rule, RuleContext, Verdict, VmAnalysis } from "./rule.ts";
import { startEvidence } from "./started.ts";

export interface AnalysisSettings {
  readonly platform: Platform;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  readonly knowledge: Knowledge;
}

/** Judges all NVRAM copies of one input. Rules see the other copies of the same VM as `siblings`. */
export function analyzeVms(
  vms: readonly VmSource[],
  rules: readonly Rule[],
  settings: AnalysisSettings,
  boots: ReadonlyMap<VmSource, JudgedBoot> = NO_BOOTS,
): VmAnalysis[] {
  return [...analyzeVmsInTurn(vms, rules, settings, boots)];
}

/** The same, one analysis after the other, so that thousands of them need not be in memory at once. */
export function* analyzeVmsInTurn(
  vms: readonly VmSource[],
  rules: readonly Rule[],
  settings: AnalysisSettings,
  boots: ReadonlyMap<VmSource, JudgedBoot> = NO_BOOTS,
): Generator<VmAnalysis, void, undefined> {
  const byUuid = new Map<string, VmSource[]>();
  for (const vm of vms) {
    if (vm.uuid === null) continue;
    const copies = byUuid.get(vm.uuid);
    if (copies === undefined) byUuid.set(vm.uuid, [vm]);
    else copies.push(vm);
  }
  const holders = vms.some(isEmptyUefi) ? holdersOf(vms) : NO_HOLDERS;
  for (const vm of vms) {
    const copies = vm.uuid === null ? [] : (byUuid.get(vm.uuid) ?? []);
    // So many copies of one VM do not occur in real inputs. Comparing each with each would take minutes.
    const isCrafted = copies.length > PARSER_LIMITS.maxCopiesOfVm;
    const siblings = isCrafted ? [] : copies.filter((copy) => copy !== vm);
    yield analyzeVm(vm, rules, settings, siblings, holderOf(vm, holders), boots.get(vm) ?? null);
  }
}

const NO_HOLDERS: ReadonlyMap<string, VmSource> = new Map();
const NO_BOOTS: ReadonlyMap<VmSource, JudgedBoot> = new Map();

/** A UEFI VM whose record holds no NVRAM. Only for such a copy another copy is looked for that still has it. */
function isEmptyUefi({ nvram, firmware }: VmSource): boolean {
  return nvram === null && firmware === "uefi";
}

/** Snapshots that hold an NVRAM, by keys that the VM of the snapshot has too. */
function holdersOf(vms: readonly VmSource[]): ReadonlyMap<string, VmSource> {
  const holders = new Map<string, VmSource>();
  for (const vm of vms) {
    if (vm.kind !== "snapshot" || vm.nvram?.state !== "present") continue;
    const keys = [metadataKey(vm), snapshotKey(vm.fields.get("snapshot_of")), backupKey(vm)];
    for (const key of keys) if (key !== null && !holders.has(key)) holders.set(key, vm);
  }
  return holders;
}

/**
 * The snapshot that still holds the NVRAM which this copy lacks. A VM is looked up by its reference and by its backup; a snapshot, which
 * may have been taken before the first start, only by its own metadata.
 */
function holderOf(vm: VmSource, holders: ReadonlyMap<string, VmSource>): VmSource | null {
  if (!isEmptyUefi(vm)) return null;
  const keys =
    vm.kind === "snapshot" ? [metadataKey(vm)] : [snapshotKey(vm.fields.get("_ref")), backupKey(vm)];
  const found = keys.map((key) => (key === null ? undefined : holders.get(key)));
  return found.find((holder) => holder !== undefined && holder !== vm) ?? null;
}

const METADATA_COPY = "snapshot_metadata.NVRAM";

/** The same for both NVRAM copies of one snapshot, which were made at the same moment. */
function metadataKey({ uuid, source }: VmSource): string | null {
  return uuid === null ? null : `metadata ${uuid} ${source.replace(METADATA_COPY, "NVRAM")}`;
}

function snapshotKey(ref: string | undefined): string | null {
  return ref === undefined || ref === "OpaqueRef:NULL" ? null : `snapshot of ${ref}`;
}

/** The same for the VM and its snapshot in one backup of Xen Orchestra. */
function backupKey({ backup }: VmSource): string | null {
  if (backup === undefined || backup.vmUuid === null || backup.timestamp === null) return null;
  return `backup ${backup.vmUuid} ${backup.timestamp}`;
}

/** Judges one copy of an NVRAM. The findings are in the order of `rules`. */
export function analyzeVm(
  vm: VmSource,
  rules: readonly Rule[],
  settings: AnalysisSettings,
  siblings: readonly VmSource[] = [],
  heldBy: VmSource | null = null,
  boot: JudgedBoot | null = null,
): VmAnalysis {
  const context = contextOf(vm, settings, siblings);
  if (context !== null && viewOfCopy(vm) !== null) return analyzeView(vm, rules, context);
  const findings: Finding[] = [];
  for (const rule of rules) {
    if (rule.on === "record") for (const one of rule.detect(vm, heldBy)) findings.push(findingOf(rule, one));
    else if (rule.on === "boot") {
      if (boot !== null) for (const one of rule.detect(boot)) findings.push(findingOf(rule, one));
    } else if (context !== null) runRule(rule, context, findings);
  }
  if (context === null) return { vm, load: null, verdict: verdictWithout(vm, findings), findings };
  const { nvram, load } = context;
  return {
    vm,
    load,
    verdict: verdictOf(vm, nvram, load, findings),
    findings: withRepairsOfCopy(vm, load, findings),
  };
}

/** Judges variables that a guest read in its own efivarfs. No daemon loads them: nothing is known about a start, and the host's NVRAM has to be repaired instead. */
function analyzeView(vm: VmSource, rules: readonly Rule[], context: RuleContext): VmAnalysis {
  const found: Finding[] = [];
  for (const rule of rules) if (rule.meta.ofViews === true) runRule(rule, context, found);
  const findings = withManualRepairs(
    found.map((finding) => ({
      ...finding,
      span: null,
      breaks: finding.breaks === "start" ? null : finding.breaks,
    })),
    "Get the NVRAM that the host keeps of this VM, and repair that",
  );
  return { vm, load: null, verdict: breaksSomething(findings) ? "at-risk" : "unknown", findings };
}

/** The findings, with only those repairs that `repair` can apply to this copy. */
function withRepairsOfCopy(
  vm: VmSource,
  load: LoadVerdict | null,
  findings: readonly Finding[],
): readonly Finding[] {
  if (isResumeFile(vm)) return withManualRepairs(findings, OF_SAVED_STATE);
  return load === null ? findings : withoutUnusableRepairs(findings, load);
}

/** Removes repairs that will not be applied: all of them where the blob cannot be saved, and `with-any` ones where nothing else is repaired. */
function withoutUnusableRepairs(findings: readonly Finding[], load: LoadVerdict): readonly Finding[] {
  const isBeyond = !load.loads && findings.some(isBeyondRepair);
  const dependent = ({ repair }: Finding): boolean =>
    isBeyond ? repair !== null && repair.applicability !== "manual" : repair?.announced === "with-any";
  if (!findings.some(dependent)) return findings;
  const hasOther = findings.some(
    ({ repair }) => repair?.applicability === "safe" && repair.announced === undefined,
  );
  if (hasOther && !isBeyond) return findings;
  return findings.map((finding) => (dependent(finding) ? { ...finding, repair: null } : finding));
}

/** The NVRAM in a saved state is not repaired: the host drops it when the VM is shut down. */
const OF_SAVED_STATE = "Resume the VM and shut it down, then repair the NVRAM of its record";

function withManualRepairs(findings: readonly Finding[], title: string): readonly Finding[] {
  return findings.map((finding) => {
    const { repair } = finding;
    if (repair === null || repair.applicability === "manual") return finding;
    return { ...finding, repair: { applicability: "manual", title, patches: [] } };
  });
}

/** True for a place at which the loader refuses the blob, and which no strategy repairs. */
function isBeyondRepair({ breaks, span, repair }: Finding): boolean {
  return breaks === "start" && span !== null && (repair === null || repair.applicability === "manual");
}

/** Everything that rules and reasoning use about one copy; null where the record holds no EFI variables. */
export function contextOf(
  vm: VmSource,
  settings: AnalysisSettings,
  siblings: readonly VmSource[] = [],
): RuleContext | null {
  const { nvram } = vm;
  if (nvram === null) return null;
  const judge = isResumeFile(vm) ? judgeResume : judgeLoad;
  const load = nvram.daemonBytes === null ? null : judge(nvram.daemonBytes);
  return makeContext(vm, nvram, load, settings, siblings);
}

const databaseOf: (variable: EfiVariable, platform: Platform) => SignatureDatabase = oncePer(
  (variable: EfiVariable, platform: Platform) => rememberedDatabase(variable.data, platform),
);

function makeContext(
  vm: VmSource,
  nvram: Nvram,
  load: LoadVerdict | null,
  settings: AnalysisSettings,
  siblings: readonly VmSource[],
): RuleContext {
  // The properties are listed because a spread takes longer than most rules take.
  const { platform, knowledge, asOf } = settings;
  const signaturesOf = (variable: EfiVariable): SignatureDatabase => databaseOf(variable, platform);
  const keys = (): KeyState => keyStateOf(nvram.blob, { platform, knowledge, signaturesOf });
  return { platform, knowledge, asOf, vm, siblings, nvram, blob: nvram.blob, load, signaturesOf, keys };
}

/** Runs one rule and adds its findings. */
function runRule(rule: Rule, context: RuleContext, findings: Finding[]): void {
  switch (rule.on) {
    case "nvram":
      for (const one of rule.detect(context.nvram, context)) findings.push(findingOf(rule, one));
      return;
    case "blob":
      if (context.blob === null) return;
      for (const one of rule.detect(context.blob, context)) findings.push(findingOf(rule, one));
      return;
    case "variable":
      for (const variable of context.blob?.variables ?? []) {
        if (!rule.concerns(variable)) continue;
        for (const one of rule.detect(variable, context)) findings.push(findingOf(rule, one));
      }
      return;
    case "record":
    case "certificates":
    case "host":
    case "backup":
    case "boot":
      return;
    default:
      rule satisfies never;
  }
}

/** Judges sets of certificates of pools and hosts. The path of a finding begins with `certificates[<index of the set>]`. */
export function analyzeCertificates(
  sets: readonly CertificateSet[],
  rules: readonly Rule[],
  sources: CertificateSources,
): Finding[] {
  return sets.flatMap((set, index) =>
    rules.flatMap((rule) =>
      rule.on === "certificates"
        ? [...rule.detect(set, sources)].map((detection) =>
            findingOf(rule, { ...detection, path: `certificates[${index}].${detection.path}` }),
          )
        : [],
    ),
  );
}

/** Judges what an input shows about a host. */
export function analyzeHost(history: HostHistory, rules: readonly Rule[]): Finding[] {
  return rules.flatMap((rule) =>
    rule.on === "host"
      ? [...rule.detect(history)].map((detection) =>
          findingOf(rule, { ...detection, path: `host.${detection.path}` }),
        )
      : [],
  );
}

/** Judges whether backups can be restored. */
export function analyzeBackups(backups: readonly JudgedBackup[], rules: readonly Rule[]): Finding[] {
  return backups.flatMap((backup) =>
    rules.flatMap((rule) =>
      rule.on === "backup" ? [...rule.detect(backup)].map((detection) => findingOf(rule, detection)) : [],
    ),
  );
}

function findingOf(rule: Rule, detection: Detection): Finding {
  return {
    ruleId: rule.meta.id,
    severity: detection.severity ?? rule.meta.severity,
    breaks: detection.breaks === undefined ? rule.meta.breaks : detection.breaks,
    variable: detection.variable ?? null,
    path: detection.path,
    span: detection.span,
    message: rule.message(detection.facts),
    facts: detection.facts,
    repair: detection.repair ?? null,
  };
}

/** The first answer that applies. The severity of findings has no influence, only what they break. */
function verdictOf(
  { firmware }: VmSource,
  nvram: Nvram,
  load: LoadVerdict | null,
  findings: readonly Finding[],
): Verdict {
  if (load === null) return "unknown";
  if (nvram.blob === null) return "unreadable";
  // A BIOS VM starts without its NVRAM. It would not start if somebody switched it to UEFI.
  if (!load.loads) return firmware === "bios" ? "at-risk" : "unbootable";
  return breaksSomething(findings) ? "at-risk" : "healthy";
}

/** The verdict where the record holds no EFI variables: `unknown` for a UEFI VM that may have been started, and so had some. */
function verdictWithout(vm: VmSource, findings: readonly Finding[]): Verdict {
  if (breaksSomething(findings)) return "at-risk";
  return vm.firmware === "uefi" && startEvidence(vm).started !== "no" ? "unknown" : "no-nvram";
}

function breaksSomething(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.breaks !== null);
}
