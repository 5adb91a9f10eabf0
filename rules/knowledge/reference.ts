/**
 * `--reference FILE`: a newer table or update than the built-in ones. Three kinds, told by content: Microsoft's dbx_info
 * JSON, a signed update (EFI_VARIABLE_AUTHENTICATION_2 and signature lists), bare signature lists.
 */

import { ascii, hasBytesAt, toHex } from "../../parsers/bytes.ts";
import {
  AUTH_HEADER_BYTES,
  EFI_CERT_TYPE_PKCS7_GUID,
  readAuthHeader,
  WIN_CERT_TYPE_EFI_GUID,
} from "../../parsers/efi/auth-header.ts";
import { char16Bytes } from "../../parsers/efi/char16.ts";
import {
  EFI_CERT_SHA256_GUID,
  EFI_CERT_X509_GUID,
  type EfiSignatureList,
  readSignatureDatabase,
  SIGNATURE_OWNER_BYTES,
  type SignatureDatabase,
  signatureAt,
} from "../../parsers/efi/signature-list.ts";
import { ParseError } from "../../parsers/errors.ts";
import { MICROSOFT_OWNER } from "../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Platform } from "../../parsers/platform.ts";
import { unwrapText } from "../../parsers/text/text-encoding.ts";
import { KNOWN_CERTIFICATES } from "./certificates.ts";
import { readDbxInfo } from "./dbx-info.ts";
import type { ImageNames } from "./dbx-names.ts";
import { type DbxTable, HASH_BYTES, hashAt, type RevokedCertificate } from "./dbx-table.ts";
import { HashCollector } from "./hash-collector.ts";
import type { Reference } from "./reference-content.ts";
import { type Svn, svnOfEntry } from "./svn.ts";

const BRACE = 0x7b;
/** Text is looked at no further than this for its first character. */
const LEADING_SPACE_BYTES = 64;

/**
 * Reads a reference. `name` is what the user called it. Nothing is verified: a signature is a matter of the forecast.
 * Throws ParseError: `empty-input`, `unrecognised`, `bad-structure`, `over-limit`.
 */
export function readReference(
  bytes: Uint8Array,
  name: string,
  platform: Pick<Platform, "sha256">,
): Reference {
  if (bytes.length === 0) throw failure("empty-input", name, "an empty file");
  if (bytes.length > PARSER_LIMITS.maxReferenceBytes) {
    throw new ParseError({
      code: "over-limit",
      path: name,
      expected: `at most ${PARSER_LIMITS.maxReferenceBytes} bytes`,
      found: `${bytes.length}`,
    });
  }
  const layer = unwrapText(bytes);
  if (startsWithBrace(layer.bytes)) return readDbxInfo(layer, name);
  const payloadOffset = payloadOffsetOf(bytes);
  const database = readSignatureDatabase(bytes.subarray(payloadOffset ?? 0));
  if (database.lists.length === 0 || database.fault !== null) {
    throw failure("unrecognised", name, "neither JSON nor whole signature lists");
  }
  const signer =
    payloadOffset === null ? null : namedSigner(bytes.subarray(AUTH_HEADER_BYTES, payloadOffset));
  return referenceOfLists(database, name, signer, platform);
}

function failure(code: "empty-input" | "unrecognised", name: string, found: string): ParseError {
  return new ParseError({
    code,
    path: name,
    expected: "Microsoft's dbx_info JSON, a signed update of dbx or signature lists",
    found,
    next: "Both are published in microsoft/secureboot_objects.",
  });
}

function startsWithBrace(text: Uint8Array): boolean {
  return text.subarray(0, LEADING_SPACE_BYTES).find((byte) => byte > 0x20) === BRACE;
}

/** Where the lists of a signed update begin; null for bytes that do not begin with its header. */
function payloadOffsetOf(bytes: Uint8Array): number | null {
  const header = readAuthHeader(bytes);
  if (header === null || header.certificateType !== WIN_CERT_TYPE_EFI_GUID) return null;
  if (header.certType !== EFI_CERT_TYPE_PKCS7_GUID) return null;
  const { payloadOffset } = header;
  if (payloadOffset < AUTH_HEADER_BYTES || payloadOffset > bytes.length) return null;
  return payloadOffset + namedPrefixBytes(bytes, payloadOffset);
}

const DBX_NAME: Uint8Array = char16Bytes("dbx");
/** Name, GUID, attributes and time, as they are signed. */
const NAMED_PREFIX_BYTES: number = DBX_NAME.length + 16 + 4 + 16;

/** Windows of April 2026 puts what is signed besides the payload in front of it (microsoft/secureboot_objects issue 400). */
function namedPrefixBytes(bytes: Uint8Array, offset: number): number {
  return hasBytesAt(bytes, offset, DBX_NAME) ? NAMED_PREFIX_BYTES : 0;
}

/** The KEK whose name stands in a signature: its signer's issuer, because Microsoft's KEKs are CAs. Not verified. */
function namedSigner(signature: Uint8Array): string | null {
  for (const { variable, commonName, sha256 } of KNOWN_CERTIFICATES) {
    if (variable === "KEK" && contains(signature, ascii(commonName))) return sha256;
  }
  return null;
}

function contains(bytes: Uint8Array, needle: Uint8Array): boolean {
  for (let at = bytes.indexOf(needle[0]!); at >= 0; at = bytes.indexOf(needle[0]!, at + 1)) {
    if (hasBytesAt(bytes, at, needle)) return true;
  }
  return false;
}

interface ListDraft {
  readonly collector: HashCollector;
  readonly members: Set<number>;
  readonly certificates: RevokedCertificate[];
  readonly svns: Svn[];
  ownedByMicrosoft: boolean;
}

function referenceOfLists(
  database: SignatureDatabase,
  name: string,
  signer: string | null,
  platform: Pick<Platform, "sha256">,
): Reference {
  const draft: ListDraft = {
    collector: new HashCollector(name),
    members: new Set(),
    certificates: [],
    svns: [],
    ownedByMicrosoft: true,
  };
  for (const list of database.lists) takeList(draft, database.data, list, platform);
  const { certificates, svns, ownedByMicrosoft } = draft;
  const members = [...draft.members];
  if (members.length + certificates.length + svns.length === 0) {
    throw failure("unrecognised", name, "signature lists without SHA-256 hashes or certificates");
  }
  const payloadBytes = database.data.length;
  const release = { id: name, label: name, date: "", signer, payloadBytes, ownedByMicrosoft };
  return {
    name,
    hashes: draft.collector.bytes(),
    authenticode: { x64: [], ia32: [], arm: [], aarch64: [] },
    flat: [],
    optional: [],
    releases: [{ ...release, members, certificates, svns }],
    names: new Map(),
  };
}

function takeList(
  draft: ListDraft,
  data: Uint8Array,
  list: EfiSignatureList,
  platform: Pick<Platform, "sha256">,
): void {
  const isHashes =
    list.signatureType === EFI_CERT_SHA256_GUID && list.signatureSize === SIGNATURE_OWNER_BYTES + HASH_BYTES;
  if (!isHashes && list.signatureType !== EFI_CERT_X509_GUID) return;
  for (let i = 0; i < list.signatureCount; i++) {
    const { signatureOwner, signatureData } = signatureAt(data, list, i);
    if (!isHashes) {
      draft.certificates.push({
        sha256: toHex(platform.sha256(signatureData)),
        derBytes: signatureData.length,
      });
      continue;
    }
    const svn = svnOfEntry(signatureOwner, signatureData);
    if (svn !== null) {
      draft.svns.push(svn);
      continue;
    }
    draft.members.add(draft.collector.position(signatureData));
    if (signatureOwner !== MICROSOFT_OWNER) draft.ownedByMicrosoft = false;
  }
}

/** Names that know the references as well; what is built in comes first, because it was read from several tables. */
export function withReferenceNames(
  names: ImageNames,
  table: DbxTable,
  references: readonly Reference[],
): ImageNames {
  return (index) => {
    const known = names(index);
    if (known.length > 0) return known;
    const text = toHex(hashAt(table, index));
    return references.findLast((reference) => reference.names.has(text))?.names.get(text) ?? [];
  };
}
