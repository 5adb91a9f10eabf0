/** Where a repair is written to. */

import { viewOfCopy } from "../../parsers/guest/view.ts";
import type { Dump } from "../../parsers/model.ts";
import { join } from "../../parsers/paths.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import {
  emittedNames,
  isExportFormat,
  repairedArchivePath,
  repairedPath,
} from "../../report/output-names.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { notRepaired } from "../../rules/engine/repair.ts";
import type { OpenedInput } from "../input/open-input.ts";

/** What is asked of a repair about the files that it writes. */
export interface WantedFiles {
  /** A folder for texts, else the file to write; null for the name that a repair chooses. */
  readonly out: string | null;
  /** One text a VM in place of the input in its own form. */
  readonly emitEfivars: boolean;
  readonly dryRun: boolean;
  /** The export that is written is compressed. */
  readonly compress: boolean;
}

/** Why nothing can be written as it is wanted; null where it can. */
export function targetRefusal(opened: OpenedInput, dump: Dump, wanted: WantedFiles): string | null {
  const { emitEfivars, out, dryRun, compress } = wanted;
  const { format, vms } = dump;
  if (format === "suspend-image")
    return "The saved state of a suspended VM is not repaired: resume the VM and shut it down, then repair the NVRAM of its record.";
  const [view] = vms.filter((vm) => viewOfCopy(vm) !== null);
  if (view !== undefined) return notRepaired(view);
  if (vms.length === 0 && dump.certificates.length > 0)
    return "There is no NVRAM in it to repair, only Secure Boot certificates: see analyze.";
  const hasForm = isBlob(format) || isWrittenBack(format);
  if (vms.length === 0 && !hasForm)
    return "There is no NVRAM in it to repair: varscope analyze tells what it holds.";
  if (compress && (!isExportFormat(format) || emitEfivars))
    return "--compress is for an export that is written as a whole.";
  if (opened.isDeciphered === true && !emitEfivars && !dryRun)
    return "It lies in an encrypted remote, and what is repaired in its own form would lie there, or elsewhere, as anybody can read it. Write the NVRAMs alone: --emit efivars --out DIR.";
  if (emitEfivars || dryRun) return null;
  if (!hasForm)
    return `A repair is not written back into this format (${format}): write one text a VM with --emit efivars --out DIR.`;
  const { path, compression } = opened;
  if (isExportFormat(format))
    return path === STANDARD_INPUT
      ? "An export is read twice, which standard input cannot be: save it to a file first, or use --emit efivars --out DIR."
      : null;
  if (out !== null) return null;
  if (path === STANDARD_INPUT) return "Standard input has no name to write beside: give --out FILE.";
  return compression === null
    ? null
    : `The input is compressed (${compression}), the repaired file will not be: name it with --out FILE.`;
}

/** A file for each copy, for all the same where they stay in one; null where none is written. Ask for the refusal first. */
export function targetsFor(opened: OpenedInput, dump: Dump, wanted: WantedFiles): (string | null)[] {
  const { emitEfivars, out, dryRun } = wanted;
  const { format, vms } = dump;
  if (emitEfivars) return emittedNames(opened.path, vms).map((name) => join(out ?? ".", name));
  const hasForm = isBlob(format) || isWrittenBack(format);
  const target = !hasForm ? null : dryRun ? out : plannedTarget(opened, dump, wanted);
  return vms.map(() => target);
}

/** The name that a repair chooses by itself; null where it chooses none. */
export function plannedTarget(
  { path, compression }: OpenedInput,
  { format }: Dump,
  { out, emitEfivars, compress }: Pick<WantedFiles, "out" | "emitEfivars" | "compress">,
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
