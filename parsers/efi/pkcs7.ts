/**
 * PKCS #7 SignedData (RFC 2315 §9) as authenticated variables carry it (UEFI 2.10 §8.2.2), and as OpenSSL's d2i_PKCS7
 * takes it (crypto/pkcs7/pk7_asn1.c): its structure only. Whether a signature holds is asked in daemon/pkcs7-verify.ts.
 */
import { concatBytes, toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import {
  type AnyValue,
  Asn1Reader,
  contextTag,
  encode,
  encodeSetOf,
  optional,
  readAlgorithmIdentifier,
  readAny,
  readExplicit,
  readInteger,
  readObject,
  readOneOf,
  readSequence,
  readSequenceOf,
  readSetOf,
  readString,
  type Tag,
  UNIVERSAL,
  universalTag,
} from "./asn1.ts";
import { type CertificateFields, readCertificate, readExtension } from "./x509.ts";
import { readName } from "./x509-name.ts";

/** 1.2.840.113549.1.7 */
const PKCS7 = "2a864886f70d0107";
const OID_SIGNED_DATA = `${PKCS7}02`;
/** 1.2.840.113549.1.9.4 */
const OID_MESSAGE_DIGEST = "2a864886f70d010904";
/** 1.3.6.1.4.1.311.3.3.1, SPC_RFC3161_OBJID */
const OID_TIMESTAMP_TOKEN = "2b060104018237030301";
const TIME_TYPES: ReadonlySet<number> = new Set([UNIVERSAL.UTC_TIME, UNIVERSAL.GENERALIZED_TIME]);

export interface SignerInfo {
  /** The issuer's name in its canonical form. */
  readonly issuer: string;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** Object identifier, its content in hexadecimal. */
  readonly digestAlgorithm: string;
  /** The SET OF Attribute that is signed in place of the content, in DER; null where the content itself is. */
  readonly authenticatedAttributes: Uint8Array | null;
  /** Of the attributes; null where they have none. */
  readonly messageDigest: Uint8Array | null;
  readonly signature: Uint8Array;
  /** The first RFC 3161 token among the attributes that are not signed, as it stands; null where there is none. */
  readonly timestampToken: Uint8Array | null;
}

export interface SignedData {
  /** What is signed, where it is sent along and is no type of PKCS #7 itself: SpcIndirectDataContent, TSTInfo. */
  readonly content: { readonly type: string; readonly value: AnyValue } | null;
  /** Object identifiers, content in hexadecimal. */
  readonly digestAlgorithms: readonly string[];
  /** Those that are sent along. */
  readonly certificates: readonly CertificateFields[];
  readonly signers: readonly SignerInfo[];
}

/**
 * Reads a ContentInfo that holds SignedData; bytes after it are ignored, as d2i_PKCS7 does.
 * Throws ParseError `bad-structure` and `over-limit`.
 */
export function readSignedData(bytes: Uint8Array): SignedData {
  const content = readContentInfo(new Asn1Reader(bytes));
  if (content.signedData !== null) return content.signedData;
  throw new ParseError({
    code: "bad-structure",
    path: "pkcs7",
    expected: "signedData",
    found: `type ${content.type}`,
  });
}

interface ContentInfo {
  readonly type: string;
  readonly signedData: SignedData | null;
  /** Of a type that PKCS #7 does not know. */
  readonly other: AnyValue | null;
}

/** What the type announces, [0], may be missing; of types that are not signed only the structure is checked. */
function readContentInfo(reader: Asn1Reader): ContentInfo {
  return readSequence(reader, (info) => {
    const type = readObject(info);
    const content = optional(info, contextTag(0), (inner, tag) =>
      readExplicit(inner, tag, (explicit) => readContent(explicit, type)),
    );
    return { type, signedData: content?.signedData ?? null, other: content?.other ?? null };
  });
}

function readContent(reader: Asn1Reader, type: string): Omit<ContentInfo, "type"> {
  if (type === OID_SIGNED_DATA) return { signedData: readSigned(reader), other: null };
  const known = CONTENTS[type];
  if (known === undefined) return { signedData: null, other: readAny(reader) };
  known(reader);
  return { signedData: null, other: null };
}

/** By type, those but signed data: pkcs7-data, enveloped, signed and enveloped, digested, encrypted. */
const CONTENTS: Readonly<Record<string, (reader: Asn1Reader) => unknown>> = {
  [`${PKCS7}01`]: (reader) => readString(reader, UNIVERSAL.OCTET_STRING),
  [`${PKCS7}03`]: (reader) =>
    readSequence(reader, (inner) => {
      readInteger(inner);
      readSetOf(inner, readRecipient);
      readEncryptedContent(inner);
    }),
  [`${PKCS7}04`]: (reader) =>
    readSequence(reader, (inner) => {
      readInteger(inner);
      readSetOf(inner, readRecipient);
      readSetOf(inner, readAlgorithmIdentifier);
      readEncryptedContent(inner);
      optional(inner, contextTag(0), (certificates, tag) => readSetOf(certificates, readCertificate, tag));
      optional(inner, contextTag(1), (lists, tag) => readSetOf(lists, readRevocationList, tag));
      readSetOf(inner, readSignerInfo);
    }),
  [`${PKCS7}05`]: (reader) =>
    readSequence(reader, (inner) => {
      readInteger(inner);
      readAlgorithmIdentifier(inner);
      readContentInfo(inner);
      readString(inner, UNIVERSAL.OCTET_STRING);
    }),
  [`${PKCS7}06`]: (reader) =>
    readSequence(reader, (inner) => {
      readInteger(inner);
      readEncryptedContent(inner);
    }),
};

function readRecipient(reader: Asn1Reader): void {
  readSequence(reader, (recipient) => {
    readInteger(recipient);
    readIssuerAndSerial(recipient);
    readAlgorithmIdentifier(recipient);
    readString(recipient, UNIVERSAL.OCTET_STRING);
  });
}

function readEncryptedContent(reader: Asn1Reader): void {
  readSequence(reader, (content) => {
    readObject(content);
    readAlgorithmIdentifier(content);
    optional(content, contextTag(0), (inner, tag) => readString(inner, UNIVERSAL.OCTET_STRING, tag));
  });
}

/** The content is detached; where one is embedded all the same, PKCS7_verify takes the one that it is given. */
function readSigned(reader: Asn1Reader): SignedData {
  return readSequence(reader, (signed) => {
    readInteger(signed);
    const algorithms = readSetOf(signed, readAlgorithmIdentifier);
    const { type, other } = readContentInfo(signed);
    const most = PARSER_LIMITS.maxEmbeddedCertificates;
    const certificates = optional(signed, contextTag(0), (inner, tag) =>
      readSequenceOf(inner, readCertificate, tag, most, "certificates"),
    );
    optional(signed, contextTag(1), (inner, tag) => readSetOf(inner, readRevocationList, tag));
    const signers = readSetOf(signed, readSignerInfo, universalTag(UNIVERSAL.SET), most, "signers");
    return {
      content: other === null ? null : { type, value: other },
      digestAlgorithms: algorithms.map(({ algorithm }) => algorithm),
      certificates: certificates ?? [],
      signers,
    };
  });
}

function readIssuerAndSerial(reader: Asn1Reader): Pick<SignerInfo, "issuer" | "serialNumber"> {
  return readSequence(reader, (inner) => {
    const issuer = readName(inner).canonical;
    return { issuer, serialNumber: readInteger(inner) };
  });
}

function readSignerInfo(reader: Asn1Reader): SignerInfo {
  return readSequence(reader, (info) => {
    readInteger(info);
    const { issuer, serialNumber } = readIssuerAndSerial(info);
    const { algorithm: digestAlgorithm } = readAlgorithmIdentifier(info);
    const attributes = optional(info, contextTag(0), readAttributes);
    readAlgorithmIdentifier(info);
    const signature = readString(info, UNIVERSAL.OCTET_STRING);
    const unsigned =
      optional(info, contextTag(1), (inner, tag) => readSetOf(inner, readAttribute, tag)) ?? [];
    const timestampToken = unsigned.find(({ type }) => type === OID_TIMESTAMP_TOKEN)?.values[0]?.encoded;
    return {
      issuer,
      serialNumber,
      digestAlgorithm,
      ...signedAttributes(attributes ?? []),
      signature,
      timestampToken: timestampToken ?? null,
    };
  });
}

interface Attribute {
  readonly type: string;
  readonly values: readonly AnyValue[];
  readonly encoded: Uint8Array;
}

function readAttributes(reader: Asn1Reader, tag: Tag): Attribute[] {
  return readSequenceOf(reader, readAttribute, tag);
}

function readAttribute(reader: Asn1Reader): Attribute {
  return readSequence(reader, (attribute) => {
    const object = readString(attribute, UNIVERSAL.OBJECT);
    const values = readSetOf(attribute, readAny);
    const parts = [encode(UNIVERSAL.OBJECT, object), encodeSetOf(values.map(({ encoded }) => encoded))];
    return { type: toHex(object), values, encoded: encode(UNIVERSAL.SEQUENCE, concatBytes(parts)) };
  });
}

/**
 * What is signed is the SET written again (PKCS7_ATTR_VERIFY): in DER, its members in the order in which they came.
 * An empty set counts as none (OpenSSL pk7_doit.c, PKCS7_signatureVerify).
 */
function signedAttributes(
  attributes: readonly Attribute[],
): Pick<SignerInfo, "authenticatedAttributes" | "messageDigest"> {
  if (attributes.length === 0) return { authenticatedAttributes: null, messageDigest: null };
  const digest = attributes.find(({ type }) => type === OID_MESSAGE_DIGEST)?.values[0];
  return {
    authenticatedAttributes: encode(UNIVERSAL.SET, concatBytes(attributes.map(({ encoded }) => encoded))),
    messageDigest: digest?.tagClass === 0 && digest.number === UNIVERSAL.OCTET_STRING ? digest.content : null,
  };
}

/** A CRL is sent along by nobody, and looked at by nobody; but what stands in its place must be one. */
function readRevocationList(reader: Asn1Reader): void {
  readSequence(reader, (list) => {
    readSequence(list, (toBeSigned) => {
      optional(toBeSigned, universalTag(UNIVERSAL.INTEGER), readInteger);
      readAlgorithmIdentifier(toBeSigned);
      readName(toBeSigned);
      readOneOf(toBeSigned, TIME_TYPES);
      if (isTime(toBeSigned)) readOneOf(toBeSigned, TIME_TYPES);
      optional(toBeSigned, universalTag(UNIVERSAL.SEQUENCE), (inner) => readSequenceOf(inner, readRevoked));
      optional(toBeSigned, contextTag(0), (inner, tag) =>
        readExplicit(inner, tag, (extensions) => readSequenceOf(extensions, readExtension)),
      );
    });
    readAlgorithmIdentifier(list);
    readString(list, UNIVERSAL.BIT_STRING);
  });
}

function readRevoked(reader: Asn1Reader): void {
  readSequence(reader, (revoked) => {
    readInteger(revoked);
    readOneOf(revoked, TIME_TYPES);
    optional(revoked, universalTag(UNIVERSAL.SEQUENCE), (inner) => readSequenceOf(inner, readExtension));
  });
}

function isTime(reader: Asn1Reader): boolean {
  return [...TIME_TYPES].some((type) => reader.has(universalTag(type)));
}
