/** `varscope extract`: an NVRAM taken apart into files that other tools read. */

import { join } from "node:path";
import { nodeWorld } from "../../cli/io/world.ts";
import { NOTHING_MORE } from "../../library/judge/judged-copies.ts";
import { toHex } from "../../parsers/bytes.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { VarstoredBlob, VmSource } from "../../parsers/model.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { chooseCopies } from "../../report/copy-choice.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import type { ExtractedEntry, Extraction } from "../../report/extracted.ts";
import { type ExtractedFile, extractedFiles } from "../../report/extraction.ts";
import { copyStems, inputStem, safeName } from "../../report/output-names.ts";
import { writeJsonLines, writeJsonList } from "../../report/render/json-list.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { listTasks } from "../inputs.ts";
import { isOtherFolder, openOne } from "../io/open-view.ts";
import type { ExtractOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { extractionLines } from "../table/extraction-text.ts";
import { writeFiles } from "../write-files.ts";

export async function extract(options: ExtractOptions, context: CommandContext): Promise<ExitCode> {
  const { path, out } = options;
  if (options.lastGood) return extractLastGood(options, context);
  if (await isOtherFolder(path))
    throw new UsageError(
      `extract takes one file, and "${clip(printable(path), 80)}" is a folder. For the last good backup of each VM in it: --last-good.`,
    );
  const { file } = options;
  if (file !== null) return (await import("./disk-file.ts")).extractDiskFile({ ...options, file }, context);
  const { dump, error } = await openOne(path, nodeWorld);
  if (error !== null) context.complain(`${printable(path)}: ${printable(error.message)}`);
  const copies = dump === null ? [] : readableCopies(chooseCopies(dump.vms, options), path, context);
  const stems = copyStems(
    safeName(inputStem(path)),
    copies.map(({ vm }) => vm),
  );
  const taken = copies.map(({ vm, blob }, i) => ({ vm, files: filesOf(stems[i] ?? "", vm, blob, out) }));
  const files = taken.flatMap(({ files: ofCopy }) => ofCopy);
  await writeFiles(files, { folder: out, force: options.force, inputs: context.inputs });
  const extractions = taken.map(({ vm: { uuid, nameLabel, source }, files: ofCopy }) => ({
    path,
    vm: { uuid, nameLabel },
    source,
    backup: null,
    files: ofCopy.map(entryOf),
  }));
  await isHeard(report(extractions, options, context));
  return error !== null || copies.length === 0 ? EXIT.inputFailed : EXIT.ok;
}

async function extractLastGood(options: ExtractOptions, context: CommandContext): Promise<ExitCode> {
  const { path, out, vmUuid, asOf, references } = options;
  const { findLastGood, lastGoodFiles } = await import("../../library/judge/last-good.ts");
  const { judgeInOrder } = await import("../batch/in-order.ts");
  const run = { asOf, references, form: "brief", jobs: null } as const;
  const judged = judgeInOrder(listTasks([path]), run, () => NOTHING_MORE);
  const search = await findLastGood(judged, { path, vmUuid, world: nodeWorld, complain: context.complain });
  if (search === null) {
    const whose = vmUuid === null ? "a VM" : `the VM ${vmUuid}`;
    throw new UsageError(`There is no backup of ${whose} with an NVRAM in "${clip(printable(path), 80)}".`);
  }
  const { found, healthyNow, failed } = search;
  const taken = found.map((good) => ({ good, files: planned(lastGoodFiles(good), out) }));
  const files = taken.flatMap(({ files: ofCopy }) => ofCopy);
  await writeFiles(files, { folder: out, force: options.force, inputs: context.inputs });
  const extractions = taken.map(
    ({ good: { vmUuid, nameLabel, backup, copy, passedOver }, files: ofCopy }) => ({
      path: copy.path,
      vm: { uuid: vmUuid, nameLabel },
      source: copy.source,
      backup: {
        timestamp: backup.timestamp,
        verdict: copy.verdict,
        restorable: backup.restorable,
        passedOver: passedOver.map(({ timestamp, restorable: { problems } }) => ({ timestamp, problems })),
      },
      files: ofCopy.map(entryOf),
    }),
  );
  await isHeard(report(extractions, options, context));
  return failed || found.length + healthyNow === 0 ? EXIT.inputFailed : EXIT.ok;
}

interface ReadableCopy {
  readonly vm: VmSource;
  readonly blob: VarstoredBlob;
}

/** Those of which there is a blob; of the others it is said why not. */
function readableCopies(
  vms: readonly VmSource[],
  path: string,
  { complain }: CommandContext,
): ReadableCopy[] {
  if (vms.length === 0) complain(`${printable(path)}: there is no NVRAM to extract.`);
  return vms.flatMap((vm) => {
    const blob = vm.nvram?.blob ?? null;
    if (blob !== null) return [{ vm, blob }];
    const which = vm.uuid === null ? "" : ` of ${clip(printable(vm.uuid), 60)}`;
    complain(
      `${printable(path)}: the ${printable(vm.source)}${which} is ${vm.nvram?.state}: nothing is extracted.`,
    );
    return [];
  });
}

interface PlannedFile extends ExtractedFile {
  readonly target: string;
}

/** Of what a guest shows there is no blob: lists, certificates and the JSON are what can be had. */
function filesOf(stem: string, vm: VmSource, blob: VarstoredBlob, folder: string): PlannedFile[] {
  const files = extractedFiles(stem, blob, nodePlatform);
  return planned(viewOfCopy(vm) === null ? files : files.filter(({ kind }) => kind !== "nvram"), folder);
}

function planned(files: readonly ExtractedFile[], folder: string): PlannedFile[] {
  return files.map((file) => ({ ...file, target: join(folder, file.name) }));
}

function entryOf({ target, kind, content, variable, commonName }: PlannedFile): ExtractedEntry {
  const sha256 = toHex(nodePlatform.sha256(content));
  return { path: target, kind, bytes: content.length, sha256, variable, commonName };
}

async function report(
  extracted: readonly Extraction[],
  { format }: ExtractOptions,
  { output, style, columns }: CommandContext,
): Promise<void> {
  switch (format) {
    case "json":
      return writeJsonList(
        { schemaVersion: SCHEMA_VERSION, tool: TOOL },
        "extracted",
        extracted,
        output.write,
      );
    case "ndjson":
      return writeJsonLines(extracted, output.write);
    case "table":
      return output.write(
        extractionLines(extracted, { style, columns })
          .map((line) => `${line}\n`)
          .join(""),
      );
    default:
      return format satisfies never;
  }
}
