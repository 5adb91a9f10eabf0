/**
 * Distinguished names as OpenSSL compares them (crypto/x509/x_name.c, x509_name_canon): a text's type, its case and
 * the number of its spaces do not count. Signing tools may write a name again in another string type.
 */
import { toHex } from "../bytes.ts";
import { decodeLatin1, encodeUtf8 } from "../text-encoding.ts";
import { DER_TAG, type DerElement, readElements, readOid, readTagged, SequenceReader } from "./der.ts";

const UTF8_STRING = 0x0c;
/** PrintableString, T61String, IA5String, VisibleString: one byte a character. */
const BYTE_STRINGS: ReadonlySet<number> = new Set([0x13, 0x14, 0x16, 0x1a]);
const UNIVERSAL_STRING = 0x1c;
const BMP_STRING = 0x1e;
const OUTER_SPACE = /^ | $/g;
const SPACES = /[\t-\r ]+/g;

/** A text that is the same for two names (DER) exactly if OpenSSL takes them for the same. Throws ParseError `bad-structure`. */
export function canonicalName(name: Uint8Array): string {
  const relativeNames = readElements(readTagged(name, DER_TAG.SEQUENCE).content);
  return JSON.stringify(relativeNames.map(canonicalRelativeName));
}

/** A SET: the order of its members does not count. */
function canonicalRelativeName(relative: DerElement): readonly string[] {
  return readElements(readTagged(relative.whole, DER_TAG.SET).content).map(canonicalAttribute).sort();
}

function canonicalAttribute(attribute: DerElement): string {
  const members = new SequenceReader(readTagged(attribute.whole, DER_TAG.SEQUENCE).content);
  const type = readOid(members);
  const value = members.any();
  members.finish();
  const bytes = value === null ? null : textBytes(value);
  if (bytes === null) return `${type} ${toHex(value?.whole ?? new Uint8Array(0))}`;
  const text = decodeLatin1(bytes).replace(SPACES, " ").replace(OUTER_SPACE, "");
  // Only ASCII letters fold; bytes of 0x80 and more are parts of UTF-8 here.
  return `${type}=${text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())}`;
}

/** UTF-8, null for what is no text. */
function textBytes({ tag, content }: DerElement): Uint8Array | null {
  if (tag === UTF8_STRING) return content;
  if (BYTE_STRINGS.has(tag)) return encodeUtf8(decodeLatin1(content));
  const unitBytes = tag === BMP_STRING ? 2 : 4;
  if ((tag !== BMP_STRING && tag !== UNIVERSAL_STRING) || content.length % unitBytes !== 0) return null;
  let text = "";
  for (let at = 0; at < content.length; at += unitBytes) {
    const unit = content.subarray(at, at + unitBytes).reduce((value, byte) => value * 256 + byte, 0);
    if (unit > 0x10ffff) return null;
    text += String.fromCodePoint(unit);
  }
  return encodeUtf8(text);
}
