/** Lines of running text for a terminal of a known width. */

export const SGR: RegExp = /\u001b\[\d+m/g;
/** East Asian wide and fullwidth blocks and pictographs (Unicode TR 11), coarsely: two columns each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{Mn}/u;

/** Columns that a text takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(SGR, "")) {
    if (character < "\u0300") width++;
    else if (!COMBINING.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Spaces up to `width`. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/**
 * Text broken at spaces into lines of at most `width` columns, each after `indent` spaces. A word that is longer
 * than a line stays whole: it is a path or a hash, and somebody will copy it.
 */
export function wrap(text: string, width: number, indent = 0): string[] {
  const room = Math.max(20, width - indent);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((text) => " ".repeat(indent) + text);
}

/** `1 file`, `2 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A line for what a list leaves out; none where it leaves out nothing. */
export function moreLine(count: number, text: string): string[] {
  return count > 0 ? [`… ${count} more ${text}`] : [];
}
