/**
 * The s-expressions in which xapi's database keeps sets and maps (xapi ocaml/libs/sexpr/sExprLexer.mll, sExpr.ml):
 * a set is `('a' 'b')`, a map `(('key' 'value') ('key' 'value'))`. `snapshot_metadata` is such a map, and its value
 * for `NVRAM` is the text of another.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Span } from "../model.ts";
import type { Platform } from "../platform.ts";
import { decodeUtf8 } from "./text-encoding.ts";

/** A string or symbol, or a list. */
export type Sexpr = string | readonly Sexpr[];

const SPACES = " \t\r\n";
const LIST_OPEN = "(";
const LIST_CLOSE = ")";
const ESCAPE = "\\";
/** What ends a bare symbol. */
const DELIMITERS = `"()${SPACES}`;

/**
 * Reads one expression; only white space and comments may follow it. Throws ParseError `bad-structure`, `truncated` or
 * `over-limit`; offsets count characters of the text.
 */
export function parseSexpr(text: string): Sexpr {
  return readExpression<string>(text, (span) => atom(text.slice(span.start, span.end)));
}

type Expression<Atom> = Atom | readonly Expression<Atom>[];

/** `makeAtom` gets the place of each string or symbol, quotes included. */
function readExpression<Atom>(text: string, makeAtom: (span: Span) => Atom): Expression<Atom> {
  const open: Expression<Atom>[][] = [];
  let whole: Expression<Atom> | null = null;
  let parts = 0;
  let at = skipBlank(text, 0);
  while (at < text.length) {
    if (text.charAt(at) !== LIST_CLOSE) checkParts(++parts, at);
    if (whole !== null)
      throw sexprError("bad-structure", at, "nothing after the expression", text.charAt(at));
    const end = tokenEnd(text, at);
    if (text.charAt(at) === LIST_OPEN) {
      checkDepth(open.length, at);
      open.push([]);
    } else {
      const value: Expression<Atom> | undefined =
        text.charAt(at) === LIST_CLOSE ? open.pop() : makeAtom({ start: at, end });
      if (value === undefined)
        throw sexprError("bad-structure", at, "an expression", "a closing parenthesis");
      const parent = open.at(-1);
      if (parent === undefined) whole = value;
      else parent.push(value);
    }
    at = skipBlank(text, end);
  }
  if (whole === null) throw sexprError("truncated", text.length, "a whole expression", "the end of the text");
  return whole;
}

function checkParts(parts: number, at: number): void {
  const { maxSexprParts } = PARSER_LIMITS;
  if (parts <= maxSexprParts) return;
  throw sexprError("over-limit", at, `at most ${maxSexprParts} strings and lists`, "more of them");
}

function checkDepth(depth: number, at: number): void {
  const { maxSexprDepth } = PARSER_LIMITS;
  if (depth < maxSexprDepth) return;
  throw sexprError("over-limit", at, `lists nested at most ${maxSexprDepth} deep`, "a deeper one");
}

/** Over white space and comments; the lexer ends a comment with a line end, which the last one may lack here. */
function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (text.charAt(at) === ";") at = indexOrEnd(text, "\n", at);
    else if (SPACES.includes(text.charAt(at))) at++;
    else break;
  }
  return at;
}

function indexOrEnd(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from);
  return at < 0 ? text.length : at;
}

function tokenEnd(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === LIST_OPEN || first === LIST_CLOSE) return start + 1;
  if (first === "'" || first === '"') return closingQuote(text, start) + 1;
  let at = start + 1;
  while (at < text.length && !DELIMITERS.includes(text.charAt(at))) at++;
  return at;
}

/** Searched and not walked, because an NVRAM is one string of 170 KB. */
function closingQuote(text: string, start: number): number {
  const quote = text.charAt(start);
  let at = text.indexOf(quote, start + 1);
  while (at >= 0 && escapesBefore(text, at, start) % 2 === 1) at = text.indexOf(quote, at + 1);
  if (at < 0) throw sexprError("truncated", text.length, "a closing quote", "the end of the text");
  return at;
}

/** Backslashes that stand right before `at`, inside the string that begins at `start`. */
function escapesBefore(text: string, at: number, start: number): number {
  let first = at;
  while (first - 1 > start && text.charAt(first - 1) === ESCAPE) first--;
  return at - first;
}

/** The pairs of strings of a map; whatever else stands between them is passed over. A key counts once, the first time. */
export function parseMap(text: string): Map<string, string> {
  const expression = parseSexpr(text);
  const map = new Map<string, string>();
  if (typeof expression === "string") {
    throw sexprError("bad-structure", 0, "a list of pairs", "a single string");
  }
  for (const pair of expression) {
    if (typeof pair === "string" || pair.length !== 2) continue;
    const [key, value] = pair;
    if (typeof key === "string" && typeof value === "string" && !map.has(key)) map.set(key, value);
  }
  return map;
}

const [OPEN, CLOSE, SPACE, QUOTE, BACKSLASH] = [0x28, 0x29, 0x20, 0x27, 0x5c];
/** Pairs of a plain map; `parseMap` says what is too much. */
const MAX_PLAIN_PAIRS = 256;

/**
 * A map as xapi writes nearly all of them, `(('key' 'value') ('key' 'value'))` without an escape, of bytes of UTF-8: a value may be
 * an NVRAM, of which no text need be made. Null for every other text: `parseMap` reads it, to the same.
 */
export function plainMap(
  bytes: Uint8Array,
  platform: Pick<Platform, "indexOfByte">,
): Map<string, Uint8Array> | null {
  const map = new Map<string, Uint8Array>();
  let at = 0;
  const takes = (byte: number): boolean => bytes[at] === byte && ++at > 0;
  const quoted = (): Uint8Array | null => {
    if (!takes(QUOTE)) return null;
    const end = platform.indexOfByte(bytes, QUOTE, at);
    const content = bytes.subarray(at, Math.max(at, end));
    at = end + 1;
    return end < 0 || platform.indexOfByte(content, BACKSLASH, 0) >= 0 ? null : content;
  };
  if (!takes(OPEN)) return null;
  for (let pairs = 0; !takes(CLOSE); pairs++) {
    if (pairs >= MAX_PLAIN_PAIRS || (pairs > 0 && !takes(SPACE)) || !takes(OPEN)) return null;
    const name = quoted();
    const value = name !== null && takes(SPACE) ? quoted() : null;
    if (name === null || value === null || !takes(CLOSE)) return null;
    const key = decodeUtf8(name);
    if (!map.has(key)) map.set(key, value);
  }
  return at === bytes.length ? map : null;
}

/**
 * Where the value of a key stands in the text of a map, without its quotes and with its escapes; null where the map
 * has no such key. The first one counts, as in `parseMap`. Throws ParseError as `parseSexpr` does.
 */
export function findInMap(text: string, key: string): Span | null {
  const expression = readExpression<PlacedAtom>(text, (span) => ({ span }));
  if (isAtom(expression)) return null;
  for (const pair of expression) {
    if (isAtom(pair) || pair.length !== 2) continue;
    const [name, value] = pair;
    if (name === undefined || value === undefined || !isAtom(name) || !isAtom(value)) continue;
    if (atom(text.slice(name.span.start, name.span.end)) !== key) continue;
    return insideQuotes(text, value.span);
  }
  return null;
}

/** A string of a set or map with its place, as `findInMap` gives it. */
export interface MapAtom {
  readonly span: Span;
  /** The key that it is the value of; null for a key, and for what stands in no pair. */
  readonly key: string | null;
  readonly isKey: boolean;
}

/** Every string of a text, in its order. Throws ParseError as `parseSexpr` does. */
export function placedAtoms(text: string): MapAtom[] {
  const atoms: MapAtom[] = [];
  const add = (span: Span, key: string | null, isKey: boolean): void => {
    atoms.push({ span: insideQuotes(text, span), key, isKey });
  };
  const visit = (expression: Expression<PlacedAtom>): void => {
    if (isAtom(expression)) {
      add(expression.span, null, false);
      return;
    }
    const [name, value] = expression;
    if (
      expression.length === 2 &&
      name !== undefined &&
      value !== undefined &&
      isAtom(name) &&
      isAtom(value)
    ) {
      add(name.span, null, true);
      add(value.span, atom(text.slice(name.span.start, name.span.end)), false);
    } else {
      for (const item of expression) visit(item);
    }
  };
  const whole = readExpression<PlacedAtom>(text, (span) => ({ span }));
  // A set of two strings is no pair: pairs stand in a list.
  if (isAtom(whole) || whole.every(isAtom)) for (const item of isAtom(whole) ? [whole] : whole) visit(item);
  else visit(whole);
  return atoms;
}

function insideQuotes(text: string, { start, end }: Span): Span {
  return isQuote(text.charAt(start)) ? { start: start + 1, end: end - 1 } : { start, end };
}

interface PlacedAtom {
  readonly span: Span;
}

function isAtom(expression: Expression<PlacedAtom>): expression is PlacedAtom {
  return "span" in expression;
}

function isQuote(character: string): boolean {
  return character === "'" || character === '"';
}

/** sExpr.ml, unescape: a backslash stands for the character after it. Symbols are taken as they are. */
function atom(token: string): string {
  const quote = token.charAt(0);
  if (!isQuote(quote)) return token;
  const body = token.slice(1, -1);
  return body.includes(ESCAPE) ? body.replace(/\\(.)/gs, "$1") : body;
}

function sexprError(
  code: "bad-structure" | "truncated" | "over-limit",
  offset: number,
  expected: string,
  found: string,
): ParseError {
  return new ParseError({ code, offset, expected, found });
}
