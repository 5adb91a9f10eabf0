/**
 * Text that something between host and file has changed: HTML and URLs escape the signs of base64, mails break its lines, editors and chats
 * put characters into it that nobody sees, debuggers and programs show bytes one by one. Read as it is, such an NVRAM would end at the first of them.
 */
import { PARSER_LIMITS } from "../limits.ts";

/** What comes first in that of a blob, up to the first sign that was changed: elsewhere, as in the name of a VM, such signs are meant. */
const MAGIC = "VkFS";
const LOOKED_AT = 4200;
const RUN = String.raw`^VkFS[A-Za-z0-9+/\s]{8,4096}`;
const OF_HTML = new RegExp(`${RUN}&#(?:4[37]|61|x2[bf]|x3d);`, "i");
const OF_URL = new RegExp(`${RUN}%(?:2[bf]|3d)`, "i");
/** Two lines one after the other that end with the sign for "goes on" (RFC 2045 §6.7); base64 ends with it once. */
const OF_MAIL = /^VkFS[^\n]{4,75}=\r?\n[^\n]{20,75}=\r?\n/;
/** Soft hyphen, spaces without width, joiners, a byte order mark inside. */
const UNSEEN = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;
const UNSEEN_INSIDE = new RegExp(`${RUN}[\\u00ad\\u200b-\\u200d\\u2060\\ufeff]+[A-Za-z0-9+/]`);
const TYPESET =
  /[\u00a0\u2007\u202f\u201c-\u201f]EFI-variables|EFI-variables[\u00a0\u2007\u202f\u201c-\u201f]/;

const BYTE_SIGNS = String.raw`(?:\\x|0x)?`;
const BETWEEN = String.raw`[\s,:;]*`;
/** The magic "VARS", byte by byte. */
const OF_BYTES = new RegExp(
  `^[\\s"'{[(]*${["56", "41", "52", "53"].map((byte) => BYTE_SIGNS + byte).join(BETWEEN)}`,
  "i",
);
const NO_DIGIT = /\\x|0x|[\s,:;"'{}[\]()]/gi;
const DIGITS_PER_LINE = 60;

/** The text as it was; null where nothing tells that it was changed so. `text` may be a beginning. */
export function asSent(text: string): string | null {
  if (text.length > PARSER_LIMITS.maxChangedTextBytes) return null;
  if (OF_BYTES.test(text)) return hexLines(text);
  const magic = text.indexOf(MAGIC);
  // One place is looked at: a text may be full of them.
  const run = magic < 0 ? "" : text.slice(magic, magic + LOOKED_AT);
  if (OF_HTML.test(run)) return unescapedHtml(text);
  if (OF_URL.test(run))
    return text.replaceAll(/%(2[bf]|3d|0[ad]|20)/gi, (_all, digits: string) => byteText(digits, 16));
  if (OF_MAIL.test(run))
    return text
      .replaceAll(/=[ \t]*\r?\n/g, "")
      .replaceAll(/=(3d|20|0[ad])/gi, (_all, digits: string) => byteText(digits, 16));
  if (UNSEEN_INSIDE.test(run)) return text.replaceAll(UNSEEN, "");
  if (TYPESET.test(text))
    return text
      .replaceAll(/[\u00a0\u2007\u202f]/g, " ")
      .replaceAll(/[\u201c-\u201f]/g, '"')
      .replaceAll(/[\u2018\u2019]/g, "'");
  return null;
}

function byteText(digits: string, radix: number): string {
  return String.fromCharCode(Number.parseInt(digits, radix));
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
  ["amp", "&"],
]);

const ELEMENT = /<\/?[a-z][a-z0-9]{0,15}(?: [^<>\n]{0,200})?>/gi;
/** What a page puts around a text or between its lines, where its source was escaped, too. */
const FRAME = /<\/?(?:pre|code|p|br|div|blockquote)(?: [^<>\n]{0,200})?>/gi;

/** Without the elements around it, and first so: an escaped "<" is one of the text. */
function unescapedHtml(text: string): string {
  return withoutEntities(text.replaceAll(ELEMENT, "")).replaceAll(FRAME, "");
}

function withoutEntities(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{2,3})|#x([0-9a-f]{2})|(lt|gt|quot|apos|nbsp|amp));/gi,
    (_all, decimal?: string, hex?: string, name?: string) =>
      decimal !== undefined
        ? byteText(decimal, 10)
        : hex !== undefined
          ? byteText(hex, 16)
          : (NAMED.get((name ?? "").toLowerCase()) ?? ""),
  );
}

/** As `xxd -p` writes them; null where they are not all that there is, and where they are lines of such a dump already. */
function hexLines(text: string): string | null {
  const digits = text.replaceAll(NO_DIGIT, "");
  if (!/^[0-9A-Fa-f]+$/.test(digits)) return null;
  if (digits.length === text.trimEnd().replaceAll(/\r?\n/g, "").length && /^[^\n]{1,256}(?:\n|$)/.test(text))
    return null;
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += DIGITS_PER_LINE)
    lines.push(digits.slice(at, at + DIGITS_PER_LINE));
  return `${lines.join("\n")}\n`;
}
