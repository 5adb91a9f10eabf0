/**
 * A certificate as the OpenSSL of the Node that runs reads it. The daemon's is 3.0, as that of Node 20; that of Node 22 and 24 is 3.5,
 * which refuses a certificate where a time in it is too short (crypto/asn1/tasn_dec.c, ASN1_R_UTCTIME_IS_TOO_SHORT and
 * ASN1_R_GENERALIZEDTIME_IS_TOO_SHORT). No answer may depend on that: whoever gets null here asks platform/portable.
 */
import type { X509Certificate } from "node:crypto";
import { equalBytes } from "../../parsers/bytes.ts";
import { readElement } from "../../parsers/efi/der.ts";
import { nodeCrypto } from "./crypto.ts";

/** Null where this OpenSSL refuses the bytes. */
export function opensslCertificate(bytes: Uint8Array): X509Certificate | null {
  try {
    const der = readElement(bytes, 0).whole;
    const certificate = new (nodeCrypto().X509Certificate)(der);
    // Node looks for PEM first, anywhere in the bytes: what it found must be what it was given.
    return equalBytes(certificate.raw, der) ? certificate : null;
  } catch {
    return null;
  }
}
