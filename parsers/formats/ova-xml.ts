/** A bare ova.xml, as it lies in front of every export (xapi ocaml/xapi/export.ml). */
import { ascii, hasBytesAt } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump, VmSource } from "../model.ts";
import type { Platform } from "../platform.ts";
import { exporterOf } from "../records/host-software.ts";
import { walkObjects } from "../records/ova-objects.ts";
import type { RecordMap, RecordValue } from "../records/vm-record.ts";
import { withSavedStateLookedUp } from "../suspend-image/copy.ts";
import { xmlText } from "../text/placed-text.ts";
import type { Splice } from "../text/splice.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import { type XmlStruct, type XmlValue, xmlMember } from "../text/xml-rpc.ts";
import { readTag, textBytes, xmlCursor } from "../text/xml-scanner.ts";
import type { Replacements } from "../write-back/replacements.ts";
import { readExportHeader } from "../xva/export-header.ts";
import { addRecord, checkSize, collectDump, type DumpSink, type InputFormat } from "./format.ts";

/** Of the objects that hold an NVRAM. */
const VM_CLASS: ReadonlySet<string> = new Set(["VM"]);
const CLASSES: ReadonlySet<string> = new Set([...VM_CLASS, "VDI", "VM_metrics"]);

const UTF8_MARK: Uint8Array = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Document types that belong to something else for certain; any other one is refused here with a message. */
const FOREIGN_DOCTYPE = /^<!DOCTYPE\s+(?:html|svg|plist)\b/i;

declare module "../model.ts" {
  interface FormatIds {
    "ova-xml": true;
  }
}

export const ovaXml: InputFormat = {
  id: "ova-xml",
  title: "ova.xml of an export",
  maxBytes: PARSER_LIMITS.maxOvaXmlBytes,
  ending: ".xml",
  keptEndings: [".xml"],
  probe: (head) => rootElement(head) !== null,
  open: (bytes, platform): Dump => {
    const exporter = exporterOf(readExportHeader(bytes), bytes);
    return {
      ...collectDump("ova-xml", (sink) => readOvaXml(bytes, sink, platform)),
      ...(exporter === null ? {} : { software: [exporter] }),
    };
  },
  writeBack: writeIntoOvaXml,
};

function readOvaXml(bytes: Uint8Array, sink: DumpSink, platform: Platform): ParseError | null {
  checkSize(bytes, PARSER_LIMITS.maxOvaXmlBytes);
  if (rootElement(bytes) === "appliance") {
    throw new ParseError({
      code: "no-nvram",
      offset: 0,
      expected: "the root element <value>",
      found: "<appliance>, the export format from before 2007, which knows no NVRAM",
    });
  }
  const disks = new Set<string>();
  const startTimes = new Map<string, string>();
  const error = walkObjects(bytes, CLASSES, (object) => {
    if (object.className === "VDI") {
      disks.add(object.id);
      return;
    }
    if (object.className === "VM_metrics") {
      const time = recordOf(bytes, object.snapshot).get("start_time");
      if (time instanceof Uint8Array) startTimes.set(object.id, decodeLatin1(time));
      return;
    }
    // What other objects refer to it by stands outside the record.
    const record = new Map(recordOf(bytes, object.snapshot)).set("_ref", object.id);
    addRecord(sink, record, "", platform);
  });
  for (const [i, vm] of sink.vms.entries()) sink.vms[i] = withStartTime(vm, startTimes);
  // Of what is cut or broken nobody knows which disks it would have told.
  if (error === null)
    for (const [i, vm] of sink.vms.entries()) sink.vms[i] = withSavedStateLookedUp(vm, disks);
  const { controlDomains, defaultTemplates } = sink.skipped;
  if (error !== null || sink.vms.length + controlDomains + defaultTemplates > 0) return error;
  return new ParseError({ code: "no-nvram", expected: "an object of the class VM", found: "none" });
}

/** Also into that of an export. Throws ParseError where the place of a copy cannot be told. */
export function writeIntoOvaXml(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const error = walkObjects(document, VM_CLASS, ({ snapshot }) => {
    replacements.record(recordOf(document, snapshot), (...names) => {
      const value = names.reduce<XmlValue | null>(xmlMember, snapshot);
      return value?.kind === "text" ? xmlText(document, value.span) : null;
    });
  });
  if (error !== null) throw error;
  return replacements.splices;
}

/** When the VM was started last stands in an object of its own. */
function withStartTime(vm: VmSource, startTimes: ReadonlyMap<string, string>): VmSource {
  const time = startTimes.get(vm.fields.get("metrics") ?? "");
  return time === undefined ? vm : { ...vm, fields: new Map(vm.fields).set("start_time", time) };
}

/** `value` or `appliance`, or the document type that opening will refuse; null for any other XML and for no XML. */
function rootElement(bytes: Uint8Array): "value" | "appliance" | "doctype" | null {
  const start = hasBytesAt(bytes, 0, UTF8_MARK) ? UTF8_MARK.length : 0;
  try {
    const { name, kind } = readTag(xmlCursor(bytes, start));
    return kind === "open" && (name === "value" || name === "appliance") ? name : null;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code !== "dtd-refused" || error.offset === null) return null;
    const declaration = bytes.subarray(error.offset, error.offset + 64);
    const isForeign = !hasBytesAt(declaration, 0, DOCTYPE) || FOREIGN_DOCTYPE.test(decodeLatin1(declaration));
    return isForeign ? null : "doctype";
  }
}

const DOCTYPE: Uint8Array = ascii("<!DOCTYPE");

/** The members of an object, the first of each name. */
function recordOf(bytes: Uint8Array, struct: XmlStruct): RecordMap {
  const record = new Map<string, RecordValue>();
  for (const { name, value } of struct.members) {
    if (!record.has(name)) record.set(name, recordValue(bytes, value));
  }
  return record;
}

/** Texts stay bytes: those of an NVRAM are long, and of most of the others nothing is asked. */
function recordValue(bytes: Uint8Array, value: XmlValue): RecordValue {
  if (value.kind === "struct") return recordOf(bytes, value);
  if (value.kind === "array") return value.items.map((item) => recordValue(bytes, item));
  return value.element === "nil" ? null : textBytes(bytes, value.span);
}
