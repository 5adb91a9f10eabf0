/** JSON that stands somewhere in a text, such as a log or a ticket. */
import { ParseError } from "../errors.ts";
import { isArray, isObject, type JsonValue, parseJson } from "./json-text.ts";
import { encodeUtf8, unwrapText } from "./text-encoding.ts";

export interface JsonInText {
  readonly values: readonly JsonValue[];
  /** The text without them. */
  readonly rest: string;
}

/** Characters that are looked at, in lengths of the text: each brace may begin a value that does not end. */
const MAX_LOOKS = 8;

/** Objects and arrays that are well-formed, the outermost ones, in their order. */
export function jsonInText(text: string): JsonInText {
  const values: JsonValue[] = [];
  let rest = "";
  let budget = text.length * MAX_LOOKS;
  let from = 0;
  for (let at = nextOpening(text, 0); at >= 0 && budget > 0; ) {
    const end = closingOf(text, at);
    budget -= (end ?? text.length) - at;
    const value = end === null ? null : parsedOf(text.slice(at, end));
    if (value === null || end === null) {
      at = nextOpening(text, at + 1);
      continue;
    }
    values.push(value);
    rest += text.slice(from, at);
    from = end;
    at = nextOpening(text, end);
  }
  return { values, rest: rest + text.slice(from) };
}

/** Only what begins as an object with members, or an array of such. */
const OPENING = /\{\s{0,64}"|\[\s{0,64}\{\s{0,64}"/g;

function nextOpening(text: string, from: number): number {
  OPENING.lastIndex = from;
  return OPENING.exec(text)?.index ?? -1;
}

/** Behind the bracket that closes the one at `start`; null where none does. */
function closingOf(text: string, start: number): number | null {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === '"') {
      at = endOfString(text, at);
      if (at < 0) return null;
    } else if (sign === "{" || sign === "[") depth++;
    else if ((sign === "}" || sign === "]") && --depth === 0) return at + 1;
  }
  return null;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charAt(at - 1 - slashes) === "\\") slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

function parsedOf(text: string): JsonValue | null {
  try {
    const value = parseJson(unwrapText(encodeUtf8(text)));
    return isObject(value) || isArray(value) ? value : null;
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
