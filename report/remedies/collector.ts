/**
 * Which remedies the copies of an input need, kept small while they are judged one after the other: for each kind the first few
 * patients, which steps are typed for, and the places of all.
 */
import { viewOfCopy } from "../../parsers/guest/view.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import type { Advice } from "../advice.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import type { VmReport } from "../vm.ts";
import { REMEDIES } from "./index.ts";
import { isOtherFirmware } from "./not-read.ts";
import type { Patient, Place, Remedy, Symptom } from "./remedy.ts";

/** Patients of one kind that steps are typed for. */
export const MAX_NAMED_PATIENTS = 20;
/** How many kinds of needs are kept for one input; the rest is counted with the last. */
const MAX_NEEDS = 200;

/** One kind: a remedy, and those of one input that need the same steps of it. */
export interface Need {
  readonly remedy: string;
  readonly group: string;
  /** The first ones. */
  readonly patients: Patient[];
  /** Places in `vms` of all of them, in their order; empty where it is the input itself. */
  readonly vms: number[];
  readonly ruleIds: string[];
  worst: Verdict | null;
}

/** Worst first; what is not about one copy stands with what does not start, since VMs that are mended before get the fault again. */
export const VERDICT_ORDER: readonly Verdict[] = [
  "unbootable",
  "unreadable",
  "at-risk",
  "unknown",
  "no-nvram",
  "healthy",
];

export class NeedCollector {
  readonly #needs = new Map<string, Need>();

  /**
   * Adds a copy. `index`: its index in `vms`. `advice`: the result of a repair, where one was tried. Path and format of the input
   * are known only at the end.
   */
  addCopy(vm: VmReport, index: number, advice: Advice | null): void {
    for (const [remedy, symptoms] of remediesOf(vm, advice)) {
      this.#put(remedy, patientOf(vm, index, { advice, symptoms }));
    }
  }

  /** What is wrong with the input itself. */
  addInput(report: Pick<InputReport, "path" | "format" | "findings" | "error">, isNamed: boolean): void {
    const { path, format, error } = report;
    const loud = report.findings.filter(isTold);
    const self = {
      path,
      format,
      vm: null,
      uuid: null,
      nameLabel: null,
      kind: "unknown",
      source: "",
      place: "vm",
    } as const;
    for (const remedy of REMEDIES) {
      const symptoms = symptomsFor(remedy, loud);
      for (const told of symptoms.length === 0 ? [] : separately(remedy, symptoms)) {
        this.#put(remedy, { ...self, verdict: null, errorCode: null, symptoms: told, advice: null });
      }
      const isAnswer = error !== null && isNamed && remedy.errorCodes?.includes(error.code) === true;
      if (isAnswer)
        this.#put(remedy, {
          ...self,
          verdict: null,
          errorCode: error.code,
          errorMessage: error.message,
          symptoms: [],
          advice: null,
        });
    }
  }

  get needs(): readonly Need[] {
    return [...this.#needs.values()];
  }

  #put(remedy: Remedy, patient: Patient): void {
    const group = remedy.group?.(patient) ?? "";
    // A hostile database cannot make as many kinds as it has copies.
    const key = `${remedy.id}\n${this.#needs.size < MAX_NEEDS ? group : ""}`;
    let need = this.#needs.get(key);
    if (need === undefined) {
      need = { remedy: remedy.id, group, patients: [], vms: [], ruleIds: [], worst: patient.verdict };
      this.#needs.set(key, need);
    }
    if (patient.vm !== null) need.vms.push(patient.vm);
    if (need.patients.length < MAX_NAMED_PATIENTS) need.patients.push(patient);
    for (const { ruleId } of patient.symptoms) if (!need.ruleIds.includes(ruleId)) need.ruleIds.push(ruleId);
    if (isWorse(patient.verdict, need.worst)) need.worst = patient.verdict;
  }
}

/** What an input needs: its own findings, and its copies; `ofCopies` where those are not in `vms` any more. */
export function needsOfInput(
  report: Pick<InputReport, "path" | "format" | "findings" | "error" | "vms">,
  advice: readonly Advice[],
  isFailure: boolean,
  ofCopies: readonly Need[] | null,
): readonly Need[] {
  const collector = new NeedCollector();
  collector.addInput(report, isFailure);
  for (const [i, vm] of report.vms.entries()) collector.addCopy(vm, i, advice[i] ?? null);
  const needs = ofCopies === null ? collector.needs : [...collector.needs, ...ofCopies];
  // No host of this kind keeps what another firmware's store shows.
  const isForeign = report.error !== null && isOtherFirmware(report.error.message);
  return isForeign ? needs.filter(({ remedy }) => remedy !== "guest-view") : needs;
}

/** Splits the findings of a rule that are different things, such as events of Windows. */
function separately(remedy: Remedy, symptoms: readonly Symptom[]): (readonly Symptom[])[] {
  return remedy.group === undefined ? [symptoms] : symptoms.map((symptom) => [symptom]);
}

export function isWorse(a: Verdict | null, b: Verdict | null): boolean {
  return rankOf(a) < rankOf(b);
}

export function rankOf(verdict: Verdict | null): number {
  return verdict === null ? -1 : VERDICT_ORDER.indexOf(verdict);
}

function remediesOf(vm: VmReport, advice: Advice | null): [Remedy, readonly Symptom[]][] {
  const loud = vm.findings.filter(isTold);
  const place = placeOf(vm);
  if (vm.verdict === "healthy" && loud.length === 0) return [];
  if (place !== "vm") return elsewhere(vm, place, loud, advice);
  const refused = vm.verdict === "unbootable" || vm.verdict === "unreadable";
  const found = REMEDIES.flatMap((remedy): [Remedy, readonly Symptom[]][] => {
    const symptoms = symptomsFor(remedy, remedy.id === "update-on-boot" ? vm.findings : loud);
    if (symptoms.length === 0 || ELSEWHERE.has(remedy.id) || (refused && remedy.needsLoading === true))
      return [];
    return REPAIRS.has(remedy.id) ? [] : [[remedy, symptoms]];
  });
  const included = new Set(found.flatMap(([{ includes }]) => includes ?? []));
  const needed = [...repairsOf(vm, loud, advice), ...found.filter(([{ id }]) => !included.has(id))];
  if (needed.length > 0) return needed;
  return vm.verdict === "unknown"
    ? [[named("not-known"), []]]
    : vm.verdict === "healthy"
      ? []
      : [[named("no-nvram"), []]];
}

/** Remedies that varscope itself carries out. A backup that needs one gets its own remedy too. */
export const REPAIRS: ReadonlySet<string> = new Set(["repair", "untried-repair", "beyond-repair"]);
/** For copies that no host writes. */
const ELSEWHERE: ReadonlySet<string> = new Set(["snapshot", "backup", "template", "guest-view"]);

function repairsOf(
  vm: VmReport,
  loud: readonly FindingReport[],
  advice: Advice | null,
): [Remedy, readonly Symptom[]][] {
  const symptoms = symptomsFor(named("repair"), loud);
  const isRefused = vm.nvram?.loads === false && vm.firmware !== "bios";
  switch (advice?.kind) {
    case "repair":
      return [[named("repair"), symptoms]];
    case "beyond-repair":
      return isRefused ? [[named("beyond-repair"), symptoms]] : [];
    default:
      if (isRefused && advice?.kind === "nothing") return [[named("beyond-repair"), symptoms]];
      return symptoms.length > 0 && advice?.kind !== "nothing" ? [[named("untried-repair"), symptoms]] : [];
  }
}

function elsewhere(
  vm: VmReport,
  place: Exclude<Place, "vm">,
  loud: readonly FindingReport[],
  advice: Advice | null,
): [Remedy, readonly Symptom[]][] {
  const all = loud.map(symptomOf);
  if (place === "view") return [[named("guest-view"), all]];
  if (place === "saved-state") return [[named("saved-state"), all]];
  if (place === "snapshot") return [[named("snapshot"), all]];
  const lost = symptomsFor(named("nvram-lost"), loud);
  if (lost.length > 0) return [[named("nvram-lost"), lost]];
  const repairs = repairsOf(vm, loud, advice);
  if (place === "template") return repairs.length > 0 ? repairs : [[named("template"), all]];
  return [...repairs, [named("backup"), all]];
}

const MAX_SYMPTOMS = 10;

/** Rules whose findings ask for different things, by the fact that tells them apart. */
const KINDS_OF_RULE: Readonly<Record<string, string>> = {
  "windows-secure-boot-event": "id",
  "bad-attributes": "expected",
};

function symptomsFor({ ruleIds }: Remedy, findings: readonly FindingReport[]): Symptom[] {
  const first = new Map<string, Symptom>();
  for (const finding of findings) {
    const kind = KINDS_OF_RULE[finding.ruleId];
    const key = `${finding.ruleId}\n${kind === undefined ? "" : String(finding.facts[kind])}`;
    if (ruleIds.includes(finding.ruleId) && !first.has(key)) first.set(key, symptomOf(finding));
  }
  return [...first.values()].slice(0, MAX_SYMPTOMS);
}

function symptomOf({ ruleId, facts, variable }: FindingReport): Symptom {
  return { ruleId, facts, variable };
}

/** True for a finding that is only information, and needs no steps. */
function isTold({ severity, breaks }: FindingReport): boolean {
  return severity !== "info" || breaks !== null;
}

function patientOf(
  vm: VmReport,
  index: number,
  { advice, symptoms }: Pick<Patient, "advice" | "symptoms">,
): Patient {
  const { nameLabel, kind, source, verdict, backup } = vm;
  const place = placeOf(vm);
  const vmUuid = place === "backup" ? (backup?.vmUuid ?? null) : null;
  // Of a lost one there is nothing to name but the VM.
  const isLost = place === "backup" && symptoms.some(({ ruleId }) => ruleId === "nvram-lost");
  return {
    path: "",
    format: null,
    vm: index,
    uuid: isLost ? (vmUuid ?? vm.uuid) : vm.uuid,
    ...(vmUuid === null || isLost || vmUuid === vm.uuid ? {} : { vmUuid }),
    nameLabel,
    kind,
    source,
    place,
    verdict,
    errorCode: null,
    symptoms,
    advice,
    ...(vm.findings.some(({ ruleId }) => ruleId === SUSPENDED) ? { isSuspended: true } : {}),
  };
}

/** Its message is no symptom: nothing is wrong with a VM that is suspended. */
const SUSPENDED = "vm-suspended";

function placeOf(vm: Pick<VmReport, "kind" | "source" | "backup">): Place {
  if (isResumeFile(vm)) return "saved-state";
  if (viewOfCopy(vm) !== null) return "view";
  if (vm.kind === "snapshot" || (vm.source !== "NVRAM" && vm.source !== "vm.NVRAM"))
    return vm.backup === null ? "snapshot" : "backup";
  if (vm.backup !== null) return "backup";
  return vm.kind === "template" ? "template" : "vm";
}

const BY_ID: ReadonlyMap<string, Remedy> = new Map(REMEDIES.map((remedy) => [remedy.id, remedy]));

export function named(id: string): Remedy {
  const remedy = BY_ID.get(id);
  if (remedy === undefined) throw new TypeError(`no remedy ${id}`);
  return remedy;
}
