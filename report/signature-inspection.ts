/** What is known of one entry of a signature list, as plain values: the same for `inspect` and for `diff`. */
import { toHex } from "../parsers/bytes.ts";
import { EFI_CERT_SHA256_GUID, EFI_CERT_X509_GUID } from "../parsers/efi/signature-list.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import type { Span } from "../parsers/model.ts";
import type { Certificate, Platform } from "../parsers/platform.ts";
import {
  describeHash,
  type HashDescription,
  type ImageNames,
  imageNames,
} from "../rules/knowledge/dbx-names.ts";
import { indexOfHash } from "../rules/knowledge/dbx-table.ts";
import type { Knowledge } from "../rules/knowledge/knowledge.ts";
import { formatSvn, svnOfEntry } from "../rules/knowledge/svn.ts";

/** A GUID with its name, where it has one. */
export interface NamedGuid {
  readonly guid: string;
  readonly name: string | null;
}

export interface CertificateInspection extends Certificate {
  /** Of the DER, in lower-case hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
  /** Null for one that is not known, which is no fault. */
  readonly wellKnown: {
    readonly commonName: string;
    readonly variable: string;
    readonly purpose: string;
  } | null;
}

/** A number of a boot application, in the place of a hash. */
export interface SvnInspection {
  readonly application: NamedGuid;
  /** Null for an application that is not known. */
  readonly fileName: string | null;
  /** Such as `7.0`. */
  readonly version: string;
}

export interface SignatureInspection {
  /** Owner included. */
  readonly span: Span;
  readonly owner: NamedGuid;
  /** In hexadecimal, such as the hash itself; null where `certificate` says it. */
  readonly data: string | null;
  readonly sha256: string;
  /** Null for what is no certificate, and for a certificate that cannot be read. */
  readonly certificate: CertificateInspection | null;
  readonly svn: SvnInspection | null;
  /** The images that a known hash is of; null for a hash that is not known. */
  readonly revokes: HashDescription | null;
}

/** What entries are looked up in. */
export interface SignatureKnowledge {
  readonly platform: Platform;
  readonly knowledge: Knowledge;
  readonly imageNames: ImageNames;
}

/** The names of images are 90 kB that only these commands need. */
export async function signatureKnowledge(
  platform: Platform,
  knowledge: Knowledge,
): Promise<SignatureKnowledge> {
  const { DBX_NAMES_DATA } = await import("../rules/knowledge/dbx-names-data.ts");
  return { platform, knowledge, imageNames: imageNames(DBX_NAMES_DATA) };
}

export interface SignatureFields {
  /** GUIDs, in lower case. */
  readonly type: string;
  readonly owner: string;
  readonly data: Uint8Array;
  readonly span: Span;
}

export function inspectSignature(
  { type, owner, data, span }: SignatureFields,
  known: SignatureKnowledge,
): SignatureInspection {
  const certificate = type === EFI_CERT_X509_GUID ? inspectCertificate(data, known) : null;
  const isHash = type === EFI_CERT_SHA256_GUID;
  return {
    span,
    owner: named(owner),
    data: certificate === null ? toHex(data) : null,
    sha256: toHex(known.platform.sha256(data)),
    certificate,
    svn: isHash ? inspectSvn(owner, data) : null,
    revokes: isHash ? inspectHash(data, known) : null,
  };
}

function inspectCertificate(
  der: Uint8Array,
  { platform, knowledge }: SignatureKnowledge,
): CertificateInspection | null {
  const certificate = platform.parseCertificate(der);
  if (certificate === null) return null;
  const sha256 = toHex(platform.sha256(der));
  return { ...certificate, sha1: toHex(platform.sha1(der)), sha256, wellKnown: wellKnown(sha256, knowledge) };
}

function wellKnown(sha256: string, knowledge: Knowledge): CertificateInspection["wellKnown"] {
  const known = knowledge.certificate(sha256);
  if (known === null) return null;
  const { commonName, variable, purpose } = known;
  return { commonName, variable, purpose };
}

function inspectSvn(owner: string, data: Uint8Array): SvnInspection | null {
  const svn = svnOfEntry(owner, data);
  if (svn === null) return null;
  const { applicationGuid, application } = svn;
  return {
    application: named(applicationGuid),
    fileName: application?.fileName ?? null,
    version: formatSvn(svn),
  };
}

function inspectHash(
  hash: Uint8Array,
  { knowledge, imageNames: names }: SignatureKnowledge,
): HashDescription | null {
  const table = knowledge.dbxTable();
  const index = indexOfHash(table, hash);
  return index < 0 ? null : describeHash(table, names, index);
}

export function named(guid: string): NamedGuid {
  return { guid, name: nameOfGuid(guid) };
}
