import type { KeyObject, X509Certificate } from "node:crypto";
import { type PublicKeyInfo, readCertificateFields } from "../../parsers/efi/x509.ts";
import type { Certificate } from "../../parsers/platform.ts";
import { commonNameOf } from "../common-name.ts";
import { curveBits, KEY_NAMES } from "../key-names.ts";
import { describedCertificate, readWholeCertificate } from "../portable/certificate-text.ts";
import { opensslCertificate } from "./openssl-certificate.ts";
import { keyOf } from "./public-key.ts";

/**
 * What Platform.parseCertificate says. Never throws. What OpenSSL refuses our own reader is asked of: which OpenSSL it is depends on the
 * Node that runs, and later ones refuse what that of the daemon takes (`openssl-certificate.ts`).
 */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  const certificate = opensslCertificate(bytes);
  if (certificate === null) return readByOurselves(bytes);
  try {
    return describe(certificate, certificate.raw);
  } catch {
    return null;
  }
}

function readByOurselves(bytes: Uint8Array): Certificate | null {
  const fields = readWholeCertificate(bytes);
  if (fields === null) return null;
  const key = keyOf(fields.publicKey);
  const type = key?.asymmetricKeyType ?? "unknown";
  return describedCertificate(
    fields,
    key === null ? null : { type, bits: keyBits(key, type, () => fields.publicKey) },
  );
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
  return { keyAlgorithm, keyBits: keyBits(key, type, () => readCertificateFields(der).publicKey) };
}

function keyBits(key: KeyObject, type: string, told: () => PublicKeyInfo): number | null {
  // Node 20 ends the process where it is asked for the details of an elliptic key at infinity (GetEcKeyDetail).
  return type === "ec" ? curveBits(told()) : (key.asymmetricKeyDetails?.modulusLength ?? null);
}
