/** db, dbx and dbt as the check of images walks them (DxeImageVerificationLib.c): lists up to the first that is longer than the rest. */
import { equalBytes, isAllZero, viewOf } from "../parsers/bytes.ts";
import {
  DATA_BYTES_OF_TYPE,
  EFI_CERT_X509_GUID,
  type EfiSignatureList,
  readSignatureDatabase,
  SIGNATURE_OWNER_BYTES,
  signatureAt,
} from "../parsers/efi/signature-list.ts";
import { guidNamed } from "../parsers/guids.ts";

export interface ListEntry {
  /** From 0, over all lists. */
  readonly index: number;
  /** Without the owner. */
  readonly data: Uint8Array;
  /** The whole EFI_SIGNATURE_DATA, which is what is measured. */
  readonly entry: Uint8Array;
  /** The first of its list. */
  readonly isFirst: boolean;
}

const HASH_TYPES: Readonly<Record<string, string>> = {
  sha1: guidNamed("EFI_CERT_SHA1"),
  sha256: guidNamed("EFI_CERT_SHA256"),
  sha384: guidNamed("EFI_CERT_SHA384"),
  sha512: guidNamed("EFI_CERT_SHA512"),
};
const REVOKED_TYPES = [
  ["sha256", guidNamed("EFI_CERT_X509_SHA256")],
  ["sha384", guidNamed("EFI_CERT_X509_SHA384")],
  ["sha512", guidNamed("EFI_CERT_X509_SHA512")],
] as const;
const TIME_BYTES = 16;

function* entriesOf(data: Uint8Array, type: string): Generator<ListEntry> {
  let index = 0;
  for (const list of readSignatureDatabase(data).lists) {
    if (isLongerThanRest(list, data)) return;
    const fixed = DATA_BYTES_OF_TYPE.get(type);
    const fits = fixed === undefined || list.signatureSize === fixed + SIGNATURE_OWNER_BYTES;
    if (list.signatureType === type && fits) {
      for (let i = 0; i < list.signatureCount; i++) {
        const { span, signatureData } = signatureAt(data, list, i);
        const entry = data.subarray(span.start, span.end);
        yield { index: index + i, data: signatureData, entry, isFirst: i === 0 };
      }
    }
    index += list.signatureCount;
  }
}

function isLongerThanRest({ span, signatureListSize }: EfiSignatureList, data: Uint8Array): boolean {
  return signatureListSize > data.length - span.start;
}

export function certificatesOf(data: Uint8Array): Generator<ListEntry> {
  return entriesOf(data, EFI_CERT_X509_GUID);
}

/** The entry with this hash; null where there is none, or no list. */
export function hashEntry(data: Uint8Array | null, digest: string, hash: Uint8Array): ListEntry | null {
  const type = HASH_TYPES[digest];
  if (data === null || type === undefined) return null;
  for (const entry of entriesOf(data, type)) if (equalBytes(entry.data, hash)) return entry;
  return null;
}

export interface RevokedCertificate {
  readonly index: number;
  /** `YYYYMMDDHHMMSS`; null where it was revoked from the beginning. */
  readonly since: string | null;
}

/** IsCertHashFoundInDbx: by the hash of its TBSCertificate, not of the certificate. */
export function revocationOf(
  dbx: Uint8Array | null,
  tbsCertificate: Uint8Array,
  digestOf: (name: string, bytes: Uint8Array) => Uint8Array,
): RevokedCertificate | null {
  if (dbx === null) return null;
  for (const [digest, type] of REVOKED_TYPES) {
    let hash: Uint8Array | null = null;
    for (const { index, data } of entriesOf(dbx, type)) {
      hash ??= digestOf(digest, tbsCertificate);
      if (equalBytes(data.subarray(0, hash.length), hash))
        return { index, since: timeText(data.subarray(-TIME_BYTES)) };
    }
  }
  return null;
}

/** EFI_TIME as far as its second. */
function timeText(time: Uint8Array): string | null {
  if (isAllZero(time)) return null;
  const year = String(viewOf(time).getUint16(0, true)).padStart(4, "0");
  return year + Array.from(time.subarray(2, 7), (part) => String(part).padStart(2, "0")).join("");
}
