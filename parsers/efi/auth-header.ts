/**
 * EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10 §8.2.2), which leads the data of a time based authenticated write
 * and is what a `.auth` file begins with:
 *
 * | bytes | field |
 * |---|---|
 * | 16 | EFI_TIME |
 * | 4 | dwLength: 24 + length of the signature |
 * | 2 | wRevision 0x0200 |
 * | 2 | wCertificateType 0x0EF1 |
 * | 16 | CertType: PKCS #7 |
 * | dwLength - 24 | SignedData |
 * | … | payload |
 */
import { concatBytes, viewOf } from "../bytes.ts";
import { guidNamed } from "../guids.ts";
import { guidBytes, readGuid } from "./guid.ts";
import { EFI_TIME_BYTES } from "./time.ts";

/** Where the signature begins. */
export const AUTH_HEADER_BYTES = 40;
/** Bytes of WIN_CERTIFICATE_UEFI_GUID before its data, which dwLength counts in. */
const WIN_CERTIFICATE_BYTES = 24;
const WIN_CERT_REVISION = 0x0200;
export const WIN_CERT_TYPE_EFI_GUID = 0x0ef1;
export const EFI_CERT_TYPE_PKCS7_GUID: string = guidNamed("EFI_CERT_TYPE_PKCS7");

export interface AuthHeader {
  /** EFI_TIME, 16 raw bytes. */
  readonly timestamp: Uint8Array;
  readonly certificateType: number;
  readonly certType: string;
  /** Where the payload begins as dwLength has it; below 40 or past the end where that is wrong. */
  readonly payloadOffset: number;
}

/** Null under 40 bytes. Nothing is judged here. */
export function readAuthHeader(data: Uint8Array): AuthHeader | null {
  if (data.length < AUTH_HEADER_BYTES) return null;
  const view = viewOf(data);
  return {
    timestamp: data.subarray(0, EFI_TIME_BYTES),
    certificateType: view.getUint16(22, true),
    certType: readGuid(data, 24),
    payloadOffset: AUTH_HEADER_BYTES - WIN_CERTIFICATE_BYTES + view.getUint32(16, true),
  };
}

/** True for bytes that begin as such a header does: a time that can be one, or none, and the constants behind it. */
export function isUpdateHeader(head: Uint8Array): boolean {
  const header = readAuthHeader(head);
  if (header === null) return false;
  const { timestamp, certificateType, certType } = header;
  const isRevision = viewOf(head).getUint16(20, true) === WIN_CERT_REVISION;
  const isType = certificateType === WIN_CERT_TYPE_EFI_GUID && certType === EFI_CERT_TYPE_PKCS7_GUID;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = timestamp.subarray(2, 7);
  return isRevision && isType && month <= 12 && day <= 31 && hour < 24 && minute < 60 && second < 60;
}

/** The header of a write that carries no signature: varstored takes it in setup mode only. */
export function buildUnsignedAuth(timestamp: Uint8Array, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(AUTH_HEADER_BYTES);
  const view = viewOf(header);
  header.set(timestamp, 0);
  view.setUint32(16, WIN_CERTIFICATE_BYTES, true);
  view.setUint16(20, WIN_CERT_REVISION, true);
  view.setUint16(22, WIN_CERT_TYPE_EFI_GUID, true);
  header.set(guidBytes(EFI_CERT_TYPE_PKCS7_GUID), 24);
  return concatBytes([header, payload]);
}

export interface SignedFields {
  readonly nameBytes: Uint8Array;
  readonly vendorGuid: string;
  /** With EFI_VARIABLE_APPEND_WRITE where the write appends. */
  readonly attributes: number;
  /** EFI_TIME, 16 raw bytes. */
  readonly timestamp: Uint8Array;
  readonly payload: Uint8Array;
}

/** What the signature is made over: name, GUID, attributes, time, payload. */
export function signedContent(fields: SignedFields): Uint8Array {
  const attributes = new Uint8Array(4);
  viewOf(attributes).setUint32(0, fields.attributes, true);
  return concatBytes([
    fields.nameBytes,
    guidBytes(fields.vendorGuid),
    attributes,
    fields.timestamp,
    fields.payload,
  ]);
}
