/** Commands to copy, for the copies of one root cause: how the repaired NVRAM is written. The repair prints the rest. */
import type { FormatId } from "../../parsers/model.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { STRATEGIES } from "../../rules/engine/strategy.ts";
import type { Advice } from "../advice.ts";
import { programCall } from "../program-call.ts";
import { STANDARD_INPUT } from "../standard-streams.ts";
import type { VmReport } from "../vm.ts";
import { clip, printable } from "./printable.ts";
import { shellPath } from "./shell.ts";
import { counted } from "./text.ts";

/** A sentence, and commands below it that are never broken over lines. */
export interface Step {
  readonly text: string;
  readonly commands: readonly string[];
}

/** One copy of an NVRAM with what a repair would come to. */
export interface AdvisedVm {
  readonly vm: Pick<VmReport, "uuid" | "nameLabel" | "kind" | "source">;
  readonly advice: Advice;
}

interface AdvisedInput {
  readonly path: string;
  readonly format: FormatId | null;
  readonly vms: readonly AdvisedVm[];
}

const EMIT_FOLDER = "repaired";

/** What to do about one input; empty where nothing is to be done. */
export function nextSteps(input: AdvisedInput): Step[] {
  return [
    ...repairSteps(input),
    ...runbookStep(input.vms.filter(({ advice }) => advice.kind === "repair").length),
    ...input.vms.flatMap(({ vm, advice }) =>
      advice.kind === "beyond-repair" ? [beyondRepairStep(vm, advice.reason)] : [],
    ),
    ...untriedStep(input.vms.filter(({ advice }) => advice.kind === "untried").length),
  ];
}

/** Whether one command gives the whole input back, repaired: not what cannot be read twice, nor where a VM has to be left out. */
function staysDocument({ path, format, vms }: AdvisedInput): boolean {
  if (format === null || !isWrittenBack(format) || path === STANDARD_INPUT) return false;
  return (
    (format === "xva" || format === "ova" || !isNamedCompressed(path)) &&
    vms.every(({ advice }) => advice.kind !== "beyond-repair")
  );
}

/** A repaired file is not compressed and has no name of its own then (`repair-targets.ts`). */
function isNamedCompressed(path: string): boolean {
  return /\.(?:gz|zst|zstd)$/i.test(path);
}

/** The way back depends on what was exported; `repair` prints it with the real files. */
function runbookStep(count: number): Step[] {
  if (count === 0) return [];
  const text =
    "It prints what comes next, command by command: back up, import or restore, check, roll back. --runbook FILE.md writes that down.";
  return [{ text, commands: [] }];
}

function beyondRepairStep({ uuid, nameLabel }: AdvisedVm["vm"], reason: string): Step {
  const name = printable(nameLabel ?? uuid ?? "this NVRAM");
  return {
    text: `No strategy repairs ${clip(name, 60)}: ${clip(printable(reason), 300)} Look for an older backup or export of it.`,
    commands: [],
  };
}

function untriedStep(count: number): Step[] {
  if (count === 0) return [];
  const others = counted(count, "more copy has", "more copies have");
  const text = `${others} findings, and no repair was tried out for ${count === 1 ? "it" : "them"} here: varscope repair tells what it does for each.`;
  return [{ text, commands: [] }];
}

function repairSteps({ path, format, vms }: AdvisedInput): Step[] {
  const plans = vms.flatMap(({ vm, advice }) => (advice.kind === "repair" ? [{ vm, ...advice }] : []));
  if (plans.length === 0) return [];
  const strategies = new Set(plans.map(({ strategy }) => strategy));
  const isWhole = staysDocument({ path, format, vms });
  const allAtOnce = strategies.size === 1 && vms.every(({ advice }) => advice.kind !== "beyond-repair");
  const emit = isWhole || isOneText({ path, format }) ? "" : ` --emit efivars --out ${EMIT_FOLDER}`;
  const command = (strategy: string, uuid: string | null): string =>
    `${programCall()} repair ${shellPath(path)}${emit}${strategy === "merge" ? "" : ` --strategy ${strategy}`}${uuid === null ? "" : ` --vm ${shellPath(uuid)}`}`;
  // One file takes one strategy: the strongest that any of its copies needs does what the others do, too.
  const strongest = STRATEGIES.findLast((strategy) => strategies.has(strategy)) ?? "merge";
  const commands =
    isWhole || allAtOnce
      ? [command(strongest, null)]
      : [...new Set(plans.map(({ strategy, vm }) => command(strategy, vm.uuid)))];
  const deleted = plans.flatMap(({ deletes }) => deletes.map((name) => clip(printable(name), 40)));
  const warning =
    deleted.length === 0
      ? ""
      : ` This deletes ${[...new Set(deleted)].slice(0, 5).join(", ")}: nothing else saves it.`;
  const what = !isWhole ? "NVRAM" : format === "xva" ? "export" : format === "ova" ? "appliance" : "file";
  return [{ text: `Write the repaired ${what}; the input stays as it is.${warning}`, commands }];
}

/** Base64 text comes back as one, beside the input. */
function isOneText({ path, format }: Pick<AdvisedInput, "path" | "format">): boolean {
  return format === "efivars-b64" && path !== STANDARD_INPUT && !isNamedCompressed(path);
}
