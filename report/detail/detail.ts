/**
 * What the pictures of a report need beyond its findings: layouts of the signature databases, the next updates, what a
 * repair comes to, the keys, the hosts, the variables. An element's `detail` (`analyze --pictures`).
 */
import { holdsSecret } from "../../parsers/efi/secret-variables.ts";
import { formatEfiTime } from "../../parsers/efi/time.ts";
import { decodeVariable } from "../../parsers/efi/variable-forms.ts";
import { nameOfGuid } from "../../parsers/guids.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { contextOf } from "../../rules/engine/analyze.ts";
import { nextUpdates, type UpdateEffect } from "../../rules/engine/next-updates.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import type { Verdict, VmAnalysis } from "../../rules/engine/rule.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { type VariableRef, variableRef } from "../../rules/engine/variable-ref.ts";
import type { AuthorityReport, HostReport } from "../../rules/reasoning/report.ts";
import type { Advice } from "../advice.ts";
import { attributeNames } from "../attribute-names.ts";
import { type CopyReasoning, NO_REASONING, reasonAboutCopy } from "../reasoning.ts";
import { decodedText } from "../render/decoded-text.ts";
import { type DatabaseLayout, databaseLayouts } from "./database-layout.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";

/** A known update of dbx that a stored key verifies, and what it would do. */
export interface UpdateDetail {
  readonly id: string;
  readonly addedCount: number;
  readonly addedBytes: number;
  readonly dbxBytesAfter: number;
  /** fits; kills: an unfixed daemon never loads the NVRAM again; blocked: refused for want of room. */
  readonly effect: UpdateEffect;
  readonly bytesMissing: number;
}

export interface RepairDetail {
  readonly strategy: Strategy;
  /** Of the repaired blob. */
  readonly bytes: number;
  readonly verdict: Verdict;
  readonly loads: boolean;
  /** Signatures, counted. */
  readonly kept: number;
  readonly reowned: number;
  readonly merged: number;
  readonly removed: number;
  readonly databases: readonly DatabaseLayout[];
  /** As they are after the repair. */
  readonly updates: readonly UpdateDetail[];
}

export interface VariableDetail extends VariableRef {
  readonly index: number;
  /** Of a GUID that is known. */
  readonly guidName: string | null;
  readonly attributes: readonly string[];
  readonly bytes: number;
  readonly timestamp: string | null;
  /** What the data means in words; null where that is not known, or told by `databases`, or a secret. */
  readonly says: string | null;
  /** Of its record in the blob. */
  readonly offset: number;
}

export interface DetailReport {
  readonly databases: readonly DatabaseLayout[];
  readonly updates: readonly UpdateDetail[];
  /** Null where nothing is to be repaired or nothing can be; `beyondRepair` then says why it cannot. */
  readonly repair: RepairDetail | null;
  readonly beyondRepair: string | null;
  readonly keys: AuthorityReport | null;
  readonly hosts: readonly HostReport[] | null;
  readonly variables: readonly VariableDetail[];
  /** One for each finding, in their order. */
  readonly evidence: readonly (Evidence | null)[];
}

/** A daemon holds 1024. */
const MAX_VARIABLES = 1100;

/** `index` is the copy's place in the report's `vms`; `advice` what a repair was found to come to. */
export function detailOf(
  analysis: VmAnalysis,
  index: number,
  advice: Advice,
  settings: RepairSettings,
): DetailReport {
  const { vm, findings } = analysis;
  const blob = vm.nvram?.blob ?? null;
  const beyondRepair = advice.kind === "beyond-repair" ? advice.reason : null;
  const reasoning: CopyReasoning = blob === null ? NO_REASONING : reasonAboutCopy(vm, index, settings);
  return {
    databases: blob === null ? [] : databaseLayouts(blob.variables, settings),
    updates: updatesOf(analysis, settings),
    repair: advice.kind === "repair" ? repairDetail(analysis, advice.strategy, settings) : null,
    beyondRepair,
    ...reasoning,
    variables: (blob?.variables ?? []).slice(0, MAX_VARIABLES).map(variableDetail),
    evidence: findings.map(({ span }) => (blob === null ? null : evidenceOf(blob, span))),
  };
}

function updatesOf({ vm }: Pick<VmAnalysis, "vm">, settings: RepairSettings): UpdateDetail[] {
  const context = contextOf(vm, settings);
  if (context === null || context.blob === null) return [];
  return nextUpdates(context.blob, context).map(
    ({ id, addedCount, addedBytes, dbxBytesAfter, effect, bytesMissing }) => ({
      id,
      addedCount,
      addedBytes,
      dbxBytesAfter,
      effect,
      bytesMissing,
    }),
  );
}

function repairDetail({ vm }: VmAnalysis, strategy: Strategy, settings: RepairSettings): RepairDetail | null {
  const outcome = repairVm(vm, strategy, settings);
  if (outcome.kind !== "repaired" || vm.nvram === null) return null;
  const { bytes, proof, after } = outcome;
  const blob = openBlob(bytes);
  const repaired = { ...vm, nvram: { ...vm.nvram, blob, bytes, daemonBytes: bytes } };
  return {
    strategy,
    bytes: bytes.length,
    verdict: after.verdict,
    loads: after.load.loads,
    kept: proof.kept,
    reowned: proof.reowned,
    merged: proof.merged,
    removed: proof.removed.length,
    databases: databaseLayouts(blob.variables, settings),
    updates: updatesOf({ vm: repaired }, settings),
  };
}

function variableDetail(variable: EfiVariable): VariableDetail {
  const { index, vendorGuid, attributes, data, timestamp, span } = variable;
  const decoded = holdsSecret(variable) ? null : decodeVariable(variable);
  return {
    index,
    ...variableRef(variable),
    guidName: nameOfGuid(vendorGuid),
    attributes: attributeNames(attributes, "name"),
    bytes: data.length,
    timestamp: formatEfiTime(timestamp),
    says: decoded === null ? null : decodedText(decoded),
    offset: span.start,
  };
}
