/** The X.509 certificates of PK, KEK or db with their fingerprints: several rules ask for them, and each costs a hash. */
import { toHex } from "../../parsers/bytes.ts";
import { ContentCache } from "../../parsers/content-cache.ts";
import {
  EFI_CERT_X509_GUID,
  SIGNATURE_OWNER_BYTES,
  type SignatureDatabase,
  signatureOffsets,
} from "../../parsers/efi/signature-list.ts";
import { readCertificateSummary } from "../../parsers/efi/x509-summary.ts";
import { CACHE_LIMITS, PARSER_LIMITS } from "../../parsers/limits.ts";
import { oncePer, oncePerPair } from "../../parsers/once-per.ts";
import type { Certificate, Platform } from "../../parsers/platform.ts";
import type { KnownCertificate } from "./certificates.ts";
import type { Knowledge } from "./knowledge.ts";

export interface StoredCertificate {
  /** Offset of the entry, at its owner, in the variable's data. */
  readonly offset: number;
  readonly der: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Null for one that is not known, which is no fault. */
  readonly known: KnownCertificate | null;
}

export interface CertificateSources {
  readonly platform: Platform;
  readonly knowledge: Knowledge;
}

/** A certificate that was seen before; in variables that differ most are the same. */
interface SeenCertificate {
  readonly sha256: string;
  readonly parsed: () => Certificate | null;
}

const cacheOf: (platform: Platform) => ContentCache<SeenCertificate> = oncePer(
  () => new ContentCache(CACHE_LIMITS.certificates),
);

function seenCertificate(der: Uint8Array, platform: Platform): SeenCertificate {
  return cacheOf(platform).get(der, platform, (content) => {
    let parsed: Certificate | null | undefined;
    return {
      sha256: toHex(platform.sha256(content)),
      parsed: () => {
        if (parsed === undefined) parsed = platform.parseCertificate(content);
        return parsed;
      },
    };
  });
}

/** The entries of all X.509 lists, up to a limit that no real variable comes near. */
export function storedCertificates(
  database: SignatureDatabase,
  { platform, knowledge }: CertificateSources,
): readonly StoredCertificate[] {
  return readAll(database, knowledge, platform);
}

const readAll = oncePerPair(
  (
    { data, lists }: SignatureDatabase,
    knowledge: Knowledge,
    platform: Platform,
  ): readonly StoredCertificate[] => {
    const certificates: StoredCertificate[] = [];
    for (const list of lists) {
      if (list.signatureType !== EFI_CERT_X509_GUID) continue;
      for (const offset of signatureOffsets(list)) {
        if (certificates.length >= PARSER_LIMITS.maxStoredCertificates) return certificates;
        const der = data.subarray(offset + SIGNATURE_OWNER_BYTES, offset + list.signatureSize);
        certificates.push(certificateAt(offset, der, { platform, knowledge }));
      }
    }
    return certificates;
  },
);

/** The certificate at `offset`, whatever the type of its list. */
export function certificateAt(
  offset: number,
  der: Uint8Array,
  { platform, knowledge }: CertificateSources,
): StoredCertificate {
  const { sha256 } = seenCertificate(der, platform);
  return { offset, der, sha256, known: knowledge.certificate(sha256) };
}

/** The fields of a certificate; null where the bytes are none. Call it only for unknown certificates: to parse one takes as long as ten hashes. */
export function parseStored(certificate: StoredCertificate, platform: Platform): Certificate | null {
  return seenCertificate(certificate.der, platform).parsed();
}

/** A name for a sentence: the well-known one, else the certificate's own, else the beginning of its fingerprint. */
export function certificateName(certificate: StoredCertificate, platform: Platform): string {
  if (certificate.known !== null) return certificate.known.commonName;
  const own = parseStored(certificate, platform);
  return own?.commonName || own?.subject || `certificate ${certificate.sha256.slice(0, 16)}`;
}

/** False for an entry of the type X.509 in which no certificate can be read. */
export function isCertificate(certificate: StoredCertificate, platform: Platform): boolean {
  return (
    certificate.known !== null ||
    readCertificateSummary(certificate.der) !== null ||
    parseStored(certificate, platform) !== null
  );
}
