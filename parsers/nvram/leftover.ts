/**
 * What can still be read in the bytes behind the last record that a blob's header accounts for: records that a count
 * which is too low leaves out, that stand behind junk, or of which the end is missing. Nothing of it is part of the blob;
 * it tells what would go with those bytes.
 */
import { viewOf } from "../bytes.ts";
import { PARSER_LIMITS, VARSTORED_LIMITS } from "../limits.ts";
import type { EfiVariable, Span, VarstoredBlob } from "../model.ts";
import { oncePer } from "../once-per.ts";
import { readCutRecord, readRecord } from "./varstored-blob.ts";

const LENGTH_BYTES = 8;
/** A length and one letter: nothing shorter tells even the name of a variable. */
const SMALLEST_TRACE_BYTES = LENGTH_BYTES + 2;

/** The beginning of a record. Its GUID stands at its end, and is missing with it. */
export interface CutRecord {
  /** In bytes of the blob, up to the next thing that can be read. */
  readonly span: Span;
  readonly name: string;
  /** The data that is there. */
  readonly dataSpan: Span;
}

export interface Leftover {
  /** Whole records, in order; indexes go on behind those of the blob. */
  readonly records: readonly EfiVariable[];
  readonly cut: readonly CutRecord[];
  /** The bytes between them, in order. */
  readonly unread: readonly Span[];
}

/** Too short for the name of a variable, or one value again and again: nothing can be read in such bytes. */
export function isFiller(bytes: Uint8Array): boolean {
  return bytes.length < SMALLEST_TRACE_BYTES || bytes.every((byte) => byte === bytes[0]);
}

/** Read once for each blob: a rule asks, and so does the proof of a repair. */
export const leftoverOf: (blob: VarstoredBlob) => Leftover = oncePer((blob: VarstoredBlob) =>
  isCutBeforeRecords(blob)
    ? { records: [], cut: [], unread: [blob.rest] }
    : readLeftover(blob.bytes, blob.rest, blob.variables.length),
);

/** Of version 2 and cut in its mor_key or ppi_vdata: what looks like a record in there is none, and the blob has no place for one. */
function isCutBeforeRecords({ version, ancillary, stop }: VarstoredBlob): boolean {
  return version >= 2 && ancillary === null && stop?.code === "cut-record";
}

/** Looks for records at every byte of `rest`. */
export function readLeftover(bytes: Uint8Array, rest: Span, firstIndex: number): Leftover {
  // What lies before the rest is no part of a record in it.
  const window = bytes.subarray(0, rest.end);
  const view = viewOf(window);
  const records: EfiVariable[] = [];
  const cut: CutRecord[] = [];
  const unread: Span[] = [];
  let open: Omit<CutRecord, "span"> & { readonly start: number } = NOTHING;
  let unreadFrom = rest.start;
  const closeAt = (end: number): void => {
    if (open !== NOTHING) {
      const dataSpan = { start: open.dataSpan.start, end };
      cut.push({ span: { start: open.start, end }, name: open.name, dataSpan });
    } else if (end > unreadFrom) unread.push({ start: unreadFrom, end });
    open = NOTHING;
    unreadFrom = end;
  };
  let at = rest.start;
  while (at + LENGTH_BYTES < rest.end && records.length + cut.length < PARSER_LIMITS.maxVariables) {
    const nameEnd = endOfName(view, at);
    const record = nameEnd === null ? null : readRecord(window, view, at, firstIndex + records.length);
    if (record !== null && record.data.length > 0) {
      closeAt(at);
      records.push(record);
      at = record.span.end;
      unreadFrom = at;
      continue;
    }
    const start = nameEnd === null || record !== null ? null : cutAt(window, view, at, nameEnd);
    if (start === null) {
      at++;
      continue;
    }
    closeAt(at);
    open = start;
    at = start.dataSpan.start;
  }
  closeAt(rest.end);
  return { records, cut, unread };
}

const NOTHING = { start: -1, name: "", dataSpan: { start: -1, end: -1 } };

/** Where the name of a record that begins at `at` would end; null where no name of a variable stands there. */
function endOfName(view: DataView, at: number): number | null {
  if (view.getUint32(at + 4, true) !== 0) return null;
  const length = view.getUint32(at, true);
  const end = at + LENGTH_BYTES + length;
  if (length < 2 || length % 2 !== 0 || length > VARSTORED_LIMITS.NAME_LIMIT || end > view.byteLength)
    return null;
  for (let unit = at + LENGTH_BYTES; unit < end; unit += 2) {
    // Control characters stand in no name; an old uefistored kept a NUL at the end.
    const value = view.getUint16(unit, true);
    if (value < 0x20 && !(value === 0 && unit + 2 === end && length > 2)) return null;
  }
  return end;
}

/** Null where the numbers behind the name are none of a record: no store holds more than TOTAL_LIMIT. */
function cutAt(
  window: Uint8Array,
  view: DataView,
  at: number,
  nameEnd: number,
): { readonly start: number; readonly name: string; readonly dataSpan: Span } | null {
  const cut = readCutRecord(window, view, at);
  if (cut === null) return null;
  const dataStart = Math.min(nameEnd + LENGTH_BYTES, window.length);
  const cutInLength = nameEnd + LENGTH_BYTES > window.length;
  const declared = cut.declaredDataBytes;
  if (!cutInLength && (declared === null || declared === 0 || declared > VARSTORED_LIMITS.TOTAL_LIMIT))
    return null;
  return { start: at, name: cut.name, dataSpan: { start: dataStart, end: window.length } };
}
