/** `varscope repair`: planned and proven for every copy first, then written, each file whole or not at all. */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Dump } from "../../parsers/model.ts";
import { type RepairSettings, repairVm } from "../../rules/repair.ts";
import { SCHEMA_VERSION } from "../../rules/report.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { isFolder } from "../io/byte-source.ts";
import { type OpenedInput, openInput } from "../io/open-input.ts";
import { type RepairOptions, STANDARD_INPUT } from "../options.ts";
import { emittedNames, repairedPath } from "../output-names.ts";
import { clip, jsonText, printable } from "../render/printable.ts";
import { type RepairSituation, repairLines, type ShownRepair } from "../render/repair-text.ts";
import { type PlannedRepair, repairEntry } from "../repair-entry.ts";
import { judgingSettings } from "../settings.ts";
import { TOOL } from "../version.ts";
import { writeFiles } from "../write-files.ts";

export async function repair(options: RepairOptions, context: CommandContext): Promise<ExitCode> {
  const { path, dryRun, strategy } = options;
  if (await isFolder(path)) throw new UsageError(`repair takes one file, and ${shown(path)} is a folder.`);
  const settings = await repairSettings(options);
  const opened = await openInput(path, settings.platform);
  if (opened.error !== null) context.complain(`${printable(path)}: ${printable(opened.error.message)}`);
  const plans = opened.dump === null ? [] : planAll(opened, opened.dump, options, settings);
  const refused = plans.some(({ outcome }) => outcome.kind === "refused");
  const written = !refused && !dryRun;
  if (written) await writeAll(plans, options);
  const repairs = plans.map((plan) => ({
    plan,
    entry: repairEntry(plan, { ...settings, path, strategy, written }),
  }));
  await report(repairs, { dryRun, refused }, options, context);
  if (refused) return EXIT.refused;
  return opened.error === null ? EXIT.ok : EXIT.inputFailed;
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

function planAll(
  opened: OpenedInput,
  dump: Dump,
  options: RepairOptions,
  settings: RepairSettings,
): PlannedRepair[] {
  const targets = targetsFor(opened, dump, options);
  const chosen = dump.vms
    .map((vm, i) => ({ vm, target: targets[i] ?? null }))
    .filter(({ vm }) => options.vmUuid === null || vm.uuid?.toLowerCase() === options.vmUuid);
  if (chosen.length === 0 && options.vmUuid !== null) throw unknownVm(dump, options.vmUuid);
  // A raw blob stays one, unless texts are asked for; every other form is base64.
  const asText = options.emitEfivars || dump.format !== "vars";
  return chosen.map((copy) => ({ ...copy, asText, outcome: repairVm(copy.vm, options.strategy, settings) }));
}

function unknownVm({ vms }: Dump, uuid: string): UsageError {
  const known = [...new Set(vms.flatMap((vm) => (vm.uuid === null ? [] : [shown(vm.uuid)])))];
  const has =
    known.length === 0
      ? "It tells no UUID at all."
      : `It has ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}.`;
  return new UsageError(`No VM of the input has the UUID ${uuid}. ${has}`);
}

/** A file for each copy; null for a dry run that was given no place. Throws UsageError where there is none to write to. */
function targetsFor(
  { path, compression }: OpenedInput,
  { format, vms }: Dump,
  options: RepairOptions,
): (string | null)[] {
  const { emitEfivars, out, dryRun } = options;
  if (emitEfivars) return emittedNames(path, vms).map((name) => join(out ?? ".", name));
  const isBlob = format === "vars" || format === "efivars-b64";
  if (!isBlob) {
    if (dryRun) return vms.map(() => null);
    throw new UsageError(
      `A repair is not written back into this format (${format}): write one text a VM with --emit efivars --out DIR.`,
    );
  }
  if (out !== null) return [out];
  if (dryRun) return [null];
  if (path === STANDARD_INPUT)
    throw new UsageError("Standard input has no name to write beside: give --out FILE.");
  if (compression !== null)
    throw new UsageError(
      `The input is compressed (${compression}), the repaired file will not be: name it with --out FILE.`,
    );
  return [repairedPath(path)];
}

/** Nothing is written when one of the files may not be. */
async function writeAll(plans: readonly PlannedRepair[], options: RepairOptions): Promise<void> {
  const files = plans.flatMap(({ target, outcome, asText }) =>
    outcome.kind === "repaired" && target !== null
      ? [{ target, content: asText ? base64(outcome.bytes) : outcome.bytes }]
      : [],
  );
  const folder = options.emitEfivars ? options.out : null;
  await writeFiles(files, { folder, force: options.force, inputs: [options.path] });
}

/** One line without a newline: the host's restore command refuses any. */
function base64(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
  );
}
