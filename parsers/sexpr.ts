/**
 * The s-expressions in which xapi's database keeps sets and maps (xapi ocaml/libs/sexpr/sExprLexer.mll, sExpr.ml):
 * a set is `('a' 'b')`, a map `(('key' 'value') ('key' 'value'))`. `snapshot_metadata` is such a map, and its value
 * for `NVRAM` is the text of another.
 */
import { ParseError } from "./errors.ts";
import { PARSER_LIMITS } from "./limits.ts";

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
  const open: Sexpr[][] = [];
  let whole: Sexpr | null = null;
  let at = skipBlank(text, 0);
  while (at < text.length) {
    if (whole !== null)
      throw sexprError("bad-structure", at, "nothing after the expression", text.charAt(at));
    const end = tokenEnd(text, at);
    if (text.charAt(at) === LIST_OPEN) {
      open.push(newList(open.length, at));
    } else {
      const value = text.charAt(at) === LIST_CLOSE ? open.pop() : atom(text.slice(at, end));
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

function newList(depth: number, at: number): Sexpr[] {
  const { maxSexprDepth } = PARSER_LIMITS;
  if (depth < maxSexprDepth) return [];
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
  let at = start + 1;
  if (first !== "'" && first !== '"') {
    while (at < text.length && !DELIMITERS.includes(text.charAt(at))) at++;
    return at;
  }
  while (at < text.length && text.charAt(at) !== first) at += text.charAt(at) === ESCAPE ? 2 : 1;
  if (at >= text.length) throw sexprError("truncated", text.length, "a closing quote", "the end of the text");
  return at + 1;
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

/** sExpr.ml, unescape: a backslash stands for the character after it. Symbols are taken as they are. */
function atom(token: string): string {
  const quote = token.charAt(0);
  if (quote !== "'" && quote !== '"') return token;
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
