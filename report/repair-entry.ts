/** One element of `repairs`, as scripts rely on it (`varscope schema repair`). */
import { toHex } from "../parsers/bytes.ts";
import type { VmSource } from "../parsers/model.ts";
import { analyzeVm } from "../rules/engine/analyze.ts";
import { compareBlobs } from "../rules/engine/proof.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import type { ByteAccount, ChangedItem, Proof, RepairOutcome } from "../rules/engine/repair-types.ts";
import type { Verdict } from "../rules/engine/rule.ts";
import type { Strategy } from "../rules/engine/strategy.ts";
import type { RunbookStep } from "./runbook/step.ts";

/** A copy of an NVRAM, and the result of its repair. */
export interface PlannedRepair {
  readonly vm: VmSource;
  readonly outcome: RepairOutcome;
  /** The file that it goes to; null where none was named for a dry run. */
  readonly target: string | null;
  /** What is written: the bytes of the blob, its base64 text, or the whole input with that text in its place. */
  readonly form: "blob" | "text" | "document";
}

export interface RepairEntry {
  readonly path: string;
  readonly vm: { readonly uuid: string | null; readonly nameLabel: string | null };
  readonly source: string;
  readonly strategy: Strategy;
  readonly output: string | null;
  readonly sha256Before: string | null;
  readonly sha256After: string | null;
  readonly bytesBefore: number | null;
  readonly bytesAfter: number | null;
  readonly kept: number;
  readonly merged: number;
  readonly reowned: number;
  readonly removed: readonly ChangedItem[];
  readonly added: readonly ChangedItem[];
  /** Every byte of the blob before and after; null where none was compared. */
  readonly account: ByteAccount | null;
  readonly changedAttributes: Proof["changedAttributes"];
  readonly loadsAfterwards: boolean | null;
  readonly verdictAfterwards: Verdict;
  /** What is typed next, in order; empty where nothing was repaired. */
  readonly runbook: readonly RunbookStep[];
  readonly refused: { readonly reason: string; readonly strategy: Strategy | null } | null;
}

interface EntrySettings extends RepairSettings {
  readonly path: string;
  readonly strategy: Strategy;
  /** Whether the files were written. */
  readonly written: boolean;
  readonly runbook: readonly RunbookStep[];
}

export function repairEntry({ vm, outcome, target }: PlannedRepair, settings: EntrySettings): RepairEntry {
  const { path, strategy, written, platform, runbook } = settings;
  const before = vm.nvram?.bytes ?? null;
  const result = resultOf(vm, outcome, settings);
  const digest = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : toHex(platform.sha256(bytes));
  return {
    path,
    vm: { uuid: vm.uuid, nameLabel: vm.nameLabel },
    source: vm.source,
    strategy,
    output: written && outcome.kind === "repaired" ? target : null,
    sha256Before: digest(before),
    sha256After: digest(result.bytes),
    bytesBefore: before?.length ?? null,
    bytesAfter: result.bytes?.length ?? null,
    kept: result.proof?.kept ?? 0,
    merged: result.proof?.merged ?? 0,
    reowned: result.proof?.reowned ?? 0,
    removed: result.proof?.removed ?? [],
    added: result.proof?.added ?? [],
    account: result.proof?.account ?? null,
    changedAttributes: result.proof?.changedAttributes ?? [],
    loadsAfterwards: result.loads,
    verdictAfterwards: result.verdict,
    runbook,
    refused:
      outcome.kind === "refused" ? { reason: outcome.reason, strategy: outcome.strategyThatCan } : null,
  };
}

interface Result {
  /** Null without a result. */
  readonly bytes: Uint8Array | null;
  readonly proof: Proof | null;
  readonly loads: boolean | null;
  readonly verdict: Verdict;
}

/** Where there was nothing to repair the result is the input; a refusal has none, and the input stays what it is. */
function resultOf(vm: VmSource, outcome: RepairOutcome, settings: EntrySettings): Result {
  if (outcome.kind === "repaired") {
    const { bytes, proof, after } = outcome;
    return { bytes, proof, loads: after.load.loads, verdict: after.verdict };
  }
  const { load, verdict } = analyzeVm(vm, settings.rules, settings);
  const state = { loads: load?.loads ?? null, verdict };
  if (outcome.kind === "refused") return { bytes: null, proof: null, ...state };
  const blob = vm.nvram?.blob ?? null;
  const proof = blob === null ? null : compareBlobs(blob, blob, settings);
  return { bytes: vm.nvram?.bytes ?? null, proof, ...state };
}
