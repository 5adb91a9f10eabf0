/**
 * The cache of a VM's backups that Xen Orchestra keeps beside them, `cache.json.gz`: one object, whose members are the
 * metadata of each backup under the path of its JSON (@xen-orchestra/backups, RemoteAdapter.mjs). With hundreds of
 * backups it is too large to be parsed as a whole.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Platform } from "../platform.ts";
import { JsonMemberScanner } from "../text/json-members.ts";
import { isObject, parseJson } from "../text/json-text.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import {
  type DumpSink,
  limitRecords,
  type RecordTaker,
  type StreamedFormat,
  type StreamReader,
} from "./format.ts";
import { addNvrams } from "./nvram-json.ts";

const START = /^\s*\{\s*"\/?xo-vm-backups\/[^"\\]{1,512}\.json"\s*:\s*\{/;
const START_BYTES = 1024;

declare module "../model.ts" {
  interface FormatIds {
    "xo-cache": true;
  }
}

export const xoCache: StreamedFormat = {
  id: "xo-cache",
  title: "a cache of Xen Orchestra's backups",
  maxBytes: PARSER_LIMITS.maxXoCacheBytes,
  ending: ".json",
  probe: (head) => START.test(decodeLatin1(head.subarray(0, START_BYTES))),
  reader: cacheReader,
};

function cacheReader(platform: Platform, take: RecordTaker): StreamReader {
  const skipped = { controlDomains: 0, defaultTemplates: 0 };
  let records = 0;
  const scanner = new JsonMemberScanner((file, text) => {
    const entry: DumpSink = { vms: [], skipped };
    try {
      const value = parseJson(unwrapText(text));
      if (isObject(value)) addNvrams(entry, value, platform, file);
    } catch (error) {
      throw error instanceof ParseError ? error.within(file) : error;
    }
    if (entry.vms.length === 0) return;
    limitRecords(records);
    records += entry.vms.length;
    take(entry.vms);
  });
  return {
    feed: (piece) => scanner.feed(piece),
    end: () => scanner.end(),
    rest: () => ({ certificates: [], skipped }),
  };
}
