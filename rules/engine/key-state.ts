/** Which keys a blob holds: what the rules on Microsoft's certificates and updates ask for, read once per analysis. */
import { firstEntryOf } from "../../daemon/signers.ts";
import { entriesOwnedBy } from "../../parsers/efi/owner-runs.ts";
import { SIGNATURE_OWNER_BYTES, type SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { secureBootName } from "../../parsers/efi/signature-variables.ts";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../parsers/guids.ts";
import type { EfiVariable, VarstoredBlob } from "../../parsers/model.ts";
import { oncePerPair } from "../../parsers/once-per.ts";
import type { Platform } from "../../parsers/platform.ts";
import { WINDOWS_PRODUCTION_PCA_2011, WINDOWS_UEFI_CA_2023 } from "../knowledge/certificates.ts";
import { type DbxInventory, takeInventory } from "../knowledge/dbx-inventory.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import {
  certificateAt,
  isCertificate,
  type StoredCertificate,
  storedCertificates,
} from "../knowledge/stored-certificates.ts";
import { isRevokedByDigest } from "./revocation.ts";

export interface HeldKeys {
  readonly variable: EfiVariable;
  readonly database: SignatureDatabase;
  readonly certificates: readonly StoredCertificate[];
}

export interface HeldPlatformKey extends HeldKeys {
  /** The certificate that the daemon compares a signer with; null where the first entry is no certificate. */
  readonly signer: StoredCertificate | null;
}

export interface HeldDbx extends HeldKeys {
  readonly inventory: DbxInventory;
}

/** Null where the blob has no such variable; of namesakes the last, with which the daemon answers. */
export interface KeyState {
  readonly PK: HeldPlatformKey | null;
  readonly KEK: HeldKeys | null;
  readonly db: HeldKeys | null;
  readonly dbx: HeldDbx | null;
}

interface KeyReader {
  readonly signaturesOf: (variable: EfiVariable) => SignatureDatabase;
  readonly platform: Platform;
  readonly knowledge: Knowledge;
}

const NO_KEYS: KeyState = { PK: null, KEK: null, db: null, dbx: null };

/** Read once for each blob, which copies of one VM mostly share, and only if a rule asks. */
export function keyStateOf(blob: VarstoredBlob | null, reader: KeyReader): KeyState {
  return blob === null ? NO_KEYS : keyStateOfBlob(blob, reader.knowledge, reader);
}

const keyStateOfBlob = oncePerPair(
  (blob: VarstoredBlob, _knowledge: Knowledge, reader: KeyReader): KeyState =>
    readKeyState(blob.variables, reader),
);

function readKeyState(variables: readonly EfiVariable[], reader: KeyReader): KeyState {
  const held = (name: "PK" | "KEK" | "db" | "dbx"): HeldKeys | null => {
    const variable = variables.findLast((one) => secureBootName(one) === name);
    return variable === undefined ? null : readKeys(variable, reader);
  };
  return {
    PK: withSigner(held("PK"), reader),
    KEK: held("KEK"),
    db: held("db"),
    dbx: withInventory(held("dbx"), reader),
  };
}

function readKeys(variable: EfiVariable, reader: KeyReader): HeldKeys {
  const database = reader.signaturesOf(variable);
  return { variable, database, certificates: storedCertificates(database, reader) };
}

/**
 * The first entry by the sizes in the header of the first list. The daemon looks neither at the type of that list nor at its
 * length (varstored handler.c, verify_auth_var_type, AUTH_TYPE_PK).
 */
function withSigner(PK: HeldKeys | null, sources: KeyReader): HeldPlatformKey | null {
  if (PK === null) return null;
  const place = firstEntryOf(PK.variable.data);
  if (place === null) return { ...PK, signer: null };
  const der = PK.variable.data.subarray(place.start + SIGNATURE_OWNER_BYTES, place.end);
  const first = certificateAt(place.start, der, sources);
  return { ...PK, signer: isCertificate(first, sources.platform) ? first : null };
}

function withInventory(dbx: HeldKeys | null, { platform, knowledge }: KeyReader): HeldDbx | null {
  if (dbx === null) return null;
  return { ...dbx, inventory: takeInventory(knowledge.dbxTable(), dbx.database, platform) };
}

/** Whether a variable holds the well-known certificate with this fingerprint. */
export function holds(keys: HeldKeys | null, fingerprint: string): boolean {
  return keys?.certificates.some(({ known }) => known?.sha256 === fingerprint) ?? false;
}

/** Whether a signature under this well-known certificate is accepted for db and dbx: KEK holds it, or it is the PK itself. */
export function verifies({ PK, KEK }: KeyState, fingerprint: string): boolean {
  return holds(KEK, fingerprint) || PK?.signer?.known?.sha256 === fingerprint;
}

/** Without a certificate of Microsoft in KEK or db the store is somebody's own, and nothing of Microsoft's concerns it. */
export function trustsMicrosoft({ KEK, db }: KeyState): boolean {
  return [KEK, db].some((keys) => keys?.certificates.some(({ known }) => known?.owner === MICROSOFT_OWNER));
}

/** Whether dbx revokes a certificate that db holds: by the certificate itself, or by the digest of what it signs over. */
export function isRevoked(certificate: StoredCertificate, { dbx }: KeyState, platform: Platform): boolean {
  if (dbx === null) return false;
  if (dbx.certificates.some(({ sha256 }) => sha256 === certificate.sha256)) return true;
  return isRevokedByDigest(certificate.der, dbx.database, platform);
}

/** Whether db holds the well-known certificate with this fingerprint, and dbx does not revoke it. */
export function trusts(state: KeyState, fingerprint: string, platform: Platform): boolean {
  return (
    state.db?.certificates.some(
      (certificate) => certificate.known?.sha256 === fingerprint && !isRevoked(certificate, state, platform),
    ) ?? false
  );
}

/** What Microsoft signs the Windows boot manager under. */
export const WINDOWS_CAS: readonly string[] = [WINDOWS_PRODUCTION_PCA_2011, WINDOWS_UEFI_CA_2023];

/** Whether any Windows boot manager may start with Secure Boot. */
export function trustsWindows(state: KeyState, platform: Platform): boolean {
  return WINDOWS_CAS.some((sha256) => trusts(state, sha256, platform));
}

/** Whether dbx revokes Windows Production PCA 2011, in db or not. */
export function revokesPca2011(state: KeyState, platform: Platform): boolean {
  if (holds(state.dbx, WINDOWS_PRODUCTION_PCA_2011)) return true;
  const trusted = state.db?.certificates.find(({ known }) => known?.sha256 === WINDOWS_PRODUCTION_PCA_2011);
  return trusted !== undefined && isRevoked(trusted, state, platform);
}

/** Images signed under PCA 2011 start: db holds it, and dbx does not revoke it. */
export function trustsPca2011(state: KeyState, platform: Platform): boolean {
  return holds(state.db, WINDOWS_PRODUCTION_PCA_2011) && !revokesPca2011(state, platform);
}

/** Entries under the owner GUID of XCP-ng, which is right in PK alone. */
export function xcpNgEntries({ database }: HeldKeys): number {
  return entriesOwnedBy(database, XCP_NG_OWNER);
}
