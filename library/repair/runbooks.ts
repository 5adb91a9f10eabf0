/** The runbook of a repair: what each VM's NVRAM needs to get back, from the plans and the options that made them. */

import type { Dump } from "../../parsers/model.ts";
import { dirname, join } from "../../parsers/paths.ts";
import type { Platform } from "../../parsers/platform.ts";
import { emittedNames } from "../../report/output-names.ts";
import { shellPath } from "../../report/render/shell.ts";
import type { PlannedRepair } from "../../report/repair-entry.ts";
import { identityOf, type RunbookFacts, runbookFacts } from "../../report/runbook/repair-facts.ts";
import { runbookFor } from "../../report/runbook/runbook.ts";
import type { RunbookStep, RunbookSubject } from "../../report/runbook/step.ts";
import type { OpenedInput } from "../input/open-input.ts";
import { type AskedRepair, EMIT_FOLDER, emitCommand, emitWords, repairCommand } from "./repair-command.ts";
import { plannedTarget, type WantedFiles } from "./targets.ts";

/** A copy that was planned, with its number in the dump. */
export type CopyPlan = PlannedRepair & { readonly copy: number };

/** With what a repair was asked for, and where to. */
export type RunbookOptions = AskedRepair & WantedFiles;

/** A run of `repair` of one input. */
export interface RunbookRun {
  readonly opened: OpenedInput;
  readonly dump: Dump;
  readonly archive: RunbookSubject["archive"];
  readonly options: RunbookOptions;
  readonly platform: Pick<Platform, "sha256">;
}

/** The steps for each plan, in their order; none for a copy that is not repaired. Copies of one document share them. */
export function repairRunbooks(
  plans: readonly CopyPlan[],
  { opened, dump, archive, options, platform }: RunbookRun,
): RunbookStep[][] {
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
      runbookFacts(first, group, platform),
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
  readonly options: RunbookOptions;
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

function writeCommand(options: RunbookOptions, isEmitted: boolean): string {
  const { out, emitEfivars, compress } = options;
  const target =
    emitEfivars || isEmitted ? emitWords(out ?? EMIT_FOLDER) : out === null ? "" : ` --out ${shellPath(out)}`;
  return repairCommand(options, `${target}${compress ? " --compress gzip" : ""}`);
}
