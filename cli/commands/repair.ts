/** `varscope repair`: planned and proven for every copy first, then written, each file whole or not at all. */
import { ParseError } from "../../parsers/errors.ts";
import type { Dump } from "../../parsers/model.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { SCHEMA_VERSION } from "../../rules/engine/report.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { endsAsArchive } from "../io/archive-end.ts";
import { isFolder } from "../io/byte-source.ts";
import { type OpenedInput, openInput } from "../io/open-input.ts";
import { type RepairOptions, STANDARD_INPUT } from "../options.ts";
import { clip, jsonText, printable } from "../render/printable.ts";
import { type RepairSituation, repairLines, type ShownRepair } from "../render/repair-text.ts";
import { type PlannedRepair, repairEntry } from "../repair-entry.ts";
import { targetsFor } from "../repair-targets.ts";
import { judgingSettings } from "../settings.ts";
import { TOOL } from "../version.ts";
import { base64Text, writeBack } from "../write-back.ts";
import { type NewFile, writeFiles } from "../write-files.ts";

export async function repair(options: RepairOptions, context: CommandContext): Promise<ExitCode> {
  const { path, dryRun, strategy } = options;
  if (await isFolder(path)) throw new UsageError(`repair takes one file, and ${shown(path)} is a folder.`);
  const settings = await repairSettings(options);
  const opened = await openInput(path, settings.platform);
  if (opened.error !== null) context.complain(`${printable(path)}: ${printable(opened.error.message)}`);
  if (isCut(opened)) {
    context.complain(
      `${printable(path)} does not end as an export does: it may be cut. Run ${TOOL.name} verify on it.`,
    );
  }
  const { plans, files } = opened.dump === null ? NOTHING : planAll(opened, opened.dump, options, settings);
  const refused = plans.some(({ outcome }) => outcome.kind === "refused");
  const failure = refused || dryRun ? null : await writeAll(files, options);
  if (failure !== null) context.complain(`${printable(path)}: ${printable(failure.message)}`);
  const written = !refused && !dryRun && failure === null;
  const repairs = plans.map((plan) => ({
    plan,
    entry: repairEntry(plan, { ...settings, path, strategy, written }),
  }));
  await report(repairs, { dryRun, refused: refused || failure !== null }, options, context);
  if (refused) return EXIT.refused;
  return opened.error === null && failure === null ? EXIT.ok : EXIT.inputFailed;
}

/** What is compressed and cut breaks off while it is read. */
function isCut({ path, dump, compression }: OpenedInput): boolean {
  return dump?.format === "xva" && compression === null && path !== STANDARD_INPUT && !endsAsArchive(path);
}

async function repairSettings(options: RepairOptions): Promise<RepairSettings> {
  const settings = await judgingSettings(options);
  if (options.addCertificates === null) return settings;
  const { suppliedCertificates } = await import("../supplied-certificates.ts");
  return { ...settings, supplied: await suppliedCertificates(options.addCertificates, settings.knowledge) };
}

async function report(
  repairs: readonly ShownRepair[],
  situation: RepairSituation,
  { format, quiet }: RepairOptions,
  { output, style, columns }: CommandContext,
): Promise<void> {
  const entries = repairs.map(({ entry }) => entry);
  switch (format) {
    case "json":
      return output.write(
        `${jsonText({ schemaVersion: SCHEMA_VERSION, tool: TOOL, repairs: entries }, 2)}\n`,
      );
    case "ndjson":
      return output.write(entries.map((entry) => `${jsonText(entry, 0)}\n`).join(""));
    case "table":
      return output.write(
        repairLines(repairs, situation, { style, columns, quiet })
          .map((line) => `${line}\n`)
          .join(""),
      );
    default:
      return format satisfies never;
  }
}

function shown(text: string): string {
  return clip(printable(text), 80);
}

interface Planned {
  readonly plans: readonly PlannedRepair[];
  readonly files: readonly NewFile[];
}

const NOTHING: Planned = { plans: [], files: [] };

function planAll(opened: OpenedInput, dump: Dump, options: RepairOptions, settings: RepairSettings): Planned {
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

function planBlobs(plans: readonly PlannedRepair[]): Planned {
  const files = plans.flatMap(({ target, outcome, form }) =>
    outcome.kind === "repaired" && target !== null
      ? [{ target, content: form === "text" ? base64Text(outcome.bytes) : outcome.bytes }]
      : [],
  );
  return { plans, files };
}

/** All copies in one file. What cannot be written back is refused, before anything is written. */
function planDocument(
  plans: readonly (PlannedRepair & { readonly copy: number })[],
  { path, document, error }: OpenedInput,
  dump: Dump,
  { compress }: RepairOptions,
  settings: RepairSettings,
): Planned {
  const blobs = new Map(
    plans.flatMap(({ copy, outcome }) =>
      outcome.kind === "repaired" ? [[copy, outcome.bytes] as const] : [],
    ),
  );
  if (blobs.size === 0 || document === null) return { plans, files: [] };
  const result = writeBack({ path, document, error, dump, blobs, compress }, settings);
  if (result.kind === "failed")
    return { plans: plans.map((plan) => refusedPlan(plan, result.reason)), files: [] };
  const target = plans[0]?.target ?? null;
  return { plans, files: target === null ? [] : [{ target, content: result.content }] };
}

function refusedPlan(plan: PlannedRepair, reason: string): PlannedRepair {
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

/** Nothing is written when one of the files may not be. What ends the reading of an input on the way is given back. */
async function writeAll(
  files: readonly NewFile[],
  { emitEfivars, out, force, path }: RepairOptions,
): Promise<ParseError | null> {
  try {
    await writeFiles(files, { folder: emitEfivars ? out : null, force, inputs: [path] });
    return null;
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}
