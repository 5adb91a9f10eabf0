/** When a host's packages were installed and updated. */
import { looksLikeYumLog, YumLogReader } from "../host/yum-log.ts";
import type { StreamedFormat } from "./format.ts";
import { hostFormat } from "./host-file.ts";

declare module "../model.ts" {
  interface FormatIds {
    "yum-log": true;
  }
}

export const yumLog: StreamedFormat = hostFormat(
  "yum-log",
  "a log of yum",
  looksLikeYumLog,
  () => new YumLogReader(),
);
