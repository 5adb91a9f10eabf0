/** The OpenSSL that varstored is linked with, where the tests run on it. */
import { expect } from "vitest";
import { opensslCertificate } from "../../platform/node/openssl-certificate.ts";

/** 3.0 is that of Node 20; later ones refuse more, and prove nothing. */
const IS_DAEMONS = process.versions.openssl.startsWith("3.0.");

/** What we take for a certificate that OpenSSL takes, and nothing else. */
export function expectDaemons(bytes: Uint8Array, isTaken: boolean): void {
  if (IS_DAEMONS) expect(opensslCertificate(bytes) !== null).toBe(isTaken);
}
