/**
 * PKCS #7 SignedData (RFC 2315 §9) as authenticated variables carry it (UEFI 2.10 §8.2.2): its structure only.
 * Whether a signature holds is asked in daemon/pkcs7-verify.ts.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import {
  DER_TAG,
  type DerElement,
  readAlgorithm,
  readElements,
  readOid,
  readTagged,
  SequenceReader,
} from "./der.ts";
import { canonicalName } from "./x509-name.ts";

/** 1.2.840.113549.1.7.2 */
const OID_SIGNED_DATA = "2a864886f70d010702";
/** 1.2.840.113549.1.9.4 */
const OID_MESSAGE_DIGEST = "2a864886f70d010904";

export interface SignerInfo {
  /** The issuer's name in its canonical form. */
  readonly issuer: string;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** Object identifier, its content in hexadecimal. */
  readonly digestAlgorithm: string;
  /** DER of the SET OF Attribute that is signed in place of the content; null where the content itself is. */
  readonly authenticatedAttributes: Uint8Array | null;
  /** Of the attributes; null where they have none. */
  readonly messageDigest: Uint8Array | null;
  readonly signature: Uint8Array;
}

export interface SignedData {
  /** Object identifiers, content in hexadecimal. */
  readonly digestAlgorithms: readonly string[];
  /** DER of each certificate that is sent along. */
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly SignerInfo[];
}

/**
 * Reads a ContentInfo that holds SignedData; bytes after it are ignored, as d2i_PKCS7 does.
 * Throws ParseError `bad-structure` and `over-limit`.
 */
export function readSignedData(bytes: Uint8Array): SignedData {
  const contentInfo = new SequenceReader(readTagged(bytes, DER_TAG.SEQUENCE).content);
  const type = readOid(contentInfo);
  if (type !== OID_SIGNED_DATA) {
    throw new ParseError({
      code: "bad-structure",
      path: "pkcs7",
      expected: "signedData",
      found: `type ${type}`,
    });
  }
  const explicit = new SequenceReader(contentInfo.take(DER_TAG.CONTEXT_0).content);
  contentInfo.finish();
  const signedData = new SequenceReader(explicit.take(DER_TAG.SEQUENCE).content);
  explicit.finish();
  signedData.take(DER_TAG.INTEGER);
  const digestAlgorithms = readElements(signedData.take(DER_TAG.SET).content).map(readAlgorithm);
  skipContent(signedData.take(DER_TAG.SEQUENCE));
  const certificates = readFew(signedData.optional(DER_TAG.CONTEXT_0), "certificates");
  signedData.optional(DER_TAG.CONTEXT_1);
  const signers = readFew(signedData.take(DER_TAG.SET), "signers").map(readSignerInfo);
  signedData.finish();
  return { digestAlgorithms, certificates: certificates.map((certificate) => certificate.whole), signers };
}

/** The members of a SET whose number decides how much is computed. */
function readFew(set: DerElement | null, what: string): readonly DerElement[] {
  const elements = set === null ? [] : readElements(set.content);
  if (elements.length <= PARSER_LIMITS.maxEmbeddedCertificates) return elements;
  const expected = `at most ${PARSER_LIMITS.maxEmbeddedCertificates} ${what}`;
  throw new ParseError({ code: "over-limit", path: "pkcs7", expected, found: `${elements.length}` });
}

/** The content is detached; where one is embedded all the same, PKCS7_verify takes the one that it is given. */
function skipContent(element: DerElement): void {
  const content = new SequenceReader(element.content);
  readOid(content);
  content.optional(DER_TAG.CONTEXT_0);
  content.finish();
}

function readSignerInfo(element: DerElement): SignerInfo {
  const info = new SequenceReader(readTagged(element.whole, DER_TAG.SEQUENCE).content);
  info.take(DER_TAG.INTEGER);
  const issuerAndSerial = new SequenceReader(info.take(DER_TAG.SEQUENCE).content);
  const issuer = canonicalName(issuerAndSerial.take(DER_TAG.SEQUENCE).whole);
  const serialNumber = issuerAndSerial.take(DER_TAG.INTEGER).content;
  issuerAndSerial.finish();
  const digestAlgorithm = readAlgorithm(info.take(DER_TAG.SEQUENCE));
  const attributes = info.optional(DER_TAG.CONTEXT_0);
  readAlgorithm(info.take(DER_TAG.SEQUENCE));
  const signature = info.take(DER_TAG.OCTET_STRING).content;
  info.optional(DER_TAG.CONTEXT_1);
  info.finish();
  return { issuer, serialNumber, digestAlgorithm, ...readAttributes(attributes), signature };
}

type Attributes = Pick<SignerInfo, "authenticatedAttributes" | "messageDigest">;

/** An empty set counts as none (OpenSSL pk7_doit.c, PKCS7_signatureVerify). */
function readAttributes(element: DerElement | null): Attributes {
  const attributes = element === null ? [] : readElements(element.content);
  if (element === null || attributes.length === 0)
    return { authenticatedAttributes: null, messageDigest: null };
  // RFC 2315 §9.3: what is signed has the tag of SET, not the implicit [0] that stands on the wire.
  const authenticatedAttributes = Uint8Array.from(element.whole);
  authenticatedAttributes[0] = DER_TAG.SET;
  const values = attributes.map(readAttribute);
  const digest = values.find(({ type }) => type === OID_MESSAGE_DIGEST);
  return {
    authenticatedAttributes,
    messageDigest: digest === undefined ? null : readTagged(digest.value, DER_TAG.OCTET_STRING).content,
  };
}

/** The first value of an attribute. */
function readAttribute(element: DerElement): { type: string; value: Uint8Array } {
  const members = new SequenceReader(readTagged(element.whole, DER_TAG.SEQUENCE).content);
  const type = readOid(members);
  const [value] = readElements(members.take(DER_TAG.SET).content);
  members.finish();
  return { type, value: value?.whole ?? new Uint8Array(0) };
}
