/**
 * What a remedy is: what to do about one condition, as data. One file each; `index.ts` lists them. Every report prints the same
 * steps from it.
 */
import type { FormatId, VmKind } from "../../parsers/model.ts";
import type { Facts, Verdict } from "../../rules/engine/rule.ts";
import type { VariableRef } from "../../rules/engine/variable-ref.ts";
import type { Advice } from "../advice.ts";

/** `here`: where varscope runs. `pool-master`: dom0 of the pool's master, as root. `host`: dom0 of every host that it says. */
export const PLACES = [
  "here",
  "pool-master",
  "host",
  "guest-windows",
  "guest-linux",
  "xen-orchestra",
] as const;
export type Where = (typeof PLACES)[number];

/** `xcp-ng-8.3-fixed`: with varstored 1.2.0-3.4 or newer, which brings Microsoft's certificates of 2023. */
export const PRODUCTS = ["xcp-ng-8.2", "xcp-ng-8.3", "xcp-ng-8.3-fixed", "xenserver-8", "any"] as const;
export type Product = (typeof PRODUCTS)[number];

export interface NextStep {
  readonly where: Where;
  /** A sentence without its point. */
  readonly title: string;
  /** Lines of a shell (of the guest's own inside it), every word of an input quoted. */
  readonly commands: readonly string[];
  /** What it may cost. */
  readonly caution: string | null;
  /** What one sees when it worked. */
  readonly expect: string | null;
  /** How to go back. */
  readonly undo: string | null;
}

/** What a step says besides where, what and how: all of it may be left out. */
export type StepWords = Partial<Pick<NextStep, "caution" | "expect" | "undo">>;

export function step(
  where: Where,
  title: string,
  commands: readonly string[] = [],
  { caution = null, expect = null, undo = null }: StepWords = {},
): NextStep {
  return { where, title, commands, caution, expect, undo };
}

/** Where the copy of an NVRAM lies, which decides what can be written. */
export type Place = "vm" | "view" | "template" | "snapshot" | "backup" | "saved-state";

export interface Symptom {
  readonly ruleId: string;
  readonly facts: Facts;
  readonly variable: VariableRef | null;
}

/** A backup of the same VM, made before the one at hand, that holds an NVRAM. */
export interface OlderBackup {
  readonly path: string;
  /** ISO 8601 UTC. */
  readonly timestamp: string;
  /** Of the copy that a restore of it takes. */
  readonly source: string;
  /** Whether it is the last good one; where none is good, it is the newest that has an NVRAM at all. */
  readonly isGood: boolean;
  /** Whether that NVRAM needs no repair: it is not good where the rest of the backup is missing. */
  readonly starts: boolean;
}

/** Who a remedy is for: one copy of an NVRAM, or an input by itself. */
export interface Patient {
  readonly path: string;
  readonly format: FormatId | null;
  /** Its place in `vms`; null for the input itself. */
  readonly vm: number | null;
  /** Of its own record. */
  readonly uuid: string | null;
  /** Present where that is another one: the VM that a backup, and the snapshot in it, was made of. Hosts are told this one. */
  readonly vmUuid?: string;
  readonly nameLabel: string | null;
  readonly kind: VmKind;
  readonly source: string;
  readonly place: Place;
  readonly verdict: Verdict | null;
  readonly errorCode: string | null;
  /** The whole of that error; only where there is one. */
  readonly errorMessage?: string;
  /** Of the findings that the remedy is for, the first of each rule; at most MAX_SYMPTOMS. */
  readonly symptoms: readonly Symptom[];
  /** The result of a repair; null where none was tried. */
  readonly advice: Advice | null;
  /** Present where its record says so: a resume takes another NVRAM, and a shutdown has to wait for it. */
  readonly isSuspended?: true;
  /** Present where its own backup has no NVRAM, and an older one of the same run has. */
  readonly older?: OlderBackup;
  /** Present where the same run saw several backups of it, and none of them is known to be good. */
  readonly isNoneGood?: true;
}

export interface Subject {
  /** Those that need the same steps: never none, and not more than can be named. */
  readonly patients: readonly [Patient, ...Patient[]];
  /** Those that are not named. */
  readonly more: number;
  /** How varscope is called. */
  readonly program: string;
}

/** The steps for one product. */
export interface Variant {
  readonly product: Product;
  readonly steps: readonly NextStep[];
  /** Which of several ways it is, where one product has several. */
  readonly way?: string;
  /** What comes after them are the steps of that other product; the last of these says so. */
  readonly continuedBy?: Product;
}

export interface Remedy {
  /** Kebab-case, the file's name. */
  readonly id: string;
  /** Rules whose findings it is for. */
  readonly ruleIds: readonly string[];
  /** Codes of errors that it is for. */
  readonly errorCodes?: readonly string[];
  /** True where nothing of it works on an NVRAM that varstored refuses: that one is repaired first. */
  readonly needsLoading?: boolean;
  /** Ids of remedies that this one does as well. */
  readonly includes?: readonly string[];
  /** Patients with another text here need other steps. */
  readonly group?: (patient: Patient) => string;
  /** What it is about, as a short sentence without its point. */
  readonly title: (subject: Subject) => string;
  readonly variants: (subject: Subject) => readonly Variant[];
  /** Where it is known from. */
  readonly source: readonly string[];
}

/** The same steps whatever the host is. */
export function anyProduct(...steps: readonly (NextStep | readonly NextStep[])[]): Variant[] {
  return [{ product: "any", steps: steps.flat() }];
}

export function forProduct(product: Product, ...steps: readonly (NextStep | readonly NextStep[])[]): Variant {
  return { product, steps: steps.flat() };
}

/** A fact of the first finding of a rule; undefined where there is none. */
export function factOf(
  patient: Pick<Patient, "symptoms">,
  ruleId: string,
  name: string,
): Facts[string] | undefined {
  return patient.symptoms.find((one) => one.ruleId === ruleId)?.facts[name];
}

export function hasRule(patient: Pick<Patient, "symptoms">, ...ruleIds: readonly string[]): boolean {
  return patient.symptoms.some(({ ruleId }) => ruleIds.includes(ruleId));
}
