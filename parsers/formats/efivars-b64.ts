/** Bare base64 of a VARS blob: what the host's own script keeps as backup, and `xe … param-key=EFI-variables` prints. */
import { ascii, hasBytesAt, toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump, Nvram } from "../model.ts";
import { nvramOfText } from "../nvram/nvram.ts";
import { MAGIC, openBlob } from "../nvram/varstored-blob.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { addBareNvram, checkSize, collectDump, type InputFormat } from "./format.ts";
import { looksLike } from "./looks-like.ts";
import { pasted } from "./pasted.ts";

/** Base64 of the magic "VARS". */
export const BASE64_OF_MAGIC: Uint8Array = ascii("VkFS");
const BASE64_MAGIC = /^\s*VkFS/;
/** Enough to recognise a genuine one: batch runs ask every format for every file. */
const QUICK_LOOK_BYTES = 64;
const FIRST_LINE = /^\s*([^\r\n]*)/;
/** A line of one alphabet or the other; a path has a dot or both kinds of characters sooner or later, prose has spaces. */
const BASE64_LINE = /^(?:[A-Za-z0-9+/]{32,}|[A-Za-z0-9_-]{32,})={0,2}[ \t]*$/;
/** Checksums and object ids of git. */
const HEXADECIMAL_LINE = /^(?:[0-9a-f]+|[0-9A-F]+)[ \t]*$/;
const LETTERS_AND_DIGITS = /[A-Za-z0-9]/g;
/** Random base64 has 97 % of them; a ruler or a path has fewer. */
const MIN_LETTERS_AND_DIGITS_SHARE = 0.9;

/** What people encode by mistake, beside what a plain file may be by mistake: containers that varscope itself opens. */
const CONTAINERS: readonly (readonly [start: Uint8Array, what: string])[] = [
  [Uint8Array.of(0x1f, 0x8b), "gzip data: decompress it first"],
  [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), "zstd data: decompress it first"],
  [ascii("VkFS"), "base64 of a VARS blob: it was encoded twice"],
];
/** Where a POSIX or GNU tar header has its magic. */
const TAR_MAGIC_OFFSET = 257;
const TAR_MAGIC: Uint8Array = ascii("ustar");
const SHOWN_BYTES = 16;

declare module "../model.ts" {
  interface FormatIds {
    "efivars-b64": true;
  }
}

export const efivarsB64: InputFormat = {
  id: "efivars-b64",
  title: "base64 of a VARS blob",
  maxBytes: PARSER_LIMITS.maxTextBytes,
  ending: ".efivars.b64",
  keptEndings: [".efivars.b64"],
  probe: (head) => {
    if (BASE64_MAGIC.test(textOf(head.subarray(0, QUICK_LOOK_BYTES)))) return true;
    const text = textOf(head);
    return BASE64_MAGIC.test(text) || isBase64Line(FIRST_LINE.exec(text)?.[1] ?? "");
  },
  open: (bytes, platform): Dump => {
    const nvram = bytes.length > PARSER_LIMITS.maxTextBytes ? null : nvramOfText(bytes, new Map(), platform);
    // A file that several commands were sent to, one behind the other.
    if (nvram !== null && !isOneWord(nvram) && holdsSeveral(textOf(bytes)))
      return pasted.open(bytes, platform);
    return collectDump("efivars-b64", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxTextBytes);
      if (nvram === null || nvram.blob === null) refuse(nvram?.bytes ?? new Uint8Array(0));
      addBareNvram(sink, nvram, "");
      return null;
    });
  },
};

/**
 * True for the base64 of a blob from the first byte to the last, or to the end of its only line: it has no character that another
 * format, a mail or a second NVRAM would need.
 */
export function isOneWord({ blob, base64 }: Nvram): boolean {
  if (blob === null || base64 === null || !hasBytesAt(base64.text, 0, BASE64_OF_MAGIC)) return false;
  const { oddities, junkOffset } = base64;
  return junkOffset === null && oddities.every((oddity) => oddity === "trailing-newline");
}

/** Whether another one begins behind the padding or the line of the first: `--minimal` ends its line with no newline. */
function holdsSeveral(text: string): boolean {
  return text.indexOf("VkFS", 4) !== -1 && /(?:=|\S[ \t]*[\r\n]\s{0,64})VkFS[A-Za-z0-9+/_-]{28}/.test(text);
}

function textOf(head: Uint8Array): string {
  return decodeLatin1(unwrapText(head).bytes);
}

function isBase64Line(line: string): boolean {
  if (!BASE64_LINE.test(line) || HEXADECIMAL_LINE.test(line)) return false;
  const count = line.match(LETTERS_AND_DIGITS)?.length ?? 0;
  return count >= line.length * MIN_LETTERS_AND_DIGITS_SHARE;
}

/** Throws what is wrong with bytes that are no blob: the blob's own error where only its end is missing. */
function refuse(bytes: Uint8Array): never {
  if (hasBytesAt(bytes, 0, MAGIC)) openBlob(bytes);
  const start = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => toHex(Uint8Array.of(byte))).join(" ");
  throw new ParseError({
    code: "bad-magic",
    offset: 0,
    expected: "base64 of a VARS blob, whose text begins with VkFS",
    found: `base64 of ${bytes.length} other bytes${start === "" ? "" : ` that begin with ${start}`}`,
    next: start === "" ? "" : `They look like ${containerKind(bytes) ?? looksLike(bytes)}.`,
  });
}

function containerKind(bytes: Uint8Array): string | null {
  if (hasBytesAt(bytes, TAR_MAGIC_OFFSET, TAR_MAGIC)) return "a tar archive";
  return CONTAINERS.find(([start]) => hasBytesAt(bytes, 0, start))?.[1] ?? null;
}
