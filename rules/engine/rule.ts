/** What a rule is, what it finds, and how a repair is said. */

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
/** What goes wrong because of a finding. */
export type Breaks = "start" | "update" | "secure-boot" | "restore" | null;
/** safe: loses no signature that counts; unsafe: only when nothing else can save the blob; manual: never applied. */
export type Applicability = "safe" | "unsafe" | "manual";
export type FactValue = string | number | boolean | null | readonly string[] | readonly number[];
export type Facts = Readonly<Record<string, FactValue>>;

/**
 * An edit of a blob, in the model's language: a rule never computes a length or a count. Closed set, applied in patch.ts.
 * Bytes leave a blob only by `delete-variable`, `drop-rest` and `replace-data`; `take-found` counts in the whole records
 * that leftover.ts reads behind the last one.
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
  /** Only these apply it. Without: `safe` by every strategy, `unsafe` by remove where the blob would not load else. */
  readonly strategies?: readonly Strategy[];
  /**
   * What the repairs of other findings come to for this one. `with-any`: of whatever is repaired, so that it is told only
   * where something is.
   */
  readonly announced?: true | "with-any";
  readonly title: string;
  /** Empty for `manual`, and where it is only announced. */
  readonly patches: readonly Patch[];
}

/** A repair of which the patches are made when somebody asks for them: making them costs a copy of the variable. */
export function deferredRepair(
  { applicability, strategies, title }: Omit<Repair, "patches">,
  patches: () => readonly Patch[],
): Repair {
  return new DeferredRepair(applicability, strategies, title, patches);
}

/** A class, because a getter of an object literal takes longer to define than all else that a finding says. */
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

/** What a rule yields. Defaults for severity and breaks stand in its meta. */
export interface Detection {
  readonly variable?: EfiVariable;
  /** Route below the NVRAM, such as `variables[3].data`; "" is the NVRAM itself. */
  readonly path: string;
  /** Bytes of the blob; null when the place is not in it. */
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
  /** What looks alike and is no fault. */
  readonly notAFault?: string;
  readonly references: readonly string[];
}

export interface RuleMeta {
  /** Kebab-case, the file's name, names the fault. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly breaks: Breaks;
  /** Whether a finding brings a repair that a strategy can apply. */
  readonly repairable: "never" | "sometimes" | "always";
  /** Also asked of what a guest shows of itself: it needs nothing but the variables that it looks at, and says nothing of the rest. */
  readonly ofViews?: true;
  /** Version of varscope that brought it. */
  readonly since: string;
  readonly docs: RuleDocs;
}

/** What a rule may ask besides the node it is called with. */
export interface RuleContext {
  readonly vm: VmSource;
  /** The other copies of this VM's NVRAM in the same input. */
  readonly siblings: readonly VmSource[];
  readonly nvram: Nvram;
  /** Null where the bytes are no VARS blob. */
  readonly blob: VarstoredBlob | null;
  /** Null when redacted or not in the record. */
  readonly load: LoadVerdict | null;
  /** Signature lists of a variable, read once per analysis. */
  readonly signaturesOf: (variable: EfiVariable) => SignatureDatabase;
  /** What PK, KEK, db and dbx hold, read once per analysis and only if a rule asks. */
  readonly keys: () => KeyState;
  readonly platform: Platform;
  readonly knowledge: Knowledge;
  /** Date by which validity is judged, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** For reasoning alone. */
  readonly disks?: LookedAtDisks;
}

interface RuleBase {
  readonly meta: RuleMeta;
  /** Questions that a finding raises: `explain RULE PATH` answers them for that NVRAM. Absent where it raises none. */
  readonly topics?: readonly Topic[];
  /** One sentence from the facts; both numbers where two are compared. */
  readonly message: (facts: Facts) => string;
}

/** Called once for each NVRAM that a record has. */
export interface NvramRule extends RuleBase {
  readonly on: "nvram";
  readonly detect: (nvram: Nvram, context: RuleContext) => Iterable<Detection>;
}

/** Called once for each copy, also where the record holds no EFI variables. */
export interface RecordRule extends RuleBase {
  readonly on: "record";
  /** `heldBy`: a copy of the same input that proves that this one was not empty; null where there is none. */
  readonly detect: (vm: VmSource, heldBy: VmSource | null) => Iterable<Detection>;
}

/** Called once for each NVRAM that is a VARS blob. */
export interface BlobRule extends RuleBase {
  readonly on: "blob";
  readonly detect: (blob: VarstoredBlob, context: RuleContext) => Iterable<Detection>;
}

/** Called once for each variable that could be read and that it concerns. */
export interface VariableRule extends RuleBase {
  readonly on: "variable";
  /** Cheap: it is asked of every variable, and nearly always says no. */
  readonly concerns: (variable: EfiVariable) => boolean;
  readonly detect: (variable: EfiVariable, context: RuleContext) => Iterable<Detection>;
}

/** Called once for each set of certificates that a pool or host record carries. It has no NVRAM: patches would be of nothing. */
export interface CertificatesRule extends RuleBase {
  readonly on: "certificates";
  readonly detect: (set: CertificateSet, sources: CertificateSources) => Iterable<Detection>;
}

/** Called once for each host that an input tells of. It has no NVRAM either. */
export interface HostRule extends RuleBase {
  readonly on: "host";
  readonly detect: (history: HostHistory) => Iterable<Detection>;
}

/** Called once for each copy whose disks were read (`--boot`). */
export interface BootRule extends RuleBase {
  readonly on: "boot";
  readonly detect: (boot: JudgedBoot) => Iterable<Detection>;
}

/** A backup, or an export by itself, as far as its restore could be judged. */
export interface JudgedBackup {
  /** Its name, else its UUID; null for an export by itself. */
  readonly vm: string | null;
  /** As people read it; null for an export by itself. */
  readonly timestamp: string | null;
  /** Route to it in the input. */
  readonly place: string;
  readonly restorable: Restorable;
  /** Of the same input that are not told one by one. */
  readonly more: number;
}

/** Called once for each backup whose metadata an input holds, and for each export by itself. */
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

/** A detection with everything that a report says of it. */
export interface Finding {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly breaks: Breaks;
  readonly variable: EfiVariable | null;
  /** Route below the NVRAM; the report puts the VM's own route before it. */
  readonly path: string;
  readonly span: Span | null;
  readonly message: string;
  readonly facts: Facts;
  readonly repair: Repair | null;
}

export type Verdict = "healthy" | "at-risk" | "unbootable" | "unreadable" | "unknown" | "no-nvram";

/** One copy of an NVRAM, judged. */
export interface VmAnalysis {
  readonly vm: VmSource;
  readonly load: LoadVerdict | null;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}
