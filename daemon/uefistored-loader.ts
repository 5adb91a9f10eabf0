/**
 * The loader of uefistored, the daemon of XCP-ng 8.2 (uefistored src/variable.c, from_bytes_to_vars; src/serializer.c,
 * unserialize_var_cached). It looks at neither magic nor version, so that it takes the 268 bytes which stand before the
 * records of version 2 for records; and it reads lengths without asking whether that many bytes are there.
 */
import { viewOf } from "../parsers/bytes.ts";
import { UEFISTORED_LIMITS, VARSTORED_LIMITS } from "../parsers/limits.ts";

const { MAX_VAR_COUNT, NAME_LIMIT, DATA_LIMIT } = UEFISTORED_LIMITS;
const { HEADER_BYTES, RECORD_OVERHEAD_BYTES } = VARSTORED_LIMITS;
const COUNT_AT = 8;
const LENGTH_BYTES = 8;
/** GUID, attributes, EFI_TIME, digest. */
const TRAILER_BYTES: number = RECORD_OVERHEAD_BYTES - 2 * LENGTH_BYTES;

export type UefistoredRefusal =
  | "count-over-limit"
  | "name-empty"
  | "name-over-limit"
  | "data-empty"
  | "data-over-limit"
  | "trailing-bytes";

/** Null `found` and `limit` where no two numbers are compared. */
export type UefistoredVerdict =
  | { readonly loads: "yes"; readonly variables: number }
  | {
      readonly loads: "no";
      readonly code: UefistoredRefusal;
      readonly offset: number;
      readonly found: bigint | null;
      readonly limit: number | null;
    }
  /** The daemon reads past the end of the bytes, into other memory: the result is unknown. */
  | { readonly loads: "unknown"; readonly offset: number };

/** What uefistored does with these bytes. Never throws, whatever the bytes are. */
export function judgeUefistoredLoad(bytes: Uint8Array): UefistoredVerdict {
  if (bytes.length < HEADER_BYTES) return { loads: "unknown", offset: bytes.length };
  const view = viewOf(bytes);
  const count = view.getBigUint64(COUNT_AT, true);
  if (count > BigInt(MAX_VAR_COUNT)) return refuse("count-over-limit", COUNT_AT, count, MAX_VAR_COUNT);
  let offset: number = HEADER_BYTES;
  for (let index = 0; index < Number(count); index++) {
    const result = judgeRecord(view, offset);
    if (typeof result !== "number") return result;
    offset = result;
  }
  if (offset < bytes.length) return refuse("trailing-bytes", offset, null, null);
  return { loads: "yes", variables: Number(count) };
}

function refuse(
  code: UefistoredRefusal,
  offset: number,
  found: bigint | null,
  limit: number | null,
): UefistoredVerdict {
  return { loads: "no", code, offset, found, limit };
}

/** Offset behind the record, or how it ends. */
function judgeRecord(view: DataView, offset: number): number | UefistoredVerdict {
  const nameLength = readLength(view, offset);
  if (nameLength === null) return { loads: "unknown", offset: view.byteLength };
  if (nameLength === 0n) return refuse("name-empty", offset, null, null);
  if (nameLength > BigInt(NAME_LIMIT)) return refuse("name-over-limit", offset, nameLength, NAME_LIMIT);
  const dataLengthAt = offset + LENGTH_BYTES + Number(nameLength);
  const dataLength = readLength(view, dataLengthAt);
  if (dataLength === null) return { loads: "unknown", offset: view.byteLength };
  if (dataLength === 0n) return refuse("data-empty", dataLengthAt, null, null);
  if (dataLength > BigInt(DATA_LIMIT)) return refuse("data-over-limit", dataLengthAt, dataLength, DATA_LIMIT);
  const end = dataLengthAt + LENGTH_BYTES + Number(dataLength) + TRAILER_BYTES;
  return end > view.byteLength ? { loads: "unknown", offset: view.byteLength } : end;
}

function readLength(view: DataView, offset: number): bigint | null {
  return offset + LENGTH_BYTES > view.byteLength ? null : view.getBigUint64(offset, true);
}
