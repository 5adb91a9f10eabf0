/** The report as users, scripts and tests rely on it (`--format json`, `varscope schema report`). */

import { startBytes, usedBytes } from "../../daemon/space.ts";
import { toHex } from "../../parsers/bytes.ts";
import { AUTH_HEADER_BYTES, readAuthHeader } from "../../parsers/efi/auth-header.ts";
import { formatEfiTime } from "../../parsers/efi/time.ts";
import type { ParseError } from "../../parsers/errors.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type {
  ArchiveTally,
  AuthTarget,
  BackupRef,
  CertificateSet,
  EfiVariable,
  Firmware,
  FormatId,
  NvramState,
  Span,
  VmKind,
} from "../../parsers/model.ts";
import { type SecureBootSetting, secureBootSetting } from "../../parsers/records/secure-boot.ts";
import { notLookedAt, type Restorable } from "../backup/restorable.ts";
import type { BaselineReport } from "../baseline/report.ts";
import type { SinceReport } from "../baseline/since.ts";
import type { ClusterReport } from "../clusters/report.ts";
import {
  type CertificateSources,
  certificateName,
  storedCertificates,
} from "../knowledge/stored-certificates.ts";
import type { TimelineReport } from "../timeline/report.ts";
import type { HostReport } from "./host-report.ts";
import type { MachineCounts } from "./machines.ts";
import { plantedKeys } from "./planted-keys.ts";
import type { Applicability, Breaks, Facts, Finding, Severity, Verdict, VmAnalysis } from "./rule.ts";

export const SCHEMA_VERSION = 1;

/** A variable's identity: names are no UTF-16 for certain, so `nameHex` stands beside one that is none. */
export interface VariableRef {
  readonly name: string;
  readonly nameHex?: string;
  readonly guid: string | null;
}

export interface VariableReport extends VariableRef {
  readonly index: number;
  readonly attributes: number;
  /** Length of the data. */
  readonly bytes: number;
  readonly timestamp: string | null;
}

export interface NvramReport {
  readonly state: NvramState;
  readonly version: number | null;
  /** Length of the blob. */
  readonly bytes: number | null;
  readonly variableCount: number;
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly runtimeBytes: number;
  readonly loads: boolean | null;
  readonly refusal: { code: string; message: string; offset: number; variable: VariableRef | null } | null;
  readonly variables: readonly VariableReport[];
}

export interface FindingReport {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly breaks: Breaks;
  readonly variable: VariableRef | null;
  readonly path: string;
  readonly span: Span | null;
  readonly message: string;
  readonly facts: Facts;
  readonly repair: { applicability: Applicability; title: string } | null;
}

/** The backup that a copy stands in, and whether a restore of it finds what it takes. */
export interface BackupReport extends Omit<BackupRef, "needs"> {
  readonly restorable: Restorable;
}

export interface VmReport {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly kind: VmKind;
  readonly source: string;
  readonly firmware: Firmware;
  readonly secureBoot: boolean | null;
  /** As the record has it. */
  readonly secureBootSetting: SecureBootSetting;
  /** `secureboot_certificates_state` of the record: what XAPI thinks of its certificates; null where the record has none. */
  readonly xapiState: string | null;
  readonly nvram: NvramReport | null;
  /** Null for what stands in no backup's metadata. */
  readonly backup: BackupReport | null;
  readonly verdict: Verdict;
  readonly findings: readonly FindingReport[];
  /** Only where the run is compared with an earlier report. */
  readonly since?: SinceReport;
}

/** What timelines, clusters and totals ask of a copy. */
export interface BriefCopy
  extends Pick<VmReport, "uuid" | "nameLabel" | "kind" | "source" | "backup" | "verdict"> {
  readonly findings: readonly Pick<FindingReport, "ruleId" | "severity" | "breaks">[];
}

export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly path: string;
  readonly offset: number | null;
}

/** The certificates of a pool or host, and what they plant in a VM that starts for the first time. */
export interface CertificatesReport {
  readonly kind: CertificateSet["kind"];
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly source: string;
  /** False where another set counts before this one; null where that is not known. */
  readonly active: boolean | null;
  /** Of one `.auth` file by itself; null of a set. */
  readonly file: AuthFileReport | null;
  readonly plants: readonly {
    readonly name: string;
    /** Length of the signature lists. */
    readonly bytes: number;
    readonly signatures: number;
    /** Names of its X.509 certificates. */
    readonly certificates: readonly string[];
    readonly timestamp: string | null;
  }[];
}

export interface AuthFileReport {
  readonly name: string;
  /** False where it can be written only to a VM that has no PK yet. */
  readonly signed: boolean;
  /** Null where nothing tells it. */
  readonly target: AuthTarget | null;
}

export interface InputReport {
  readonly path: string;
  /** The file's place among all that the command line names, from 0; the members of an archive share it. */
  readonly place: number;
  readonly format: FormatId | null;
  readonly error: ErrorReport | null;
  readonly findings: readonly FindingReport[];
  readonly certificates: readonly CertificatesReport[];
  readonly skipped: { controlDomains: number; defaultTemplates: number };
  /** Only where the input is an archive of others. */
  readonly archive?: ArchiveTally;
  /** Only where the input tells of a host. */
  readonly host?: HostReport;
  readonly vms: readonly VmReport[];
  /** Of its own findings; only where the run is compared with an earlier report. */
  readonly since?: SinceReport;
}

export interface Summary {
  readonly inputs: number;
  readonly failed: number;
  readonly unrecognised: number;
  readonly vms: number;
  readonly sources: number;
  readonly byVerdict: Readonly<Partial<Record<Verdict, number>>>;
  readonly byRule: Readonly<Record<string, number>>;
}

/** Totals of a whole run. */
export interface RunSummary extends Summary, MachineCounts {}

export interface Report {
  readonly schemaVersion: number;
  readonly tool: { readonly name: string; readonly version: string };
  readonly asOf: string;
  readonly inputs: readonly InputReport[];
  readonly summary: RunSummary;
  /** One a VM of which there are backups. */
  readonly timelines: readonly TimelineReport[];
  /** Copies in backups that are in no timeline, because there are too many; missing where all are. */
  readonly timelineCopiesLeftOut?: number;
  /** Only where they are asked for. */
  readonly clusters?: readonly ToldCluster[];
  readonly baseline?: BaselineReport;
}

/** A cluster with what to do about it. */
export interface ToldCluster extends ClusterReport {
  readonly next: readonly { readonly text: string; readonly commands: readonly string[] }[];
}

export function variableRef(variable: EfiVariable): VariableRef {
  const hex = variable.nameIsValid ? {} : { nameHex: toHex(variable.nameBytes) };
  return { name: variable.name.toWellFormed(), ...hex, guid: variable.vendorGuid };
}

export function variableReport(variable: EfiVariable): VariableReport {
  return {
    index: variable.index,
    ...variableRef(variable),
    attributes: variable.attributes,
    bytes: variable.data.length,
    timestamp: formatEfiTime(variable.timestamp),
  };
}

export function errorReport(error: ParseError): ErrorReport {
  return { code: error.code, message: error.message, path: error.path, offset: error.offset };
}

/** One element of `vms`. `index` is its place there; `restorable` is what is known of the backup that it stands in. */
export function vmReport(
  analysis: VmAnalysis,
  index: number,
  restorable: Restorable = notLookedAt("nobody looked beside it"),
): VmReport {
  const { vm, verdict, findings } = analysis;
  const prefix = `vms[${index}].${vm.source}.EFI-variables`;
  return {
    uuid: vm.uuid,
    nameLabel: vm.nameLabel,
    kind: vm.kind,
    source: vm.source,
    firmware: vm.firmware,
    secureBoot: vm.secureBoot,
    secureBootSetting: secureBootSetting(vm),
    xapiState: vm.fields.get("secureboot_certificates_state") ?? null,
    nvram: nvramReport(analysis),
    backup: vm.backup === undefined ? null : backupReport(vm.backup, restorable),
    verdict,
    findings: findings.map((finding) => findingReport(finding, prefix)),
  };
}

function backupReport({ needs: _, ...ref }: BackupRef, restorable: Restorable): BackupReport {
  return { ...ref, restorable };
}

function nvramReport({ vm, load }: VmAnalysis): NvramReport | null {
  const { nvram } = vm;
  if (nvram === null) return null;
  const variables = nvram.blob?.variables ?? [];
  return {
    state: nvram.state,
    version: nvram.blob?.version ?? null,
    bytes: nvram.bytes?.length ?? null,
    variableCount: variables.length,
    usedBytes: usedBytes(variables),
    limitBytes: VARSTORED_LIMITS.TOTAL_LIMIT,
    runtimeBytes: nvram.blob === null ? 0 : startBytes(vm, variables),
    loads: load?.loads ?? null,
    refusal: refusalReport(load, variables),
    variables: variables.map(variableReport),
  };
}

function refusalReport(load: VmAnalysis["load"], variables: readonly EfiVariable[]): NvramReport["refusal"] {
  if (load === null || load.refusal === null) return null;
  const { code, message, offset, variable } = load.refusal;
  const known = variable === null ? undefined : variables[variable.index];
  if (known !== undefined) return { code, message, offset, variable: variableRef(known) };
  return {
    code,
    message,
    offset,
    variable: variable === null ? null : { name: variable.name.toWellFormed(), guid: variable.guid },
  };
}

export function certificatesReport(set: CertificateSet, sources: CertificateSources): CertificatesReport {
  const { kind, uuid, nameLabel, source, isActive } = set;
  const plants = plantedKeys(set)
    .filter(({ fault }) => fault === null)
    .map(({ name, header, database }) => ({
      name,
      bytes: database.data.length,
      signatures: database.lists.reduce((sum, list) => sum + list.signatureCount, 0),
      certificates: storedCertificates(database, sources).map((one) =>
        certificateName(one, sources.platform),
      ),
      timestamp: header === null ? null : formatEfiTime(header.timestamp),
    }));
  return { kind, uuid, nameLabel, source, active: isActive, file: authFileReport(set), plants };
}

export function authFileReport({ source, files: [file] }: CertificateSet): AuthFileReport | null {
  if (source !== "file" || file === undefined) return null;
  const signatureEnd = readAuthHeader(file.bytes)?.payloadOffset ?? 0;
  return { name: file.name, signed: signatureEnd > AUTH_HEADER_BYTES, target: file.target ?? null };
}

/** `prefix` is the route to what the finding's own path begins at; "" for a finding of the input itself. */
export function findingReport(finding: Finding, prefix: string): FindingReport {
  const { ruleId, severity, breaks, variable, path, span, message, facts, repair } = finding;
  return {
    ruleId,
    severity,
    breaks,
    variable: variable === null ? null : variableRef(variable),
    path: [prefix, path].filter((part) => part !== "").join("."),
    span,
    message,
    facts,
    repair: repair === null ? null : { applicability: repair.applicability, title: repair.title },
  };
}

/** Totals over the inputs; `vms` counts records, `sources` copies of an NVRAM. */
export class SummaryCounter {
  readonly #byVerdict = new Map<string, number>();
  readonly #byRule = new Map<string, number>();
  /** Of the input whose copies are being counted. */
  readonly #records = new Set<string>();
  #inputs = 0;
  #failed = 0;
  #unrecognised = 0;
  #vms = 0;
  #sources = 0;

  /** A copy of the input that ends next. */
  addCopy({ uuid, verdict, findings }: BriefCopy): void {
    this.#records.add(uuid ?? `#${this.#sources}`);
    this.#sources++;
    bump(this.#byVerdict, verdict);
    for (const { ruleId } of findings) bump(this.#byRule, ruleId);
  }

  /** The input whose copies were counted before. */
  endInput({ error, findings }: Pick<InputReport, "error" | "findings">): void {
    this.#inputs++;
    if (error?.code === "unrecognised") this.#unrecognised++;
    else if (error !== null) this.#failed++;
    this.#vms += this.#records.size;
    this.#records.clear();
    for (const { ruleId } of findings) bump(this.#byRule, ruleId);
  }

  /** Adds what another counter came to. */
  merge(other: Summary): void {
    this.#inputs += other.inputs;
    this.#failed += other.failed;
    this.#unrecognised += other.unrecognised;
    this.#vms += other.vms;
    this.#sources += other.sources;
    for (const [verdict, count] of Object.entries(other.byVerdict)) bump(this.#byVerdict, verdict, count);
    for (const [ruleId, count] of Object.entries(other.byRule)) bump(this.#byRule, ruleId, count);
  }

  get summary(): Summary {
    return {
      inputs: this.#inputs,
      failed: this.#failed,
      unrecognised: this.#unrecognised,
      vms: this.#vms,
      sources: this.#sources,
      byVerdict: sorted(this.#byVerdict),
      byRule: sorted(this.#byRule),
    };
  }
}

function bump(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
