/**
 * The archive of certificates that a pool's or host's record carries, taken out of it: as base64, which is what
 * `xe pool-param-get param-name=custom-uefi-certificates` prints, or unpacked from that.
 */
import { type CertificateArchive, readAuthArchive, readCertificates } from "../certificate-archive.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../tar.ts";
import { decodeLatin1, unwrapText } from "../text-encoding.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

/** Base64 of the beginnings of `/usr/share/varstored/`, `PK.auth`, `KEK.auth`, `db.auth`, `dbx.auth`, `././@PaxHeader`. */
const BASE64_START =
  /^\s*(?:L3Vzci9zaGFyZS92YXJzdG9yZWQv|UEsuYXV0|S0VLLmF1|ZGIuYXV0|ZGJ4LmF1|Li8uL0BQYXhIZWFkZXIA)/;
const START_BYTES = 64;
const AUTH_NAME = /\.auth$/;
/** How Python's tarfile names the header that it puts before a member. */
const EXTENDED_NAME = "././@PaxHeader";

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
  return BASE64_START.test(decodeLatin1(unwrapText(head.subarray(0, START_BYTES)).bytes));
}

/** A tar archive whose first file is a `.auth`. */
function isAuthArchive(head: Uint8Array): boolean {
  const first = readTarHeader(head.subarray(0, TAR_BLOCK_BYTES));
  if (first === null) return false;
  if (AUTH_NAME.test(first.name)) return true;
  if (first.name !== EXTENDED_NAME || first.size > head.length) return false;
  const next = TAR_BLOCK_BYTES * (1 + Math.ceil(Number(first.size) / TAR_BLOCK_BYTES));
  return AUTH_NAME.test(readTarHeader(head.subarray(next, next + TAR_BLOCK_BYTES))?.name ?? "");
}
