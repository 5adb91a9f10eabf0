/** Names of what is written. */

import { ALL_FORMATS } from "../parsers/formats/index.ts";
import type { FormatId } from "../parsers/model.ts";
import { basename, dirname, join } from "../parsers/paths.ts";
import { encodeUtf8 } from "../parsers/text/text-encoding.ts";
import { isPlainUuid } from "../parsers/uuid.ts";
import { STANDARD_INPUT } from "./standard-streams.ts";

/** Endings that stay at the end; the longest first, as one may end another. */
const KNOWN_ENDINGS = ALL_FORMATS.flatMap(({ keptEndings = [] }) => keptEndings).sort(
  (a, b) => b.length - a.length,
);
const EFIVARS_ENDING = ".efivars.b64";
/** A name has at most 255 bytes on nearly all disks; the rest is for `.snapshot_metadata`, numbers and endings. */
const MAX_STEM_BYTES = 200;

function splitEnding(name: string): { stem: string; ending: string } {
  const ending =
    KNOWN_ENDINGS.find((known) => name.toLowerCase().endsWith(known) && name.length > known.length) ?? "";
  const stem = name.slice(0, name.length - ending.length);
  return { stem: shortened(stem), ending: name.slice(stem.length) };
}

/** Cut between two characters: what is printed as a command has to work for every name that can be read. */
function shortened(stem: string): string {
  if (encodeUtf8(stem).length <= MAX_STEM_BYTES) return stem;
  let bytes = 0;
  let units = 0;
  for (const character of stem) {
    bytes += encodeUtf8(character).length;
    if (bytes > MAX_STEM_BYTES) break;
    units += character.length;
  }
  return stem.slice(0, units);
}

/** `x.efivars.b64` gives `x.repaired.efivars.b64`, beside it. */
export function repairedPath(path: string): string {
  const { stem, ending } = splitEnding(basename(path));
  return join(dirname(path), `${stem}.repaired${ending}`);
}

/** Archives around the document that holds the NVRAM, which are written back as a whole. */
export type ExportFormat = "xva" | "ova";

export function isExportFormat(format: FormatId | null): format is ExportFormat {
  return format === "xva" || format === "ova";
}

/** An archive's name tells how it is compressed: `x.xva.zst` gives `x.repaired.xva`, or `x.repaired.xva.gz`. */
export function repairedArchivePath(
  path: string,
  wasCompressed: boolean,
  compress: boolean,
  format: ExportFormat = "xva",
): string {
  const { stem, ending } = splitEnding(basename(path));
  const isNamed = ending.toLowerCase().startsWith(`.${format}`) || wasCompressed;
  const name = isNamed ? `${stem}.repaired.${format}` : `${stem}.repaired${ending}`;
  return join(dirname(path), `${name}${compress ? ".gz" : ""}`);
}

interface Emitted {
  readonly uuid: string | null;
  readonly source: string;
}

/** The input's own name without its ending. */
export function inputStem(path: string): string {
  return path === STANDARD_INPUT ? "stdin" : splitEnding(basename(path)).stem;
}

/** Letters, digits, `.`, `_` and `-`, which every disk and shell takes as they are. */
export function safeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
}

/** File names for the texts of one input, no two alike. */
export function emittedNames(path: string, copies: readonly Emitted[]): string[] {
  return copyStems(inputStem(path), copies).map((stem) => `${stem}${EFIVARS_ENDING}`);
}

/**
 * The beginning of a file name for each copy, no two alike; `own` for one without UUID. A UUID of the input is used only
 * where it is one, so that nothing of an input can name a place outside the folder; the copy's name is reduced to plain
 * characters.
 */
export function copyStems(own: string, copies: readonly Emitted[]): string[] {
  const nameless = copies.filter(({ uuid }) => !isPlainUuid(uuid)).length;
  const taken = new Set<string>();
  /** By the beginning of a name the number from which on one may be free: a hundred thousand copies may share it. */
  const numbers = new Map<string, number>();
  return copies.map(({ uuid, source }, index) => {
    const base = isPlainUuid(uuid) ? uuid.toLowerCase() : nameless > 1 ? `${own}.${index}` : own;
    // A backup of Xen Orchestra keeps the VM's own record as `vm`.
    const copy = safeName(source.replace(/^vm\.(?=NVRAM$)/, "").replace(/\.?NVRAM$/, ""));
    const stem = copy === "" ? base : `${base}.${copy}`;
    let name = stem;
    for (let n = numbers.get(stem) ?? 2; taken.has(name.toLowerCase()); n++) {
      name = `${stem}.${n}`;
      numbers.set(stem, n + 1);
    }
    taken.add(name.toLowerCase());
    return name;
  });
}
