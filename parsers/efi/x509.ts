/**
 * An X.509 certificate (RFC 5280 §4.1) as OpenSSL's d2i_X509 takes it (crypto/x509/x_x509.c). What its extensions say
 * is read in x509-extensions.ts; everything that needs a key is asked of the injected library (daemon/crypto.ts).
 */
import { concatBytes, equalBytes } from "../bytes.ts";
import {
  type Algorithm,
  type AnyValue,
  Asn1Reader,
  contextTag,
  encode,
  optional,
  readAlgorithmIdentifier,
  readBits,
  readExplicit,
  readInteger,
  readObject,
  readOneOf,
  readSequence,
  readSequenceOf,
  readString,
  UNIVERSAL,
} from "./asn1.ts";
import { type Name, readName } from "./x509-name.ts";

const OID_COMMON_NAME = "550403";
/** 1.2.840.10045.2.1 */
const OID_EC_PUBLIC_KEY = "2a8648ce3d0201";
const TIME_TYPES: ReadonlySet<number> = new Set([UNIVERSAL.UTC_TIME, UNIVERSAL.GENERALIZED_TIME]);

export interface Extension {
  /** Object identifier, its content in hexadecimal. */
  readonly type: string;
  readonly critical: boolean;
  /** DER of what the type defines. */
  readonly value: Uint8Array;
}

export interface CertificateFields {
  /** The certificate as i2d_X509 writes it again: equal to what was read, but for lengths that are longer than needed. */
  readonly encoded: Uint8Array;
  /** The tbsCertificate, byte for byte as it stands. */
  readonly tbsCertificate: Uint8Array;
  /** None is version 1, which is 0. */
  readonly version: number;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** Object identifier of the algorithm by which it says that it is signed. */
  readonly signatureAlgorithm: string;
  /** The two names in their canonical form: equal texts are equal names. */
  readonly issuer: string;
  readonly subject: string;
  readonly subjectName: Name;
  /** Content octets of the subject's first common name, whatever its string type. */
  readonly commonName: Uint8Array | null;
  /** An elliptic key that brings its own curve instead of the name of one. */
  readonly hasExplicitCurve: boolean;
  readonly extensions: readonly Extension[];
  readonly issuerName: Name;
  /** From when and to when, UTCTime or GeneralizedTime. */
  readonly validity: readonly [notBefore: AnyValue, notAfter: AnyValue];
  readonly publicKey: PublicKeyInfo;
  /** What stands behind the tbsCertificate. */
  readonly outerAlgorithm: Algorithm;
  readonly signature: Uint8Array;
  /** Bits at the end of the signature that do not count; a signature has none. */
  readonly signatureUnusedBits: number;
  /** The algorithm inside and the one outside are the same, as X509_verify wants it. */
  readonly hasOneAlgorithm: boolean;
}

export interface PublicKeyInfo extends Pick<Algorithm, "algorithm" | "parameters"> {
  /** The key itself, in the form that its algorithm has. */
  readonly bits: Uint8Array;
}

/** Reads one certificate; bytes after it are ignored, as d2i_X509 does. Throws ParseError `bad-structure` and `over-limit`. */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  return readCertificate(new Asn1Reader(der));
}

/** The same among others: the reader stands behind it afterwards. */
export function readCertificate(reader: Asn1Reader): CertificateFields {
  return readSequence(reader, (certificate) => {
    const start = certificate.at;
    const toBeSigned = readSequence(certificate, readToBeSigned);
    const tbsCertificate = certificate.bytes.subarray(start, certificate.at);
    const algorithm = readAlgorithmIdentifier(certificate);
    const signature = readString(certificate, UNIVERSAL.BIT_STRING);
    const { innerAlgorithm, ...fields } = toBeSigned;
    const encoded = encode(
      UNIVERSAL.SEQUENCE,
      concatBytes([tbsCertificate, algorithm.encoded, encode(UNIVERSAL.BIT_STRING, signature)]),
    );
    return {
      ...fields,
      encoded,
      tbsCertificate,
      signature: signature.subarray(1),
      signatureUnusedBits: signature[0] ?? 0,
      outerAlgorithm: algorithm,
      hasOneAlgorithm: equalBytes(innerAlgorithm, algorithm.encoded),
    };
  });
}

interface ToBeSigned
  extends Omit<
    CertificateFields,
    "encoded" | "tbsCertificate" | "signature" | "signatureUnusedBits" | "outerAlgorithm" | "hasOneAlgorithm"
  > {
  readonly innerAlgorithm: Uint8Array;
}

function readToBeSigned(tbs: Asn1Reader): ToBeSigned {
  const version = optional(tbs, contextTag(0), (reader, tag) => readExplicit(reader, tag, readInteger));
  const serialNumber = readInteger(tbs);
  const { algorithm, encoded: innerAlgorithm } = readAlgorithmIdentifier(tbs);
  const issuer = readName(tbs);
  const validity = readSequence(
    tbs,
    (times) => [readOneOf(times, TIME_TYPES), readOneOf(times, TIME_TYPES)] as const,
  );
  const subjectName = readName(tbs);
  const publicKey = readSequence(tbs, readPublicKey);
  optional(tbs, contextTag(1), readBits);
  optional(tbs, contextTag(2), readBits);
  const extensions = optional(tbs, contextTag(3), (reader, tag) =>
    readExplicit(reader, tag, (inner) => readSequenceOf(inner, readExtension)),
  );
  return {
    version: version === null ? 0 : version.length === 1 ? (version[0] ?? 0) : -1,
    serialNumber,
    signatureAlgorithm: algorithm,
    issuer: issuer.canonical,
    subject: subjectName.canonical,
    subjectName,
    commonName: subjectName.attributes.find(({ type }) => type === OID_COMMON_NAME)?.value.content ?? null,
    hasExplicitCurve:
      publicKey.algorithm === OID_EC_PUBLIC_KEY && publicKey.parameters?.number === UNIVERSAL.SEQUENCE,
    extensions: extensions ?? [],
    issuerName: issuer,
    validity,
    publicKey,
    innerAlgorithm,
  };
}

/** SubjectPublicKeyInfo */
function readPublicKey(info: Asn1Reader): PublicKeyInfo {
  const { algorithm, parameters } = readAlgorithmIdentifier(info);
  return { algorithm, parameters, bits: readBits(info) };
}

export function readExtension(reader: Asn1Reader): Extension {
  return readSequence(reader, (extension) => {
    const type = readObject(extension);
    const critical = optional(extension, { tagClass: 0, number: UNIVERSAL.BOOLEAN }, (inner) =>
      readString(inner, UNIVERSAL.BOOLEAN),
    );
    const value = readString(extension, UNIVERSAL.OCTET_STRING);
    return { type, critical: (critical?.[0] ?? 0) !== 0, value };
  });
}
