/**
 * Distinguished names as OpenSSL reads and compares them (crypto/x509/x_name.c, x509_name_canon): a text's type, its
 * case and the number of its spaces do not count. Signing tools may write a name again in another string type.
 */
import { toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { decodeLatin1, encodeUtf8 } from "../text/text-encoding.ts";
import {
  type AnyValue,
  type Asn1Reader,
  readObject,
  readOneOf,
  readSequence,
  readSequenceOf,
  readSetOf,
  UNIVERSAL,
} from "./asn1.ts";

/** PrintableString, T61String, IA5String, VisibleString: one byte a character. */
const BYTE_STRINGS: ReadonlySet<number> = new Set([0x13, 0x14, 0x16, 0x1a]);
/** What a value may be: B_ASN1_PRINTABLE, without OCTET STRING and some others. */
const VALUE_TYPES: ReadonlySet<number> = new Set([
  ...[UNIVERSAL.BIT_STRING, 7, 8, 9, 11, 12, 13, 14, 15, UNIVERSAL.SEQUENCE],
  ...[18, 19, 20, 22, 28, 29, 30],
]);
const OUTER_SPACE = /^ | $/g;
const SPACES = /[\t-\r ]+/g;
const LARGEST_CODE_POINT = 0x10ffff;

export interface NameAttribute {
  /** Object identifier, its content in hexadecimal. */
  readonly type: string;
  readonly value: AnyValue;
}

export interface Name {
  /** The same text for two names exactly if OpenSSL takes them for the same. */
  readonly canonical: string;
  /** Of each relative name that is not empty, from the root down. */
  readonly relativeNames: readonly string[];
  readonly attributes: readonly NameAttribute[];
  /** The same, by relative name. */
  readonly attributeSets: readonly (readonly NameAttribute[])[];
}

/** Throws ParseError `bad-structure`, also for a text that is none: OpenSSL then takes no name. */
export function readName(reader: Asn1Reader): Name {
  const sets = readSequenceOf(reader, (inner) => readSetOf(inner, readAttribute));
  const relativeNames = sets
    .filter((attributes) => attributes.length > 0)
    .map((attributes) => JSON.stringify(attributes.map(canonicalAttribute).sort()));
  return {
    canonical: JSON.stringify(relativeNames),
    relativeNames,
    attributes: sets.flat(),
    attributeSets: sets,
  };
}

export function readAttribute(reader: Asn1Reader): NameAttribute {
  return readSequence(reader, (attribute) => {
    const type = readObject(attribute);
    return { type, value: readOneOf(attribute, VALUE_TYPES) };
  });
}

function canonicalAttribute({ type, value }: NameAttribute): string {
  const bytes = textBytes(value);
  if (bytes === null) return `${type} ${toHex(value.encoded)}`;
  const text = decodeLatin1(bytes).replace(SPACES, " ").replace(OUTER_SPACE, "");
  // Only ASCII letters fold; bytes of 0x80 and more are parts of UTF-8 here.
  return `${type}=${text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())}`;
}

/** ASN1_STRING_to_UTF8. Null for what is no text; throws ParseError `bad-structure` where its characters are none. */
export function textBytes({ number, content }: Pick<AnyValue, "number" | "content">): Uint8Array | null {
  if (number === UNIVERSAL.UTF8_STRING) {
    if (isUtf8(content)) return content;
    throw noText();
  }
  if (BYTE_STRINGS.has(number)) return encodeUtf8(decodeLatin1(content));
  if (number !== UNIVERSAL.BMP_STRING && number !== UNIVERSAL.UNIVERSAL_STRING) return null;
  const unitBytes = number === UNIVERSAL.BMP_STRING ? 2 : 4;
  const text: string[] = [];
  for (let at = 0; at < content.length; at += unitBytes) {
    const unit = content.subarray(at, at + unitBytes).reduce((value, byte) => value * 256 + byte, 0);
    if (!isCodePoint(unit)) throw noText();
    text.push(String.fromCodePoint(unit));
  }
  return encodeUtf8(text.join(""));
}

function noText(): ParseError {
  return new ParseError({
    code: "bad-structure",
    path: "asn1",
    expected: "a text",
    found: "bytes that are no characters",
  });
}

function isCodePoint(value: number): boolean {
  return value <= LARGEST_CODE_POINT && (value < 0xd800 || value > 0xdfff);
}

/** UTF8_getc: shortest forms of code points. */
function isUtf8(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length =
      first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return false;
    let value = length === 1 ? first : first & (0x7f >> length);
    for (const byte of bytes.subarray(at + 1, at + length)) {
      if (byte >> 6 !== 2) return false;
      value = value * 64 + (byte & 0x3f);
    }
    const smallest = [0, 0, 0x80, 0x800, 0x10000][length] ?? 0;
    if (value < smallest || !isCodePoint(value)) return false;
    at += length;
  }
  return true;
}
