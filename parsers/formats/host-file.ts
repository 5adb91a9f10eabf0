/** Files of a host that hold no NVRAM but tell what happened to it, by themselves as they lie in a bug report. */

import type { HostFile } from "../host/host-file.ts";
import { HostLogReader, looksLikeHostLog } from "../host/host-log.ts";
import { looksLikePackageList, PackageListReader } from "../host/package-list.ts";
import { looksLikeYumLog, YumLogReader } from "../host/yum-log.ts";
import type { FormatId } from "../model.ts";
import { oncePer } from "../once-per.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import type { StreamedFormat, StreamReader } from "./format.ts";
import { holdsNvram } from "./nvram-text.ts";

/** Of the beginning of an input. */
const LOOKED_AT_BYTES = 16_384;

/** Of one input all formats look at the same bytes, which take longer to make a text of than to look at. */
const startOf: (head: Uint8Array) => string = oncePer((head) =>
  decodeLatin1(head.subarray(0, LOOKED_AT_BYTES)),
);

export const rpmList: StreamedFormat = hostFormat(
  "rpm-list",
  "a list of packages",
  looksLikePackageList,
  () => new PackageListReader(),
);
export const yumLog: StreamedFormat = hostFormat(
  "yum-log",
  "a log of yum",
  looksLikeYumLog,
  () => new YumLogReader(),
);
export const hostLog: StreamedFormat = hostFormat(
  "host-log",
  "a log of a host's daemons",
  // What stands beside an NVRAM in one text is read with that.
  (text) => looksLikeHostLog(text) && !holdsNvram(text),
  () => new HostLogReader(),
);

/** Reads a file of a host; `feed` and `end` never throw. */
export interface HostReader {
  readonly feed: (piece: Uint8Array) => void;
  readonly end: () => void;
  readonly file: () => HostFile;
  /** Lines of yum's log that stood in it. */
  readonly yumFile?: () => HostFile | null;
}

function hostFormat(
  id: FormatId,
  title: string,
  looksLike: (text: string) => boolean,
  makeReader: () => HostReader,
): StreamedFormat {
  return {
    id,
    title,
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
