/** Recognises archives whose members are inputs. Exports, appliances and archives of certificates are inputs themselves. */
import { isXenOva } from "../../parsers/formats/ova.ts";
import { uefiCertificates } from "../../parsers/formats/uefi-certificates.ts";
import { isMail } from "../../parsers/packing/mail.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import { isZip } from "../../parsers/packing/zip.ts";

export type ArchiveKind = "tar" | "zip" | "mail";

/** First member of an export: ova.xml, or a block of a disk where ova.xml is missing. */
const EXPORT_MEMBER = /^(?:\.\/)?(?:ova\.xml$|Ref:\d+\/)/;

/** The kind of archive that begins with `head` (decompressed); null where its members are no inputs. */
export function archiveKind(head: Uint8Array): ArchiveKind | null {
  if (isZip(head)) return "zip";
  if (isMail(head)) return "mail";
  if (readTarHeader(head.subarray(0, TAR_BLOCK_BYTES)) === null) return null;
  return uefiCertificates.probe(head) || isExport(head) || isXenOva(head) ? null : "tar";
}

/** True for an export. Small members may come before ova.xml. */
function isExport(head: Uint8Array): boolean {
  for (let at = 0; at < head.length; ) {
    const header = readTarHeader(head.subarray(at, at + TAR_BLOCK_BYTES));
    if (header === null) return false;
    if (EXPORT_MEMBER.test(header.name)) return true;
    at += TAR_BLOCK_BYTES * (1 + Math.ceil(Number(header.size) / TAR_BLOCK_BYTES));
  }
  return false;
}
