/**
 * Text that something between host and file has changed: HTML and URLs escape the signs of base64, mails break its lines, editors and chats
 * put characters into it that nobody sees, debuggers and programs show bytes one by one. Read as it is, such an NVRAM would end at the first of them.
 */
import { toHex } from "../bytes.ts";
import { readByteList } from "../guest/byte-list.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { decodeLatin1, encodeUtf8 } from "./text-encoding.ts";

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

/** An address that holds what it stands for (RFC 2397), with the magic in it. */
const DATA_URI =
  /data:[\w.+/-]{0,100}(?:;[\w.+-]{1,40}=[\w."+-]{0,100}){0,8};base64,(VkFS[A-Za-z0-9+/%=_-]{16,})/g;
/** "VARS" or, in base64, "VkFS", as decimal numbers. */
const OF_DECIMALS = /(?:^|[\s[({,])86[\s,]{1,8}(?:65[\s,]{1,8}82|107[\s,]{1,8}70)[\s,]{1,8}83[\s,]/;
/** Prompts and a command may stand before the numbers. */
const LOOKED_AT_FOR_DECIMALS = 2048;
/** As JSON writes them, and Node a buffer. */
const BEFORE_DECIMALS =
  /^\s*(?:\{\s{0,16}"type"\s{0,16}:\s{0,16}"Buffer"\s{0,16},\s{0,16}"data"\s{0,16}:\s{0,16})?[[({]/;

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
  const numbers = OF_DECIMALS.test(text.slice(0, LOOKED_AT_FOR_DECIMALS)) ? ofDecimals(text) : null;
  if (numbers !== null) return numbers;
  const uris = text.includes(";base64,VkFS")
    ? text.replaceAll(DATA_URI, (_all, data: string) => `\n${ofUrl(data)}\n`)
    : text;
  if (uris !== text) return uris;
  const yaml = text.includes(MAGIC) && !/^\s*[{[<]/.test(text) ? ofYaml(text) : text;
  if (yaml !== text) return yaml;
  // The first of several may be as it was.
  let magic = text.indexOf(MAGIC);
  for (let places = 0; magic >= 0 && places < MAX_PLACES; places++) {
    const sent = changedAt(text, text.slice(magic, magic + LOOKED_AT));
    if (sent !== null) return sent;
    magic = text.indexOf(MAGIC, magic + LOOKED_AT);
  }
  if (!TYPESET.test(text)) return null;
  return text
    .replaceAll(/[\u00a0\u2007\u202f]/g, " ")
    .replaceAll(/[\u201c-\u201f]/g, '"')
    .replaceAll(/[\u2018\u2019]/g, "'");
}

/** A value of several lines, and base64 under a key that is not varstored's (YAML 1.2 §8.1). */
const YAML_BLOCK =
  /^([ \t]*["']?[\w.-]{1,64}["']?:)[ \t]*(?:!!?\w{1,16}[ \t]+)?[|>][+-]?\d?[ \t]*\r?\n((?:[ \t]+[A-Za-z0-9+/=_-]+[ \t]*\r?(?:\n|$))+)/gm;
const YAML_VALUE =
  /^[ \t]*["']?(?!EFI-variables)[\w.-]{1,64}["']?:[ \t]+["']?(VkFS[A-Za-z0-9+/]{36,}={0,2})["']?[ \t]*\r?$/gm;

function ofYaml(text: string): string {
  return text
    .replaceAll(YAML_BLOCK, (all, key: string, lines: string) => {
      const value = lines.replaceAll(/\s+/g, "");
      return value.startsWith(MAGIC) ? `${key} ${value}\n` : all;
    })
    .replaceAll(YAML_VALUE, "\n$1\n");
}

/** Places of an NVRAM that are looked at: a text may be full of them. */
const MAX_PLACES = 64;

/** `run` is the beginning of one NVRAM in the text. */
function changedAt(text: string, run: string): string | null {
  if (OF_HTML.test(run)) return unescapedHtml(text);
  if (OF_URL.test(run)) return ofUrl(text);
  if (OF_MAIL.test(run))
    return text
      .replaceAll(/=[ \t]*\r?\n/g, "")
      .replaceAll(/=(3d|20|0[ad])/gi, (_all, digits: string) => byteText(digits, 16));
  return UNSEEN_INSIDE.test(run) ? text.replaceAll(UNSEEN, "") : null;
}

function ofUrl(text: string): string {
  return text.replaceAll(/%(2[bf]|3d|0[ad]|20)/gi, (_all, digits: string) => byteText(digits, 16));
}

/** As `xxd -p` writes the bytes of a blob, or the text that the numbers are of. */
function ofDecimals(text: string): string | null {
  const list = readByteList(encodeUtf8(text.replace(BEFORE_DECIMALS, "")));
  if (list === null) return null;
  const start = decodeLatin1(list.bytes.subarray(0, MAGIC.length));
  if (start === MAGIC) return decodeLatin1(list.bytes);
  return start === "VARS" ? linesOfDigits(toHex(list.bytes)) : null;
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
/** What a page puts around a text or between its lines. */
const FRAME = String.raw`<\/?(?:pre|code|p|br|div|blockquote)(?: [^<>\n]{0,200})?\/?>`;
const AT_START = new RegExp(`^\\s*(?:${FRAME}\\s*)+`, "i");
const AT_END = new RegExp(`${FRAME}$`, "i");
/** More than the longest of them, with the blanks behind it. */
const LONGEST_FRAME = 256;
/** Between pieces of base64, where no name stands. */
const IN_BASE64 = new RegExp(`(?<=[A-Za-z0-9+/]{16})(?:${FRAME}\\s{0,16})+(?=[A-Za-z0-9+/]{4})`, "gi");

/** Without the elements around it, and first so: an escaped "<" is one of the text. */
function unescapedHtml(text: string): string {
  return withoutFrames(withoutEntities(text.replaceAll(ELEMENT, "")));
}

/**
 * Where the source of a page was escaped, its own elements, too, are text by now. Such a name stands in that of a VM at times: they are
 * taken away around the text, on lines of their own, between base64, and at the ends of lines where most have one.
 */
function withoutFrames(text: string): string {
  const lines = text.replaceAll(IN_BASE64, "\n").split("\n");
  const filled = lines.flatMap((line, i) => (line.replace(AT_START, "").trim() === "" ? [] : [i]));
  const ends = lines.map(endOfText);
  const isUsual = 2 * filled.filter((i) => (ends[i] ?? 0) < (lines[i] ?? "").length).length > filled.length;
  return lines
    .map((line, i) => {
      const alone = line.replace(AT_START, "");
      if (alone.trim() === "") return alone;
      const begun = isUsual || i === filled[0] ? alone : line;
      const behind = line.length - (ends[i] ?? line.length);
      return isUsual || i === filled.at(-1) ? begun.slice(0, begun.length - behind) : begun;
    })
    .join("\n");
}

/** Where the elements begin that a line ends with. One after the other from behind: looked for from every place in front, many take for ever. */
function endOfText(line: string): number {
  let end = line.length;
  for (;;) {
    const from = Math.max(0, end - LONGEST_FRAME);
    const piece = line.slice(from, end).trimEnd();
    const frame = piece.endsWith(">") ? AT_END.exec(piece) : null;
    if (frame === null) return end;
    end = from + frame.index;
  }
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
  return linesOfDigits(digits);
}

function linesOfDigits(digits: string): string {
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += DIGITS_PER_LINE)
    lines.push(digits.slice(at, at + DIGITS_PER_LINE));
  return `${lines.join("\n")}\n`;
}
