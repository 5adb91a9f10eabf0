/**
 * Which bytes of a program its Authenticode hash covers, and the signatures behind it, as EDK2 takes them
 * (SecurityPkg/Library/DxeImageVerificationLib, HashPeImage and DxeImageVerificationHandler).
 */
import { concatBytes, viewOf } from "../bytes.ts";
import { EFI_CERT_TYPE_PKCS7_GUID } from "../efi/auth-header.ts";
import { readGuid } from "../efi/guid.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { EfiImage } from "./image.ts";

const CHECKSUM_BYTES = 4;
const DIRECTORY_BYTES = 8;
const CERTIFICATE_HEADER_BYTES = 8;
const PKCS_SIGNED_DATA = 0x0002;
const EFI_GUID_TYPE = 0x0ef1;
const ALIGNMENT = 8;

/** Null where the sizes leave no hash. */
export function hashedBytes(image: EfiImage): Uint8Array | null {
  const { bytes, checksumOffset, securityOffset, sizeOfHeaders, sections, security } = image;
  const parts = [bytes.subarray(0, checksumOffset)];
  const behindChecksum = checksumOffset + CHECKSUM_BYTES;
  if (securityOffset === null) parts.push(bytes.subarray(behindChecksum, sizeOfHeaders));
  else {
    parts.push(bytes.subarray(behindChecksum, securityOffset));
    parts.push(bytes.subarray(securityOffset + DIRECTORY_BYTES, sizeOfHeaders));
  }
  const filled = sections.filter(({ rawSize }) => rawSize > 0).sort((a, b) => a.rawStart - b.rawStart);
  let sum = sizeOfHeaders;
  for (const { rawStart, rawSize } of filled) {
    parts.push(bytes.subarray(rawStart, rawStart + rawSize));
    sum += rawSize;
    // Sections that overlap could ask for many times the file.
    if (sum > bytes.length) return null;
  }
  const certificates = security?.size ?? 0;
  if (bytes.length > sum) {
    if (bytes.length < sum + certificates) return null;
    parts.push(bytes.subarray(sum, bytes.length - certificates));
  }
  return concatBytes(parts);
}

export interface CertificateTable {
  /** PKCS #7, in their order; other kinds are passed over. */
  readonly signatures: readonly Uint8Array[];
  /** False where the entries do not end where the table does: then the image is refused. */
  readonly endsExactly: boolean;
}

/** Null where the image is not signed. Throws ParseError `over-limit`. */
export function readCertificateTable({ bytes, security }: EfiImage): CertificateTable | null {
  if (security === null || security.size === 0) return null;
  const view = viewOf(bytes);
  const end = security.start + security.size;
  const signatures: Uint8Array[] = [];
  let at = security.start;
  while (at < end) {
    const left = end - at;
    if (left <= CERTIFICATE_HEADER_BYTES) break;
    const length = view.getUint32(at, true);
    const padding = (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
    if (left < length || left - length < padding || length < CERTIFICATE_HEADER_BYTES) break;
    const type = view.getUint16(at + 6, true);
    const header = headerBytes(type);
    if (header !== null) {
      if (length <= header) break;
      if (
        type !== EFI_GUID_TYPE ||
        readGuid(bytes, at + CERTIFICATE_HEADER_BYTES) === EFI_CERT_TYPE_PKCS7_GUID
      )
        signatures.push(bytes.subarray(at + header, at + length));
      if (signatures.length > PARSER_LIMITS.maxImageSignatures) throw tooMany(at);
    }
    at += length + padding;
  }
  return { signatures, endsExactly: at === end };
}

function tooMany(offset: number): ParseError {
  const { maxImageSignatures } = PARSER_LIMITS;
  return new ParseError({
    code: "over-limit",
    path: "file",
    offset,
    expected: `at most ${maxImageSignatures} signatures`,
    found: "one more",
  });
}

/** Before the PKCS #7; null for a type that holds none. */
function headerBytes(type: number): number | null {
  if (type === PKCS_SIGNED_DATA) return CERTIFICATE_HEADER_BYTES;
  return type === EFI_GUID_TYPE ? CERTIFICATE_HEADER_BYTES + 16 : null;
}
