/** `varscope repair` of several inputs: all are planned and proven, then what can be repaired is written, file by file. */
import { dirname, join, relative, resolve } from "node:path";
import { defectOf } from "../../library/judge/judge.ts";
import { ParseError } from "../../parsers/errors.ts";
import { maxComplaints } from "../../report/complaints.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { outputPlaces } from "../../report/output-places.ts";
import { nested } from "../../report/render/element-text.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { repairManyLines } from "../../report/render/repair-many-text.ts";
import { repairLines, type ShownRepair } from "../../report/render/repair-text.ts";
import { type RunbookSection, runbookMarkdown } from "../../report/render/runbook-text.ts";
import { counted } from "../../report/render/text.ts";
import { VERDICTS } from "../../report/render/verdicts.ts";
import {
  type FailedInput,
  type ManyCopy,
  type RepairSummary,
  repairSummary,
} from "../../report/repair/many.ts";
import { type RepairEntry, repairEntry } from "../../report/repair-entry.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { MAX_TOLD_IN_FULL } from "../../report/told-in-full.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { WriteError } from "../io/write-file.ts";
import type { RepairOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { type RepairInput, repairInputs } from "../repair-many/inputs.ts";
import { besidePath, ManyPlans, type PlannedOutput } from "../repair-many/plans.ts";
import { type LaterFile, writeBelow } from "../repair-many/write-below.ts";
import { repairSettings } from "../repair-settings.ts";
import { writeFiles } from "../write-files.ts";

export async function repairMany(options: RepairOptions, context: CommandContext): Promise<ExitCode> {
  const settings = await repairSettings(options);
  if (options.compress && options.emitEfivars)
    throw new UsageError("--compress is for exports that are written as a whole.");
  const plans = new ManyPlans(options, settings, context, MAX_TOLD_IN_FULL);
  try {
    const reading = await planInputs(plans, options, context);
    if (options.vmUuid !== null && !plans.isFound && reading.failed.length === 0)
      throw new UsageError(`No VM of the inputs has the UUID ${options.vmUuid}.`);
    const targets = targetsOf(plans.outputs, options);
    const sections = runbookSections(plans, targets);
    const writing = options.dryRun
      ? NOTHING_WRITTEN
      : await writeAll(plans, targets, sections, options, context);
    const failed = [...reading.failed, ...writing.failed];
    const copies = plans.copies.map(({ brief, output }) => ({
      ...brief,
      output: output !== null && writing.done.has(output) ? (targets[output] ?? null) : null,
    }));
    const results = { plans, copies, targets, failed, sections, writing, settings };
    complainOfRefused(copies, context);
    await isHeard(report(results, options, context));
    if (writing.broken !== null) throw writing.broken;
    return exitCodeOf(copies, failed.length > 0, reading.hasDefect);
  } finally {
    plans.discard();
  }
}

function exitCodeOf(copies: readonly ManyCopy[], hasFailed: boolean, hasDefect: boolean): ExitCode {
  if (hasDefect) return EXIT.defect;
  if (copies.some(({ result }) => result === "refused")) return EXIT.refused;
  return hasFailed ? EXIT.inputFailed : EXIT.ok;
}

/** Inputs that could not be read, of which each gets a line on standard error. */
const MAX_COMPLAINTS = 20;

function complainOfRefused(copies: readonly ManyCopy[], { complain, output }: CommandContext): void {
  const most = maxComplaints(output);
  let refused = 0;
  for (const { path, uuid, nameLabel, refused: why } of copies) {
    if (why === null || ++refused > most) continue;
    const name = nameLabel ?? uuid;
    const which = name === null ? "" : `${clip(printable(name), MAX_NAME)}: `;
    complain(`${printable(path)}: ${which}not repaired: ${printable(why.reason)}`);
  }
  const more = refused - most;
  if (more > 0)
    complain(`${counted(more, "more copy", "more copies")} not repaired; the report tells why of each.`);
}

const MAX_NAME = 60;

interface Reading {
  readonly failed: readonly FailedInput[];
  readonly hasDefect: boolean;
}

async function planInputs(
  plans: ManyPlans,
  { paths }: RepairOptions,
  { complain }: CommandContext,
): Promise<Reading> {
  const failed: FailedInput[] = [];
  let hasDefect = false;
  const fail = (path: string, { code, message }: ParseError): void => {
    failed.push({ path, code, message });
    if (failed.length <= MAX_COMPLAINTS) complain(`${printable(path)}: ${printable(message)}`);
  };
  for await (const input of repairInputs(paths, plans.take)) {
    const { element } = input;
    if (input.failed && element.error !== null) fail(element.path, element.error);
    const defect = await planOne(plans, input);
    if (defect === null) continue;
    hasDefect = true;
    fail(element.path, defect);
  }
  const more = failed.length - MAX_COMPLAINTS;
  if (more > 0) complain(`${counted(more, "more input")} could not be read; the report names each.`);
  return { failed, hasDefect };
}

/** An exception that nobody foresaw costs one input, not the others. */
async function planOne(plans: ManyPlans, input: RepairInput): Promise<ParseError | null> {
  try {
    await plans.add(input);
    return null;
  } catch (thrown) {
    if (thrown instanceof WriteError || thrown instanceof UsageError) throw thrown;
    return defectOf(thrown);
  }
}

/** Where each result goes; null where that is not known, as in a dry run without a folder. Throws UsageError. */
function targetsOf(outputs: readonly PlannedOutput[], { out, dryRun }: RepairOptions): (string | null)[] {
  if (out !== null) return outputPlaces(outputs).map((place) => join(out, place));
  const [first] = outputs;
  if (outputs.length > 1 && !dryRun)
    throw new UsageError(
      `There are ${outputs.length} files to write: name a folder for them with --out DIR. Nothing was written.`,
    );
  if (first !== undefined && !first.isBeside && !dryRun)
    throw new UsageError("The result has no place beside its input: name a folder for it with --out DIR.");
  return outputs.map((output) => (outputs.length === 1 && output.isBeside ? besidePath(output) : null));
}

interface Writing {
  /** Places of the outputs that are there. */
  readonly done: ReadonlySet<number>;
  /** Inputs that could not be read to their end while they were copied. */
  readonly failed: readonly FailedInput[];
  /** What ended the writing on the way. */
  readonly broken: WriteError | null;
}

const NOTHING_WRITTEN: Writing = { done: new Set(), failed: [], broken: null };

async function writeAll(
  { outputs }: ManyPlans,
  targets: readonly (string | null)[],
  sections: readonly OrderedSection[],
  { out, force, runbook }: RepairOptions,
  { inputs, complain }: CommandContext,
): Promise<Writing> {
  const done = new Set<number>();
  const failed: FailedInput[] = [];
  const files = outputs.map(({ content }, i) => ({ i, target: targets[i] ?? "", content }));
  const folder = out ?? dirname(files[0]?.target ?? ".");
  const later = files.map((file): LaterFile & { i: number } => ({
    i: file.i,
    place: relative(folder, file.target),
    content: file.content,
  }));
  if (runbook !== null && files.some(({ target }) => resolve(target) === resolve(runbook)))
    throw new UsageError(
      `--runbook ${clip(printable(runbook), 80)} is the name of a repaired file. Give another one.`,
    );
  const numbers = new Map<LaterFile, number>(later.map((file) => [file, file.i]));
  try {
    await writeBelow(folder, later, {
      force,
      inputs,
      done: (file) => void done.add(numbers.get(file) ?? -1),
      passes: (file, error) => {
        if (!(error instanceof ParseError)) return false;
        const path = outputs[numbers.get(file) ?? -1]?.path ?? "";
        failed.push({ path, code: error.code, message: error.message });
        complain(`${printable(path)}: ${printable(error.message)}`);
        return true;
      },
    });
    const written = sections.filter(({ output }) => done.has(output));
    if (runbook !== null && written.length > 0)
      await writeFiles([{ target: runbook, content: new TextEncoder().encode(runbookMarkdown(written)) }], {
        folder: null,
        force,
        inputs,
      });
    return { done, failed, broken: null };
  } catch (error) {
    // Where nothing was written yet there is nothing to tell but the error itself.
    if (!(error instanceof WriteError) || done.size === 0) throw error;
    const note = `${error.message} ${counted(done.size, "file")} of ${files.length} ${done.size === 1 ? "was" : "were"} written before; the report names them.`;
    return { done, failed, broken: new WriteError(note) };
  }
}

interface OrderedSection extends RunbookSection {
  /** Place of the result that it is about. */
  readonly output: number;
}

const KINDS: readonly ManyCopy["kind"][] = ["vm", "unknown", "template", "snapshot"];

/** In the order of work: the worst first, and VMs before what only becomes one. */
function runbookSections({ copies }: ManyPlans, targets: readonly (string | null)[]): OrderedSection[] {
  const rank = ({ brief: { kind, before } }: (typeof copies)[number]): number =>
    VERDICTS.indexOf(before) * KINDS.length + Math.max(0, KINDS.indexOf(kind));
  return copies
    .filter(({ runbook, output }) => runbook !== null && output !== null)
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ brief, runbook, output }) => ({
      name: brief.nameLabel ?? brief.path,
      uuid: brief.uuid,
      steps: runbook?.(targets[output ?? -1] ?? null) ?? [],
      output: output ?? -1,
    }));
}

interface RepairResults {
  readonly plans: ManyPlans;
  readonly copies: readonly ManyCopy[];
  readonly targets: readonly (string | null)[];
  readonly failed: readonly FailedInput[];
  readonly sections: readonly RunbookSection[];
  readonly writing: Writing;
  readonly settings: Awaited<ReturnType<typeof repairSettings>>;
}

async function report(
  results: RepairResults,
  options: RepairOptions,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const summary = repairSummary(results.copies, results.failed.length);
  switch (options.format) {
    case "json":
      return writeDocument(results, summary, context);
    case "ndjson":
      for (const entry of entriesOf(results)) await output.write(`${jsonText(entry, 0)}\n`);
      return;
    case "table": {
      const lines = tableLines(results, summary, options, context);
      const planned = options.dryRun && options.runbook !== null && results.sections.length > 0;
      return output.write(
        lines.map((line) => `${line}\n`).join("") + (planned ? `\n${runbookMarkdown(results.sections)}` : ""),
      );
    }
    default:
      return options.format satisfies never;
  }
}

/** Written as it comes: of ten thousand results the text alone would fill memory. */
async function writeDocument(
  results: RepairResults,
  summary: RepairSummary,
  { output }: CommandContext,
): Promise<void> {
  await output.write(
    `{\n  "schemaVersion": ${SCHEMA_VERSION},\n  "tool": ${nested(TOOL, 1)},\n  "repairs": [`,
  );
  let separator = "\n    ";
  for (const entry of entriesOf(results)) {
    await output.write(separator + nested(entry, 2));
    separator = ",\n    ";
  }
  const close = results.copies.length === 0 ? "]" : "\n  ]";
  await output.write(
    `${close},\n  "summary": ${nested(summary, 1)},\n  "failed": ${nested(results.failed, 1)}\n}\n`,
  );
}

function* entriesOf({ plans, copies, targets }: RepairResults): Generator<RepairEntry, void, undefined> {
  for (const [i, { entry, runbook, output }] of plans.copies.entries()) {
    if (entry === null) continue;
    const planned = JSON.parse(new TextDecoder().decode(plans.store.get(entry))) as RepairEntry;
    const written = copies[i]?.output ?? null;
    const steps = runbook?.(output === null ? null : (targets[output] ?? null)) ?? [];
    yield { ...planned, path: copies[i]?.path ?? "", output: written, runbook: steps };
  }
}

function tableLines(
  results: RepairResults,
  summary: RepairSummary,
  { dryRun, quiet, out, runbook, paths, emitEfivars, strategy, path }: RepairOptions,
  { style, columns }: CommandContext,
): string[] {
  const look = { style, columns, quiet };
  const few = quiet ? null : results.plans.inFull;
  const isWritten = !dryRun && results.writing.broken === null;
  const runbookFile = isWritten && runbook !== null && results.sections.length > 0 ? runbook : null;
  const emit = emitEfivars ? " --emit efivars" : out === null ? "" : " --emit same";
  const command = { paths: paths.length === 0 ? [path] : paths, emit, out, strategy };
  const situation = { dryRun, out, runbookFile, inFull: few !== null, command };
  const overview = repairManyLines(results.copies, summary, situation, look);
  if (few === null || few.length === 0) return overview;
  const shown: ShownRepair[] = few.map(({ plan, index }) => {
    const { output } = results.plans.copies[index] ?? { output: null };
    const target = output === null ? null : (results.targets[output] ?? null);
    const copy = results.copies[index];
    const entrySettings = { ...results.settings, path: copy?.path ?? "", strategy, runbook: [] };
    const written = copy?.output !== null;
    const placed = { ...plan, target };
    return { plan: placed, entry: repairEntry(placed, { ...entrySettings, written }) };
  });
  const full = repairLines(shown, { dryRun, refused: false, runbook: [], runbookFile: null }, look);
  return [...full, "", ...overview];
}
