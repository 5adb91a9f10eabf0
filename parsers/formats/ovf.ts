/** The description of an appliance (`.ovf`) that XenCenter or XCP-ng Center has exported, with the NVRAM of each VM in it. */
import { ascii } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { EFI_VARIABLES_KEY } from "../nvram/nvram.ts";
import { ovfRecords } from "../records/ovf.ts";
import { NVRAM, type RecordMap } from "../records/vm-record.ts";
import { literalText } from "../text/placed-text.ts";
import type { Splice } from "../text/splice.ts";
import { decodeLatin1, inOriginal, unwrapText } from "../text/text-encoding.ts";
import { indexOfBytes } from "../text/xml-scanner.ts";
import type { Replacements } from "../write-back/replacements.ts";
import { addRecord, checkSize, collectDump, type InputFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    ovf: true;
  }
}

/** Any prefix. */
const ENVELOPE = /<(?:[A-Za-z_][\w.-]{0,30}:)?Envelope[\s>]/;
/** The namespace of XenServer's additions, in which the NVRAM stands. */
const XEN_NAMESPACE = /schemas\.citrix\.com\/ovf\/envelope/;
const LOOKED_AT_BYTES = 8192;

export const ovf: InputFormat = {
  id: "ovf",
  title: "the description (OVF) of an appliance of XenCenter",
  maxBytes: PARSER_LIMITS.maxOvfBytes,
  ending: ".ovf",
  keptEndings: [".ovf"],
  probe: (head) => {
    const text = decodeLatin1(unwrapText(head.subarray(0, LOOKED_AT_BYTES)).bytes);
    return text.trimStart().startsWith("<") && ENVELOPE.test(text) && XEN_NAMESPACE.test(text);
  },
  open: (bytes, platform): Dump =>
    collectDump("ovf", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxOvfBytes);
      // It declares UTF-16 and is UTF-8: what counts is what its bytes are.
      for (const record of ovfRecords(unwrapText(bytes).bytes)) addRecord(sink, record, "", platform);
      if (sink.vms.length > 0) return null;
      return new ParseError({ code: "no-nvram", expected: "a VM (VirtualSystem)", found: "none" });
    }),
  writeBack: writeIntoOvf,
};

/** Also into that of an appliance in one file. Throws ParseError where the place of a copy cannot be told. */
export function writeIntoOvf(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const layer = unwrapText(document);
  const places = valuePlaces(layer.bytes);
  const counts = new Map<string, number>();
  const numbered = ovfRecords(layer.bytes).map((record) => {
    const text = textOf(record);
    const number = counts.get(text) ?? 0;
    counts.set(text, number + 1);
    return { record, text, number };
  });
  for (const { record, text, number } of numbered) {
    replacements.record(record, (...names) => {
      const found = places.get(text) ?? [];
      // Clones hold the same text: it stands once for each of them then, and each gets the same.
      const start = found.length === counts.get(text) ? found[number] : undefined;
      if (names.length === 1 || start === undefined) return null;
      return literalText(layer.bytes, { start, end: start + text.length });
    });
  }
  return inOriginal(layer, replacements.splices);
}

function textOf(record: RecordMap): string {
  const map = record.get(NVRAM);
  const text = map instanceof Map ? map.get(EFI_VARIABLES_KEY) : null;
  return typeof text === "string" ? text : "";
}

const KEY = ascii(`${EFI_VARIABLES_KEY}=`);
const VALUE_END = /[;<&\s]/;

/** Where the values of the key stand in the document, by what they are. */
function valuePlaces(bytes: Uint8Array): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let at = indexOfBytes(bytes, KEY, 0); at >= 0; at = indexOfBytes(bytes, KEY, at)) {
    at += KEY.length;
    const next = indexOfBytes(bytes, KEY, at);
    const rest = decodeLatin1(bytes.subarray(at, next < 0 ? bytes.length : next));
    const end = rest.search(VALUE_END);
    const value = end < 0 ? rest : rest.slice(0, end);
    const known = places.get(value);
    if (known === undefined) places.set(value, [at]);
    else known.push(at);
  }
  return places;
}
