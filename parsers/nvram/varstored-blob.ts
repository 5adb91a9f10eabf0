/**
 * The VARS blob that varstored and uefistored store (varstored include/xapidb.h, xapidb-lib.c; uefistored
 * src/serializer.c). All integers are little endian, nothing is aligned, there is no checksum:
 *
 * | bytes | field |
 * |---|---|
 * | 4 | magic `VARS` |
 * | 4 | version |
 * | 8 | number of variables |
 * | 8 | bytes of all records (no loader reads it) |
 * | 268 | from version 2 on: mor_key[8], ppi_vdata[4 + 256] |
 * | … | records |
 *
 * Reading here is lenient. Whether the daemon would take the blob is asked in varstored-loader.ts.
 */
import { ascii, concatBytes, hasBytesAt, viewOf } from "../bytes.ts";
import { readChar16 } from "../efi/char16.ts";
import { guidBytes, readGuid } from "../efi/guid.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS, VARSTORED_LIMITS } from "../limits.ts";
import type { BlobStop, EfiVariable, Span, VarstoredBlob } from "../model.ts";

const { HEADER_BYTES, ANCILLARY_BYTES, RECORD_OVERHEAD_BYTES, DB_VERSION } = VARSTORED_LIMITS;
export const MAGIC: Uint8Array = ascii("VARS");
const LENGTH_BYTES = 8;
/** GUID, attributes, EFI_TIME, digest: what follows the data of a record. */
const TRAILER_BYTES = 68;

/**
 * Reads a blob as far as it goes. Throws ParseError `truncated` under 24 bytes and `bad-magic`;
 * everything else that is wrong is kept in `stop` and `rest`.
 */
export function openBlob(bytes: Uint8Array): VarstoredBlob {
  if (bytes.length < HEADER_BYTES) {
    throw new ParseError({
      code: "truncated",
      offset: bytes.length,
      expected: `a VARS header of ${HEADER_BYTES} bytes`,
      found: `${bytes.length} bytes`,
      next: "The rest is missing: copy the whole text or file.",
    });
  }
  if (!hasBytesAt(bytes, 0, MAGIC)) {
    const found = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ParseError({ code: "bad-magic", offset: 0, expected: "the magic VARS (56 41 52 53)", found });
  }
  const view = viewOf(bytes);
  const version = view.getUint32(4, true);
  const header = {
    bytes,
    version,
    declaredCount: view.getBigUint64(8, true),
    declaredDataLength: view.getBigUint64(16, true),
  };
  if (version > DB_VERSION) return { ...header, ...readUnknownVersion(bytes, view, version) };
  const ancillaryBytes = version === DB_VERSION ? ANCILLARY_BYTES : 0;
  return { ...header, ...readBody(bytes, view, ancillaryBytes, header.declaredCount) };
}

type Body = Pick<VarstoredBlob, "ancillary" | "variables" | "rest" | "stop">;

/** A version that no loader knows shows records only where one of the two layouts explains every byte. */
function readUnknownVersion(bytes: Uint8Array, view: DataView, version: number): Body {
  const offset = 4;
  const stop: BlobStop = {
    code: "unknown-version",
    offset,
    expected: `version 0 to ${DB_VERSION}`,
    found: `${version}`,
    cut: null,
  };
  const declaredCount = view.getBigUint64(8, true);
  for (const ancillaryBytes of [ANCILLARY_BYTES, 0]) {
    const body = readBody(bytes, view, ancillaryBytes, declaredCount);
    if (body.stop === null) return { ...body, stop };
  }
  return { ancillary: null, variables: [], rest: { start: HEADER_BYTES, end: bytes.length }, stop };
}

function readBody(bytes: Uint8Array, view: DataView, ancillaryBytes: number, declaredCount: bigint): Body {
  const start = HEADER_BYTES + ancillaryBytes;
  if (bytes.length < start) {
    const expected = `${ancillaryBytes} bytes of mor_key and ppi_vdata`;
    const found = `${bytes.length - HEADER_BYTES} bytes`;
    const stop: BlobStop = { code: "cut-record", offset: HEADER_BYTES, expected, found, cut: null };
    return { ancillary: null, variables: [], rest: { start: HEADER_BYTES, end: bytes.length }, stop };
  }
  const ancillary = ancillaryBytes === 0 ? null : bytes.subarray(HEADER_BYTES, start);
  return { ancillary, ...readRecords(bytes, view, start, declaredCount) };
}

/**
 * Takes records while whole ones are there. Records beyond the declared count are taken only if they
 * explain the rest to the last byte: else they are trailing bytes.
 */
function readRecords(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  declaredCount: bigint,
): Omit<Body, "ancillary"> {
  const variables: EfiVariable[] = [];
  const limit = Math.min(PARSER_LIMITS.maxVariables, Number(declaredCount));
  let offset = start;
  while (variables.length < limit) {
    const variable = readRecord(bytes, view, offset, variables.length);
    if (variable === null) break;
    variables.push(variable);
    offset = variable.span.end;
  }
  const rest: Span = { start: offset, end: bytes.length };
  if (BigInt(variables.length) < declaredCount) {
    return { variables, rest, stop: stopInRecords(bytes, view, offset, declaredCount, variables.length) };
  }
  if (offset === bytes.length) return { variables, rest, stop: null };
  const beyond = readBeyondCount(bytes, view, offset, variables.length);
  const stop: BlobStop = {
    code: "trailing-bytes",
    offset,
    expected: `the end of the blob after ${declaredCount} variables`,
    found: `${bytes.length - offset} more bytes${beyond.length > 0 ? `, ${beyond.length} whole variables` : ""}`,
    cut: null,
  };
  if (beyond.length === 0) return { variables, rest, stop };
  return { variables: [...variables, ...beyond], rest: { start: bytes.length, end: bytes.length }, stop };
}

function readBeyondCount(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  firstIndex: number,
): EfiVariable[] {
  const variables: EfiVariable[] = [];
  let offset = start;
  while (offset < bytes.length && firstIndex + variables.length < PARSER_LIMITS.maxVariables) {
    const variable = readRecord(bytes, view, offset, firstIndex + variables.length);
    if (variable === null || variable.nameBytes.length === 0 || variable.data.length === 0) return [];
    variables.push(variable);
    offset = variable.span.end;
  }
  return offset === bytes.length ? variables : [];
}

/** A length that fits in what is left once `reserved` more bytes are set aside; null where it does not. */
function readLength(view: DataView, offset: number, reserved: number): number | null {
  if (offset + LENGTH_BYTES > view.byteLength) return null;
  // No blob has 4 GiB: a length with a high word is one that does not fit.
  if (view.getUint32(offset + 4, true) !== 0) return null;
  const length = view.getUint32(offset, true);
  return length <= view.byteLength - offset - LENGTH_BYTES - reserved ? length : null;
}

/** The record at `offset`, null where it does not fit. Lengths of zero and above the daemon's limits are read all the same. */
export function readRecord(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  index: number,
): EfiVariable | null {
  const nameLength = readLength(view, offset, LENGTH_BYTES + TRAILER_BYTES);
  if (nameLength === null) return null;
  const nameStart = offset + LENGTH_BYTES;
  const dataLengthAt = nameStart + nameLength;
  const dataLength = readLength(view, dataLengthAt, TRAILER_BYTES);
  if (dataLength === null) return null;
  const dataStart = dataLengthAt + LENGTH_BYTES;
  const dataEnd = dataStart + dataLength;
  const nameBytes = bytes.subarray(nameStart, dataLengthAt);
  const name = readChar16(nameBytes);
  return {
    index,
    span: { start: offset, end: dataEnd + TRAILER_BYTES },
    nameBytes,
    name,
    nameIsValid: nameLength % 2 === 0 && name.isWellFormed(),
    vendorGuid: readGuid(bytes, dataEnd),
    attributes: view.getUint32(dataEnd + 16, true),
    timestamp: bytes.subarray(dataEnd + 20, dataEnd + 36),
    certDigest: bytes.subarray(dataEnd + 36, dataEnd + TRAILER_BYTES),
    data: bytes.subarray(dataStart, dataEnd),
    dataSpan: { start: dataStart, end: dataEnd },
  };
}

/** What is wrong where the next declared record should stand. */
function stopInRecords(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  declaredCount: bigint,
  read: number,
): BlobStop {
  const left = bytes.length - offset;
  if (left === 0) {
    const expected = `${declaredCount} variables as the header counts`;
    return { code: "missing-records", offset, expected, found: `${read}`, cut: null };
  }
  const { maxVariables } = PARSER_LIMITS;
  if (read >= maxVariables) {
    const expected = `at most ${maxVariables} variables, so many are read`;
    return { code: "cut-record", offset, expected, found: `${declaredCount}`, cut: null };
  }
  const expected = `a whole record (variable ${read} of ${declaredCount})`;
  return {
    code: "cut-record",
    offset,
    expected,
    found: `${left} bytes that do not hold one`,
    cut: readCutRecord(bytes, view, offset),
  };
}

/** The name and sizes of a record of which the end is missing. */
export function readCutRecord(bytes: Uint8Array, view: DataView, offset: number): BlobStop["cut"] {
  const nameLength = readLength(view, offset, 0);
  if (nameLength === null || nameLength > VARSTORED_LIMITS.NAME_LIMIT) return null;
  const nameStart = offset + LENGTH_BYTES;
  const name = readChar16(bytes.subarray(nameStart, nameStart + nameLength));
  const dataLengthAt = nameStart + nameLength;
  if (dataLengthAt + LENGTH_BYTES > bytes.length)
    return { name, declaredDataBytes: null, presentDataBytes: 0 };
  const declared = view.getBigUint64(dataLengthAt, true);
  const present = bytes.length - dataLengthAt - LENGTH_BYTES;
  if (declared > BigInt(Number.MAX_SAFE_INTEGER))
    return { name, declaredDataBytes: null, presentDataBytes: present };
  return { name, declaredDataBytes: Number(declared), presentDataBytes: Math.min(present, Number(declared)) };
}

/** What `writeBlob` needs of a variable. */
export type VariableFields = Pick<
  EfiVariable,
  "nameBytes" | "vendorGuid" | "attributes" | "timestamp" | "certDigest" | "data"
>;

/** The bytes of an opened blob: what was read, declared numbers and rest included, so that `writeBlob(openBlob(b))` equals `b`. */
export function writeBlob(blob: VarstoredBlob): Uint8Array {
  const { bytes, rest } = blob;
  const header = writeHeader(blob.version, blob.declaredCount, blob.declaredDataLength);
  return concatBytes([
    header,
    blob.ancillary ?? new Uint8Array(0),
    ...blob.variables.map(writeRecord),
    bytes.subarray(rest.start, rest.end),
  ]);
}

/** A blob of these variables with a true header, as the daemon writes it. */
export function buildBlob(
  version: number,
  ancillary: Uint8Array | null,
  variables: readonly VariableFields[],
): Uint8Array {
  const records = variables.map(writeRecord);
  const dataLength = records.reduce((sum, record) => sum + record.length, 0);
  const header = writeHeader(version, BigInt(variables.length), BigInt(dataLength));
  return concatBytes([header, ancillary ?? new Uint8Array(0), ...records]);
}

function writeHeader(version: number, count: bigint, dataLength: bigint): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = viewOf(header);
  header.set(MAGIC, 0);
  view.setUint32(4, version, true);
  view.setBigUint64(8, count, true);
  view.setBigUint64(16, dataLength, true);
  return header;
}

function writeRecord(variable: VariableFields): Uint8Array {
  const { nameBytes, data } = variable;
  const record = new Uint8Array(RECORD_OVERHEAD_BYTES + nameBytes.length + data.length);
  const view = viewOf(record);
  view.setBigUint64(0, BigInt(nameBytes.length), true);
  record.set(nameBytes, LENGTH_BYTES);
  const dataLengthAt = LENGTH_BYTES + nameBytes.length;
  view.setBigUint64(dataLengthAt, BigInt(data.length), true);
  record.set(data, dataLengthAt + LENGTH_BYTES);
  const trailer = record.length - TRAILER_BYTES;
  record.set(guidBytes(variable.vendorGuid), trailer);
  view.setUint32(trailer + 16, variable.attributes, true);
  record.set(variable.timestamp, trailer + 20);
  record.set(variable.certDigest, trailer + 36);
  return record;
}

/**
 * True for bytes that are laid out like a blob although the magic is damaged: a known version, a plausible
 * count, and a first record that fits. `head` may be only the beginning of the file.
 */
export function looksLikeBlob(head: Uint8Array): boolean {
  if (head.length < HEADER_BYTES + RECORD_OVERHEAD_BYTES) return false;
  const view = viewOf(head);
  const version = view.getUint32(4, true);
  const count = view.getBigUint64(8, true);
  if (version > DB_VERSION + 1 || count === 0n || count > BigInt(VARSTORED_LIMITS.MAX_VARIABLE_COUNT + 1))
    return false;
  return [HEADER_BYTES, HEADER_BYTES + ANCILLARY_BYTES].some((start) => firstRecordFits(head, view, start));
}

function firstRecordFits(head: Uint8Array, view: DataView, start: number): boolean {
  if (start + LENGTH_BYTES > head.length) return false;
  const nameLength = view.getBigUint64(start, true);
  if (nameLength === 0n || nameLength > BigInt(VARSTORED_LIMITS.NAME_LIMIT)) return false;
  const dataLengthAt = start + LENGTH_BYTES + Number(nameLength);
  if (dataLengthAt + LENGTH_BYTES > head.length) return false;
  const dataLength = view.getBigUint64(dataLengthAt, true);
  return dataLength > 0n && dataLength <= BigInt(VARSTORED_LIMITS.TOTAL_LIMIT);
}
