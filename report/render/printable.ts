/** Text from an input on its way to a terminal. Names, paths and messages pass here, and nowhere else. */

/**
 * Control characters and escape sequences (Cc), what is invisible or turns the direction of the text (Cf, with
 * the overrides of CVE-2021-42574), lone surrogates, private use, line and paragraph separators.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_IN_JSON = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;
const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** One line that a terminal shows as it is: what it would obey or hide is spelt out, such as `\x1b` or `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT.get(character) ?? escapeCharacter(character));
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** At most `length` characters, the middle left out: the end of a path or hash tells as much as its begin. */
export function clip(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const head = Math.ceil((length - 1) / 2);
  const tail = length - 1 - head;
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** JSON with the same value as `JSON.stringify` gives, but nothing in it that a terminal obeys or hides. */
export function jsonText(value: unknown, indent: number): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE_IN_JSON, (character) =>
    character === "\n"
      ? character
      : Array.from(
          character.split(""),
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
        ).join(""),
  );
}
