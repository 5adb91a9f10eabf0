/**
 * The fields of an X.509 certificate (RFC 5280 §4.1) by which varstored tells signers apart.
 * Everything that needs a key is asked of the injected library (daemon/crypto.ts).
 */
import { toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { DER_TAG, type DerElement, readElements, readOid, readTagged, SequenceReader } from "./der.ts";
import { canonicalName } from "./x509-name.ts";

const OID_COMMON_NAME = "550403";
const OID_KEY_USAGE = "551d0f";
const OID_BASIC_CONSTRAINTS = "551d13";
/** keyCertSign in the first octet of a KeyUsage. */
const KU_KEY_CERT_SIGN = 0x04;

export interface CertificateFields {
  /** DER of the tbsCertificate. */
  readonly tbsCertificate: Uint8Array;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** The two names in their canonical form: equal texts are equal names. */
  readonly issuer: string;
  readonly subject: string;
  /** Content octets of the subject's first common name, whatever its string type. */
  readonly commonName: Uint8Array | null;
  /** Whether OpenSSL lets it stand above another certificate in a chain (crypto/x509/v3_purp.c, check_ca). */
  readonly mayIssue: boolean;
}

/** Reads one certificate; bytes after it are ignored, as d2i_X509 does. Throws ParseError `bad-structure` and `over-limit`. */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  const certificate = new SequenceReader(readTagged(der, DER_TAG.SEQUENCE).content);
  const whole = certificate.take(DER_TAG.SEQUENCE);
  const tbs = new SequenceReader(whole.content);
  const version = tbs.optional(DER_TAG.CONTEXT_0);
  const serialNumber = tbs.take(DER_TAG.INTEGER).content;
  tbs.take(DER_TAG.SEQUENCE);
  const issuer = canonicalName(tbs.take(DER_TAG.SEQUENCE).whole);
  tbs.take(DER_TAG.SEQUENCE);
  const subjectName = tbs.take(DER_TAG.SEQUENCE);
  const subject = canonicalName(subjectName.whole);
  tbs.take(DER_TAG.SEQUENCE);
  const extensions = readExtensions(tbs);
  return {
    tbsCertificate: whole.whole,
    serialNumber,
    issuer,
    subject,
    commonName: readCommonName(subjectName),
    mayIssue: mayIssue(extensions, version === null && issuer === subject),
  };
}

/** The two unique identifiers before them have primitive tags [1] and [2]. */
function readExtensions(tbs: SequenceReader): readonly DerElement[] {
  tbs.optional(0x81);
  tbs.optional(0x82);
  const explicit = tbs.optional(DER_TAG.CONTEXT_3);
  return explicit === null ? [] : readElements(readTagged(explicit.content, DER_TAG.SEQUENCE).content);
}

/** False also where an extension cannot be read: OpenSSL then takes the certificate, but not as an issuer. */
function mayIssue(extensions: readonly DerElement[], isVersion1Root: boolean): boolean {
  try {
    return checkCa(new Map(extensions.map(readExtension)), isVersion1Root);
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}

/** Object identifier and extnValue. */
function readExtension(extension: DerElement): [string, Uint8Array] {
  const members = new SequenceReader(extension.content);
  const type = readOid(members);
  members.optional(DER_TAG.BOOLEAN);
  return [type, members.take(DER_TAG.OCTET_STRING).content];
}

function checkCa(extensions: ReadonlyMap<string, Uint8Array>, isVersion1Root: boolean): boolean {
  const keyUsage = extensions.get(OID_KEY_USAGE);
  if (keyUsage !== undefined) {
    const bits = readTagged(keyUsage, DER_TAG.BIT_STRING).content;
    if (((bits[1] ?? 0) & KU_KEY_CERT_SIGN) === 0) return false;
  }
  const basicConstraints = extensions.get(OID_BASIC_CONSTRAINTS);
  if (basicConstraints === undefined) return isVersion1Root || keyUsage !== undefined;
  const members = new SequenceReader(readTagged(basicConstraints, DER_TAG.SEQUENCE).content);
  return (members.optional(DER_TAG.BOOLEAN)?.content[0] ?? 0) !== 0;
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, value } */
function readCommonName(name: DerElement): Uint8Array | null {
  for (const relative of readElements(name.content)) {
    for (const attribute of readElements(relative.content)) {
      const [type, value] = readElements(attribute.content);
      if (type !== undefined && value !== undefined && toHex(type.content) === OID_COMMON_NAME)
        return value.content;
    }
  }
  return null;
}
