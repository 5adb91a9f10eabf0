/** What the formats share that are files of a host: they hold no NVRAM but tell what happened to it. */

import { concatBytes } from "../bytes.ts";
import type { HostFile } from "../host/host-file.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { FormatId } from "../model.ts";
import { oncePer } from "../once-per.ts";
import { decodeLatin1, type TextLayer, unwrapText } from "../text/text-encoding.ts";
import type { StreamedFormat, StreamReader } from "./format.ts";

/** Of the beginning of an input. */
const LOOKED_AT_BYTES = 16_384;

/** Of one input all formats look at the same bytes, which take longer to make a text of than to look at. */
const startOf: (head: Uint8Array) => string = oncePer((head) =>
  decodeLatin1(unwrapText(head.subarray(0, LOOKED_AT_BYTES)).bytes),
);

/** Reads a file of a host; `feed` and `end` never throw. */
export interface HostReader {
  readonly feed: (piece: Uint8Array) => void;
  readonly end: () => void;
  readonly file: () => HostFile;
  /** Lines of yum's log that stood in it. */
  readonly yumFile?: () => HostFile | null;
}

export function hostFormat(
  id: FormatId,
  title: string,
  looksLike: (text: string) => boolean,
  makeReader: () => HostReader,
): StreamedFormat {
  return {
    id,
    title,
    maxBytes: PARSER_LIMITS.maxHostFileBytes,
    probe: (head) => looksLike(startOf(head)),
    reader: () => streamReader(makeReader()),
  };
}

/** Text as PowerShell's `>` writes it becomes UTF-8 on its way to the reader. */
class Decoded {
  readonly #reader: HostReader;
  /** Null until enough is there to tell. */
  #encoding: TextLayer["encoding"] | null = null;
  /** What could not be handed on yet: the beginning, or a part of a character. */
  #held: Uint8Array = new Uint8Array(0);

  constructor(reader: HostReader) {
    this.#reader = reader;
  }

  feed(piece: Uint8Array): void {
    const bytes = this.#held.length === 0 ? piece : concatBytes([this.#held, piece]);
    this.#held = new Uint8Array(0);
    if (this.#encoding !== null) this.#hand(bytes);
    else if (bytes.length < ENCODING_BYTES) this.#held = bytes;
    else this.#begin(bytes);
  }

  end(): void {
    if (this.#encoding === null) this.#begin(this.#held);
    this.#reader.end();
  }

  #begin(bytes: Uint8Array): void {
    const { encoding, markBytes } = unwrapText(bytes.subarray(0, ENCODING_BYTES));
    this.#encoding = encoding;
    this.#hand(encoding === "utf-8" ? bytes : bytes.subarray(markBytes));
  }

  #hand(bytes: Uint8Array): void {
    if (this.#encoding === "utf-8") {
      this.#reader.feed(bytes);
      return;
    }
    const mark = this.#encoding === "utf-16le" ? [0xff, 0xfe] : [0xfe, 0xff];
    const whole = bytes.length & ~1;
    this.#held = bytes.slice(whole);
    this.#reader.feed(unwrapText(concatBytes([Uint8Array.from(mark), bytes.subarray(0, whole)])).bytes);
  }
}

/** That many tell an encoding. */
const ENCODING_BYTES = 4;

function streamReader(reader: HostReader): StreamReader {
  const decoded = new Decoded(reader);
  return {
    feed: (piece) => decoded.feed(piece),
    end: () => decoded.end(),
    rest: () => ({
      certificates: [],
      skipped: { controlDomains: 0, defaultTemplates: 0 },
      hostFiles: [reader.file(), reader.yumFile?.() ?? null].filter((file) => file !== null),
    }),
  };
}
