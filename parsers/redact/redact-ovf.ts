/** The description of an appliance without what tells whose it is: names of elements stay, and of their texts what a record may keep. */
import type { Span } from "../model.ts";
import { NVRAM } from "../records/vm-record.ts";
import { type PlacedText, xmlText } from "../text/placed-text.ts";
import { decodeLatin1, type TextLayer } from "../text/text-encoding.ts";
import type { DocumentRedaction } from "./redact-values.ts";
import { attributes, DECLARATION, headOf, isBlank, redactUnknown, tokens } from "./redact-xml.ts";

/** Its text is a map of a VM's record where its element is named after one. */
const DATA = /^<(?:[\w.-]{1,32}:)?VirtualSystemOtherConfigurationData[\s>]/;
const VALUE = /^<(?:[\w.-]{1,32}:)?Value>$/;
const ELEMENT = /^<((?:[A-Za-z][\w.-]{0,63}:)?[A-Za-z][\w.-]{0,63})(?=[\s/>])/;
const END = /^<\/(?:[A-Za-z][\w.-]{0,63}:)?[A-Za-z][\w.-]{0,63}\s*>$/;
/** By their names without case, as whoever reads them compares them. */
const MAPS: ReadonlyMap<string, string> = new Map([
  ["nvram", NVRAM],
  ["platform", "platform"],
  ["hvm_boot_params", "HVM_boot_params"],
]);
/** Names of what XenCenter writes besides (XenOvfApi). */
const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...MAPS.keys(),
  ..."hvm_boot_policy hardware_platform_version pv_args pv_kernel pv_ramdisk vgpu xsci".split(" "),
]);
const PUBLIC_NAMESPACE =
  /^http:\/\/(?:schemas\.dmtf\.org|schemas\.citrix\.com|www\.w3\.org|schemas\.xmlsoap\.org)\/[\w/.-]{0,120}$/;
const MAX_TAG_BYTES = 256;

/** `redaction` is that of the layer's bytes. */
export function redactOvf({ bytes }: TextLayer, redaction: DocumentRedaction): void {
  /** The map of the entry that is being read; null elsewhere. */
  let map: string | null = null;
  let isValue = false;
  for (const { kind, span } of tokens(bytes)) {
    if (isBlank(bytes, span)) continue;
    const tag = kind === "tag" ? headOf(bytes, span, MAX_TAG_BYTES) : "";
    if (kind === "tag" && DECLARATION.test(tag)) continue;
    if (kind === "text") {
      if (isValue && map !== null) redactMap(map, xmlText(bytes, span), redaction);
      else redaction.text(xmlText(bytes, span));
    } else if (ELEMENT.test(tag)) {
      if (DATA.test(tag)) map = mapOf(bytes, span);
      isValue = VALUE.test(tag);
      redactAttributes(bytes, span, redaction);
    } else if (END.test(tag)) {
      isValue = false;
    } else {
      redactUnknown(bytes, span, redaction);
    }
  }
}

function mapOf(bytes: Uint8Array, span: Span): string | null {
  for (const { name, value } of attributes(bytes, afterName(bytes, span)))
    if (name === "Name") return MAPS.get(textOf(bytes, value).toLowerCase()) ?? null;
  return null;
}

function redactAttributes(bytes: Uint8Array, span: Span, redaction: DocumentRedaction): void {
  for (const { name, value } of attributes(bytes, afterName(bytes, span))) {
    const text = textOf(bytes, value);
    const isNamespace = /^xmlns(?::|$)/.test(name) && PUBLIC_NAMESPACE.test(text);
    if (!isNamespace && !(name === "Name" && KNOWN_NAMES.has(text.toLowerCase())))
      redaction.text(xmlText(bytes, value));
  }
}

function afterName(bytes: Uint8Array, { start, end }: Span): Span {
  const name = ELEMENT.exec(headOf(bytes, { start, end }, MAX_TAG_BYTES))?.[1] ?? "";
  return { start: start + 1 + name.length, end };
}

function textOf(bytes: Uint8Array, { start, end }: Span): string {
  return decodeLatin1(bytes.subarray(start, Math.min(end, start + MAX_TAG_BYTES)));
}

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** `key=value;key=value`, of which the place of every byte is known. */
function redactMap(field: string, placed: PlacedText | null, redaction: DocumentRedaction): void {
  if (placed === null) {
    redaction.text(placed);
    return;
  }
  const { bytes } = placed;
  for (let at = 0; at < bytes.length; ) {
    const semicolon = bytes.indexOf(SEMICOLON, at);
    const end = semicolon < 0 ? bytes.length : semicolon;
    const equals = bytes.indexOf(EQUALS, at);
    if (equals < 0 || equals >= end) {
      redaction.text(part(placed, at, end));
    } else {
      redaction.key(part(placed, at, equals));
      redaction.value([field, decodeLatin1(bytes.subarray(at, equals))], part(placed, equals + 1, end));
    }
    at = end + 1;
  }
}

function part({ bytes, places }: PlacedText, start: number, end: number): PlacedText {
  return { bytes: bytes.subarray(start, end), places: places.subarray(start, end + 1) };
}
