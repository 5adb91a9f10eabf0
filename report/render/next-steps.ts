/** Commands to copy: how the repaired NVRAM is written, and how a host takes it back. */

import type { FormatId } from "../../parsers/model.ts";
import { join } from "../../parsers/paths.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { STRATEGIES } from "../../rules/engine/strategy.ts";
import type { Advice } from "../advice.ts";
import type { InputReport } from "../input.ts";
import { emittedNames, repairedPath } from "../output-names.ts";
import { programCall } from "../program-call.ts";
import {
  fitsXeArgument,
  MAX_ARGUMENT_BYTES,
  restoreCommand,
  xeWriteCommands,
} from "../runbook/host-commands.ts";
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

/** An input with the copies that there is advice for. */
export function advisedInput(
  { path, format, vms }: Pick<InputReport, "path" | "format" | "vms">,
  advice: readonly Advice[],
): AdvisedInput {
  const advised = vms.flatMap((vm, i) => (advice[i] === undefined ? [] : [{ vm, advice: advice[i] }]));
  return { path, format, vms: advised };
}

const EMIT_FOLDER = "repaired";
const MAX_RESTORES = 4;
const NO_UUID = "<VM uuid>";

/** What to do about one input; empty where nothing is to be done. */
export function nextSteps(input: AdvisedInput): Step[] {
  const isWhole = staysDocument(input);
  const files = filesOf(input);
  const repairable = input.vms.flatMap(({ vm, advice }, i) =>
    advice.kind === "repair"
      ? [{ vm, bytes: advice.bytes, scriptRestores: advice.scriptRestores, file: files[i] ?? "" }]
      : [],
  );
  return [
    ...repairSteps(input),
    ...(isWhole ? documentSteps(repairable.length) : hostSteps(repairable)),
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
function documentSteps(count: number): Step[] {
  if (count === 0) return [];
  const text =
    "It prints what comes next, command by command: back up, import or restore, check, roll back. --runbook FILE.md writes that down.";
  return [{ text, commands: [] }];
}

interface Restore {
  readonly vm: AdvisedVm["vm"];
  readonly bytes: number;
  readonly scriptRestores: boolean;
  readonly file: string;
}

/** How a host takes back texts that were written; what it cannot take back is said, too. */
function hostSteps(restores: readonly Restore[]): Step[] {
  const possible = restores.filter(({ vm }) => canBeRestored(vm));
  return [...restoreSteps(possible), ...snapshotStep(restores.length - possible.length)];
}

function restoreSteps(restores: readonly Restore[]): Step[] {
  if (restores.length === 0) return [];
  const shown = restores.slice(0, MAX_RESTORES);
  const more =
    restores.length > shown.length ? ` ${restores.length - shown.length} more go the same way.` : "";
  const find = shown.some(({ vm }) => vm.uuid === null)
    ? ` "xe vm-list name-label=NAME params=uuid" prints the UUID that goes where ${NO_UUID} stands.`
    : "";
  const byScript = shown.filter(({ scriptRestores }) => scriptRestores);
  const copy = `Copy what was written to the host, and shut the VM down.`;
  if (byScript.length === 0) return [{ text: `${copy}${find}${more}`, commands: [] }, ...byXeSteps(shown)];
  return [
    {
      text: `${copy} Run on the host:${find}${more}`,
      commands: byScript.map(({ vm, file }) => restoreCommand(uuidOf(vm), shellPath(file))),
    },
    xeStep(byScript),
    ...byXeSteps(shown.filter(({ scriptRestores }) => !scriptRestores)),
  ];
}

/** The daemon and `xe` take a name as it is. */
function byXeSteps(restores: readonly Restore[]): Step[] {
  if (restores.length === 0) return [];
  const short = restores.filter(({ bytes }) => fitsXeArgument(bytes));
  const why = "The host's script stops at a name that is no UTF-16.";
  const long = `${why} Nor can xe write it: as text the NVRAM is longer than one argument may be. Repair an export of the VM instead, and import that.`;
  return [
    ...(short.length === 0
      ? []
      : [
          {
            text: `${why} Run on the host instead:`,
            commands: short.flatMap(({ vm, file }) => xeWriteCommands(uuidOf(vm), shellPath(file))),
          },
        ]),
    ...(short.length < restores.length ? [{ text: long, commands: [] }] : []),
  ];
}

function xeStep(restores: readonly Restore[]): Step {
  const short = restores.filter(({ bytes }) => fitsXeArgument(bytes));
  if (short.length > 0)
    return {
      text: "Or, on a host without that script:",
      commands: short.flatMap(({ vm, file }) => xeWriteCommands(uuidOf(vm), shellPath(file))),
    };
  const limit = `the ${MAX_ARGUMENT_BYTES} bytes that one argument may have`;
  return { text: `xe cannot do the same here: as text the NVRAM is longer than ${limit}.`, commands: [] };
}

function uuidOf({ uuid }: AdvisedVm["vm"]): string {
  return uuid === null ? NO_UUID : shellPath(uuid);
}

/** A snapshot's copies cannot be written back: xapi restores them as they are (xapi_vm_snapshot.ml, revert_vm_fields). */
function canBeRestored({ kind, source }: AdvisedVm["vm"]): boolean {
  return kind !== "snapshot" && (source === "NVRAM" || source === "vm.NVRAM");
}

function snapshotStep(count: number): Step[] {
  if (count === 0) return [];
  const text =
    "Copies that belong to a snapshot cannot be written back on a host: a revert brings them back as they are. Repair the VM again after a revert, or delete the snapshot.";
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

/** Where the repaired text of each copy will be, as the commands of `repairSteps` write it. */
function filesOf({ path, format, vms }: AdvisedInput): string[] {
  if (isOneText({ path, format })) return vms.map(() => repairedPath(path));
  const names = emittedNames(
    path,
    vms.map(({ vm }) => vm),
  );
  return names.map((name) => join(EMIT_FOLDER, name));
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
