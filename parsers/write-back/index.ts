/** Documents that get repaired NVRAMs back: each format tells what is to be replaced in it. */

import { ALL_FORMATS } from "../formats/index.ts";
import type { Dump, FormatId } from "../model.ts";
import type { Splice } from "../text/splice.ts";
import { type NewTexts, Replacements } from "./replacements.ts";

/** True for formats that an NVRAM stands in beside other things, and is put back into. A database is never one: a host would not take it back. */
export function isWrittenBack(format: FormatId): boolean {
  return writeBackOf(format) !== undefined;
}

/**
 * Splices that put `texts` in the place of what the copies of `dump` hold; `document` is what the dump was read from.
 * Throws ParseError `bad-structure` where the place of a copy cannot be told.
 */
export function replaceTexts(document: Uint8Array, dump: Dump, texts: NewTexts): readonly Splice[] {
  const writeBack = writeBackOf(dump.format);
  if (writeBack === undefined) throw new TypeError(`nothing is written back into ${dump.format}`);
  return writeBack(document, new Replacements(dump.vms, texts));
}

function writeBackOf(format: FormatId): (typeof ALL_FORMATS)[number]["writeBack"] {
  return ALL_FORMATS.find(({ id }) => id === format)?.writeBack;
}
