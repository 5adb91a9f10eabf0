/**
 * The archive of certificates that a pool's or host's record carries, taken out of it: as base64, which is what
 * `xe pool-param-get param-name=custom-uefi-certificates` prints, or unpacked from that.
 */
import { decodeLeniently } from "../base64.ts";
import { type CertificateArchive, readAuthArchive, readCertificates } from "../certificate-archive.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../tar.ts";
import { EXTENSION_TYPES, extendedName } from "../tar-extension.ts";
import { decodeLatin1, unwrapText } from "../text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

const AUTH_NAME = /\.auth$/;
const BASE64_LINE = /^\s*[A-Za-z0-9+/]{32}/;
/** Of a text: the headers before the first member have some KB as base64. */
const START_BYTES = 8192;
/** Of PAX, for all members and for the first, and of GNU. */
const MAX_EXTENSIONS = 4;

export const uefiCertificates: InputFormat = {
  id: "uefi-certificates",
  title: "an archive of Secure Boot certificates",
  probe: (head) => isAuthArchive(head) || isBase64OfOne(head),
  open: (bytes, platform): Dump => {
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
