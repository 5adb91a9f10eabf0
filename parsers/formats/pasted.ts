/**
 * An NVRAM in the middle of something: quoted in a mail, with numbers of lines, as strings of source code, below some words, or as
 * JSON records in a log. What stands around is taken away, and the rest is read as what it is then.
 */
import { appendAll } from "../arrays.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { nvramOfText } from "../nvram/nvram.ts";
import type { Platform } from "../platform.ts";
import { asSent } from "../text/changed-on-the-way.ts";
import { jsonInText } from "../text/json-in-text.ts";
import { LINE_TIME_PATTERN, plainLines } from "../text/paste-lines.ts";
import { decodeUtf8, encodeUtf8, unwrapText } from "../text/text-encoding.ts";
import { addBareNvram, checkSize, collectDump, type DumpSink, type InputFormat } from "./format.ts";
import { hexDump } from "./hex-dump.ts";
import { addNvrams } from "./nvram-json.ts";
import { nvramText } from "./nvram-text.ts";

declare module "../model.ts" {
  interface FormatIds {
    pasted: true;
  }
}

/** Before what tells an NVRAM: a quote mark, a time, the number of a line, a quotation mark of source code. */
const DECORATION = String.raw`^[ \t]*(?:>[> \t]*|${LINE_TIME_PATTERN}[ \t]{1,4}|\d{1,7}(?:\t|:[ \t]?|[ \t]{0,4}\|[ \t]?|[.)][ \t]|[ \t]{1,4})|[bru]{0,2}["'](?=VkFS))`;
const DECORATED = new RegExp(
  `${DECORATION}(?:EFI-variables["']?[ \\t]*[:=]|VkFS[A-Za-z0-9+/]{16}|0{6,16}:?[ \\t]+(?:56 ?41|4156))`,
  "m",
);
/** Base64 of the magic at the beginning of a line, below others. */
const BELOW_WORDS = /\n[ \t]*VkFS[A-Za-z0-9+/]{36}/;
const RECORD_IN_TEXT = /"NVRAM"\s{0,64}:\s{0,64}\{/;
const UUID_IN_TEXT = /"uuid"\s{0,64}:\s{0,64}"/;
/** Saved out of a browser; no XML that an exporter writes begins so. */
const OF_PAGE = /^<(?:!doctype html|(?:html|body|pre|code|p|div|span|a|blockquote|textarea|td)[\s>])/i;
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;
const KEY = "EFI-variables";

export const pasted: InputFormat = {
  id: "pasted",
  title: "an NVRAM inside other text",
  maxBytes: PARSER_LIMITS.maxTextBytes,
  ending: ".txt",
  probe: (head) => {
    const text = textOf(head);
    if (BINARY.test(text)) return false;
    const start = text.trimStart();
    if ((!start.startsWith("<") || OF_PAGE.test(start)) && isChanged(text)) return true;
    if (start.startsWith("VkFS") || start.startsWith("<")) return false;
    if (DECORATED.test(text)) return true;
    if (/^[[{]\s*["{[]/.test(start)) return false;
    if (RECORD_IN_TEXT.test(text) && UUID_IN_TEXT.test(text)) return true;
    return BELOW_WORDS.test(text) && !text.includes(KEY);
  },
  open: (bytes, platform): Dump => {
    let error: ParseError | null = null;
    const pool: Paste["pool"] = { certificates: [] };
    const dump = collectDump("pasted", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxTextBytes);
      const text = textOf(bytes);
      error = readPaste(plainLines(asSent(text) ?? text), { ...sink, pool }, platform);
      if (sink.vms.length > 0 || error !== null) return error;
      const { controlDomains, defaultTemplates } = sink.skipped;
      return controlDomains + defaultTemplates > 0 ? null : nothing();
    });
    return { ...dump, ...pool };
  },
};

interface Paste extends DumpSink {
  /** What xe printed of the pool beside the VMs. */
  readonly pool: { certificates: Dump["certificates"]; poolHasCertificates?: boolean };
}

/** Whether something on its way has changed the text. */
export function isChanged(text: string): boolean {
  return asSent(text) !== null;
}

function textOf(bytes: Uint8Array): string {
  return decodeUtf8(unwrapText(bytes).bytes);
}

function readPaste(text: string, sink: Paste, platform: Platform): ParseError | null {
  const { values, rest } = text.includes('"') ? jsonInText(text) : { values: [], rest: text };
  for (const value of values) addNvrams(sink, value, platform);
  const left = encodeUtf8(rest);
  if (hexDump.probe(left)) return addAll(sink, hexDump.open(left, platform));
  if (nvramText.probe(left)) return addAll(sink, unwrapped(nvramText.open(left, platform), platform));
  for (const block of base64Blocks(rest)) {
    addBareNvram(sink, nvramOfText(encodeUtf8(block), new Map(), platform), "");
  }
  return null;
}

function addAll(
  sink: Paste,
  { vms, certificates, poolHasCertificates, skipped, error }: Dump,
): ParseError | null {
  sink.pool.certificates = certificates;
  if (poolHasCertificates !== undefined) sink.pool.poolHasCertificates = poolHasCertificates;
  appendAll(sink.vms, vms);
  sink.skipped.controlDomains += skipped.controlDomains;
  sink.skipped.defaultTemplates += skipped.defaultTemplates;
  return error;
}

/** What is pasted is nobody's file to restore: how its lines were broken is no finding. */
function unwrapped(dump: Dump, platform: Platform): Dump {
  const vms = dump.vms.map((vm) => {
    const { nvram } = vm;
    if (nvram === null || nvram.base64 === null || nvram.base64.oddities.length === 0) return vm;
    const text = decodeUtf8(nvram.base64.text).replaceAll(/[ \t\r\n]+/g, "");
    return { ...vm, nvram: nvramOfText(encodeUtf8(text), nvram.otherKeys, platform) };
  });
  return { ...dump, vms };
}

const FIRST_LINE = /^VkFS[A-Za-z0-9+/_-]{12,}={0,2}$/;
const NEXT_LINE = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Lines of one width that begin with the magic, and the shorter one that ends them. */
function* base64Blocks(text: string): Generator<string, void, undefined> {
  // xe ends a --minimal with no newline, so that the next one follows the padding.
  const lines = text
    .replaceAll(/=(?=VkFS[A-Za-z0-9+/_-]{28})/g, "=\n")
    .split("\n")
    .map((line) => line.trim());
  for (let at = 0; at < lines.length; at++) {
    const first = lines[at] ?? "";
    if (!FIRST_LINE.test(first)) continue;
    const block = [first];
    while (block.at(-1)?.length === first.length && !first.endsWith("=")) {
      const next = lines[at + 1] ?? "";
      if (next.length > first.length || !NEXT_LINE.test(next) || FIRST_LINE.test(next)) break;
      block.push(next);
      at++;
    }
    // As above: the width of its lines is no finding.
    yield block.join("");
  }
}

function nothing(): ParseError {
  return new ParseError({
    code: "no-nvram",
    expected: "an NVRAM inside the text",
    found: "none that is whole",
  });
}
