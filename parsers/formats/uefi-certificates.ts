/**
 * The archive of certificates that a pool's or host's record carries, taken out of it: as base64, which is what
 * `xe pool-param-get param-name=custom-uefi-certificates` prints, or unpacked from that; and the listings of xe that show it
 * among other fields (`xe pool-param-list`, `xe pool-list params=all`), or below a command.
 */

import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../packing/tar.ts";
import { EXTENSION_TYPES, extendedName } from "../packing/tar-extension.ts";
import type { Platform } from "../platform.ts";
import {
  type CertificateArchive,
  readAuthArchive,
  readCertificates,
} from "../records/certificate-archive.ts";
import { certificatesInText, holdsCertificates, type TextCertificates } from "../records/certificate-text.ts";
import { decodeLeniently } from "../text/base64.ts";
import { decodeLatin1, decodeUtf8, unwrapText } from "../text/text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";
import { nvramText } from "./nvram-text.ts";

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

function isListing(head: Uint8Array): boolean {
  return holdsCertificates(decodeLatin1(unwrapText(head).bytes));
}

/** What xe printed of VMs may stand in the same text. */
function openListing(bytes: Uint8Array, platform: Platform): Dump {
  if (nvramText.probe(bytes)) return nvramText.open(bytes, platform);
  let found: TextCertificates = { certificates: [], poolHasCertificates: null };
  const dump = collectDump("uefi-certificates", () => {
    checkSize(bytes, PARSER_LIMITS.maxTextBytes);
    found = certificatesInText(decodeUtf8(unwrapText(bytes).bytes), platform);
    return null;
  });
  return { ...dump, certificates: found.certificates };
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
