/** What a rule is, what it finds, and how it describes a repair. */

import type { LoadVerdict } from "../../daemon/varstored-loader.ts";
import type { SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import type { HostHistory } from "../../parsers/host/history.ts";
import type {
  CertificateSet,
  EfiVariable,
  Nvram,
  Span,
  VarstoredBlob,
  VmSource,
} from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";
import type { Restorable } from "../backup/restorable.ts";
import type { JudgedBoot, LookedAtDisks } from "../boot/judged-boot.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import type { CertificateSources } from "../knowledge/stored-certificates.ts";
import type { Topic } from "../reasoning/topics.ts";
import type { KeyState } from "./key-state.ts";
import type { Strategy } from "./strategy.ts";

export type Severity = "error" | "warning" | "info";
/** What a finding breaks: the next start, later updates of keys, Secure Boot, a restore; null: nothing. */
export type Breaks = "start" | "update" | "secure-boot" | "restore" | null;
/** `safe`: loses no signature that counts. `unsafe`: applied only where nothing else saves the blob. `manual`: varscope only says what to do. */
export type Applicability = "safe" | "unsafe" | "manual";
export type FactValue = string | number | boolean | null | readonly string[] | readonly number[];
export type Facts = Readonly<Record<string, FactValue>>;

/**
 * One edit of a blob. patch.ts applies it and computes lengths, counts and offsets; a rule never does. Only `delete-variable`,
 * `drop-rest` and `replace-data` can remove bytes. `take-found` adds to the count the whole records that leftover.ts finds behind the last counted one.
 */
export type Patch =
  | { readonly op: "replace-data"; readonly index: number; readonly data: Uint8Array }
  | { readonly op: "set-attributes"; readonly index: number; readonly attributes: number }
  | { readonly op: "delete-variable"; readonly index: number }
  | { readonly op: "take-found" }
  | { readonly op: "drop-rest" }
  | { readonly op: "rewrite-header" }
  | { readonly op: "rewrite-text" };

export interface Repair {
  readonly applicability: Applicability;
  /** The only strategies that apply it. Absent: a `safe` repair is applied by all of them, an `unsafe` one by `remove`, and only where the blob would not load otherwise. */
  readonly strategies?: readonly Strategy[];
  /**
   * This finding goes away through the repairs of other findings; it has no patches of its own. `with-any`: through any repair at all,
   * so the report mentions it only where something else is repaired.
   */
  readonly announced?: true | "with-any";
  readonly title: string;
  /** Empty for `manual`, and where the repair is only announced. */
  readonly patches: readonly Patch[];
}

/** A repair whose patches are made only when they are read, because making them copies the variable's data. */
export function deferredRepair(
  { applicability, strategies, title }: Omit<Repair, "patches">,
  patches: () => readonly Patch[],
): Repair {
  return new DeferredRepair(applicability, strategies, title, patches);
}

/** A class, because defining a getter on an object literal takes longer than making the rest of the finding. */
class DeferredRepair implements Repair {
  readonly applicability: Applicability;
  declare readonly strategies?: readonly Strategy[];
  readonly title: string;
  readonly #patches: () => readonly Patch[];

  constructor(
    applicability: Applicability,
    strategies: readonly Strategy[] | undefined,
    title: string,
    patches: () => readonly Patch[],
  ) {
    this.applicability = applicability;
    if (strategies !== undefined) this.strategies = strategies;
    this.title = title;
    this.#patches = patches;
  }

  get patches(): readonly Patch[] {
    return this.#patches();
  }
}

/** What a rule yields for one fault. `severity` and `breaks` default to those of its meta. */
export interface Detection {
  readonly variable?: EfiVariable;
  /** Path below the NVRAM, such as `variables[3].data`; "" is the NVRAM itself. */
  readonly path: string;
  /** Range of bytes in the blob; null where the fault is not in the blob. */
  readonly span: Span | null;
  readonly facts: Facts;
  readonly severity?: Severity;
  readonly breaks?: Breaks;
  readonly repair?: Repair;
}

export interface RuleDocs {
  /** What the rule looks for. */
  readonly what: string;
  /** Who suffers, when, and on which versions. */
  readonly why: string;
  /** What its repair does and why that is safe or not; or what to do by hand. */
  readonly repair: string;
  /** What looks similar, but is not a fault. */
  readonly notAFault?: string;
  readonly references: readonly string[];
}

export interface RuleMeta {
  /** Name of the fault, in kebab-case; also the name of the file. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly breaks: Breaks;
  /** How often a finding has a repair that some strategy applies. */
  readonly repairable: "never" | "sometimes" | "always";
  /** Also runs on the variables that a guest reads in its own efivarfs. Only for rules that need one variable at a time, and no variable to be complete. */
  readonly ofViews?: true;
  /** First version of varscope that has the rule. */
  readonly since: string;
  readonly docs: RuleDocs;
}

/** What a rule may use besides the object that it is called with. */
export interface RuleContext {
  readonly vm: VmSource;
  /** Other copies of this VM's NVRAM in the same input. */
  readonly siblings: readonly VmSource[];
  readonly nvram: Nvram;
  /** Null where the bytes are no VARS blob. */
  readonly blob: VarstoredBlob | null;
  /** Whether varstored loads it. Null where the NVRAM is redacted or missing. */
  readonly load: LoadVerdict | null;
  /** Signature lists of a variable, read once per analysis. */
  readonly signaturesOf: (variable: EfiVariable) => SignatureDatabase;
  /** What PK, KEK, db and dbx hold; read at the first call, and remembered. */
  readonly keys: () => KeyState;
  readonly platform: Platform;
  readonly knowledge: Knowledge;
  /** Date by which validity is judged, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Only for rules/reasoning/: no rule reads it. */
  readonly disks?: LookedAtDisks;
}

interface RuleBase {
  readonly meta: RuleMeta;
  /** Questions that a finding raises: `explain RULE PATH` answers them for that NVRAM. Absent where it raises none. */
  readonly topics?: readonly Topic[];
  /** Makes one sentence from the facts. Where numbers are compared, it names both. */
  readonly message: (facts: Facts) => string;
}

/** Called once for each NVRAM that a record has. */
export interface NvramRule extends RuleBase {
  readonly on: "nvram";
  readonly detect: (nvram: Nvram, context: RuleContext) => Iterable<Detection>;
}

/** Called once for each VM record, also where the record holds no EFI variables. */
export interface RecordRule extends RuleBase {
  readonly on: "record";
  /** `heldBy`: a copy in the same input which shows that this NVRAM was not empty before; null where there is none. */
  readonly detect: (vm: VmSource, heldBy: VmSource | null) => Iterable<Detection>;
}

/** Called once for each NVRAM that is a VARS blob. */
export interface BlobRule extends RuleBase {
  readonly on: "blob";
  readonly detect: (blob: VarstoredBlob, context: RuleContext) => Iterable<Detection>;
}

/** Called once for each variable for which `concerns` says yes. */
export interface VariableRule extends RuleBase {
  readonly on: "variable";
  /** Called for every variable of every input, so it has to be cheap. It usually says no. */
  readonly concerns: (variable: EfiVariable) => boolean;
  readonly detect: (variable: EfiVariable, context: RuleContext) => Iterable<Detection>;
}

/** Called once for each set of certificates of a pool or host record. There is no NVRAM, so its findings have no patches. */
export interface CertificatesRule extends RuleBase {
  readonly on: "certificates";
  readonly detect: (set: CertificateSet, sources: CertificateSources) => Iterable<Detection>;
}

/** Called once for each host that an input describes. There is no NVRAM, so its findings have no patches. */
export interface HostRule extends RuleBase {
  readonly on: "host";
  readonly detect: (history: HostHistory) => Iterable<Detection>;
}

/** Called once for each copy whose disks were read (`--boot`). */
export interface BootRule extends RuleBase {
  readonly on: "boot";
  readonly detect: (boot: JudgedBoot) => Iterable<Detection>;
}

/** A backup, or an export without a backup's metadata, and whether it can be restored. */
export interface JudgedBackup {
  /** Name of the VM, else its UUID; null for an export without metadata. */
  readonly vm: string | null;
  /** For people, in UTC; null for an export without metadata. */
  readonly timestamp: string | null;
  /** Path to it in the input. */
  readonly place: string;
  readonly restorable: Restorable;
  /** How many more backups of the same input are left out of the list of findings. */
  readonly more: number;
}

/** Called once for each backup whose metadata an input holds, and for each export without metadata. */
export interface BackupRule extends RuleBase {
  readonly on: "backup";
  readonly detect: (backup: JudgedBackup) => Iterable<Detection>;
}

export type Rule =
  | RecordRule
  | NvramRule
  | BlobRule
  | VariableRule
  | CertificatesRule
  | HostRule
  | BackupRule
  | BootRule;

/** A detection with all that a report says about it. */
export interface Finding {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly breaks: Breaks;
  readonly variable: EfiVariable | null;
  /** Path below the NVRAM. The report puts the path of the VM in front of it. */
  readonly path: string;
  readonly span: Span | null;
  readonly message: string;
  readonly facts: Facts;
  readonly repair: Repair | null;
}

export type Verdict = "healthy" | "at-risk" | "unbootable" | "unreadable" | "unknown" | "no-nvram";

/** The result for one copy of an NVRAM. */
export interface VmAnalysis {
  readonly vm: VmSource;
  readonly load: LoadVerdict | null;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}
