import type { KeyObject, X509Certificate } from "node:crypto";
import { equalBytes } from "../../parsers/bytes.ts";
import { readElement } from "../../parsers/efi/der.ts";
import { readCertificateFields } from "../../parsers/efi/x509.ts";
import type { Certificate } from "../../parsers/platform.ts";
import { commonNameOf } from "../common-name.ts";
import { curveBits, KEY_NAMES } from "../key-names.ts";
import { nodeCrypto } from "./crypto.ts";

/** What Platform.parseCertificate says. Never throws: whatever OpenSSL refuses is no certificate. */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  try {
    const der = readElement(bytes, 0).whole;
    const certificate = new (nodeCrypto().X509Certificate)(der);
    // Node looks for PEM first, anywhere in the bytes: what it found must be what it was given.
    return equalBytes(certificate.raw, der) ? describe(certificate, der) : null;
  } catch {
    return null;
  }
}

function describe(certificate: X509Certificate, der: Uint8Array): Certificate {
  const subject = partsOfName(certificate.subject);
  return {
    subject: subject.join(","),
    commonName: commonNameOf(subject),
    issuer: partsOfName(certificate.issuer).join(","),
    serialNumber: certificate.serialNumber,
    notBefore: isoTime(certificate.validFrom),
    notAfter: isoTime(certificate.validTo),
    ...describeKey(certificate, der),
  };
}

/**
 * Node gives one attribute a line, escaped by RFC 2253 so that no value holds a newline, in the order of the
 * certificate; RFC 4514 §2.1 has the last one first. An empty name is undefined, whatever the types say.
 */
function partsOfName(name: string | undefined): readonly string[] {
  if (name === undefined || name === "") return [];
  return name
    .split("\n")
    .reverse()
    .map((part) => part.replaceAll(" + ", "+"));
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Of `Jun 27 21:22:45 2011 GMT`; a time that OpenSSL could not read stays as it printed it. */
function isoTime(text: string): string {
  const match = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?:\.\d+)? (\d{1,4}) GMT$/.exec(text);
  if (match === null) return text;
  const [, monthName = "", day = "", time = "", year = ""] = match;
  const month = `${MONTHS.indexOf(monthName) + 1}`;
  return `${year.padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}T${time}Z`;
}

/** A key of a kind that OpenSSL does not know makes the certificate no less readable. */
function describeKey(
  certificate: X509Certificate,
  der: Uint8Array,
): Pick<Certificate, "keyAlgorithm" | "keyBits"> {
  let key: KeyObject;
  try {
    key = certificate.publicKey;
  } catch {
    return { keyAlgorithm: "unknown", keyBits: null };
  }
  const type = key.asymmetricKeyType ?? "unknown";
  const keyAlgorithm = KEY_NAMES[type] ?? type;
  // Node 20 ends the process where it is asked for the details of an elliptic key at infinity (GetEcKeyDetail).
  const keyBits =
    type === "ec"
      ? curveBits(readCertificateFields(der).publicKey)
      : (key.asymmetricKeyDetails?.modulusLength ?? null);
  return { keyAlgorithm, keyBits };
}
