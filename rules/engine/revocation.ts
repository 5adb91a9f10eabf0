/** Certificates that a dbx revokes by a digest (EFI_CERT_X509_SHA256 and its siblings, UEFI 2.10 §32.4.1). */
import { hasBytesAt } from "../../parsers/bytes.ts";
import {
  type EfiSignatureList,
  SIGNATURE_OWNER_BYTES,
  type SignatureDatabase,
  signatureOffsets,
} from "../../parsers/efi/signature-list.ts";
import { readCertificateFields } from "../../parsers/efi/x509.ts";
import { ParseError } from "../../parsers/errors.ts";
import { guidNamed } from "../../parsers/guids.ts";
import type { Platform } from "../../parsers/platform.ts";

const DIGEST_OF_TYPE: ReadonlyMap<string, "sha256" | "sha384" | "sha512"> = new Map([
  [guidNamed("EFI_CERT_X509_SHA256"), "sha256"],
  [guidNamed("EFI_CERT_X509_SHA384"), "sha384"],
  [guidNamed("EFI_CERT_X509_SHA512"), "sha512"],
]);

/**
 * The digest is that of the tbsCertificate. The time of revocation behind it is not looked at: older images start only
 * where dbt has a certificate by which to trust their timestamp (edk2 DxeImageVerificationLib, PassTimestampCheck).
 */
export function isRevokedByDigest(der: Uint8Array, dbx: SignatureDatabase, platform: Platform): boolean {
  const lists = dbx.lists.filter(({ signatureType }) => DIGEST_OF_TYPE.has(signatureType));
  if (lists.length === 0) return false;
  const tbsCertificate = tbsCertificateOf(der);
  if (tbsCertificate === null) return false;
  for (const [type, algorithm] of DIGEST_OF_TYPE) {
    const digest = platform[algorithm](tbsCertificate);
    for (const list of lists) {
      if (list.signatureType === type && holdsDigest(dbx.data, list, digest)) return true;
    }
  }
  return false;
}

function holdsDigest(data: Uint8Array, list: EfiSignatureList, digest: Uint8Array): boolean {
  for (const offset of signatureOffsets(list)) {
    if (hasBytesAt(data, offset + SIGNATURE_OWNER_BYTES, digest)) return true;
  }
  return false;
}

function tbsCertificateOf(der: Uint8Array): Uint8Array | null {
  try {
    return readCertificateFields(der).tbsCertificate;
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
