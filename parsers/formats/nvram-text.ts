/**
 * Text around one or several NVRAMs, as people copy it: `EFI-variables: VkFS…; EFI-variables-on-boot: reset`, which
 * `xe vm-param-get param-name=NVRAM` prints (xapi ocaml/xapi-cli-server/records.ml), with lines as a terminal or a mail
 * wrapped them, and snippets such as `{'EFI-variables': '…'}` or `(('EFI-variables' '…'))`.
 */
import { ParseError } from "../errors.ts";
import type { HostFile } from "../host/host-file.ts";
import { HostLogReader, looksLikeHostLog } from "../host/host-log.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { EFI_VARIABLES_KEY, nvramOfText } from "../nvram/nvram.ts";
import type { Platform } from "../platform.ts";
import { certificatesInText, type TextCertificates } from "../records/certificate-text.ts";
import { withPoolCertificates } from "../records/secure-boot.ts";
import { type RecordMap, skippedAs } from "../records/vm-record.ts";
import { asSent } from "../text/changed-on-the-way.ts";
import { literalText } from "../text/placed-text.ts";
import type { Splice } from "../text/splice.ts";
import {
  decodeLatin1,
  decodeUtf8,
  encodeUtf8,
  inOriginal,
  type TextLayer,
  unwrapText,
} from "../text/text-encoding.ts";
import { hasXeRecord, type XeRecord, xeRecords } from "../text/xe-listing.ts";
import type { Replacements } from "../write-back/replacements.ts";
import {
  addBareNvram,
  addRecord,
  checkSize,
  collectDump,
  type DumpSink,
  type InputFormat,
} from "./format.ts";

/** Where a value stands in the text, and where the next entry may begin. */
export interface NvramEntry {
  readonly start: number;
  readonly end: number;
  readonly otherKeys: ReadonlyMap<string, string>;
}

declare module "../model.ts" {
  interface FormatIds {
    "nvram-text": true;
  }
}

export const nvramText: InputFormat = {
  id: "nvram-text",
  title: "NVRAM as xe prints it",
  maxBytes: PARSER_LIMITS.maxTextBytes,
  ending: ".txt",
  probe: (head) => {
    const text = linesOf(unwrapText(head).bytes);
    if (BINARY.test(text) || text.trimStart().startsWith("<")) return false;
    const entry = nextEntry(text, 0);
    if (entry !== null && isPlausible(text, entry)) return true;
    return hasXeRecord(text);
  },
  open: (bytes, platform): Dump => {
    let pool: TextCertificates = { certificates: [], poolHasCertificates: null };
    const dump = collectDump("nvram-text", (sink) => {
      readEntries(bytes, sink, platform);
      pool = certificatesInText(decodeUtf8(unwrapText(bytes).bytes), platform);
      return null;
    });
    const hostFiles = logBeside(bytes);
    return { ...joinedWithPool(dump, pool), ...(hostFiles.length === 0 ? {} : { hostFiles }) };
  },
  writeBack: writeIntoText,
};

/** With what the text tells of the pool, which decides what Secure Boot `auto` comes to. */
function joinedWithPool(dump: Dump, { certificates, poolHasCertificates }: TextCertificates): Dump {
  return {
    ...dump,
    certificates,
    ...(poolHasCertificates === null ? {} : { poolHasCertificates }),
    vms: dump.vms.map((vm) => withPoolCertificates(vm, poolHasCertificates)),
  };
}

/** True for a text with the value of an NVRAM, which nobody writes for any other reason; `text` is its beginning. */
export function holdsNvram(text: string): boolean {
  const entry = nextEntry(text, 0);
  return entry !== null && text.startsWith("VkFS", entry.start);
}

/** Of the beginning of a text: whoever pastes an NVRAM shows first what went wrong. */
const LOG_LOOKED_AT = 16_384;

/** A start that failed, as somebody pasted it beside the NVRAM. */
function logBeside(bytes: Uint8Array): readonly HostFile[] {
  const { bytes: text } = unwrapText(bytes);
  if (!looksLikeHostLog(decodeLatin1(text.subarray(0, LOG_LOOKED_AT)))) return [];
  const reader = new HostLogReader();
  reader.feed(text);
  reader.end();
  return [reader.file()];
}

/** One character a byte, so that positions are those of the bytes; CR ends lines where no LF does, as some terminals save them. */
function linesOf(bytes: Uint8Array): string {
  const text = decodeLatin1(bytes);
  return text.includes("\n") ? text : text.replaceAll("\r", "\n");
}

/** Control characters that no text has. */
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;
/** Prose may mention the key too; base64 has long words, and an NVRAM always the same first letters. */
const PLAUSIBLE_VALUE = /^(?:VkFS|REMOVED$|[A-Za-z0-9+/_-]{16})/;
/** All of a line that xe prints where the value is empty, below the command or above the next prompt. */
const EMPTY_LINE = /^[ \t]{0,64}EFI-variables:[ \t]{0,64}$/;
const PROMPT = /^[^\n]{0,80}[#$%>](?: |$)/;

function isPlausible(text: string, { start, end }: NvramEntry): boolean {
  if (end > start) return PLAUSIBLE_VALUE.test(text.slice(start, end));
  const rest = text.slice(end, end + NEIGHBOURHOOD);
  if (rest.trim() === "") return true;
  const before = text.slice(Math.max(0, start - NEIGHBOURHOOD), start);
  const lineStart = before.lastIndexOf("\n") + 1;
  if (!EMPTY_LINE.test(before.slice(lineStart))) return false;
  const above = before.slice(0, lineStart).trimEnd();
  return (
    /\bparam-name=NVRAM\b/.test(above.slice(above.lastIndexOf("\n") + 1)) || PROMPT.test(rest.trimStart())
  );
}

function readEntries(bytes: Uint8Array, sink: DumpSink, platform: Platform): null {
  checkSize(bytes, PARSER_LIMITS.maxTextBytes);
  const layer = sentLayer(bytes) ?? unwrapText(bytes);
  for (const { entry, record, uuid } of textCopies(layer)) {
    const nvram =
      entry === null
        ? null
        : nvramOfText(layer.bytes.subarray(entry.start, entry.end), entry.otherKeys, platform);
    if (record === null) addBareNvram(sink, nvram, "", uuid);
    else addRecord(sink, record, "", platform, null, nvram);
  }
  const { controlDomains, defaultTemplates } = sink.skipped;
  if (sink.vms.length + controlDomains + defaultTemplates > 0) return null;
  throw new ParseError({
    code: "no-nvram",
    expected: `the key ${EFI_VARIABLES_KEY} and its value`,
    found: "none",
  });
}

/** Of a text that was changed on its way, which its beginning did not tell: only a later NVRAM may be. Null where it was not. */
function sentLayer(document: Uint8Array): TextLayer | null {
  const sent = asSent(decodeUtf8(unwrapText(document).bytes));
  return sent === null ? null : unwrapText(encodeUtf8(sent));
}

function writeIntoText(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const sent = sentLayer(document);
  const layer = sent ?? unwrapText(document);
  for (const { entry, record } of textCopies(layer)) {
    if (record !== null && skippedAs(record) !== null) continue;
    // What was changed has no place that a repair could be written to.
    replacements.copy(() => (entry === null || sent !== null ? null : literalText(layer.bytes, entry)));
  }
  return inOriginal(layer, replacements.splices);
}

/** One copy of a text, in the order in which they are read and written back. */
export interface TextCopy {
  /** Null for a record that shows no EFI variables. */
  readonly entry: NvramEntry | null;
  /** What `xe` prints around it; null where the NVRAM stands by itself. */
  readonly record: RecordMap | null;
  /** Of the VM, where the command in front of an NVRAM by itself tells it. */
  readonly uuid: string | null;
}

/** How far behind its label the value of a field may begin: other keys of the map stand before it. */
const LABEL_TO_VALUE = 4096;

const NO_RECORDS: IteratorResult<XeRecord, void> = { done: true, value: undefined };

/** Each NVRAM with the record that it is a field of, and the records without one. */
export function* textCopies(layer: TextLayer): Generator<TextCopy, void, undefined> {
  const text = linesOf(layer.bytes);
  const records = xeRecords(text);
  const entries = nvramEntries(layer);
  let next = entries.next();
  let from = 0;
  const bare = function* (before: number): Generator<TextCopy, void, undefined> {
    for (; !next.done && next.value.start < before; next = entries.next()) {
      yield { entry: next.value, record: null, uuid: askedUuid(text, from, next.value.start) };
      from = next.value.end;
    }
  };
  for (let one = hasXeRecord(text) ? records.next() : NO_RECORDS; !one.done; ) {
    const { record, at, nvramAt } = one.value;
    one = records.next();
    yield* bare(nvramAt ?? at);
    const until = Math.min((nvramAt ?? at) + LABEL_TO_VALUE, one.done ? text.length : one.value.at);
    if (nvramAt === null || next.done || next.value.start > until) {
      yield { entry: null, record, uuid: null };
      continue;
    }
    const { otherKeys, end } = next.value;
    yield { entry: next.value, record: new Map([...record, ["NVRAM", otherKeys]]), uuid: null };
    from = end;
    next = entries.next();
  }
  yield* bare(text.length + 1);
}

/** The command that prints an NVRAM, as it stands behind a prompt. */
const COMMAND =
  /\buuid=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[^\n]{0,80}\bparam-name=NVRAM\b[^\n]{0,80}\r?\n/g;

/** The VM that the last command before an NVRAM names; null where none does. */
function askedUuid(text: string, from: number, to: number): string | null {
  const before = text.slice(Math.max(from, to - NEIGHBOURHOOD), to);
  return [...before.matchAll(COMMAND)].at(-1)?.[1] ?? null;
}

/** All entries of a text, one after the other; `start` and `end` are bytes of the layer. */
export function* nvramEntries(layer: TextLayer): Generator<NvramEntry, void, undefined> {
  const text = linesOf(layer.bytes);
  for (let entry = nextEntry(text, 0); entry !== null; entry = nextEntry(text, entry.end)) yield entry;
}

/**
 * After the key: its closing quote, what separates it from the value (`%.` is a space in xapi's database), a quote.
 * The counts bound the work on crafted text.
 */
const SEPARATOR = /(\\?["'])?(?:[ \t]|%\.){0,64}(=>|[:=,])?(?:[ \t\r\n]|%\.){0,64}(\\?["'])?/y;
/** How far around a value other pairs of its map are looked for. */
const NEIGHBOURHOOD = 1024;

/** A key, the start of its value, and the end of the entry before. */
interface Place {
  readonly key: number;
  readonly start: number;
  readonly from: number;
}

function nextEntry(text: string, from: number): NvramEntry | null {
  let key = text.indexOf(EFI_VARIABLES_KEY, from);
  while (key >= 0) {
    const entry = entryAt(text, key, from);
    if (entry !== null) return entry;
    key = text.indexOf(EFI_VARIABLES_KEY, key + EFI_VARIABLES_KEY.length);
  }
  return null;
}

/** The entry whose key stands at `key`; null where that is the start of another key, or only a word. */
function entryAt(text: string, key: number, from: number): NvramEntry | null {
  const printed = printedValue(text, key);
  if (printed !== null) return plainEntry(text, { key: printed, start: printed, from });
  SEPARATOR.lastIndex = key + EFI_VARIABLES_KEY.length;
  const [separator = "", keyQuote, sign, valueQuote] = SEPARATOR.exec(text) ?? [];
  const place = { key, start: key + EFI_VARIABLES_KEY.length + separator.length, from };
  if (valueQuote !== undefined && (keyQuote !== undefined || sign !== undefined)) {
    return quotedEntry(text, place, valueQuote);
  }
  if (sign !== ":" && sign !== "=") return null;
  const newline = separator.indexOf("\n");
  // A value that begins on the next line is one of base64: else it is empty, and that line tells something else.
  const isEmpty = newline >= 0 && !OTHER_LINE.test(text.slice(place.start, place.start + NEIGHBOURHOOD));
  return plainEntry(text, isEmpty ? { ...place, start: place.start - separator.length + newline } : place);
}

const OTHER_LINE = /^(?:VkFS|REMOVED\b|[A-Za-z0-9+/_-]{16,}={0,2}[ \t\r]*(?:\n|$))/;

/** The rest of a command, and the line that it printed. */
const REST_OF_COMMAND = /[^\n]{0,120}\n[ \t]{0,64}(?=VkFS)/y;
const PARAM_KEY = "param-key=";

/** Where the value begins that `xe … param-key=EFI-variables` printed, the key being that of the command; null elsewhere. */
function printedValue(text: string, key: number): number | null {
  if (!text.endsWith(PARAM_KEY, key)) return null;
  REST_OF_COMMAND.lastIndex = key + EFI_VARIABLES_KEY.length;
  return REST_OF_COMMAND.test(text) ? REST_OF_COMMAND.lastIndex : null;
}

function quotedEntry(text: string, { key, start, from }: Place, quote: string): NvramEntry {
  const closing = text.indexOf(quote, start);
  const end = closing < 0 ? text.length : closing;
  const before = text.slice(Math.max(from, key - NEIGHBOURHOOD), key);
  const after = text.slice(end + quote.length, end + quote.length + NEIGHBOURHOOD);
  const mapStart = Math.max(before.lastIndexOf("{"), before.lastIndexOf("(("));
  const mapEnd = firstOf(after, ["}", "))", `${EFI_VARIABLES_KEY}${quote}`]);
  const otherKeys = new Map([
    ...quotedPairs(before.slice(mapStart + 1)),
    ...quotedPairs(after.slice(0, mapEnd)),
  ]);
  return { start, end, otherKeys };
}

function firstOf(text: string, needles: readonly string[]): number {
  const places = needles.map((needle) => text.indexOf(needle)).filter((at) => at >= 0);
  return places.reduce((first, at) => Math.min(first, at), text.length);
}

/** A pair of quoted strings, as JSON, Python, Ruby and xapi's s-expressions write it. */
const QUOTED_PAIR = /(\\?["'])([\w-]{1,256})\1(?:[\s:=,>]|%\.){1,16}\1([^"'\\]{0,1024})\1/g;

function quotedPairs(text: string): [string, string][] {
  return Array.from(text.matchAll(QUOTED_PAIR), ([, , name = "", value = ""]) => [name, value]);
}

/** `key: value; key: value`, with or without other lines around. */
function plainEntry(text: string, { key, start, from }: Place): NvramEntry {
  const before = text.slice(Math.max(from, key - NEIGHBOURHOOD), key);
  const lineStart = key - before.length + before.lastIndexOf("\n") + 1;
  const value = plainValue(text, start, lineStart);
  const after = restOfLine(text, value);
  const nextKey = firstOf(after, [`${EFI_VARIABLES_KEY}:`]);
  const otherKeys = new Map([
    ...plainPairs(text.slice(lineStart, key).replace(LABEL, "")),
    ...plainPairs(after.slice(0, nextKey)),
  ]);
  return { start, end: value.end, otherKeys };
}

/** What a listing of xe has in front of the map: `NVRAM (MRW): `. */
const LABEL = /^[^\n()]{0,128}\([ SM]?R[OW]\)(?: \[DEPRECATED\])?[ \t]{0,128}:/;

function plainPairs(text: string): [string, string][] {
  const pairs = text.split(";").map((pair): [string, string] => {
    const colon = pair.indexOf(":");
    return [pair.slice(0, Math.max(colon, 0)).trim(), pair.slice(colon + 1).trim()];
  });
  return pairs.filter(([name]) => /^[\w-]+$/.test(name));
}

const VALUE_END = /[;\n]|$/g;
/** A line that goes on with base64, perhaps damaged, and is not the next label of a listing. */
const WRAPPED_LINE = /^[ \t]*[A-Za-z0-9+/_-]{16}[^ \t\r:;]*[ \t\r]*$/;
/** The short rest after such lines, without the blanks around it: in front and behind, they could be split in many ways. */
const LAST_LINE = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** A value without quotes: its end, the start of the line that it ends in, and the width of the lines before that. */
interface PlainValue {
  readonly end: number;
  readonly lastLineStart: number;
  readonly width: number | null;
}

/** Ends at `;`, or with the last of the lines over which it was wrapped. */
function plainValue(text: string, start: number, lineStart: number): PlainValue {
  let end = valueEnd(text, start);
  let lastLineStart = lineStart;
  let width: number | null = null;
  for (let isFull = true; isFull && text.charAt(end) === "\n" && !endsWithPadding(text, start, end); ) {
    const nextEnd = valueEnd(text, end + 1);
    const line = text.slice(end + 1, nextEnd);
    isFull = WRAPPED_LINE.test(line);
    if (!isFull && !(LAST_LINE.test(line.trim()) && (width !== null || line.includes("=")))) break;
    width = end - lastLineStart;
    lastLineStart = end + 1;
    end = nextEnd;
  }
  while (end > start && text.charAt(end - 1).trim() === "") end--;
  return { end, lastLineStart, width };
}

/** What follows a value on its line; with the lines after it as long as each of them was wrapped at the same width. */
function restOfLine(text: string, { end, lastLineStart, width }: PlainValue): string {
  let stop = lineEnd(text, end);
  let rest = text.slice(end, stop);
  for (let from = lastLineStart; stop - from === width && rest.length < NEIGHBOURHOOD; ) {
    from = stop + 1;
    stop = lineEnd(text, from);
    rest += text.slice(from, stop);
  }
  return rest;
}

/** End of the line, or of what is still looked at. */
function lineEnd(text: string, from: number): number {
  const line = text.slice(from, from + NEIGHBOURHOOD);
  return from + firstOf(line, ["\n"]);
}

function valueEnd(text: string, from: number): number {
  VALUE_END.lastIndex = from;
  return VALUE_END.exec(text)?.index ?? text.length;
}

function endsWithPadding(text: string, start: number, end: number): boolean {
  return text
    .slice(Math.max(start, end - 8), end)
    .trimEnd()
    .endsWith("=");
}
