/** One copy of an NVRAM in the report: an element of `vms`. */
import { startBytes, usedBytes } from "../daemon/space.ts";
import { toHex } from "../parsers/bytes.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import { type View, viewOfCopy } from "../parsers/guest/view.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { BackupRef, EfiVariable, Firmware, NvramState, VmKind } from "../parsers/model.ts";
import { oncePer } from "../parsers/once-per.ts";
import type { Platform } from "../parsers/platform.ts";
import { type SecureBootSetting, secureBootSetting } from "../parsers/records/secure-boot.ts";
import { notLookedAt, type Restorable } from "../rules/backup/restorable.ts";
import { type VmReadiness, vmReadiness } from "../rules/engine/readiness.ts";
import type { Verdict, VmAnalysis } from "../rules/engine/rule.ts";
import { type VariableRef, variableRef } from "../rules/engine/variable-ref.ts";
import type { SinceReport } from "./baseline/since.ts";
import type { BootReport } from "./boot.ts";
import type { DetailReport } from "./detail/detail.ts";
import { type FindingReport, findingReport } from "./finding.ts";

export interface VariableReport extends VariableRef {
  readonly index: number;
  /** Attributes as a number; null where the input does not hold them. */
  readonly attributes: number | null;
  /** Length of the data in bytes. */
  readonly bytes: number;
  readonly timestamp: string | null;
}

export interface NvramReport {
  readonly state: NvramState;
  readonly version: number | null;
  /** Length of the blob in bytes. */
  readonly bytes: number | null;
  /** SHA-256 of the blob, lower-case hexadecimal. */
  readonly sha256: string | null;
  readonly variableCount: number;
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly runtimeBytes: number;
  readonly loads: boolean | null;
  readonly refusal: { code: string; message: string; offset: number; variable: VariableRef | null } | null;
  readonly variables: readonly VariableReport[];
}

/** The backup that holds a copy, and whether all files are there that a restore needs. */
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
  /** The setting in the record; `secureBoot` is what it comes to. */
  readonly secureBootSetting: SecureBootSetting;
  /** `secureboot_certificates_state` of the record: how XAPI judges the certificates; null where the record has no such field. */
  readonly xapiState: string | null;
  /** What VM.get_secureboot_readiness answers for this NVRAM; null where it is not known, or where XAPI has no value for it. */
  readonly readiness: VmReadiness | null;
  readonly nvram: NvramReport | null;
  /** Null where the copy is not from the metadata of a backup. */
  readonly backup: BackupReport | null;
  readonly verdict: Verdict;
  readonly findings: readonly FindingReport[];
  /** Only with `--baseline`. */
  readonly since?: SinceReport;
  /** Only with `--boot`. */
  readonly boot?: BootReport;
  /** Only with `--pictures`, and for the report in HTML. */
  readonly detail?: DetailReport;
}

/** The fields that timelines, clusters and totals need. */
export interface BriefCopy
  extends Pick<VmReport, "uuid" | "nameLabel" | "kind" | "source" | "backup" | "verdict"> {
  readonly findings: readonly Pick<
    FindingReport,
    "ruleId" | "severity" | "breaks" | "ignored" | "ignoredUntil"
  >[];
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

/** Makes one element of `vms`. `index`: its index there. `restorable`: whether the backup that holds it can be restored. */
export function vmReport(
  analysis: VmAnalysis,
  index: number,
  platform: Pick<Platform, "sha256">,
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
    readiness: vmReadiness(vm, analysis.load),
    nvram: nvramReport(analysis, platform),
    backup: vm.backup === undefined ? null : backupReport(vm.backup, restorable),
    verdict,
    findings: findings.map((finding) => findingReport(finding, prefix)),
  };
}

function backupReport({ needs: _, ...ref }: BackupRef, restorable: Restorable): BackupReport {
  return { ...ref, restorable };
}

/** SHA-256 of a blob, remembered by its array: equal copies share one array. */
const digestOf: (bytes: Uint8Array, platform: Pick<Platform, "sha256">) => string = oncePer(
  (bytes: Uint8Array, { sha256 }: Pick<Platform, "sha256">) => toHex(sha256(bytes)),
);

function nvramReport({ vm, load }: VmAnalysis, platform: Pick<Platform, "sha256">): NvramReport | null {
  const { nvram } = vm;
  if (nvram === null) return null;
  const variables = nvram.blob?.variables ?? [];
  const isView = viewOfCopy(vm) !== null;
  return {
    state: nvram.state,
    version: isView ? null : (nvram.blob?.version ?? null),
    bytes: nvram.bytes?.length ?? null,
    sha256: nvram.bytes === null ? null : digestOf(nvram.bytes, platform),
    variableCount: variables.length,
    usedBytes: usedBytes(variables),
    limitBytes: VARSTORED_LIMITS.TOTAL_LIMIT,
    runtimeBytes: nvram.blob === null || isView ? 0 : startBytes(vm, variables),
    loads: load?.loads ?? null,
    refusal: refusalReport(load, variables),
    variables: variables.map((variable) => seenVariable(variable, viewOfCopy(vm))),
  };
}

/** A variable of the report. Signature lists in a file of their own have no attributes. */
export function seenVariable(variable: EfiVariable, view: View | null): VariableReport {
  const report = variableReport(variable);
  return view === null || view.hasAttributes ? report : { ...report, attributes: null };
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
