/** The certificates of a pool, a host or a file, as the report tells them. */
import { AUTH_HEADER_BYTES, readAuthHeader } from "../parsers/efi/auth-header.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import type { AuthTarget, CertificateSet } from "../parsers/model.ts";
import { plantedKeys } from "../rules/engine/planted-keys.ts";
import {
  type CertificateSources,
  certificateName,
  storedCertificates,
} from "../rules/knowledge/stored-certificates.ts";

/** The certificates of a pool or host, and what they plant in a VM that starts for the first time. */
export interface CertificatesReport {
  readonly kind: CertificateSet["kind"];
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly source: string;
  /** False where another set counts before this one; null where that is not known. */
  readonly active: boolean | null;
  /** For a single `.auth` file; null for a set. */
  readonly file: AuthFileReport | null;
  readonly plants: readonly {
    readonly name: string;
    /** Length of the signature lists. */
    readonly bytes: number;
    readonly signatures: number;
    /** Names of its X.509 certificates. */
    readonly certificates: readonly string[];
    readonly timestamp: string | null;
  }[];
}

export interface AuthFileReport {
  readonly name: string;
  /** False where it can be written only to a VM that has no PK yet. */
  readonly signed: boolean;
  /** Null where nothing tells it. */
  readonly target: AuthTarget | null;
}

export function certificatesReport(set: CertificateSet, sources: CertificateSources): CertificatesReport {
  const { kind, uuid, nameLabel, source, isActive } = set;
  const plants = plantedKeys(set)
    .filter(({ fault }) => fault === null)
    .map(({ name, header, database }) => ({
      name,
      bytes: database.data.length,
      signatures: database.lists.reduce((sum, list) => sum + list.signatureCount, 0),
      certificates: storedCertificates(database, sources).map((one) =>
        certificateName(one, sources.platform),
      ),
      timestamp: header === null ? null : formatEfiTime(header.timestamp),
    }));
  return { kind, uuid, nameLabel, source, active: isActive, file: authFileReport(set), plants };
}

export function authFileReport({ source, files: [file] }: CertificateSet): AuthFileReport | null {
  if (source !== "file" || file === undefined) return null;
  const signatureEnd = readAuthHeader(file.bytes)?.payloadOffset ?? 0;
  return { name: file.name, signed: signatureEnd > AUTH_HEADER_BYTES, target: file.target ?? null };
}
