/**
 * `metadata.json` of a pool's backup by Xen Orchestra: the records of the pool and of its master, which carry Secure Boot
 * certificates (@xen-orchestra/backups, _runners/_PoolMetadataBackup.mjs). The database itself lies beside it, as `data`.
 */

import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { CertificateSet, Dump } from "../model.ts";
import type { Platform } from "../platform.ts";
import { certificateSetsOf, poolHasCertificates } from "../records/certificate-archive.ts";
import { isObject, type JsonObject, type JsonValue, parseJson } from "../text/json-text.ts";
import { decodeLatin1, unwrapText } from "../text/text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

/** The first members, in the order in which they are written; a backup of a VM has `mode` or others behind its job. */
const START =
  /^\s*\{\s*"jobId"\s*:\s*"[^"\\]*"\s*,(?:\s*"jobName"\s*:\s*(?:"(?:[^"\\]|\\.)*"|null)\s*,)?\s*"pool"\s*:\s*\{/;
const START_BYTES = 4096;

declare module "../model.ts" {
  interface FormatIds {
    "xo-pool-metadata": true;
  }
}

export const xoPoolMetadata: InputFormat = {
  id: "xo-pool-metadata",
  title: "the metadata of a pool's backup by Xen Orchestra",
  maxBytes: PARSER_LIMITS.maxJsonBytes,
  probe: (head) => START.test(decodeLatin1(unwrapText(head.subarray(0, START_BYTES)).bytes)),
  open: (bytes, platform): Dump => {
    let certificates: readonly CertificateSet[] = [];
    let ofPool: boolean | null = null;
    const dump = collectDump("xo-pool-metadata", () => {
      checkSize(bytes, PARSER_LIMITS.maxJsonBytes);
      const value = parseJson(unwrapText(bytes));
      if (!isObject(value) || !isObject(value["pool"])) throw noPool();
      const { pool, poolMaster } = value;
      certificates = [...setsOf("pool", pool, platform), ...setsOf("host", poolMaster, platform)];
      ofPool = isObject(pool) ? poolHasCertificates((field) => textOf(pool, field)) : null;
      return null;
    });
    return { ...dump, certificates, ...(ofPool === null ? {} : { poolHasCertificates: ofPool }) };
  },
};

function setsOf(kind: "pool" | "host", record: JsonValue | undefined, platform: Platform): CertificateSet[] {
  return isObject(record) ? certificateSetsOf(kind, (field) => textOf(record, field), platform) : [];
}

function textOf(record: JsonObject, field: string): string | null {
  const value = record[field];
  return typeof value === "string" ? value : null;
}

function noPool(): ParseError {
  return new ParseError({ code: "bad-structure", expected: "the record of a pool", found: "none" });
}
