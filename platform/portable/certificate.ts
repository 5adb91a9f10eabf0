/** What Platform.parseCertificate says, as OpenSSL would print it. */

import type { Certificate } from "../../parsers/platform.ts";
import { describedCertificate, readWholeCertificate } from "./certificate-text.ts";
import { readPublicKey } from "./public-key.ts";

/** Null where the daemon's OpenSSL would take the bytes for no certificate. */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  const fields = readWholeCertificate(bytes);
  return fields === null ? null : describedCertificate(fields, readPublicKey(fields.publicKey));
}
