/** Documents that get repaired NVRAMs back: what is to be replaced in each form, and nothing else. */

import { placedRecords } from "../formats/nvram-json.ts";
import { textCopies } from "../formats/nvram-text.ts";
import { recordOf, VM_CLASS } from "../formats/ova-xml.ts";
import type { Dump, FormatId } from "../model.ts";
import { EFI_VARIABLES_KEY } from "../nvram/nvram.ts";
import { walkObjects } from "../records/ova-objects.ts";
import { skippedAs } from "../records/vm-record.ts";
import { type JsonPlace, jsonText, memberPlace } from "../text/json-places.ts";
import { literalText, type PlacedText, xmlText } from "../text/placed-text.ts";
import type { Splice } from "../text/splice.ts";
import { encodeLike, exactOffset, type TextLayer, unwrapText } from "../text/text-encoding.ts";
import { type XmlValue, xmlMember } from "../text/xml-rpc.ts";
import { type NewTexts, Replacements } from "./replacements.ts";

type Replace = (document: Uint8Array, replacements: Replacements) => readonly Splice[];

/** Forms in which an NVRAM stands beside other things; an XVA is one through its ova.xml. */
const FORMS: Partial<Record<FormatId, Replace>> = {
  xva: inOvaXml,
  "ova-xml": inOvaXml,
  "nvram-json": inJson,
  "nvram-text": inText,
};

/** True for formats of which `replaceTexts` knows the form. A database is never one: a host would not take it back. */
export function isWrittenBack(format: FormatId): boolean {
  return FORMS[format] !== undefined;
}

/**
 * Splices that put `texts` in the place of what the copies of `dump` hold; `document` is what the dump was read from.
 * Throws ParseError `bad-structure` where the place of a copy cannot be told.
 */
export function replaceTexts(document: Uint8Array, dump: Dump, texts: NewTexts): readonly Splice[] {
  const replace = FORMS[dump.format];
  if (replace === undefined) throw new TypeError(`nothing is written back into ${dump.format}`);
  return replace(document, new Replacements(dump.vms, texts));
}

function inOvaXml(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const error = walkObjects(document, VM_CLASS, ({ snapshot }) => {
    replacements.record(recordOf(document, snapshot), (...names) => {
      const value = names.reduce<XmlValue | null>(xmlMember, snapshot);
      return value?.kind === "text" ? xmlText(document, value.span) : null;
    });
  });
  if (error !== null) throw error;
  return replacements.splices;
}

function inJson(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const layer = unwrapText(document);
  for (const { kind, record, place } of placedRecords(layer)) {
    const find = (...names: readonly string[]): PlacedText | null => {
      const value = names.reduce<JsonPlace>(memberPlace, place);
      return value?.kind === "string" ? jsonText(layer.bytes, value.span) : null;
    };
    if (kind === "record") replacements.record(record, find);
    else replacements.copy(() => find(EFI_VARIABLES_KEY));
  }
  return inOriginal(layer, replacements.splices);
}

function inText(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const layer = unwrapText(document);
  for (const { entry, record } of textCopies(layer)) {
    if (record !== null && skippedAs(record) !== null) continue;
    replacements.copy(() => (entry === null ? null : literalText(layer.bytes, entry)));
  }
  return inOriginal(layer, replacements.splices);
}

/** Places of the layer as places of what it was made from. */
function inOriginal(layer: TextLayer, splices: readonly Splice[]): readonly Splice[] {
  return splices.map(({ start, end, bytes }) => ({
    start: exactOffset(layer, start),
    end: exactOffset(layer, end),
    bytes: encodeLike(layer, bytes),
  }));
}
