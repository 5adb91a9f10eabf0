/** A certificate that the daemon could open: d2i_X509 took it. */

import { type CertificateFields, readCertificateFields } from "../parsers/efi/x509.ts";
import { type CertificateExtensions, readExtensions } from "../parsers/efi/x509-extensions.ts";
import { ParseError } from "../parsers/errors.ts";
import type { SignatureVerifier } from "./crypto.ts";

export interface OpenedCertificate {
  /** The certificate alone, as the daemon would write it again (i2d_X509): what it compares. */
  readonly der: Uint8Array;
  readonly fields: CertificateFields;
  readonly extensions: CertificateExtensions;
}

/** Null where d2i_X509 would fail; bytes behind the certificate are ignored, as it does. */
export function openCertificate(bytes: Uint8Array, verifier: SignatureVerifier): OpenedCertificate | null {
  const fields = orNull(() => readCertificateFields(bytes));
  return fields === null ? null : openFields(fields, verifier);
}

export function openFields(fields: CertificateFields, verifier: SignatureVerifier): OpenedCertificate | null {
  const der = fields.encoded;
  return verifier.isCertificate(der) ? { der, fields, extensions: readExtensions(fields) } : null;
}

/** The border of the ASN.1 layer: what cannot be read is none, whatever the reason. */
export function orNull<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
