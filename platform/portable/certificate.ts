/** What Platform.parseCertificate says, without OpenSSL, in the words that Node has for it. */
import { equalBytes, toHex } from "../../parsers/bytes.ts";
import type { AnyValue } from "../../parsers/efi/asn1.ts";
import { readElement } from "../../parsers/efi/der.ts";
import { type CertificateFields, readCertificateFields } from "../../parsers/efi/x509.ts";
import { type Name, type NameAttribute, textBytes } from "../../parsers/efi/x509-name.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { Certificate } from "../../parsers/platform.ts";
import { decodeLatin1, decodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { openKey } from "./keys.ts";

/** Short names of OpenSSL, by object identifier in hexadecimal (crypto/objects/objects.txt). */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["550403", "CN"],
  ["550404", "SN"],
  ["550405", "serialNumber"],
  ["550406", "C"],
  ["550407", "L"],
  ["550408", "ST"],
  ["550409", "street"],
  ["55040a", "O"],
  ["55040b", "OU"],
  ["55040c", "title"],
  ["55040d", "description"],
  ["55040f", "businessCategory"],
  ["550411", "postalCode"],
  ["550429", "name"],
  ["55042a", "GN"],
  ["55042b", "initials"],
  ["55042e", "dnQualifier"],
  ["550461", "organizationIdentifier"],
  ["2a864886f70d010901", "emailAddress"],
  ["0992268993f22c640101", "UID"],
  ["0992268993f22c640119", "DC"],
]);

const KEY_NAMES: ReadonlyMap<string, string> = new Map([
  ["rsa", "RSA"],
  ["rsa-pss", "RSA-PSS"],
  ["dsa", "DSA"],
  ["ec", "EC"],
  ["ed25519", "Ed25519"],
  ["ed448", "Ed448"],
]);

/** Throws ParseError for what OpenSSL takes for none, or would write otherwise than it stands. */
export function readWholeCertificate(bytes: Uint8Array): CertificateFields {
  const der = readElement(bytes, 0).whole;
  const fields = readCertificateFields(der);
  if (equalBytes(fields.encoded, der)) return fields;
  throw new ParseError({
    code: "bad-structure",
    path: "certificate",
    expected: "DER",
    found: "lengths that are longer than they need to be",
  });
}

/** Never throws. */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  try {
    const fields = readWholeCertificate(bytes);
    const [notBefore, notAfter] = fields.validity;
    const key = openKey(fields.publicKey);
    const subject = partsOf(fields.subjectName);
    return {
      subject: subject.map(({ text }) => text).join(","),
      commonName: subject.find(({ commonName }) => commonName !== null)?.commonName ?? null,
      issuer: partsOf(fields.issuerName)
        .map(({ text }) => text)
        .join(","),
      serialNumber: serialText(fields.serialNumber),
      notBefore: timeText(notBefore),
      notAfter: timeText(notAfter),
      keyAlgorithm: key === null ? "unknown" : (KEY_NAMES.get(key.type) ?? key.type),
      keyBits: key?.bits ?? null,
    };
  } catch {
    return null;
  }
}

interface NamePart {
  readonly text: string;
  readonly commonName: string | null;
}

/** Relative names as RFC 4514 §2.1 has them: the last one first. */
function partsOf({ attributeSets }: Name): NamePart[] {
  return attributeSets.toReversed().map((attributes) => {
    const [first] = attributes;
    const isNamed = first !== undefined && SHORT_NAMES.get(first.type) === "CN";
    return {
      text: attributes.map(attributeText).join("+"),
      commonName: isNamed ? valueText(first) : null,
    };
  });
}

function attributeText(attribute: NameAttribute): string {
  const type = SHORT_NAMES.get(attribute.type) ?? dotted(attribute.type);
  return `${type}=${escaped(valueText(attribute))}`;
}

function valueText({ value }: NameAttribute): string {
  const bytes = textBytes(value);
  return bytes === null ? decodeLatin1(value.content) : decodeUtf8(bytes);
}

/** RFC 2253 §2.4; control characters in hexadecimal. */
function escaped(text: string): string {
  return text
    .replace(/[,+"\\<>;]/g, "\\$&")
    .replace(/^[# ]/, "\\$&")
    .replace(/ $/, "\\ ")
    .replace(
      /[\0-\x1f\x7f]/g,
      (unit) => `\\${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
}

/** Of the content octets of an object identifier (X.690 §8.19). */
function dotted(hex: string): string {
  const numbers: bigint[] = [];
  let value = 0n;
  for (const pair of hex.match(/../g) ?? []) {
    const byte = Number.parseInt(pair, 16);
    value = value * 128n + BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0n;
  }
  const [first = 0n, ...others] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...others].join(".");
}

function serialText(content: Uint8Array): string {
  const isNegative = (content[0] ?? 0) >= 0x80;
  const number = isNegative ? BigInt.asUintN(8 * content.length, -BigInt(`0x${toHex(content)}`)) : null;
  const hex = number === null ? toHex(content) : number.toString(16);
  const digits = hex.replace(/^0+/, "");
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return `${isNegative ? "-" : ""}${(even === "" ? "0" : even).toUpperCase()}`;
}

const UTC_TIME = 0x17;
const UTC_TIME_TEXT = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/;
const GENERALIZED_TIME_TEXT = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?Z$/;

/** A time that cannot be read is told as OpenSSL tells it. */
function timeText({ number, content }: AnyValue): string {
  const text = decodeLatin1(content);
  const match = (number === UTC_TIME ? UTC_TIME_TEXT : GENERALIZED_TIME_TEXT).exec(text);
  if (match === null) return "Bad time value";
  const [, year = "", month, day, hour, minute, second = "00"] = match;
  const century = year.length === 4 ? "" : Number(year) >= 50 ? "19" : "20";
  return `${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}
