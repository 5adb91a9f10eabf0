/** Commands to copy: how the repaired NVRAM is written, and how a host takes it back. */
import { join } from "node:path";
import type { FormatId } from "../../parsers/model.ts";
import type { VmReport } from "../../rules/engine/report.ts";
import type { Advice } from "../advice.ts";
import { STANDARD_INPUT } from "../options.ts";
import { emittedNames, repairedPath } from "../output-names.ts";
import { clip, printable } from "./printable.ts";
import { shellPath } from "./shell.ts";

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
const MAX_RESTORES = 4;
/** Installed there by the varstored package of XCP-ng 8.3 (xcp-ng-rpms/varstored, SPECS/varstored.spec). */
const HOST_SCRIPT = "/usr/sbin/fix-efivars.py";
const NO_UUID = "<VM uuid>";
/** Linux, include/uapi/linux/binfmts.h, MAX_ARG_STRLEN: one argument with its NUL. */
const MAX_ARGUMENT_BYTES = 131_072;
const XE_ARGUMENT_BYTES = "EFI-variables=".length + 1;

/** Whether `xe` can be given this many bytes of blob as one argument. */
function fitsXeArgument(blobBytes: number): boolean {
  return XE_ARGUMENT_BYTES + 4 * Math.ceil(blobBytes / 3) <= MAX_ARGUMENT_BYTES;
}

/** What to do about one input; empty where nothing is to be done. */
export function nextSteps(input: AdvisedInput): Step[] {
  const files = filesOf(input);
  const steps = repairSteps(input);
  const repairable = input.vms.flatMap(({ vm, advice }, i) =>
    advice.kind === "repair" ? [{ vm, bytes: advice.bytes, file: files[i] ?? "" }] : [],
  );
  steps.push(...hostSteps(repairable));
  for (const { vm, advice } of input.vms) {
    if (advice.kind === "beyond-repair") steps.push(beyondRepairStep(vm, advice.reason));
  }
  return steps;
}

interface Restore {
  readonly vm: AdvisedVm["vm"];
  readonly bytes: number;
  readonly file: string;
}

/** How a host takes back texts that were written; what it cannot take back is said, too. */
export function hostSteps(restores: readonly Restore[]): Step[] {
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
  return [
    {
      text: `Copy what was written to the host, and shut the VM down. Run on the host:${find}${more}`,
      commands: shown.map(
        ({ vm, file }) =>
          `${HOST_SCRIPT} restore-efivar-backup ${uuidOf(vm)} --restore-from ${shellPath(file)}`,
      ),
    },
    xeStep(shown),
  ];
}

function xeStep(restores: readonly Restore[]): Step {
  const short = restores.filter(({ bytes }) => fitsXeArgument(bytes));
  if (short.length > 0)
    return { text: "Or, on a host without that script:", commands: short.flatMap(xeCommands) };
  const limit = `the ${MAX_ARGUMENT_BYTES} bytes that one argument may have`;
  return { text: `xe cannot do the same here: as text the NVRAM is longer than ${limit}.`, commands: [] };
}

function xeCommands({ vm, file }: Restore): string[] {
  const uuid = uuidOf(vm);
  return [
    `xe vm-param-remove uuid=${uuid} param-name=NVRAM param-key=EFI-variables`,
    `xe vm-param-add uuid=${uuid} param-name=NVRAM EFI-variables="$(cat ${shellPath(file)})"`,
  ];
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

/** Where the repaired text of each copy will be, as the commands of `repairSteps` write it. */
function filesOf({ path, format, vms }: AdvisedInput): string[] {
  if (format === "efivars-b64" && path !== STANDARD_INPUT) return vms.map(() => repairedPath(path));
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
  const allAtOnce = strategies.size === 1 && vms.every(({ advice }) => advice.kind !== "beyond-repair");
  const emit =
    format === "efivars-b64" && path !== STANDARD_INPUT ? "" : ` --emit efivars --out ${EMIT_FOLDER}`;
  const command = (strategy: string, uuid: string | null): string =>
    `varscope repair ${shellPath(path)}${emit}${strategy === "merge" ? "" : ` --strategy ${strategy}`}${uuid === null ? "" : ` --vm ${shellPath(uuid)}`}`;
  const commands = allAtOnce
    ? [command(plans[0]?.strategy ?? "merge", null)]
    : [...new Set(plans.map(({ strategy, vm }) => command(strategy, vm.uuid)))];
  const deleted = plans.flatMap(({ deletes }) => deletes.map((name) => clip(printable(name), 40)));
  const warning =
    deleted.length === 0
      ? ""
      : ` This deletes ${[...new Set(deleted)].slice(0, 5).join(", ")}: nothing else saves it.`;
  return [{ text: `Write the repaired NVRAM; the input stays as it is.${warning}`, commands }];
}
