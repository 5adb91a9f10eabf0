/** Where a repair is written to. */
import { join } from "node:path";
import type { OpenedInput } from "../library/input/open-input.ts";
import { viewOfCopy } from "../parsers/guest/view.ts";
import type { Dump } from "../parsers/model.ts";
import { isWrittenBack } from "../parsers/write-back/index.ts";
import {
  type ExportFormat,
  emittedNames,
  isExportFormat,
  repairedArchivePath,
  repairedPath,
} from "../report/output-names.ts";
import { STANDARD_INPUT } from "../report/standard-streams.ts";
import { notRepaired } from "../rules/engine/repair.ts";
import { UsageError } from "./errors.ts";
import type { RepairOptions } from "./options.ts";

/** A file for each copy, for all the same where they stay in one; null for a dry run. Throws UsageError where there is none. */
export function targetsFor(opened: OpenedInput, dump: Dump, options: RepairOptions): (string | null)[] {
  const { emitEfivars, out, dryRun, compress } = options;
  const { format, vms } = dump;
  if (format === "suspend-image")
    throw new UsageError(
      "The saved state of a suspended VM is not repaired: resume the VM and shut it down, then repair the NVRAM of its record.",
    );
  const [view] = vms.filter((vm) => viewOfCopy(vm) !== null);
  if (view !== undefined) throw new UsageError(notRepaired(view));
  if (vms.length === 0 && dump.certificates.length > 0)
    throw new UsageError("There is no NVRAM in it to repair, only Secure Boot certificates: see analyze.");
  if (vms.length === 0 && !isBlob(format) && !isWrittenBack(format))
    throw new UsageError("There is no NVRAM in it to repair: varscope analyze tells what it holds.");
  if (compress && (!isExportFormat(format) || emitEfivars))
    throw new UsageError("--compress is for an export that is written as a whole.");
  if (opened.isDeciphered === true && !emitEfivars && !dryRun)
    throw new UsageError(
      "It lies in an encrypted remote, and what is repaired in its own form would lie there, or elsewhere, as anybody can read it. Write the NVRAMs alone: --emit efivars --out DIR.",
    );
  if (emitEfivars) return emittedNames(opened.path, vms).map((name) => join(out ?? ".", name));
  if (!isBlob(format) && !isWrittenBack(format)) {
    if (dryRun) return vms.map(() => null);
    throw new UsageError(
      `A repair is not written back into this format (${format}): write one text a VM with --emit efivars --out DIR.`,
    );
  }
  if (dryRun) return vms.map(() => out);
  const target = isExportFormat(format)
    ? archiveTarget(opened, format, options)
    : (out ?? besideInput(opened));
  return vms.map(() => target);
}

/** The name that a repair chooses by itself; null where it chooses none. */
export function plannedTarget(
  { path, compression }: OpenedInput,
  { format }: Dump,
  { out, emitEfivars, compress }: RepairOptions,
): string | null {
  if (emitEfivars) return null;
  if (out !== null) return out;
  if (path === STANDARD_INPUT) return null;
  if (isExportFormat(format)) return repairedArchivePath(path, compression !== null, compress, format);
  const isRewritten = isBlob(format) || isWrittenBack(format);
  return compression === null && isRewritten ? repairedPath(path) : null;
}

function isBlob(format: Dump["format"]): boolean {
  return format === "vars" || format === "efivars-b64";
}

function archiveTarget(
  { path, compression }: OpenedInput,
  format: ExportFormat,
  { out, compress }: RepairOptions,
): string {
  if (path === STANDARD_INPUT)
    throw new UsageError(
      "An export is read twice, which standard input cannot be: save it to a file first, or use --emit efivars --out DIR.",
    );
  return out ?? repairedArchivePath(path, compression !== null, compress, format);
}

function besideInput({ path, compression }: OpenedInput): string {
  if (path === STANDARD_INPUT)
    throw new UsageError("Standard input has no name to write beside: give --out FILE.");
  if (compression !== null)
    throw new UsageError(
      `The input is compressed (${compression}), the repaired file will not be: name it with --out FILE.`,
    );
  return repairedPath(path);
}
