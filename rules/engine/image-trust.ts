/**
 * What db lets start with Secure Boot, as firmware walks it (edk2 DxeImageVerificationLib.c): up to a list that is longer
 * than the rest, and of that nothing; images by certificates that dbx does not revoke, or by hashes that it does not list.
 */
import { toHex } from "../../parsers/bytes.ts";
import {
  DATA_BYTES_OF_TYPE,
  type EfiSignatureList,
  SIGNATURE_OWNER_BYTES,
  type SignatureDatabase,
  signatureOffsets,
} from "../../parsers/efi/signature-list.ts";
import { readCertificateSummary } from "../../parsers/efi/x509-summary.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { oncePer } from "../../parsers/once-per.ts";
import type { Platform } from "../../parsers/platform.ts";
import { OPTION_ROM_UEFI_CA_2023 } from "../knowledge/certificates.ts";
import { parseStored, type StoredCertificate } from "../knowledge/stored-certificates.ts";
import { isRevoked, type KeyState } from "./key-state.ts";

export interface ImageTrust {
  /** Under which a boot loader may be signed. */
  readonly certificates: readonly StoredCertificate[];
  /** Those that dbx revokes. */
  readonly revoked: readonly StoredCertificate[];
  /** Hashes of images that db lists and dbx does not. */
  readonly hashes: number;
  /** All entries of db. */
  readonly entries: number;
}

const NOTHING: ImageTrust = { certificates: [], revoked: [], hashes: 0, entries: 0 };

/** Types by which an image itself is named. */
const HASH_TYPES: ReadonlySet<string> = new Set(
  (["EFI_CERT_SHA1", "EFI_CERT_SHA256", "EFI_CERT_SHA384", "EFI_CERT_SHA512"] as const).map(guidNamed),
);

export const imageTrust: (keys: KeyState, platform: Platform) => ImageTrust = oncePer(trustOf);

/** Whether anything at all may start. */
export function trustsBootLoaders({ certificates, hashes }: ImageTrust): boolean {
  return hashes > 0 || certificates.some(maySignLoaders);
}

/** Well-known certificates of KEK and PK sign updates, and the one for option ROMs no boot loader, wherever they stand. */
export function maySignLoaders({ known }: StoredCertificate): boolean {
  return known === null || (known.variable === "db" && known.sha256 !== OPTION_ROM_UEFI_CA_2023);
}

function trustOf(keys: KeyState, platform: Platform): ImageTrust {
  const { db, dbx } = keys;
  if (db === null) return NOTHING;
  const end = endOfWalk(db.database);
  const usable = db.certificates.filter(
    (certificate) => certificate.offset < end && isCertificate(certificate, platform),
  );
  const revoked = usable.filter((certificate) => isRevoked(certificate, keys, platform));
  return {
    certificates: usable.filter((certificate) => !revoked.includes(certificate)),
    revoked,
    hashes: hashesIn(db.database, dbx?.database ?? null),
    entries: db.database.lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0),
  };
}

/** Firmware stops before a list that claims more bytes than there are. */
function endOfWalk({ data, lists }: SignatureDatabase): number {
  const tooLong = lists.find(({ span, signatureListSize }) => span.start + signatureListSize > data.length);
  return tooLong?.span.start ?? data.length;
}

function isCertificate(certificate: StoredCertificate, platform: Platform): boolean {
  if (certificate.known !== null || readCertificateSummary(certificate.der) !== null) return true;
  return parseStored(certificate, platform) !== null;
}

function hashesIn(db: SignatureDatabase, dbx: SignatureDatabase | null): number {
  const lists = hashLists(db);
  if (lists.length === 0) return 0;
  const forbidden = new Set(dbx === null ? [] : hashLists(dbx).flatMap((list) => keysOf(dbx, list)));
  return lists.flatMap((list) => keysOf(db, list)).filter((key) => !forbidden.has(key)).length;
}

function hashLists(database: SignatureDatabase): EfiSignatureList[] {
  const end = endOfWalk(database);
  return database.lists.filter(
    ({ span, signatureType, signatureSize }) =>
      span.start < end &&
      HASH_TYPES.has(signatureType) &&
      signatureSize === (DATA_BYTES_OF_TYPE.get(signatureType) ?? 0) + SIGNATURE_OWNER_BYTES,
  );
}

/** A hash is that of one algorithm, so the type need not stand in it: their lengths differ. */
function keysOf({ data }: SignatureDatabase, list: EfiSignatureList): string[] {
  return [...signatureOffsets(list)].map((offset) =>
    toHex(data.subarray(offset + SIGNATURE_OWNER_BYTES, offset + list.signatureSize)),
  );
}
