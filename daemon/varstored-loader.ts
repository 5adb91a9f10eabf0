/**
 * The daemon's own loader (varstored xapidb-lib.c, xapidb_parse_blob and unserialize_variables;
 * include/serialize.h, unserialize_data): the same checks in the same order, no leniency.
 * This is what `loads` is. It shares no code with the lenient reader on purpose: two things, kept apart.
 */
import { ascii, hasBytesAt, viewOf } from "../parsers/bytes.ts";
import { readChar16 } from "../parsers/efi/char16.ts";
import { readGuid } from "../parsers/efi/guid.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";

const {
  HEADER_BYTES,
  ANCILLARY_BYTES,
  RECORD_OVERHEAD_BYTES,
  NAME_LIMIT,
  DATA_LIMIT,
  MAX_VARIABLE_COUNT,
  MAX_FILE_SIZE,
  DB_VERSION,
} = VARSTORED_LIMITS;
const MAGIC = ascii("VARS");
const LENGTH_BYTES = 8;
const TRAILER_BYTES = 68;

export type RefusalCode =
  | "file-over-limit"
  | "too-short"
  | "bad-magic"
  | "unsupported-version"
  | "count-over-limit"
  | "ancillary-cut"
  | "record-cut"
  | "name-empty"
  | "name-over-limit"
  | "data-empty"
  | "data-over-limit"
  | "trailing-bytes";

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** Offset in the blob at which the loader stops. */
  readonly offset: number;
  /** The record at fault; `guid` null where the record is cut before it. */
  readonly variable: { readonly index: number; readonly name: string; readonly guid: string | null } | null;
}

/** What the loader answers. Without a refusal the daemon takes the blob, and the VM starts. */
export interface LoadVerdict {
  readonly loads: boolean;
  readonly refusal: Refusal | null;
}

const TAKEN: LoadVerdict = { loads: true, refusal: null };

function refuse(
  code: RefusalCode,
  offset: number,
  message: string,
  variable: Refusal["variable"] = null,
): LoadVerdict {
  return { loads: false, refusal: { code, message, offset, variable } };
}

/** Would varstored take these bytes as the file that it resumes a VM from (varstored xapidb.c, xapidb_resume)? */
export function judgeResume(bytes: Uint8Array): LoadVerdict {
  if (bytes.length <= MAX_FILE_SIZE) return judgeLoad(bytes);
  return refuse(
    "file-over-limit",
    MAX_FILE_SIZE,
    `The saved state of varstored has ${bytes.length} bytes; it resumes from at most ${MAX_FILE_SIZE}.`,
  );
}

/** Would varstored load these bytes? Never throws, whatever the bytes are. */
export function judgeLoad(bytes: Uint8Array): LoadVerdict {
  if (bytes.length < HEADER_BYTES) {
    return refuse(
      "too-short",
      0,
      `The blob has ${bytes.length} bytes; its header alone needs ${HEADER_BYTES}.`,
    );
  }
  if (!hasBytesAt(bytes, 0, MAGIC)) return refuse("bad-magic", 0, "The blob does not begin with VARS.");
  const view = viewOf(bytes);
  const version = view.getUint32(4, true);
  if (version > DB_VERSION) {
    return refuse(
      "unsupported-version",
      4,
      `The blob has version ${version}; the daemon knows 0 to ${DB_VERSION}.`,
    );
  }
  const count = view.getBigUint64(8, true);
  if (count > BigInt(MAX_VARIABLE_COUNT)) {
    return refuse(
      "count-over-limit",
      8,
      `The header counts ${count} variables; the daemon takes at most ${MAX_VARIABLE_COUNT}.`,
    );
  }
  if (version < DB_VERSION) return judgeRecords(bytes, view, HEADER_BYTES, Number(count));
  const left = bytes.length - HEADER_BYTES;
  if (left < ANCILLARY_BYTES) {
    return refuse(
      "ancillary-cut",
      HEADER_BYTES,
      `A version ${DB_VERSION} blob needs ${ANCILLARY_BYTES} bytes after its header; ${left} are there.`,
    );
  }
  return judgeRecords(bytes, view, HEADER_BYTES + ANCILLARY_BYTES, Number(count));
}

function judgeRecords(bytes: Uint8Array, view: DataView, start: number, count: number): LoadVerdict {
  let offset = start;
  for (let index = 0; index < count; index++) {
    const result = judgeRecord(bytes, view, offset, index);
    if (typeof result !== "number") return result;
    offset = result;
  }
  if (offset === bytes.length) return TAKEN;
  const more = bytes.length - offset;
  return refuse(
    "trailing-bytes",
    offset,
    `After the ${count === 1 ? "one variable" : `${count} variables`} that the header counts, ${more} more byte${more === 1 ? " is" : "s are"} left.`,
  );
}

/** Offset behind the record, or the refusal. The order of the checks is the daemon's. */
function judgeRecord(bytes: Uint8Array, view: DataView, offset: number, index: number): number | LoadVerdict {
  const left = bytes.length - offset;
  if (left < RECORD_OVERHEAD_BYTES) return cutRecord(offset, index, `${left} bytes are left`, null);
  const nameRoom = left - RECORD_OVERHEAD_BYTES;
  const nameLength = lengthAt(view, offset);
  if (nameLength === 0) {
    return refuse("name-empty", offset, `Variable ${index} has an empty name.`, {
      index,
      name: "",
      guid: null,
    });
  }
  if (nameLength > nameRoom) {
    const declared = view.getBigUint64(offset, true);
    const present = left - LENGTH_BYTES;
    const why =
      declared > BigInt(present)
        ? `${present} of ${declared} bytes of its name are there`
        : "its name is whole, but what follows it is cut";
    return cutRecord(offset, index, why, null);
  }
  const dataLengthAt = offset + LENGTH_BYTES + nameLength;
  const nameBytes = bytes.subarray(offset + LENGTH_BYTES, dataLengthAt);
  if (nameLength > NAME_LIMIT) {
    const message = `The name of variable ${index} has ${nameLength} bytes; the daemon takes at most ${NAME_LIMIT}.`;
    return refuse("name-over-limit", offset, message, { index, name: readChar16(nameBytes), guid: null });
  }
  return judgeData(bytes, view, { offset: dataLengthAt, room: nameRoom - nameLength, index, nameBytes });
}

/** Infinite where it takes more than 32 bits: no blob has 4 GiB. */
function lengthAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) === 0 ? view.getUint32(offset, true) : Number.POSITIVE_INFINITY;
}

interface DataPlace {
  /** Offset of the field with the length of the data. */
  readonly offset: number;
  /** How many bytes the data can have at most in the rest of the blob. */
  readonly room: number;
  readonly index: number;
  /** Made into a text only where the record is refused. */
  readonly nameBytes: Uint8Array;
}

function judgeData(bytes: Uint8Array, view: DataView, place: DataPlace): number | LoadVerdict {
  const { offset, room, index, nameBytes } = place;
  const length = lengthAt(view, offset);
  const end = offset + LENGTH_BYTES + length;
  if (length > 0 && length <= Math.min(room, DATA_LIMIT)) return end + TRAILER_BYTES;
  const name = readChar16(nameBytes);
  if (length > room) {
    const declared = view.getBigUint64(offset, true);
    const present = bytes.length - offset - LENGTH_BYTES;
    const why =
      declared > BigInt(present)
        ? `${present} of ${declared} bytes of the data of ${shortName(name)} are there`
        : `the data of ${shortName(name)} is whole, but what follows it is not: ${present - length} of ${TRAILER_BYTES} bytes are there`;
    return cutRecord(offset, index, why, name);
  }
  const variable = { index, name, guid: readGuid(bytes, end) };
  if (length === 0) return refuse("data-empty", offset, `${shortName(name)} has no data.`, variable);
  const message = `${shortName(name)} has ${length} bytes of data; the daemon takes at most ${DATA_LIMIT}.`;
  return refuse("data-over-limit", offset, message, variable);
}

function cutRecord(offset: number, index: number, why: string, name: string | null): LoadVerdict {
  const variable = name === null ? null : { index, name, guid: null };
  return refuse("record-cut", offset, `Variable ${index} is cut: ${why}.`, variable);
}
