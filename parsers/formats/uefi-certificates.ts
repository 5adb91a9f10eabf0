/**
 * The archive of certificates that a pool's or host's record carries, taken out of it: as base64, which is what
 * `xe pool-param-get param-name=custom-uefi-certificates` prints, or unpacked from that; and the listings of xe that show it
 * among other fields (`xe pool-param-list`, `xe pool-list params=all`).
 */

import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { CertificateSet, Dump } from "../model.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../packing/tar.ts";
import { EXTENSION_TYPES, extendedName } from "../packing/tar-extension.ts";
import type { Platform } from "../platform.ts";
import {
  type CertificateArchive,
  certificateSetsOf,
  readAuthArchive,
  readCertificates,
} from "../records/certificate-archive.ts";
import { decodeLeniently } from "../text/base64.ts";
import { decodeLatin1, decodeUtf8, unwrapText } from "../text/text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

const AUTH_NAME = /\.auth$/;
const BASE64_LINE = /^\s*[A-Za-z0-9+/]{32}/;
/** Of a text: the headers before the first member have some KB as base64. */
const START_BYTES = 8192;
/** Of PAX, for all members and for the first, and of GNU. */
const MAX_EXTENSIONS = 4;

declare module "../model.ts" {
  interface FormatIds {
    "uefi-certificates": true;
  }
}

export const uefiCertificates: InputFormat = {
  id: "uefi-certificates",
  title: "an archive of Secure Boot certificates",
  maxBytes: PARSER_LIMITS.maxCertificateArchiveBytes,
  probe: (head) => isAuthArchive(head) || isBase64OfOne(head) || isListing(head),
  open: (bytes, platform): Dump => {
    if (isListing(bytes)) return openListing(bytes, platform);
    let archive: CertificateArchive = { files: [], error: null };
    const dump = collectDump("uefi-certificates", () => {
      checkSize(bytes, PARSER_LIMITS.maxCertificateArchiveBytes);
      archive = isAuthArchive(bytes) ? readAuthArchive(bytes) : readCertificates(bytes, platform);
      return archive.error ?? (archive.files.length === 0 ? noFiles() : null);
    });
    if (archive.files.length === 0) return dump;
    const set = { uuid: null, nameLabel: null, source: "archive", isActive: null } as const;
    return { ...dump, certificates: [{ kind: "unknown", ...set, ...archive }] };
  },
};

function noFiles(): ParseError {
  return new ParseError({ code: "bad-structure", expected: "an archive with .auth files", found: "no file" });
}

/** How xe labels the fields (xapi ocaml/xapi-cli-server/records.ml, cli_printer.ml): `uefi-certificates ( RO): UEsu…`. */
const FIELD = /^\s*([a-z][a-z0-9-]*) \(\s*[A-Z]+\)\s*:[ \t]?(.*)$/;
// Without \s in front: with the flag each line would try all the empty lines behind it.
const LISTED = /^[ \t]*(?:custom-)?uefi-certificates \(\s*[A-Z]+\)\s*:[ \t]*[A-Za-z0-9+/]{32}/m;
/** The rest of a value that a mail or a terminal has wrapped. */
const WRAPPED = /^\s*[A-Za-z0-9+/]+={0,2}\s*$/;
const IDENTITY = "uuid";
/** Fields that a host has, and no pool. */
const OF_HOST: readonly string[] = ["hostname", "address"];
const OWN_SET = "custom-uefi-certificates";

function isListing(head: Uint8Array): boolean {
  return LISTED.test(decodeLatin1(unwrapText(head).bytes));
}

function openListing(bytes: Uint8Array, platform: Platform): Dump {
  const certificates: CertificateSet[] = [];
  const dump = collectDump("uefi-certificates", () => {
    checkSize(bytes, PARSER_LIMITS.maxTextBytes);
    for (const record of listedRecords(decodeUtf8(unwrapText(bytes).bytes))) {
      for (const set of setsOf(record, platform)) certificates.push(set);
      limitSets(certificates.length);
    }
    return null;
  });
  return { ...dump, certificates };
}

type ListedRecord = ReadonlyMap<string, string>;

/** A record begins with its uuid, however many blank lines stand between. */
function* listedRecords(text: string): Generator<ListedRecord, void, undefined> {
  let record = new Map<string, string>();
  let last = "";
  for (const line of text.split(/\r?\n/)) {
    const [, label, value = ""] = FIELD.exec(line) ?? [];
    if (label !== undefined) {
      if (label === IDENTITY && record.size > 0) {
        yield record;
        record = new Map();
      }
      record.set(label, value.trim());
      last = label;
    } else if (last.endsWith("uefi-certificates") && WRAPPED.test(line)) {
      record.set(last, (record.get(last) ?? "") + line.trim());
    }
  }
  yield record;
}

/** Which set is in use nobody knows where only some of the fields were asked for. */
function setsOf(record: ListedRecord, platform: Platform): CertificateSet[] {
  const kind = OF_HOST.some((label) => record.has(label)) ? "host" : "pool";
  const get = (field: string): string | null => record.get(field.replaceAll("_", "-")) ?? null;
  const sets = certificateSetsOf(kind, get, platform);
  if (kind === "host" || record.has(OWN_SET)) return sets;
  return sets.map((set) => ({ ...set, isActive: null }));
}

function limitSets(count: number): void {
  const { maxCertificateSets } = PARSER_LIMITS;
  if (count <= maxCertificateSets) return;
  throw new ParseError({
    code: "over-limit",
    expected: `at most ${maxCertificateSets} records with certificates`,
    found: "more of them",
  });
}

function isBase64OfOne(head: Uint8Array): boolean {
  const start = head.subarray(0, START_BYTES);
  if (!BASE64_LINE.test(decodeLatin1(unwrapText(start).bytes.subarray(0, 64)))) return false;
  return isAuthArchive(decodeLeniently(start, { decodeBase64: () => null }).bytes);
}

/** A tar archive whose first file is a `.auth`. Headers before it, which may tell its name, are called as their writer likes. */
function isAuthArchive(head: Uint8Array): boolean {
  let name: string | null = null;
  let at = 0;
  for (let extensions = 0; extensions <= MAX_EXTENSIONS; extensions++) {
    const header = readTarHeader(head.subarray(at, at + TAR_BLOCK_BYTES));
    if (header === null) return false;
    if (!EXTENSION_TYPES.has(header.type)) return AUTH_NAME.test(name ?? header.name);
    if (header.size > head.length) return false;
    at += TAR_BLOCK_BYTES;
    const size = Number(header.size);
    name = extendedName(header.type, head.subarray(at, at + size)) ?? name;
    at += Math.ceil(size / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
  }
  return false;
}
