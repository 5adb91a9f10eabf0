/** Bytes as PowerShell shows them: `(Get-SecureBootUEFI dbx).bytes`, a decimal number a line, or several between blanks or commas. */
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";

export interface ByteList {
  readonly bytes: Uint8Array;
  /** Of the variable that the command in front of it names; null where none does. */
  readonly name: string | null;
}

/** What stands between two numbers can be told in one way only: else a line of blanks takes for ever. */
const NUMBERS = /^[ \t]*\d{1,3}(?:(?:[ \t]+|[ \t]*,[ \t]*)\d{1,3})*[ \t,]*\r?$/;
const COMMAND = /Get-SecureBootUEFI(?:\s+-Name)?\s+["']?(\w{1,16})/i;
/** Lines of prompts and commands before the numbers. */
const MAX_LINES_BEFORE = 16;
/** Of a list in JSON or source code. */
const CLOSING = "])}";
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;

/** Null for any other text. What stands behind the numbers is left out. */
export function readByteList(document: Uint8Array): ByteList | null {
  const text = decodeLatin1(unwrapText(document).bytes);
  const start = startOfNumbers(text);
  if (start === null) return null;
  const out = new Uint8Array(Math.ceil((text.length - start) / 2));
  let length = 0;
  let value = -1;
  for (let at = start; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : COMMA;
    if (code >= ZERO && code <= NINE) value = Math.max(value, 0) * 10 + code - ZERO;
    else if (code > 0x20 && code !== COMMA) {
      if (value >= 0 && value <= 255 && CLOSING.includes(text.charAt(at))) out[length++] = value;
      break;
    } else if (value >= 0) {
      out[length++] = value;
      value = -1;
    }
    if (value > 255) return null;
  }
  return { bytes: out.slice(0, length), name: COMMAND.exec(text.slice(0, start))?.[1] ?? null };
}

function startOfNumbers(text: string): number | null {
  let at = 0;
  for (let lines = 0; lines < MAX_LINES_BEFORE && at < text.length; lines++) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, Math.min(end < 0 ? text.length : end, at + 1024));
    if (NUMBERS.test(line)) return at;
    if (end < 0) return null;
    at = end + 1;
  }
  return null;
}
