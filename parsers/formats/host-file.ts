/** What the formats share that are files of a host: they hold no NVRAM but tell what happened to it. */

import type { HostFile } from "../host/host-file.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { FormatId } from "../model.ts";
import { oncePer } from "../once-per.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import type { StreamedFormat, StreamReader } from "./format.ts";

/** Of the beginning of an input. */
const LOOKED_AT_BYTES = 16_384;

/** Of one input all formats look at the same bytes, which take longer to make a text of than to look at. */
const startOf: (head: Uint8Array) => string = oncePer((head) =>
  decodeLatin1(head.subarray(0, LOOKED_AT_BYTES)),
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

function streamReader(reader: HostReader): StreamReader {
  return {
    feed: (piece) => reader.feed(piece),
    end: () => reader.end(),
    rest: () => ({
      certificates: [],
      skipped: { controlDomains: 0, defaultTemplates: 0 },
      hostFiles: [reader.file(), reader.yumFile?.() ?? null].filter((file) => file !== null),
    }),
  };
}
