/** Everything that is decoded of the Secure Boot certificates of an input, as plain values. */
import { toHex } from "../parsers/bytes.ts";
import { AUTH_HEADER_BYTES, readAuthHeader } from "../parsers/efi/auth-header.ts";
import { readSignatureDatabase, type SignatureListFault } from "../parsers/efi/signature-list.ts";
import { formatEfiTime } from "../parsers/efi/time.ts";
import type { AuthFile, AuthTarget, CertificateSet } from "../parsers/model.ts";
import { type ErrorReport, errorReport } from "./error-report.ts";
import { entryCounter, inspectLists, type SignatureListInspection } from "./inspection.ts";
import type { SignatureKnowledge } from "./signature-inspection.ts";

export interface AuthFileInspection {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** For a single file: the variable that it is for; null where nothing says it. Null for a file in a set, whose name says it. */
  readonly target: AuthTarget | null;
  readonly timestamp: string | null;
  /** Null where the header does not fit the file; 0 bytes where there is no signature. */
  readonly signatureBytes: number | null;
  /** Spans are bytes of the file. */
  readonly signatureLists: readonly SignatureListInspection[];
  readonly signatureFault: SignatureListFault | null;
}

export interface CertificateSetInspection {
  readonly kind: CertificateSet["kind"];
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  readonly source: CertificateSet["source"];
  readonly active: boolean | null;
  readonly error: ErrorReport | null;
  readonly files: readonly AuthFileInspection[];
}

export function inspectCertificates(
  sets: readonly CertificateSet[],
  known: SignatureKnowledge,
): CertificateSetInspection[] {
  const counter = entryCounter(known);
  return sets.map(({ kind, uuid, nameLabel, source, isActive, error, files }) => ({
    kind,
    uuid,
    nameLabel,
    source,
    active: isActive,
    error: error === null ? null : errorReport(error),
    files: files.map((file) => inspectAuthFile(file, counter)),
  }));
}

function inspectAuthFile(
  { name, bytes, target = null }: AuthFile,
  counter: ReturnType<typeof entryCounter>,
): AuthFileInspection {
  const header = readAuthHeader(bytes);
  const start = header?.payloadOffset ?? 0;
  const fits = start >= AUTH_HEADER_BYTES && start <= bytes.length;
  const database = readSignatureDatabase(fits ? bytes.subarray(start) : new Uint8Array(0));
  return {
    name,
    bytes: bytes.length,
    sha256: toHex(counter.known.platform.sha256(bytes)),
    target,
    timestamp: header === null || !fits ? null : formatEfiTime(header.timestamp),
    signatureBytes: fits ? start - AUTH_HEADER_BYTES : null,
    signatureLists: inspectLists(database, start, counter),
    signatureFault: database.fault,
  };
}
