/**
 * What the extensions of a certificate say to OpenSSL when it builds a chain (crypto/x509/v3_purp.c,
 * ossl_x509v3_cache_extensions): read once, judged in daemon/certificate-chain.ts.
 */
import { ParseError } from "../errors.ts";
import {
  Asn1Reader,
  contextTag,
  optional,
  readBits,
  readExplicit,
  readInteger,
  readObject,
  readSequence,
  readSequenceOf,
  readSetOf,
  readString,
  UNIVERSAL,
  universalTag,
} from "./asn1.ts";
import {
  type GeneralName,
  type NameConstraints,
  readGeneralNames,
  readNameConstraints,
} from "./general-name.ts";
import type { CertificateFields, Extension } from "./x509.ts";
import { readAttribute } from "./x509-name.ts";

/** Object identifiers, content in hexadecimal. */
const OID = {
  subjectKeyIdentifier: "551d0e",
  keyUsage: "551d0f",
  subjectAltName: "551d11",
  issuerAltName: "551d12",
  basicConstraints: "551d13",
  nameConstraints: "551d1e",
  crlDistributionPoints: "551d1f",
  certificatePolicies: "551d20",
  policyMappings: "551d21",
  authorityKeyIdentifier: "551d23",
  policyConstraints: "551d24",
  extendedKeyUsage: "551d25",
  inhibitAnyPolicy: "551d36",
  ipAddressBlocks: "2b06010505070107",
  autonomousSystems: "2b06010505070108",
  proxyCertInfo: "2b0601050507010e",
  ocspNoCheck: "2b0601050507300105",
  netscapeCertType: "6086480186f8420101",
} as const;
/** X509_supported_extension: those that may be critical. The key identifiers may not. */
const MAY_BE_CRITICAL: ReadonlySet<string> = new Set([
  OID.netscapeCertType,
  OID.keyUsage,
  OID.subjectAltName,
  OID.basicConstraints,
  OID.certificatePolicies,
  OID.crlDistributionPoints,
  OID.extendedKeyUsage,
  OID.ipAddressBlocks,
  OID.autonomousSystems,
  OID.ocspNoCheck,
  OID.policyConstraints,
  OID.proxyCertInfo,
  OID.nameConstraints,
  OID.policyMappings,
  OID.inhibitAnyPolicy,
]);

export interface AuthorityKeyId {
  readonly keyId: Uint8Array | null;
  /** The first directory name among those of the issuer's issuer, in its canonical form. */
  readonly issuer: string | null;
  readonly serialNumber: Uint8Array | null;
}

export interface CertificateExtensions {
  /** One that OpenSSL reads is broken, is there twice or makes no sense: the certificate then stands in no chain of several. */
  readonly isInvalid: boolean;
  /** A critical extension that OpenSSL does not check: no chain with it is taken. */
  readonly unknownCritical: boolean;
  readonly isProxy: boolean;
  /** Of basicConstraints; null where there are none. */
  readonly isAuthority: boolean | null;
  readonly pathLength: bigint | null;
  /** The first two octets, the second one as the high byte; null where there is none. */
  readonly keyUsage: number | null;
  readonly netscapeCertType: number | null;
  readonly subjectKeyId: Uint8Array | null;
  readonly authorityKeyId: AuthorityKeyId | null;
  readonly altNames: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | null;
  /** RFC 3779: IP addresses or AS numbers. OpenSSL compares them along the chain. */
  readonly hasResources: boolean;
}

export function readExtensions({ extensions }: Pick<CertificateFields, "extensions">): CertificateExtensions {
  const reader = new ExtensionReader(extensions);
  const basic = reader.read(OID.basicConstraints, readBasicConstraints);
  const proxy = reader.read(OID.proxyCertInfo, readProxyCertInfo);
  const keyUsage = reader.read(OID.keyUsage, readBits);
  reader.read(OID.extendedKeyUsage, (inner) => readSequenceOf(inner, (usage) => readObject(usage)));
  const netscape = reader.read(OID.netscapeCertType, readBits);
  const subjectKeyId = reader.read(OID.subjectKeyIdentifier, (inner) =>
    readString(inner, UNIVERSAL.OCTET_STRING),
  );
  const authorityKeyId = reader.read(OID.authorityKeyIdentifier, readAuthorityKeyId);
  const altNames = reader.read(OID.subjectAltName, (inner) => readGeneralNames(inner));
  const nameConstraints = reader.read(OID.nameConstraints, readNameConstraints);
  const points = reader.read(OID.crlDistributionPoints, (inner) =>
    readSequenceOf(inner, readDistributionPoint),
  );
  const has = (type: string): boolean => extensions.some((extension) => extension.type === type);
  const usage = keyUsage === null ? null : (keyUsage[0] ?? 0) | ((keyUsage[1] ?? 0) << 8);
  const makesNoSense =
    (basic !== null && basic.pathLength !== null && basic.pathLength < 0n) ||
    (proxy !== null && (basic?.isAuthority === true || has(OID.subjectAltName) || has(OID.issuerAltName))) ||
    usage === 0 ||
    (points?.includes(false) ?? false);
  return {
    isInvalid: reader.isBroken || makesNoSense,
    unknownCritical: extensions.some(({ type, critical }) => critical && !MAY_BE_CRITICAL.has(type)),
    isProxy: proxy !== null,
    isAuthority: basic?.isAuthority ?? null,
    pathLength: basic?.pathLength ?? null,
    keyUsage: usage,
    netscapeCertType: netscape === null ? null : (netscape[0] ?? 0),
    subjectKeyId,
    authorityKeyId,
    altNames: altNames ?? [],
    nameConstraints,
    hasResources: has(OID.ipAddressBlocks) || has(OID.autonomousSystems),
  };
}

/** Null where an extension is not there, and where it is broken, which is remembered. */
class ExtensionReader {
  isBroken = false;
  readonly #extensions: readonly Extension[];

  constructor(extensions: readonly Extension[]) {
    this.#extensions = extensions;
  }

  read<T>(type: string, read: (reader: Asn1Reader) => T): T | null {
    const [first, second] = this.#extensions.filter((extension) => extension.type === type);
    if (first === undefined) return null;
    try {
      // Bytes behind the value are ignored (X509V3_EXT_d2i).
      if (second === undefined) return read(new Asn1Reader(first.value));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
    this.isBroken = true;
    return null;
  }
}

interface BasicConstraints {
  readonly isAuthority: boolean;
  readonly pathLength: bigint | null;
}

function readBasicConstraints(reader: Asn1Reader): BasicConstraints {
  return readSequence(reader, (constraints) => {
    const authority = optional(constraints, universalTag(UNIVERSAL.BOOLEAN), (inner) =>
      readString(inner, UNIVERSAL.BOOLEAN),
    );
    const pathLength = optional(constraints, universalTag(UNIVERSAL.INTEGER), readInteger);
    return {
      isAuthority: (authority?.[0] ?? 0) !== 0,
      pathLength: pathLength === null ? null : pathLengthOf(pathLength),
    };
  });
}

/** ASN1_INTEGER_get: a number of more than 63 bits counts as none. */
function pathLengthOf(content: Uint8Array): bigint | null {
  if ((content[0] ?? 0) >= 0x80) return -1n;
  if (content.length > 8) return null;
  return content.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

function readProxyCertInfo(reader: Asn1Reader): true {
  return readSequence(reader, (info) => {
    optional(info, universalTag(UNIVERSAL.INTEGER), readInteger);
    readSequence(info, (policy) => {
      readObject(policy);
      optional(policy, universalTag(UNIVERSAL.OCTET_STRING), (inner) =>
        readString(inner, UNIVERSAL.OCTET_STRING),
      );
    });
    return true;
  });
}

function readAuthorityKeyId(reader: Asn1Reader): AuthorityKeyId {
  return readSequence(reader, (identifier) => {
    const keyId = optional(identifier, contextTag(0), (inner, tag) =>
      readString(inner, UNIVERSAL.OCTET_STRING, tag),
    );
    const names = optional(identifier, contextTag(1), readGeneralNames);
    const serialNumber = optional(identifier, contextTag(2), readInteger);
    const issuer = names?.find((name) => name.kind === "directory")?.name.canonical ?? null;
    return { keyId, issuer, serialNumber };
  });
}

function readPointName(reader: Asn1Reader): void {
  if (reader.has(contextTag(1))) readSetOf(reader, readAttribute, contextTag(1));
  else readGeneralNames(reader, contextTag(0));
}

/** False for a point that names no place (setup_dp). */
function readDistributionPoint(reader: Asn1Reader): boolean {
  return readSequence(reader, (point) => {
    const place = point.has(contextTag(0));
    if (place) readExplicit(point, contextTag(0), readPointName);
    optional(point, contextTag(1), readBits);
    const issuers = optional(point, contextTag(2), readGeneralNames);
    return place || (issuers?.length ?? 0) > 0;
  });
}
