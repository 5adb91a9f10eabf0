/** Words of a POSIX shell, for commands that a user copies. */
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { printable } from "./printable.ts";

const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A path as one word of a command line; a leading `-` is kept from looking like an option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith("-") && path !== "-" ? `./${path}` : path);
}

/** Any text as one word, as behind `name-label=`. Where it holds what a terminal would obey, its bytes are written as bash and zsh read them (`$'…'`). */
export function shellWord(given: string): string {
  // No argument of a program holds a NUL, and a shell would end the word there: that may be the name of something else.
  const text = given.replaceAll("\0", "\ufffd");
  if (PLAIN_WORD.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  const bytes = encodeUtf8(text);
  const safe = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
  const written = Array.from(bytes, (byte) =>
    safe(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return `$'${written.join("")}'`;
}
