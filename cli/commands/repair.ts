/** `varscope repair`: planned and proven for every copy first, then written, each file whole or not at all. */

import { resolve } from "node:path";
import { nodeWorld } from "../../cli/io/world.ts";
import { type OpenedInput, openInput } from "../../library/input/open-input.ts";
import { archiveOf } from "../../library/repair/archive-around.ts";
import { type CopyPlan, repairRunbooks } from "../../library/repair/runbooks.ts";
import { targetRefusal, targetsFor } from "../../library/repair/targets.ts";
import { appendAll } from "../../parsers/arrays.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { maxComplaints } from "../../report/complaints.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { type RepairSituation, repairLines, type ShownRepair } from "../../report/render/repair-text.ts";
import { type RunbookSection, runbookMarkdown } from "../../report/render/runbook-text.ts";
import { type FailedInput, repairSummary } from "../../report/repair/many.ts";
import { type PlannedRepair, repairEntry } from "../../report/repair-entry.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import type { RunbookStep } from "../../report/runbook/step.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { MAX_TOLD_IN_FULL } from "../../report/told-in-full.ts";
import { TOOL } from "../../report/tool.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isFolder } from "../io/byte-source.ts";
import type { ReadingWatcher } from "../io/splice-file.ts";
import { WriteError } from "../io/write-file.ts";
import type { RepairOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { startByteProgress } from "../render/byte-progress.ts";
import { complainOfCut, complainOfSuspended, repairSettings } from "../repair-settings.ts";
import { base64Text, writeBack } from "../write-back.ts";
import { type NewFile, writeFiles } from "../write-files.ts";

export async function repair(options: RepairOptions, context: CommandContext): Promise<ExitCode> {
  const { path, dryRun, strategy } = options;
  if (await isForMany(options)) return (await import("./repair-many.ts")).repairMany(options, context);
  const settings = await repairSettings(options);
  // The disks stay as they are, and so does the saved state of a suspended VM in one of them.
  const records: VmSource[] = [];
  let count = 0;
  const take = (vms: readonly VmSource[]): void => {
    count += vms.length;
    // Of a database with more of them none is kept: it is planned as many inputs are.
    if (count <= MAX_TOLD_IN_FULL || path === STANDARD_INPUT) appendAll(records, vms);
  };
  const read = await openInput(path, nodeWorld, take, { suspended: false });
  count += options.emitEfivars ? (read.dump?.vms.length ?? 0) : 0;
  if (path !== STANDARD_INPUT && (count > MAX_TOLD_IN_FULL || (await isArchiveOfOthers(read))))
    return (await import("./repair-many.ts")).repairMany(options, context);
  const opened = read.dump === null ? read : { ...read, dump: withRecords(read.dump, records) };
  if (opened.error !== null) context.complain(`${printable(path)}: ${printable(opened.error.message)}`);
  complainOfCut({ ...opened, isCompressed: opened.compression !== null }, context);
  complainOfSuspended(opened, context);
  const told = (sentence: string): void => context.complain(`${printable(path)}: ${printable(sentence)}`);
  const { plans, files } =
    opened.dump === null ? NOTHING : planAll(opened, opened.dump, options, { ...settings, told });
  const refused = plans.some(({ outcome }) => outcome.kind === "refused");
  // A document is written as a whole or not at all.
  const isKept = plans.some(({ outcome, form }) => outcome.kind === "refused" && form === "document");
  const runbooks =
    opened.dump === null || isKept ? [] : await runbooksOf(plans, opened, opened.dump, options);
  const sections = runbookSections(plans, runbooks, path);
  const { failure, unwrittenRunbook } =
    isKept || dryRun
      ? WRITTEN
      : await writeAll(files, runbookContent(sections, files, options), options, context);
  if (failure !== null) context.complain(`${printable(path)}: ${printable(failure.message)}`);
  complainOfRefused(plans, path, context);
  const written = !isKept && !dryRun && failure === null;
  const repairs = plans.map((plan, i) => ({
    plan,
    entry: repairEntry(plan, {
      ...settings,
      path,
      strategy,
      written,
      runbook: (failure === null ? runbooks[i] : null) ?? [],
    }),
  }));
  const runbook = failure === null ? sections : [];
  const isUnwritten = isKept || failure !== null || (refused && files.length === 0);
  const runbookFile = written && unwrittenRunbook === null && runbook.length > 0 ? options.runbook : null;
  const situation = { dryRun, refused: isUnwritten, runbook, runbookFile };
  const failed = [opened.error, failure].flatMap((error) =>
    error === null ? [] : [{ path, code: error.code, message: error.message }],
  );
  await isHeard(report(repairs, situation, { options, failed }, context));
  // The repaired files are there, and what was done is told by now, with the steps.
  if (unwrittenRunbook !== null) throw unwrittenRunbook;
  if (refused) return EXIT.refused;
  return opened.error === null && failure === null ? EXIT.ok : EXIT.inputFailed;
}

async function runbooksOf(
  plans: readonly CopyPlan[],
  opened: OpenedInput,
  dump: Dump,
  options: RepairOptions,
): Promise<RunbookStep[][]> {
  const archive = await archiveOf(opened, dump, nodeWorld);
  return repairRunbooks(plans, { opened, dump, archive, options, platform: nodeWorld.platform });
}

function withRecords(dump: Dump, records: readonly VmSource[]): Dump {
  return records.length === 0 ? dump : { ...dump, vms: [...records, ...dump.vms] };
}

/** An export is a tar archive, too, and read as one whatever wrote it. */
async function isArchiveOfOthers({ path, dump }: OpenedInput): Promise<boolean> {
  return dump === null && (await import("../../library/archive/named-member.ts")).isArchive(path, nodeWorld);
}

/** Whatever may come to several files is planned as a whole. */
async function isForMany({ paths, emitSame }: RepairOptions): Promise<boolean> {
  if (paths.length > 1 || emitSame) return true;
  const [path = STANDARD_INPUT] = paths;
  if (path === STANDARD_INPUT) return false;
  if (await isFolder(path)) return true;
  const { namedMember } = await import("../../library/archive/named-member.ts");
  return (await namedMember(path, nodeWorld)) !== null;
}

function complainOfRefused(
  plans: readonly PlannedRepair[],
  path: string,
  { complain, output }: CommandContext,
): void {
  const most = maxComplaints(output);
  const refused = plans.flatMap(({ vm, outcome }) =>
    outcome.kind === "refused" ? [{ vm, reason: outcome.reason }] : [],
  );
  for (const { vm, reason } of refused.slice(0, most)) {
    const name = vm.nameLabel ?? vm.uuid;
    const which = name === null ? "" : `${shown(name)}: `;
    complain(`${printable(path)}: ${which}not repaired: ${printable(reason)}`);
  }
  const more = refused.length - most;
  if (more > 0) complain(`${more} more copies are not repaired; the report tells why of each.`);
}

async function report(
  repairs: readonly ShownRepair[],
  situation: RepairSituation,
  { options, failed }: { readonly options: RepairOptions; readonly failed: readonly FailedInput[] },
  { output, style, columns }: CommandContext,
): Promise<void> {
  const { format, quiet, dryRun, runbook } = options;
  const entries = repairs.map(({ entry }) => entry);
  switch (format) {
    case "json":
      return output.write(
        `${jsonText({ schemaVersion: SCHEMA_VERSION, tool: TOOL, repairs: entries, summary: repairSummary(repairs.map(briefOf), failed.length), failed }, 2)}\n`,
      );
    case "ndjson":
      return output.write(entries.map((entry) => `${jsonText(entry, 0)}\n`).join(""));
    case "table": {
      const lines = repairLines(repairs, situation, { style, columns, quiet });
      const planned = dryRun && runbook !== null && situation.runbook.length > 0;
      return output.write(
        lines.map((line) => `${line}\n`).join("") +
          (planned ? `\n${runbookMarkdown(situation.runbook)}` : ""),
      );
    }
    default:
      return format satisfies never;
  }
}

function briefOf({ plan, entry }: ShownRepair) {
  const { path, output, refused } = entry;
  const result = refused !== null ? "refused" : plan.outcome.kind === "repaired" ? "repaired" : "nothing";
  return { path, output, result } as const;
}

function shown(text: string): string {
  return clip(printable(text), 80);
}

/** Copies that share their steps, as those of one document do, are one section. */
function runbookSections(
  plans: readonly PlannedRepair[],
  runbooks: readonly (readonly RunbookStep[])[],
  path: string,
): RunbookSection[] {
  const sections = new Map<string, RunbookSection>();
  for (const [i, { vm, form }] of plans.entries()) {
    const steps = runbooks[i] ?? [];
    if (steps.length === 0) continue;
    const copy = form === "document" || vm.source === "NVRAM" ? "" : ` ${vm.source}`;
    const section = { name: (vm.nameLabel ?? path) + copy, uuid: vm.uuid, steps };
    sections.set(jsonText(section, 0), section);
  }
  return [...sections.values()];
}

/** Throws UsageError where it would be written over what it is about. */
function runbookContent(
  sections: readonly RunbookSection[],
  files: readonly NewFile[],
  { runbook }: RepairOptions,
): NewFile[] {
  if (runbook === null || sections.length === 0) return [];
  if (files.some(({ target }) => resolve(target) === resolve(runbook)))
    throw new UsageError(`--runbook ${shown(runbook)} is the name of a repaired file. Give another one.`);
  return [{ target: runbook, content: new TextEncoder().encode(runbookMarkdown(sections)) }];
}

interface Planned {
  readonly plans: readonly CopyPlan[];
  readonly files: readonly NewFile[];
}

const NOTHING: Planned = { plans: [], files: [] };

/** With what takes what is to be known of a file that was written. */
type PlanSettings = RepairSettings & { readonly told: (sentence: string) => void };

function planAll(opened: OpenedInput, dump: Dump, options: RepairOptions, settings: PlanSettings): Planned {
  const refusal = targetRefusal(opened, dump, options);
  if (refusal !== null) throw new UsageError(refusal);
  const targets = targetsFor(opened, dump, options);
  const form = formOf(dump, options);
  const chosen = dump.vms
    .map((vm, copy) => ({ vm, copy, target: targets[copy] ?? null }))
    .filter(({ vm }) => options.vmUuid === null || vm.uuid?.toLowerCase() === options.vmUuid);
  if (chosen.length === 0 && options.vmUuid !== null) throw unknownVm(dump, options.vmUuid);
  const plans = chosen.map((copy) => ({
    ...copy,
    form,
    outcome: repairVm(copy.vm, options.strategy, settings),
  }));
  return form === "document" ? planDocument(plans, opened, dump, options, settings) : planBlobs(plans);
}

/** A raw blob stays one, unless texts are asked for; text stays text, and a document gets its NVRAMs back. */
function formOf({ format }: Dump, { emitEfivars }: RepairOptions): PlannedRepair["form"] {
  if (!emitEfivars && isWrittenBack(format)) return "document";
  return emitEfivars || format !== "vars" ? "text" : "blob";
}

function planBlobs(plans: readonly CopyPlan[]): Planned {
  const files = plans.flatMap(({ target, outcome, form }) =>
    outcome.kind === "repaired" && target !== null
      ? [{ target, content: form === "text" ? base64Text(outcome.bytes) : outcome.bytes }]
      : [],
  );
  return { plans, files };
}

/** All copies in one file. What cannot be written back is refused, before anything is written. */
function planDocument(
  plans: readonly CopyPlan[],
  { path, document, error }: OpenedInput,
  dump: Dump,
  { compress, progress, quiet }: RepairOptions,
  settings: PlanSettings,
): Planned {
  const blobs = new Map(
    plans.flatMap(({ copy, outcome }) =>
      outcome.kind === "repaired" ? [[copy, outcome.bytes] as const] : [],
    ),
  );
  if (blobs.size === 0 || document === null) return { plans, files: [] };
  const watch: ReadingWatcher = (total, done) => startByteProgress(progress && !quiet, total, done);
  const result = writeBack(
    { path, document, error, dump, blobs, compress, watch, told: settings.told },
    settings,
  );
  if (result.kind === "failed")
    return { plans: plans.map((plan) => refusedPlan(plan, result.reason)), files: [] };
  const target = plans[0]?.target ?? null;
  return { plans, files: target === null ? [] : [{ target, content: result.content }] };
}

function refusedPlan(plan: CopyPlan, reason: string): CopyPlan {
  if (plan.outcome.kind !== "repaired") return plan;
  return { ...plan, outcome: { kind: "refused", reason, strategyThatCan: null } };
}

function unknownVm({ vms }: Dump, uuid: string): UsageError {
  const known = [...new Set(vms.flatMap((vm) => (vm.uuid === null ? [] : [shown(vm.uuid)])))];
  const has =
    known.length === 0
      ? "It tells no UUID at all."
      : `It has ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}.`;
  return new UsageError(`No VM of the input has the UUID ${uuid}. ${has}`);
}

interface WritingResult {
  /** What ended the reading of the input on the way. */
  readonly failure: ParseError | null;
  /** Why the runbook alone is missing. */
  readonly unwrittenRunbook: WriteError | null;
}

const WRITTEN: WritingResult = { failure: null, unwrittenRunbook: null };

/** The runbook comes last. Nothing is written when one of the files may not be. Throws UsageError and WriteError. */
async function writeAll(
  files: readonly NewFile[],
  runbook: readonly NewFile[],
  { emitEfivars, out, force }: RepairOptions,
  { inputs }: CommandContext,
): Promise<WritingResult> {
  const missing = new Set(files);
  const done = (file: NewFile): void => void missing.delete(file);
  try {
    await writeFiles([...files, ...runbook], {
      folder: emitEfivars ? out : null,
      force,
      inputs,
      done,
    });
    return WRITTEN;
  } catch (error) {
    if (error instanceof ParseError) return { failure: error, unwrittenRunbook: null };
    const isRunbook = error instanceof WriteError && files.length > 0 && missing.size === 0;
    if (isRunbook) return { failure: null, unwrittenRunbook: error };
    throw error;
  }
}
