/** Text from an input on its way into HTML or XML. */
import { printable } from "./printable.ts";

const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Most texts: ASCII without anything to escape. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;

/**
 * No character is left that XML 1.0 forbids (§2.2, Char): control characters and lone surrogates are spelt out as for
 * a terminal, and so are the two noncharacters of the basic plane.
 */
function escaped(text: string): string {
  if (PLAIN.test(text)) return text;
  return printable(text)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => REFERENCES[character] ?? "");
}

/** A piece of HTML or XML. Only `markup` makes one, and it escapes every value that is not a Markup itself. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

/** Template of HTML or XML: whatever is filled in is escaped, for content and for quoted attributes, unless it is markup itself. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(
    pieces.reduce((text, piece, i) => {
      const part = parts[i - 1];
      return text + (part === undefined ? "" : written(part)) + piece;
    }, ""),
  );
}

export const NOTHING: Markup = new Markup("");

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return escaped(String(part));
}
