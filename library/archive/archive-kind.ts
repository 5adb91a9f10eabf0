/** Which archives are those of other inputs: certificates, exports and appliances are inputs themselves. */
import { isXenOva } from "../../parsers/formats/ova.ts";
import { uefiCertificates } from "../../parsers/formats/uefi-certificates.ts";
import { isMail } from "../../parsers/packing/mail.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import { isZip } from "../../parsers/packing/zip.ts";

export type ArchiveKind = "tar" | "zip" | "mail";

/** What an export has first: its description, or a block of a disk where that is missing. */
const EXPORT_MEMBER = /^(?:\.\/)?(?:ova\.xml$|Ref:\d+\/)/;

/** `head` is the beginning of an input, decompressed; null where that is no archive of other inputs. */
export function archiveKind(head: Uint8Array): ArchiveKind | null {
  if (isZip(head)) return "zip";
  if (isMail(head)) return "mail";
  if (readTarHeader(head.subarray(0, TAR_BLOCK_BYTES)) === null) return null;
  return uefiCertificates.probe(head) || isExport(head) || isXenOva(head) ? null : "tar";
}

/** Other members may stand before ova.xml, as far as they are small. */
function isExport(head: Uint8Array): boolean {
  for (let at = 0; at < head.length; ) {
    const header = readTarHeader(head.subarray(at, at + TAR_BLOCK_BYTES));
    if (header === null) return false;
    if (EXPORT_MEMBER.test(header.name)) return true;
    at += TAR_BLOCK_BYTES * (1 + Math.ceil(Number(header.size) / TAR_BLOCK_BYTES));
  }
  return false;
}
