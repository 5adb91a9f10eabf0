/**
 * `metadata.json` of a backup of Xen Orchestra's own configuration (@xen-orchestra/backups, _runners/_XoMetadataBackup.mjs): it has
 * the members of a pool's backup but no pool. Neither it nor the configuration beside it, which is full of secrets, holds an NVRAM.
 */
import { ParseError } from "../errors.ts";
import type { Dump } from "../model.ts";
import { isObject, type JsonValue, parseJson } from "../text/json-text.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { collectDump, type InputFormat } from "./format.ts";

/** The file has some 300 bytes. */
export const MAX_XO_CONFIG_BYTES = 16_384;

const MEMBERS: ReadonlySet<string> = new Set([
  "data",
  "jobId",
  "jobName",
  "scheduleId",
  "scheduleName",
  "timestamp",
]);
const NEEDED: readonly string[] = ["jobId", "scheduleId", "timestamp"];

const START = /^[^{}]{0,8}\{\s*"(?:data|job|schedule|timestamp)/;
const START_BYTES = 1024;

/** Where Xen Orchestra keeps such backups; the configuration is `data.json`, or `data` where a passphrase is set. */
const CONFIG_PATH =
  /(?:^|[\\/!])xo-config-backups[\\/][^\\/]+[\\/][^\\/]+[\\/](?:metadata\.json|data(?:\.json)?)$/;

declare module "../model.ts" {
  interface FormatIds {
    "xo-config": true;
  }
}

export const xoConfig: InputFormat = {
  id: "xo-config",
  title: "a backup of Xen Orchestra's own configuration",
  maxBytes: MAX_XO_CONFIG_BYTES,
  probe: (head) => {
    if (head.length > MAX_XO_CONFIG_BYTES || !START.test(decodeLatin1(head.subarray(0, START_BYTES))))
      return false;
    try {
      return isMetadata(parseJson(unwrapText(head)));
    } catch (error) {
      if (error instanceof ParseError) return false;
      throw error;
    }
  },
  open: (bytes): Dump =>
    collectDump("xo-config", () => {
      if (isMetadata(parseJson(unwrapText(bytes)))) return null;
      throw new ParseError({
        code: "bad-structure",
        expected: "the job, the schedule and the time of a backup",
        found: "other members",
      });
    }),
};

/** By its place in a remote: what is encrypted, or is the configuration itself, says nothing of what it is. */
export function isXoConfigPath(path: string): boolean {
  return CONFIG_PATH.test(path);
}

/** There is nothing in it to be read. */
export function emptyXoConfig(): Dump {
  return collectDump("xo-config", () => null);
}

function isMetadata(value: JsonValue): boolean {
  return (
    isObject(value) &&
    NEEDED.every((name) => Object.hasOwn(value, name)) &&
    Object.keys(value).every((name) => MEMBERS.has(name))
  );
}
