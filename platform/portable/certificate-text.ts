/** A certificate without OpenSSL, and what OpenSSL would print of it; its key is read elsewhere. */

import { equalBytes, toHex } from "../../parsers/bytes.ts";
import { type AnyValue, UNIVERSAL } from "../../parsers/efi/asn1.ts";
import { readElement } from "../../parsers/efi/der.ts";
import { type CertificateFields, readCertificateFields } from "../../parsers/efi/x509.ts";
import type { Name, NameAttribute } from "../../parsers/efi/x509-name.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { Certificate } from "../../parsers/platform.ts";
import { decodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { commonNameOf } from "../common-name.ts";
import { KEY_NAMES } from "../key-names.ts";
import { attributeName } from "./attribute-names.ts";

/** Null for bytes that do not begin with a certificate, written as OpenSSL would write it again. */
export function readWholeCertificate(bytes: Uint8Array): CertificateFields | null {
  try {
    const der = readElement(bytes, 0).whole;
    const fields = readCertificateFields(der);
    return equalBytes(fields.encoded, der) ? fields : null;
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** What Platform.parseCertificate says of a certificate with this key; null for a key that nobody can read. */
export function describedCertificate(
  fields: CertificateFields,
  key: { readonly type: string; readonly bits: number | null } | null,
): Certificate {
  const [notBefore, notAfter] = fields.validity;
  const subject = namesOf(fields.subjectName);
  return {
    subject: subject.join(","),
    commonName: commonNameOf(subject),
    issuer: namesOf(fields.issuerName).join(","),
    serialNumber: serialText(fields.serialNumber),
    notBefore: timeText(notBefore),
    notAfter: timeText(notAfter),
    keyAlgorithm: key === null ? "unknown" : (KEY_NAMES[key.type] ?? key.type),
    keyBits: key?.bits ?? null,
  };
}

/** RFC 4514 §2.1: the last one first. */
function namesOf({ attributeSets }: Name): string[] {
  return attributeSets
    .filter((attributes) => attributes.length > 0)
    .map((attributes) => attributes.map(attributeText).join("+"))
    .reverse();
}

function attributeText({ type, value: { number, content } }: NameAttribute): string {
  return `${attributeName(type) ?? dotted(type)}=${escaped(textOf(number, content))}`;
}

/** Characters as ASN1_STRING_print_ex reads them: what is no text is taken byte by byte. */
function textOf(type: number, content: Uint8Array): string {
  if (type === UNIVERSAL.UTF8_STRING) return decodeUtf8(content);
  const unit = type === UNIVERSAL.BMP_STRING ? 2 : type === UNIVERSAL.UNIVERSAL_STRING ? 4 : 1;
  const text: string[] = [];
  for (let at = 0; at < content.length; at += unit) {
    const code = content.subarray(at, at + unit).reduce((value, byte) => value * 256 + byte, 0);
    text.push(code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code));
  }
  return text.join("");
}

const ALWAYS = new Set([",", "+", '"', "\\", "<", ">", ";"]);

/** RFC 2253 §2.4, with control characters in hexadecimal. */
function escaped(text: string): string {
  const characters = Array.from(text);
  return characters
    .map((character, i) => {
      const code = character.codePointAt(0) ?? 0;
      if (ALWAYS.has(character)) return `\\${character}`;
      const isLast = i === characters.length - 1;
      // The only character counts as the last one (do_buf of crypto/asn1/a_strex.c).
      if ((character === " " && (i === 0 || isLast)) || (character === "#" && i === 0 && !isLast))
        return `\\${character}`;
      return code < 0x20 || code === 0x7f
        ? `\\${code.toString(16).toUpperCase().padStart(2, "0")}`
        : character;
    })
    .join("");
}

/** An object identifier in its numbers. */
function dotted(hex: string): string {
  const numbers: bigint[] = [];
  let value = 0n;
  for (const pair of hex.match(/../g) ?? []) {
    const byte = Number.parseInt(pair, 16);
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0n;
  }
  const [first = 0n, ...others] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - 40n * root, ...others].join(".");
}

function serialText(content: Uint8Array): string {
  const isNegative = (content[0] ?? 0) >= 0x80;
  const value = BigInt(`0x${toHex(content) || "0"}`);
  const size = isNegative ? (1n << BigInt(8 * content.length)) - value : value;
  // As BN_bn2hex writes numbers: whole bytes, and 0 as one digit.
  if (size === 0n) return "0";
  const text = size.toString(16).toUpperCase();
  return `${isNegative ? "-" : ""}${text.length % 2 === 1 ? "0" : ""}${text}`;
}

const TIMES: Readonly<Record<number, RegExp>> = {
  [UNIVERSAL.UTC_TIME]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/,
  [UNIVERSAL.GENERALIZED_TIME]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.\d+)?)?Z$/,
};
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** As OpenSSL prints what it takes for no time. */
const BAD_TIME = "Bad time value";

function timeText({ number, content }: AnyValue): string {
  const text = Array.from(content, (byte) => String.fromCharCode(byte)).join("");
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "00"] =
    TIMES[number]?.exec(text) ?? [];
  const whole = year.length === 2 ? `${Number(year) < 50 ? "20" : "19"}${year}` : year;
  return isTime([whole, month, day, hour, minute, second].map(Number))
    ? `${whole}-${month}-${day}T${hour}:${minute}:${second}Z`
    : BAD_TIME;
}

function isTime([
  year = 0,
  month = 0,
  day = 0,
  hour = 0,
  minute = 0,
  second = 0,
]: readonly number[]): boolean {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
  return month >= 1 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
}
