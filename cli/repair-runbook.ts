/** The runbook of a repair: what each VM's NVRAM needs to get back, from the plans and the options that made them. */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OpenedInput } from "../library/input/open-input.ts";
import type { Dump } from "../parsers/model.ts";
import { tarPadding } from "../parsers/packing/tar.ts";
import { isPlainUuid } from "../parsers/uuid.ts";
import { nodePlatform } from "../platform/node/platform.ts";
import { emittedNames } from "../report/output-names.ts";
import { programCall } from "../report/program-call.ts";
import { shellPath } from "../report/render/shell.ts";
import type { PlannedRepair } from "../report/repair-entry.ts";
import { identityOf, type RunbookFacts, runbookFacts } from "../report/runbook/repair-facts.ts";
import { runbookFor } from "../report/runbook/runbook.ts";
import type { RunbookStep, RunbookSubject } from "../report/runbook/step.ts";
import { STANDARD_INPUT } from "../report/standard-streams.ts";
import { isArchiveEndAt } from "./io/archive-end.ts";
import type { RepairOptions } from "./options.ts";
import { plannedTarget } from "./repair-targets.ts";

/** A copy that was planned, with its number in the dump. */
export type CopyPlan = PlannedRepair & { readonly copy: number };

/** Where a runbook writes the texts of an input that was not emitted. */
const EMIT_FOLDER = "repaired";

/** The steps for each plan, in their order; none for a copy that is not repaired. Copies of one document share them. */
export function repairRunbooks(
  plans: readonly CopyPlan[],
  opened: OpenedInput,
  dump: Dump,
  options: RepairOptions,
): RunbookStep[][] {
  const archive = archiveOf(opened, dump);
  const names = emittedNames(opened.path, dump.vms);
  const ofVm = new Map<string, { readonly group: CopyPlan[]; steps: RunbookStep[] | null }>();
  for (const plan of plans) {
    if (plan.outcome.kind !== "repaired") continue;
    const known = ofVm.get(identityOf(plan.vm));
    if (known === undefined) ofVm.set(identityOf(plan.vm), { group: [plan], steps: null });
    else known.group.push(plan);
  }
  const { format } = dump;
  const stepsFor = (first: CopyPlan, group: readonly CopyPlan[]): RunbookStep[] => {
    const input = {
      format,
      archive,
      options: { ...options, path: opened.path },
      name: names[first.copy] ?? "",
    };
    return runbookOf(
      runbookFacts(first, group, nodePlatform),
      input,
      first.target ?? plannedTarget(opened, dump, options),
    );
  };
  return plans.map((plan) => {
    if (plan.outcome.kind !== "repaired") return [];
    const shared = plan.form === "document" ? ofVm.get(identityOf(plan.vm)) : undefined;
    if (shared === undefined) return stepsFor(plan, [plan]);
    const first = shared.group.find(({ vm }) => vm.source === "NVRAM" || vm.source === "vm.NVRAM");
    if (first === undefined) return stepsFor(plan, shared.group);
    shared.steps ??= stepsFor(first, shared.group);
    return shared.steps;
  });
}

/** What is known of the input by the time that its runbook is made. */
export interface RunbookInput {
  readonly format: RunbookSubject["format"];
  readonly archive: RunbookSubject["archive"];
  readonly options: RepairOptions;
  /** Of the text that this NVRAM is emitted as. */
  readonly name: string;
}

/** The steps of one VM, once it is known where its result is; null where that has no name of its own. */
export function runbookOf(facts: RunbookFacts, input: RunbookInput, target: string | null): RunbookStep[] {
  return runbookFor(subjectOf(facts, input, target));
}

function subjectOf(
  facts: RunbookFacts,
  { format, archive, options, name }: RunbookInput,
  target: string | null,
): RunbookSubject {
  const isEmitted = target === null;
  // Beside the repaired file, as that is beside the input: not wherever the command is typed.
  const folder = join(dirname(target ?? options.path), EMIT_FOLDER);
  return {
    ...facts,
    format,
    archive,
    path: options.path,
    form: isEmitted ? "text" : facts.form,
    file: target ?? join(EMIT_FOLDER, name),
    writeCommand: options.dryRun ? writeCommand(options, isEmitted) : null,
    emit: { command: emitCommand(options, folder, facts.vm.uuid), file: join(folder, name) },
  };
}

function writeCommand(options: RepairOptions, isEmitted: boolean): string {
  const { path, out, emitEfivars, compress, vmUuid } = options;
  const target =
    emitEfivars || isEmitted
      ? ` --emit efivars --out ${shellPath(out ?? EMIT_FOLDER)}`
      : out === null
        ? ""
        : ` --out ${shellPath(out)}`;
  return `${programCall()} repair ${shellPath(path)}${target}${compress ? " --compress gzip" : ""}${strategyWords(options)}${vmWords(vmUuid)}`;
}

function emitCommand(options: RepairOptions, folder: string, uuid: string | null): string {
  const vm = vmWords(options.vmUuid ?? uuid);
  return `${programCall()} repair ${shellPath(options.path)} --emit efivars --out ${shellPath(folder)}${strategyWords(options)}${vm}`;
}

function strategyWords({ strategy, addCertificates }: RepairOptions): string {
  const certificates = addCertificates === null ? "" : ` --add-certificates ${shellPath(addCertificates)}`;
  return `${strategy === "merge" ? "" : ` --strategy ${strategy}`}${certificates}`;
}

/** Of a UUID that is none, `--vm` knows nothing. */
function vmWords(uuid: string | null): string {
  return uuid === null || !isPlainUuid(uuid) ? "" : ` --vm ${uuid}`;
}

/** A metadata export has ova.xml alone, and is never compressed (xapi ocaml/xapi/export.ml, export_metadata). */
export function archiveOf(
  { path, document, compression }: OpenedInput,
  { format }: Dump,
): RunbookSubject["archive"] {
  if (format !== "xva" || path === STANDARD_INPUT || document?.member == null) return null;
  const { length } = document.bytes;
  const end = document.member.dataOffset + length + tarPadding(length).length;
  return {
    bytes: statSync(path).size,
    isMetadataOnly: compression === null && isArchiveEndAt(path, end),
  };
}
