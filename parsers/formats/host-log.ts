/** What a host's daemons have logged: varstored, xapi, xenopsd. */
import { HostLogReader, looksLikeHostLog } from "../host/host-log.ts";
import type { StreamedFormat } from "./format.ts";
import { hostFormat } from "./host-file.ts";
import { holdsNvram } from "./nvram-text.ts";

declare module "../model.ts" {
  interface FormatIds {
    "host-log": true;
  }
}

export const hostLog: StreamedFormat = hostFormat(
  "host-log",
  "a log of a host's daemons",
  // What stands beside an NVRAM in one text is read with that.
  (text) => looksLikeHostLog(text) && !holdsNvram(text),
  () => new HostLogReader(),
);
