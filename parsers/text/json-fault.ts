/**
 * Where a text stops being JSON (RFC 8259), and what should stand there. Engines tell that in words of their own, each
 * version in others; a report has to be the same on all of them.
 */
import { decodeLatin1 } from "./text-encoding.ts";

export interface JsonFault {
  /** Byte of the text; its length where the text ends too early. */
  readonly at: number;
  readonly expected: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_U = 0x75;

/** Number (RFC 8259, section 6), or one of the three names. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const NAMES = ["true", "false", "null"] as const;
const WORD_CHARACTERS = /[-+.0-9A-Za-z]/;

const A_VALUE = "a JSON value";
const A_NAME = "a name in double quotes";

/** The first fault; null where there is none. Takes time in proportion to the text, whatever its depth. */
export function findJsonFault(bytes: Uint8Array): JsonFault | null {
  const open: number[] = [];
  let at = skipBlanks(bytes, 0);
  let wantsValue = true;
  for (;;) {
    if (wantsValue) {
      const byte = bytes[at];
      if (byte === OPEN_OBJECT) {
        const next = skipBlanks(bytes, at + 1);
        if (bytes[next] === CLOSE_OBJECT) at = next + 1;
        else {
          open.push(OPEN_OBJECT);
          const value = afterName(bytes, next, `${A_NAME} or "}"`);
          if (typeof value !== "number") return value;
          at = value;
          continue;
        }
      } else if (byte === OPEN_LIST) {
        const next = skipBlanks(bytes, at + 1);
        if (bytes[next] === CLOSE_LIST) at = next + 1;
        else {
          open.push(OPEN_LIST);
          at = next;
          continue;
        }
      } else {
        const end = byte === QUOTE ? afterString(bytes, at) : afterWord(bytes, at);
        if (typeof end !== "number") return end;
        at = end;
      }
      wantsValue = false;
    }
    at = skipBlanks(bytes, at);
    const around = open.at(-1);
    if (around === undefined)
      return at === bytes.length ? null : { at, expected: "the end of the JSON text" };
    const close = around === OPEN_LIST ? CLOSE_LIST : CLOSE_OBJECT;
    if (bytes[at] === close) {
      open.pop();
      at++;
    } else if (bytes[at] === COMMA) {
      const next = skipBlanks(bytes, at + 1);
      const value = around === OPEN_LIST ? next : afterName(bytes, next, A_NAME);
      if (typeof value !== "number") return value;
      at = value;
      wantsValue = true;
    } else {
      return { at, expected: `"," or "${String.fromCharCode(close)}"` };
    }
  }
}

function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** Place of the value behind a name and its colon. */
function afterName(bytes: Uint8Array, at: number, expected: string): number | JsonFault {
  if (bytes[at] !== QUOTE) return { at, expected };
  const end = afterString(bytes, at);
  if (typeof end !== "number") return end;
  const colon = skipBlanks(bytes, end);
  return bytes[colon] === COLON ? skipBlanks(bytes, colon + 1) : { at: colon, expected: '":"' };
}

/** Place behind the closing quote. */
function afterString(bytes: Uint8Array, start: number): number | JsonFault {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20) return { at, expected: "no control character in a string" };
    if (byte !== BACKSLASH) continue;
    const escaped = bytes[++at];
    if (escaped === LETTER_U) {
      for (let digit = 0; digit < 4; digit++)
        if (!isHexDigit(bytes[++at])) return { at, expected: "four hexadecimal digits" };
    } else if (escaped === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(escaped))) {
      return { at, expected: "an escape that JSON knows" };
    }
  }
  return { at: bytes.length, expected: "the end of a string" };
}

function isHexDigit(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9A-Fa-f]/.test(String.fromCharCode(byte));
}

/** Place behind a number, or behind true, false or null. */
function afterWord(bytes: Uint8Array, start: number): number | JsonFault {
  let end = start;
  while (end < bytes.length && WORD_CHARACTERS.test(String.fromCharCode(bytes[end]!))) end++;
  const word = decodeLatin1(bytes.subarray(start, end));
  if (NAMES.some((name) => name === word)) return end;
  NUMBER.lastIndex = 0;
  const number = NUMBER.exec(word)?.[0];
  if (number === undefined || number === "") return { at: start, expected: A_VALUE };
  return number.length === word.length ? end : { at: start + number.length, expected: "the end of a number" };
}
