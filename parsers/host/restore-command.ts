/**
 * What the host's own restore command makes of a text (xcp-ng-rpms/varstored SOURCES/fix-efivars.py, do_restore_backup):
 * Python's base64.b64decode with validate=True, then a reader that decodes every name as UTF-16. What it takes it encodes
 * anew, so that the layout of the text never reaches the daemon.
 */
import type { EfiVariable } from "../model.ts";

/** `depends-on-python`: versions that a host may have answer differently. */
export type RestoreAnswer = "reads" | "refuses" | "depends-on-python";

const EQUALS = 0x3d;
const LF = 0x0a;
const CR = 0x0d;
const MAX_PADS = 2;

const DIGITS: ReadonlySet<number> = new Set(
  Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", (digit) =>
    digit.charCodeAt(0),
  ),
);

/**
 * Tried with Python 3.6 to 3.13. All take digits with the padding that they need, and refuse white space, other characters
 * and missing padding. One line end behind it passes 3.6 alone (a pattern that ends in `$`). One `=` too many passes 3.10 and
 * older; where none is needed, up to two pass 3.12 and older, and any number 3.11 and 3.12.
 */
export function restoreReadsText(text: Uint8Array): RestoreAnswer {
  const lineEnd = lineEndBytes(text);
  const end = text.length - lineEnd;
  let digits = 0;
  while (digits < end && DIGITS.has(text[digits]!)) digits++;
  const pads = end - digits;
  for (let at = digits; at < end; at++) if (text[at] !== EQUALS) return "refuses";
  const due = digits % 4 === 0 ? 0 : 4 - (digits % 4);
  if (digits % 4 === 1 || pads < due) return "refuses";
  if (pads > MAX_PADS) return due === 0 && digits > 0 && lineEnd === 0 ? "depends-on-python" : "refuses";
  return lineEnd > 0 || pads > due ? "depends-on-python" : "reads";
}

/** Files are read as text: CR, LF and CRLF all come in as one line end. */
function lineEndBytes(text: Uint8Array): number {
  const last = text.at(-1);
  if (last === LF) return text.at(-2) === CR ? 2 : 1;
  return last === CR ? 1 : 0;
}

/** False where a name is no UTF-16: the command stops at it, whatever else the NVRAM holds. */
export function restoreReadsNames(variables: readonly Pick<EfiVariable, "nameIsValid">[]): boolean {
  return variables.every(({ nameIsValid }) => nameIsValid);
}
