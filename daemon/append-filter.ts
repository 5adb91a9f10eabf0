/** Filters an append to db, dbx or dbt: entries that are stored already are left out (varstored handler.c, filter_signature_list). */
import { concatBytes, toHex, viewOf } from "../parsers/bytes.ts";
import { GUID_BYTES, readGuid } from "../parsers/efi/guid.ts";
import { buildSignatureList, SIGNATURE_LIST_HEADER_BYTES } from "../parsers/efi/signature-list.ts";
import { oncePer } from "../parsers/once-per.ts";
import { Refusal } from "./refusal.ts";

export interface FilteredAppend {
  /** Lists with only the new entries and correct headers; empty where no entry is new. */
  readonly data: Uint8Array;
  /** How many entries are stored already, with the same owner. */
  readonly dropped: number;
}

interface ListPlace {
  readonly type: string;
  readonly start: number;
  readonly firstEntry: number;
  readonly end: number;
  /** Null where the data ends before this field. */
  readonly signatureSize: number | null;
}

/**
 * Filters `incoming`, which has passed the format check, against the stored `data`, which comes from a blob and was never checked.
 * Duplicates within `incoming` stay. A Refusal means that the daemon never answers.
 */
export function filterSignatureList(data: Uint8Array, incoming: Uint8Array): FilteredAppend | Refusal {
  const stored = new StoredEntries(data);
  const lists: Uint8Array[] = [];
  let dropped = 0;
  for (const list of incomingLists(incoming)) {
    if (list instanceof Refusal) return list;
    const known = stored.like(list.place);
    const isHeld = (key: string): boolean => known.entries.has(key);
    const held = known.entries.size === 0 ? 0 : list.keys.filter(isHeld).length;
    dropped += held;
    if (held === list.keys.length) continue;
    // The walk comes to a damaged list only for an entry that no list before it holds.
    if (known.stuck !== null) return known.stuck;
    const isNew = (_: Uint8Array, i: number): boolean => !isHeld(list.keys[i]!);
    lists.push(held === 0 ? list.whole : listOf(incoming, list.place, list.entries.filter(isNew)));
  }
  return { data: concatBytes(lists), dropped };
}

interface IncomingList {
  readonly place: ListPlace;
  readonly entries: readonly Uint8Array[];
  /** The entries in hexadecimal. */
  readonly keys: readonly string[];
  /** The list as it is appended where every entry is new. */
  readonly whole: Uint8Array;
}

/** The incoming lists, up to the one at which the daemon stops, which comes last. Remembered, as one update may be tried on thousands of VMs. */
const incomingLists = oncePer((incoming: Uint8Array): readonly (IncomingList | Refusal)[] => {
  const lists: (IncomingList | Refusal)[] = [];
  for (const place of walkLists(incoming)) {
    const list = place instanceof Refusal ? place : incomingList(incoming, place);
    lists.push(list);
    if (list instanceof Refusal) break;
  }
  return lists;
});

function incomingList(incoming: Uint8Array, place: ListPlace): IncomingList | Refusal {
  if (place.firstEntry > place.end) return shorterThanHeaders(place);
  if (place.signatureSize === null || place.signatureSize === 0) {
    return new Refusal(
      "daemon-crashes",
      `Entries of the list at byte ${place.start} have size 0: the daemon divides by it.`,
    );
  }
  const entries = [...entriesOf(incoming, place)];
  return { place, entries, keys: entries.map(toHex), whole: listOf(incoming, place, entries) };
}

/** A list whose entries have a size other than 0. */
function listOf(data: Uint8Array, list: ListPlace, entries: readonly Uint8Array[]): Uint8Array {
  const type = data.subarray(list.start, list.start + GUID_BYTES);
  const header = data.subarray(list.start + SIGNATURE_LIST_HEADER_BYTES, list.firstEntry);
  return buildSignatureList(type, header, list.signatureSize ?? 0, entries);
}

interface KnownEntries {
  /** In hexadecimal. */
  readonly entries: ReadonlySet<string>;
  readonly stuck: Refusal | null;
}

/** Entries of the stored lists, collected once for each type and size: only equal ones are compared. */
class StoredEntries {
  readonly #data: Uint8Array;
  readonly #lists: readonly (ListPlace | Refusal)[];
  readonly #collected = new Map<string, KnownEntries>();

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#lists = [...walkLists(data)];
  }

  like(list: ListPlace): KnownEntries {
    const key = `${list.type} ${list.signatureSize}`;
    const collected = this.#collected.get(key) ?? this.#collect(list);
    this.#collected.set(key, collected);
    return collected;
  }

  #collect({ type, signatureSize }: ListPlace): KnownEntries {
    const entries = new Set<string>();
    for (const list of this.#lists) {
      if (list instanceof Refusal) return { entries, stuck: list };
      if (list.type !== type) continue;
      // A header that is cut before the size of its entries: the daemon reads that behind the data.
      if (list.signatureSize === null) return { entries, stuck: pastEnd(this.#data.length - list.start) };
      if (list.signatureSize !== signatureSize) continue;
      if (list.firstEntry > list.end) return { entries, stuck: shorterThanHeaders(list) };
      for (const entry of entriesOf(this.#data, list)) entries.add(toHex(entry));
    }
    return { entries, stuck: null };
  }
}

function shorterThanHeaders({ start }: ListPlace): Refusal {
  const reason = `A list at byte ${start} is shorter than its headers: the daemon reads far past it.`;
  return new Refusal("daemon-crashes", reason);
}

function pastEnd(bytes: number): Refusal {
  const reason = `The variable ends with ${bytes} ${bytes === 1 ? "byte" : "bytes"} that are no whole list: the daemon reads on in what lies behind.`;
  return new Refusal("daemon-reads-past-end", reason);
}

/** Bytes of a list up to and with SignatureListSize: of a list of another type the daemon reads no more. */
const LIST_SIZE_END = 20;

/** Goes over the lists as the daemon does: it ends where a list is longer than the rest of the data. */
function* walkLists(data: Uint8Array): Generator<ListPlace | Refusal> {
  const view = viewOf(data);
  let start = 0;
  while (start < data.length) {
    const left = data.length - start;
    if (left < LIST_SIZE_END) return yield pastEnd(left);
    const listSize = view.getUint32(start + 16, true);
    if (listSize > left) return;
    if (listSize === 0) {
      const reason = `The list at byte ${start} has size 0: the daemon never gets past it.`;
      return yield new Refusal("daemon-hangs", reason);
    }
    const isWhole = left >= SIGNATURE_LIST_HEADER_BYTES;
    const end = start + listSize;
    yield {
      type: readGuid(data, start),
      start,
      firstEntry: start + SIGNATURE_LIST_HEADER_BYTES + (isWhole ? view.getUint32(start + 20, true) : 0),
      end,
      signatureSize: isWhole ? view.getUint32(start + 24, true) : null,
    };
    start = end;
  }
}

/** Whole entries only, as the daemon's division rounds down; its size is not 0, as it equals an incoming one. */
function* entriesOf(data: Uint8Array, { firstEntry, end, signatureSize }: ListPlace): Generator<Uint8Array> {
  if (signatureSize === null) return;
  for (let at = firstEntry; at + signatureSize <= end; at += signatureSize)
    yield data.subarray(at, at + signatureSize);
}
