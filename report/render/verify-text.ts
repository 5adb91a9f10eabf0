/** The check of an export for humans. */

import { programCall } from "../program-call.ts";
import { STANDARD_INPUT } from "../standard-streams.ts";
import type { VerifyEntry } from "../verify.ts";
import { bytesText } from "./byte-size.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { shellPath } from "./shell.ts";
import { counted, wrap } from "./text.ts";

const MAX_PROBLEMS = 20;
const MAX_DISKS = 20;
const MAX_TEXT = 300;
const MAX_NAME = 60;

export function verifyLines(entry: VerifyEntry, { style, columns, quiet }: Look): string[] {
  const name = style.bold(printable(entry.path));
  const problems = problemLines(entry, columns);
  if (entry.error !== null)
    return [
      `${style.bold(style.red("NOT CHECKED"))}  ${name}`,
      ...wrap(printable(entry.error.message), columns, 2),
    ];
  if (!entry.complete)
    return [
      `${style.bold(style.red("DAMAGED"))}  ${name}`,
      `  ${counted(entry.problemCount, "problem")}:`,
      ...problems,
      ...(quiet ? [] : ["", ...summaryLines(entry)]),
      "",
      "  Do not rely on this file: export the VM again, or fetch the file again.",
    ];
  if (quiet) return [];
  return [
    `${style.bold(style.green("COMPLETE AND UNDAMAGED"))}  ${name}`,
    ...summaryLines(entry),
    ...bootLines(entry),
  ];
}

/** An undamaged export may hold a VM that does not start. Only a file can be named again. */
function bootLines({ path, blocks, files }: VerifyEntry): string[] {
  if (blocks === 0 || files !== undefined || path === STANDARD_INPUT) return [];
  return [
    "  Whether its VM starts from these disks is another question:",
    `    ${programCall()} boot ${shellPath(path)}`,
  ];
}

function problemLines({ problems, problemCount }: VerifyEntry, columns: number): string[] {
  const shown = problems.slice(0, MAX_PROBLEMS).flatMap(({ code, member, offset, message }) => {
    const place = offset === null ? "" : ` at byte ${offset}`;
    const what = member === null ? "" : ` ${clip(printable(member), MAX_NAME)}`;
    return wrap(`- ${code}${what}${place}: ${clip(printable(message), MAX_TEXT)}`, columns, 4);
  });
  const more = problemCount - Math.min(problems.length, MAX_PROBLEMS);
  return more > 0 ? [...shown, `    … ${more} more; --format json lists the first 1000`] : shown;
}

/** Lines for an appliance, whose files are checked as a whole. */
function fileLines(files: NonNullable<VerifyEntry["files"]>): string[] {
  const listed = files.slice(0, MAX_DISKS).map(({ name, bytes, algorithm, matches }) => {
    const digest =
      matches === null
        ? "no digest to compare with"
        : `${matches ? "the right" : "ANOTHER"} digest (${algorithm})`;
    return `  ${clip(printable(name), MAX_NAME)}: ${bytesText(bytes)}, ${digest}`;
  });
  const more = files.length - listed.length;
  return more > 0 ? [...listed, `  … ${more} more files`] : listed;
}

function summaryLines({
  files,
  bytes,
  blocks,
  checkedBlocks,
  checksums,
  disks,
  compression,
}: VerifyEntry): string[] {
  const packed = compression === null ? "" : `, read from ${compression}`;
  if (files !== undefined) return [`  archive of ${bytesText(bytes)}${packed}`, ...fileLines(files)];
  const kinds = checksums.map((kind) => (kind === "xxhash" ? "XXH64" : "SHA-1")).join(", ");
  const listed = disks.slice(0, MAX_DISKS).map((disk) => {
    const label = clip(printable(disk.nameLabel ?? ""), MAX_NAME);
    const size = disk.virtualBytes === null ? "size unknown" : bytesText(disk.virtualBytes);
    return `  ${printable(disk.id)}${label === "" ? "" : ` ${label}`}: ${size}, ${counted(disk.blocks, "block")} with ${bytesText(disk.storedBytes)}`;
  });
  return [
    `  archive of ${bytesText(bytes)}${packed}`,
    blocks === 0
      ? "  no disks in it: an export of metadata"
      : `  ${checkedBlocks} of ${counted(blocks, "block")} with the right checksum${kinds === "" ? "" : ` (${kinds})`}`,
    ...listed,
    ...(disks.length > MAX_DISKS ? [`  … ${disks.length - MAX_DISKS} more disks`] : []),
  ];
}
