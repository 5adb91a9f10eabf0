/** A mail as programs save it (.eml): its texts and attachments, decoded (RFC 5322, 2045, 2046). */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Platform } from "../platform.ts";
import { decodeLeniently } from "../text/base64.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";

export interface MailPart {
  /** As the mail calls its attachment; a text by itself gets a name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const HEADER =
  /^(?:Received|Return-Path|From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-Type|Content-Transfer-Encoding|Delivered-To|X-[\w-]{1,40}):[ \t]/gim;
const MIME = /^(?:MIME-Version|Content-Type|Content-Transfer-Encoding):[ \t]/im;
const FIRST_HEADER = /^(?:From [^\n]{1,200}\n)?[A-Za-z][\w-]{1,60}:[ \t]/;
/** More than it can have. */
const FIRST_HEADER_CHARACTERS = 512;
const MIN_HEADERS = 2;
const START_CHARACTERS = 16_384;
/** How deep mails in mails and parts in parts may stand. */
const MAX_DEPTH = 8;

/** True for a mail with its headers; `head` is the beginning of an input. */
export function isMail(head: Uint8Array): boolean {
  if (!/^[A-Z]/i.test(String.fromCharCode(head[0] ?? 0))) return false;
  // Every input is asked, so that no more is made of it than its first line needs.
  if (!FIRST_HEADER.test(decodeLatin1(head.subarray(0, FIRST_HEADER_CHARACTERS)))) return false;
  const headers = headersOf(decodeLatin1(head.subarray(0, START_CHARACTERS))).text;
  return MIME.test(headers) && (headers.match(HEADER)?.length ?? 0) >= MIN_HEADERS;
}

/** Its parts, in their order, those of mails in it as well. Throws ParseError `over-limit`. */
export function readMail(mail: Uint8Array, platform: Pick<Platform, "decodeBase64">): MailPart[] {
  const parts: MailPart[] = [];
  readPart(decodeLatin1(mail), { parts, platform, depth: 0 });
  return parts;
}

interface MailReader {
  readonly parts: MailPart[];
  readonly platform: Pick<Platform, "decodeBase64">;
  readonly depth: number;
}

function readPart(text: string, reader: MailReader): void {
  const { text: headers, bodyAt } = headersOf(text);
  const type = headerOf(headers, "Content-Type");
  const body = text.slice(bodyAt);
  const boundary = parameterOf(type, "boundary");
  const inner = { ...reader, depth: reader.depth + 1 };
  if (/^multipart\//i.test(type) && boundary !== null && reader.depth < MAX_DEPTH) {
    for (const part of partsOf(body, boundary)) readPart(part, inner);
    return;
  }
  const bytes = decoded(body, headerOf(headers, "Content-Transfer-Encoding"), reader.platform);
  if (/^message\/rfc822/i.test(type) && reader.depth < MAX_DEPTH) {
    readPart(decodeLatin1(bytes), inner);
    return;
  }
  if (reader.parts.length >= PARSER_LIMITS.maxMailParts)
    throw new ParseError({
      code: "over-limit",
      expected: `a mail of up to ${PARSER_LIMITS.maxMailParts} parts`,
      found: "more",
    });
  const name = parameterOf(headerOf(headers, "Content-Disposition"), "filename") ?? parameterOf(type, "name");
  // Of a path the last name; the first text is the mail's own.
  const plain = name === null ? `text-${reader.parts.length + 1}.txt` : name.slice(name.search(/[^/\\]*$/));
  reader.parts.push({ name: plain === "" ? `part-${reader.parts.length + 1}` : plain, bytes });
}

interface Headers {
  /** Folded lines are joined. */
  readonly text: string;
  readonly bodyAt: number;
}

function headersOf(text: string): Headers {
  if (text.startsWith("\n") || text.startsWith("\r\n")) return { text: "", bodyAt: text.indexOf("\n") + 1 };
  const end = /\r?\n\r?\n/.exec(text);
  const stop = end === null ? text.length : end.index;
  return {
    text: text.slice(0, Math.min(stop, START_CHARACTERS)).replaceAll(/\r?\n[ \t]+/g, " "),
    bodyAt: end === null ? text.length : end.index + end[0].length,
  };
}

function headerOf(headers: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*([^\\n]*)`, "im").exec(headers)?.[1]?.trim() ?? "";
}

function parameterOf(value: string, name: string): string | null {
  const match = new RegExp(`[;\\s]${name}\\*?=(?:"([^"]*)"|([^;\\s"]+))`, "i").exec(value);
  return match === null ? null : (match[1] ?? match[2] ?? null);
}

/** What stands between the lines of a boundary; what stands before the first and behind the last is nobody's. */
function* partsOf(body: string, boundary: string): Generator<string, void, undefined> {
  const mark = `--${boundary}`;
  let start = -1;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body.charAt(at - 1) !== "\n") continue;
    if (start >= 0) yield body.slice(start, at).replace(/\r?\n$/, "");
    if (body.startsWith("--", at + mark.length)) return;
    const newline = body.indexOf("\n", at);
    if (newline < 0) return;
    start = newline + 1;
  }
  // A mail that is cut still has what stands there.
  if (start >= 0) yield body.slice(start);
}

function decoded(body: string, encoding: string, platform: Pick<Platform, "decodeBase64">): Uint8Array {
  const bytes = latin1Bytes(body);
  if (/^base64/i.test(encoding)) return decodeLeniently(bytes, platform).bytes;
  return /^quoted-printable/i.test(encoding) ? unquoted(body) : bytes;
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** `=3D` is a byte, `=` at the end of a line joins it with the next (RFC 2045 §6.7). Byte by byte: a text for each of them takes the memory of ten mails. */
function unquoted(body: string): Uint8Array {
  const bytes = latin1Bytes(body);
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const next = byte === EQUALS ? afterLineEnd(bytes, at + 1) : null;
    const digits = byte === EQUALS && next === null ? hexByte(bytes, at + 1) : null;
    if (next === null) bytes[length++] = digits ?? byte;
    at = next ?? at + (digits === null ? 1 : 3);
  }
  return bytes.subarray(0, length);
}

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, EQUALS] = [0x09, 0x0a, 0x0d, 0x20, 0x3d];

/** Where the next line begins; null where more than blanks stands before it. */
function afterLineEnd(bytes: Uint8Array, start: number): number | null {
  let at = start;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  if (bytes[at] === CARRIAGE_RETURN) at++;
  return bytes[at] === LINE_FEED ? at + 1 : null;
}

function hexByte(bytes: Uint8Array, start: number): number | null {
  const digits = String.fromCharCode(bytes[start] ?? 0, bytes[start + 1] ?? 0);
  return /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : null;
}
