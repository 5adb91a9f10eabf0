/**
 * EFI_SIGNATURE_LIST and EFI_SIGNATURE_DATA (UEFI 2.10 §32.4.1), read leniently: what can be read is given
 * with its span, what cannot is named as a fault. Entries are not made into objects: a dbx has a thousand,
 * and most questions need only their place.
 */
import { viewOf } from "../bytes.ts";
import { guidNamed } from "../guids.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Span } from "../model.ts";
import { GUID_BYTES, readGuid } from "./guid.ts";

export const SIGNATURE_LIST_HEADER_BYTES = 28;
export const SIGNATURE_OWNER_BYTES: number = GUID_BYTES;

export const EFI_CERT_X509_GUID: string = guidNamed("EFI_CERT_X509");
export const EFI_CERT_SHA256_GUID: string = guidNamed("EFI_CERT_SHA256");

/** Bytes of data behind the owner that a type needs; types of any size are absent (UEFI 2.10 §32.4.1; varstored handler.c, mSupportSigItem). */
export const DATA_BYTES_OF_TYPE: ReadonlyMap<string, number> = new Map(
  (
    [
      ["EFI_CERT_SHA256", 32],
      ["EFI_CERT_RSA2048", 256],
      ["EFI_CERT_RSA2048_SHA256", 256],
      ["EFI_CERT_SHA1", 20],
      ["EFI_CERT_RSA2048_SHA1", 256],
      ["EFI_CERT_SHA224", 28],
      ["EFI_CERT_SHA384", 48],
      ["EFI_CERT_SHA512", 64],
      ["EFI_CERT_X509_SHA256", 48],
      ["EFI_CERT_X509_SHA384", 64],
      ["EFI_CERT_X509_SHA512", 80],
    ] as const
  ).map(([name, bytes]) => [guidNamed(name), bytes]),
);

/** What is wrong with one list, or with the bytes behind the last. */
export type SignatureListFaultCode =
  | "list-header-cut"
  | "list-size-too-small"
  | "list-size-past-end"
  | "header-size-past-list"
  | "signature-size-too-small"
  | "signature-size-wrong-for-type"
  | "partial-signature"
  | "too-many-lists";

export interface SignatureListFault {
  readonly code: SignatureListFaultCode;
  /** Byte of the variable's data at which the wrong number stands. */
  readonly offset: number;
  readonly expected: string;
  readonly found: number;
}

export interface EfiSignatureList {
  /** In bytes of the variable's data, clipped to what is there. */
  readonly span: Span;
  readonly signatureType: string;
  /** The three sizes as declared. */
  readonly signatureListSize: number;
  readonly signatureHeaderSize: number;
  readonly signatureSize: number;
  /** Offset of the first entry in the variable's data; entry i stands at `firstSignature + i * signatureSize`. */
  readonly firstSignature: number;
  /** Whole entries that are there. */
  readonly signatureCount: number;
  readonly fault: SignatureListFault | null;
}

/** The data of a PK, KEK, db, dbx, MokList and the like. */
export interface SignatureDatabase {
  readonly data: Uint8Array;
  readonly lists: readonly EfiSignatureList[];
  /** Bytes behind the last list that could be read. */
  readonly rest: Span;
  /** The first thing that is wrong, in a list or behind the last; null where every byte is explained. */
  readonly fault: SignatureListFault | null;
}

/**
 * Reads lists until the data ends or a size leaves no way to find the next one.
 * Never throws: the loop ends because every list takes at least its 28 bytes.
 */
export function readSignatureDatabase(data: Uint8Array): SignatureDatabase {
  const view = viewOf(data);
  const lists: EfiSignatureList[] = [];
  let offset = 0;
  let fault: SignatureListFault | null = null;
  while (offset < data.length) {
    const stop = stopBefore(view, offset, lists.length);
    if (stop !== null) {
      fault ??= stop;
      break;
    }
    const list = readList(data, view, offset);
    lists.push(list);
    fault ??= list.fault;
    offset = list.span.end;
  }
  return { data, lists, rest: { start: offset, end: data.length }, fault };
}

/** A fault that leaves no list to read at `offset`. */
function stopBefore(view: DataView, offset: number, count: number): SignatureListFault | null {
  const left = view.byteLength - offset;
  if (left < SIGNATURE_LIST_HEADER_BYTES) {
    return {
      code: "list-header-cut",
      offset,
      expected: `${SIGNATURE_LIST_HEADER_BYTES} bytes of header`,
      found: left,
    };
  }
  const size = view.getUint32(offset + 16, true);
  if (size < SIGNATURE_LIST_HEADER_BYTES) {
    const expected = `a list size of at least ${SIGNATURE_LIST_HEADER_BYTES}`;
    return { code: "list-size-too-small", offset: offset + 16, expected, found: size };
  }
  if (count >= PARSER_LIMITS.maxSignatureLists) {
    return {
      code: "too-many-lists",
      offset,
      expected: `at most ${PARSER_LIMITS.maxSignatureLists} lists`,
      found: count + 1,
    };
  }
  return null;
}

function readList(data: Uint8Array, view: DataView, offset: number): EfiSignatureList {
  const signatureListSize = view.getUint32(offset + 16, true);
  const signatureHeaderSize = view.getUint32(offset + 20, true);
  const signatureSize = view.getUint32(offset + 24, true);
  const signatureType = readGuid(data, offset);
  const end = Math.min(offset + signatureListSize, data.length);
  const firstSignature = Math.min(offset + SIGNATURE_LIST_HEADER_BYTES + signatureHeaderSize, end);
  const readable = signatureSize > SIGNATURE_OWNER_BYTES;
  const signatureCount = readable ? Math.floor((end - firstSignature) / signatureSize) : 0;
  const sizes = { offset, signatureType, signatureListSize, signatureHeaderSize, signatureSize };
  return {
    span: { start: offset, end },
    signatureType,
    signatureListSize,
    signatureHeaderSize,
    signatureSize,
    firstSignature,
    signatureCount,
    fault: faultOfList(sizes, data.length, end - firstSignature),
  };
}

interface ListSizes {
  readonly offset: number;
  readonly signatureType: string;
  readonly signatureListSize: number;
  readonly signatureHeaderSize: number;
  readonly signatureSize: number;
}

function faultOfList(list: ListSizes, dataLength: number, bodyBytes: number): SignatureListFault | null {
  const { offset, signatureListSize, signatureHeaderSize, signatureSize } = list;
  const left = dataLength - offset;
  if (signatureListSize > left) {
    const expected = `a list size of at most the ${left} bytes left`;
    return { code: "list-size-past-end", offset: offset + 16, expected, found: signatureListSize };
  }
  const room = signatureListSize - SIGNATURE_LIST_HEADER_BYTES;
  if (signatureHeaderSize > room) {
    const expected = `a header size of at most ${room}`;
    return { code: "header-size-past-list", offset: offset + 20, expected, found: signatureHeaderSize };
  }
  if (signatureSize <= SIGNATURE_OWNER_BYTES) {
    const expected = `a signature size above the ${SIGNATURE_OWNER_BYTES} bytes of the owner`;
    return { code: "signature-size-too-small", offset: offset + 24, expected, found: signatureSize };
  }
  const fixed = DATA_BYTES_OF_TYPE.get(list.signatureType);
  if (fixed !== undefined && signatureSize !== fixed + SIGNATURE_OWNER_BYTES) {
    const expected = `a signature size of ${fixed + SIGNATURE_OWNER_BYTES} for this type`;
    return { code: "signature-size-wrong-for-type", offset: offset + 24, expected, found: signatureSize };
  }
  if (bodyBytes % signatureSize !== 0) {
    const expected = `whole signatures of ${signatureSize} bytes`;
    return { code: "partial-signature", offset: offset + 16, expected, found: bodyBytes };
  }
  return null;
}

/** One EFI_SIGNATURE_DATA, made on demand. */
export interface EfiSignatureData {
  /** In bytes of the variable's data, owner included. */
  readonly span: Span;
  readonly signatureOwner: string;
  readonly signatureData: Uint8Array;
}

/** Entry `index` of a list; the caller keeps below `signatureCount`. */
export function signatureAt(data: Uint8Array, list: EfiSignatureList, index: number): EfiSignatureData {
  const start = list.firstSignature + index * list.signatureSize;
  const end = start + list.signatureSize;
  const signatureOwner = readGuid(data, start);
  return {
    span: { start, end },
    signatureOwner,
    signatureData: data.subarray(start + SIGNATURE_OWNER_BYTES, end),
  };
}

/** Offsets of all whole entries of a list. */
export function* signatureOffsets(list: EfiSignatureList): Generator<number> {
  for (let i = 0; i < list.signatureCount; i++) yield list.firstSignature + i * list.signatureSize;
}

/** The bytes of one list: a header that tells the truth, and its entries (owner and data) as they are. */
export function buildSignatureList(
  type: Uint8Array,
  header: Uint8Array,
  signatureSize: number,
  signatures: readonly Uint8Array[],
): Uint8Array {
  const size = SIGNATURE_LIST_HEADER_BYTES + header.length + signatures.length * signatureSize;
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  bytes.set(type, 0);
  view.setUint32(16, size, true);
  view.setUint32(20, header.length, true);
  view.setUint32(24, signatureSize, true);
  bytes.set(header, SIGNATURE_LIST_HEADER_BYTES);
  signatures.forEach((signature, i) => {
    bytes.set(signature, SIGNATURE_LIST_HEADER_BYTES + header.length + i * signatureSize);
  });
  return bytes;
}
