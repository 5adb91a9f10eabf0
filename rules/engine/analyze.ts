/** Runs rules over one copy of an NVRAM and says its verdict. */

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

/** Judges all copies that one input holds; each rule sees the other copies of its VM as `siblings`. */
export function analyzeVms(
  vms: readonly VmSource[],
  rules: readonly Rule[],
  settings: AnalysisSettings,
  boots: ReadonlyMap<VmSource, JudgedBoot> = NO_BOOTS,
): VmAnalysis[] {
  return [...analyzeVmsInTurn(vms, rules, settings, boots)];
}

/** The same one by one: of an input with thousands of copies no analysis waits for the others. */
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
    // More of them are no copies of one VM, and each beside each other would take minutes.
    const isCrafted = copies.length > PARSER_LIMITS.maxCopiesOfVm;
    const siblings = isCrafted ? [] : copies.filter((copy) => copy !== vm);
    yield analyzeVm(vm, rules, settings, siblings, holderOf(vm, holders), boots.get(vm) ?? null);
  }
}

const NO_HOLDERS: ReadonlyMap<string, VmSource> = new Map();
const NO_BOOTS: ReadonlyMap<VmSource, JudgedBoot> = new Map();

/** The only copies of which somebody asks whether their variables stand elsewhere. */
function isEmptyUefi({ nvram, firmware }: VmSource): boolean {
  return nvram === null && firmware === "uefi";
}

/** Copies of snapshots that hold an NVRAM, by what leads from their VM to them. */
function holdersOf(vms: readonly VmSource[]): ReadonlyMap<string, VmSource> {
  const holders = new Map<string, VmSource>();
  for (const vm of vms) {
    if (vm.kind !== "snapshot" || vm.nvram?.state !== "present") continue;
    const keys = [metadataKey(vm), snapshotKey(vm.fields.get("snapshot_of")), backupKey(vm)];
    for (const key of keys) if (key !== null && !holders.has(key)) holders.set(key, vm);
  }
  return holders;
}

/** A snapshot taken before the first start holds none; so only its VM is looked up by the first two, and it by the third. */
function holderOf(vm: VmSource, holders: ReadonlyMap<string, VmSource>): VmSource | null {
  if (!isEmptyUefi(vm)) return null;
  const keys =
    vm.kind === "snapshot" ? [metadataKey(vm)] : [snapshotKey(vm.fields.get("_ref")), backupKey(vm)];
  const found = keys.map((key) => (key === null ? undefined : holders.get(key)));
  return found.find((holder) => holder !== undefined && holder !== vm) ?? null;
}

const METADATA_COPY = "snapshot_metadata.NVRAM";

/** A snapshot's two copies were made at the same moment. */
function metadataKey({ uuid, source }: VmSource): string | null {
  return uuid === null ? null : `metadata ${uuid} ${source.replace(METADATA_COPY, "NVRAM")}`;
}

function snapshotKey(ref: string | undefined): string | null {
  return ref === undefined || ref === "OpaqueRef:NULL" ? null : `snapshot of ${ref}`;
}

/** What Xen Orchestra wrote of the VM and of its snapshot at one time. */
function backupKey({ backup }: VmSource): string | null {
  if (backup === undefined || backup.vmUuid === null || backup.timestamp === null) return null;
  return `backup ${backup.vmUuid} ${backup.timestamp}`;
}

/** Judges one copy of an NVRAM. The findings stand in the order of `rules`. */
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
    findings: settledOf(vm, load, findings),
  };
}

/** What a guest shows of itself: nobody loads it, so that nothing is known of a start, and a repair is one of the NVRAM. */
function analyzeView(vm: VmSource, rules: readonly Rule[], context: RuleContext): VmAnalysis {
  const found: Finding[] = [];
  for (const rule of rules) if (rule.meta.ofViews === true) runRule(rule, context, found);
  const findings = byHand(
    found.map((finding) => ({
      ...finding,
      span: null,
      breaks: finding.breaks === "start" ? null : finding.breaks,
    })),
    "Get the NVRAM that the host keeps of this VM, and repair that",
  );
  return { vm, load: null, verdict: breaksSomething(findings) ? "at-risk" : "unknown", findings };
}

/** The findings, with such repairs as `repair` makes of this copy. */
function settledOf(vm: VmSource, load: LoadVerdict | null, findings: readonly Finding[]): readonly Finding[] {
  if (isResumeFile(vm)) return byHand(findings, OF_SAVED_STATE);
  return load === null ? findings : settled(findings, load);
}

/** No repair where the whole blob is beyond it; one that only comes with others not without them. */
function settled(findings: readonly Finding[], load: LoadVerdict): readonly Finding[] {
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

/** A saved state is no NVRAM that could be repaired: the host drops it when the VM is shut down. */
const OF_SAVED_STATE = "Resume the VM and shut it down, then repair the NVRAM of its record";

function byHand(findings: readonly Finding[], title: string): readonly Finding[] {
  return findings.map((finding) => {
    const { repair } = finding;
    if (repair === null || repair.applicability === "manual") return finding;
    return { ...finding, repair: { applicability: "manual", title, patches: [] } };
  });
}

/** A place of the blob that the loader refuses, and that no strategy mends. */
function isBeyondRepair({ breaks, span, repair }: Finding): boolean {
  return breaks === "start" && span !== null && (repair === null || repair.applicability === "manual");
}

/** What rules and reasoning ask of one copy; null where the record holds no EFI variables. */
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
  // Named one by one: a spread takes longer than what most rules do.
  const { platform, knowledge, asOf } = settings;
  const signaturesOf = (variable: EfiVariable): SignatureDatabase => databaseOf(variable, platform);
  const keys = (): KeyState => keyStateOf(nvram.blob, { platform, knowledge, signaturesOf });
  return { platform, knowledge, asOf, vm, siblings, nvram, blob: nvram.blob, load, signaturesOf, keys };
}

/** Adds what a rule finds. */
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

/** Judges the certificates of pools and hosts; a finding's path begins with the set's place among them. */
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

/** Judges what an input tells of a host. */
export function analyzeHost(history: HostHistory, rules: readonly Rule[]): Finding[] {
  return rules.flatMap((rule) =>
    rule.on === "host"
      ? [...rule.detect(history)].map((detection) =>
          findingOf(rule, { ...detection, path: `host.${detection.path}` }),
        )
      : [],
  );
}

/** Judges what an input shows of backups. */
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

/** Decided in this order; severity never decides it. */
function verdictOf(
  { firmware }: VmSource,
  nvram: Nvram,
  load: LoadVerdict | null,
  findings: readonly Finding[],
): Verdict {
  if (load === null) return "unknown";
  if (nvram.blob === null) return "unreadable";
  // With BIOS nobody loads it: the VM starts, and would not by UEFI.
  if (!load.loads) return firmware === "bios" ? "at-risk" : "unbootable";
  return breaksSomething(findings) ? "at-risk" : "healthy";
}

/** Of a record whose map is there and holds no variables: nothing is known of a UEFI VM that may have had some. */
function verdictWithout(vm: VmSource, findings: readonly Finding[]): Verdict {
  if (breaksSomething(findings)) return "at-risk";
  return vm.firmware === "uefi" && startEvidence(vm).started !== "no" ? "unknown" : "no-nvram";
}

function breaksSomething(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.breaks !== null);
}
