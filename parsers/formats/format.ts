/** What every input format offers, and what several of them share. */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { BackupRef, Dump, FormatId, Nvram, VmSource } from "../model.ts";
import type { Platform } from "../platform.ts";
import { type RecordMap, readVmRecord } from "../records/vm-record.ts";
import type { Splice } from "../text/splice.ts";
import type { Replacements } from "../write-back/replacements.ts";

/** What every format tells of itself. */
interface AnyFormat {
  readonly id: FormatId;
  readonly title: string;
  /** How its files are called, for people: the content tells what a file is, whatever its name. Absent where they have no ending of their own. */
  readonly ending?: string;
  /** Before which `.repaired` goes in a name; absent where it goes to the end. */
  readonly keptEndings?: readonly string[];
  /**
   * What is to be replaced in a document that an NVRAM stands in beside other things, and nothing else. Throws ParseError
   * `bad-structure` where the place of a copy cannot be told. Absent where nothing is written back.
   */
  readonly writeBack?: (document: Uint8Array, replacements: Replacements) => readonly Splice[];
}

export interface InputFormat extends AnyFormat {
  /** How many bytes it may have, decompressed. */
  readonly maxBytes: number;
  /**
   * True where the content says that this is the format; `head` is the first 64 KiB at most. The name, without its folder, only
   * where the format is one of files that are named by it.
   */
  readonly probe: (head: Uint8Array, name?: string) => boolean;
  /**
   * Reads a whole input. What is wrong with it is in `Dump.error`, beside what could be read; never throws ParseError. `name` is
   * that of the file, without its folder: a hint at what it holds where nothing else tells.
   */
  readonly open: (bytes: Uint8Array, platform: Platform, name?: string) => Dump;
}

/** Takes all copies of one record's NVRAM, as soon as it was read. */
export type RecordTaker = (copies: readonly VmSource[]) => void;

/** A format whose inputs may be too large for memory: it is read in pieces, and its records are handed on one by one. */
export interface StreamedFormat extends AnyFormat {
  /** As that of InputFormat. */
  readonly maxBytes: number;
  /** As that of InputFormat. */
  readonly probe: (head: Uint8Array) => boolean;
  readonly reader: (platform: Platform, take: RecordTaker) => StreamReader;
}

/** A format that is never read as a whole: whoever knows the files in it opens those. */
export interface ContainerFormat extends AnyFormat {}

export interface StreamReader {
  /** Takes the next piece. Throws ParseError; then nothing more is to be fed. */
  readonly feed: (piece: Uint8Array) => void;
  /** The input has ended. Throws ParseError where it is not complete. */
  readonly end: () => void;
  /** No more pieces come, although the input has not ended: what waits for something later is handed on. */
  readonly stop?: () => void;
  /** What is known besides the records, at any time. */
  readonly rest: () => Pick<
    Dump,
    "certificates" | "poolHasCertificates" | "skipped" | "hostFiles" | "software"
  >;
  /** Bytes of the input that need not be fed next, where whoever feeds can seek; absent where all are needed. */
  readonly passable?: () => number;
  /** Up to so many of them are left out. Throws as `feed` does. */
  readonly pass?: (bytes: number) => void;
}

/** What a reader has gathered so far; an error keeps it. */
export interface DumpSink {
  readonly vms: VmSource[];
  readonly skipped: { controlDomains: number; defaultTemplates: number };
}

/** Runs a reader; a ParseError that it throws or returns ends up in the dump, beside what the sink holds by then. */
export function collectDump(format: FormatId, read: (sink: DumpSink) => ParseError | null): Dump {
  const sink: DumpSink = { vms: [], skipped: { controlDomains: 0, defaultTemplates: 0 } };
  let error: ParseError | null;
  try {
    error = read(sink);
  } catch (thrown) {
    if (!(thrown instanceof ParseError)) throw thrown;
    error = thrown;
  }
  return { format, vms: sink.vms, certificates: [], skipped: sink.skipped, error };
}

/** Throws ParseError `over-limit` for an input of more bytes than its format may have. */
export function checkSize(bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length <= maxBytes) return;
  throw new ParseError({
    code: "over-limit",
    expected: `at most ${maxBytes} bytes`,
    found: `${bytes.length} bytes`,
    next: "No NVRAM is as large; check that this is the right file.",
  });
}

/** Reads a VM's record into the sink; `backup` is what it stands in, `own` its NVRAM where that was read elsewhere. Throws ParseError `over-limit` for more records than an input may have. */
export function addRecord(
  sink: DumpSink,
  record: RecordMap,
  prefix: string,
  platform: Platform,
  backup: BackupRef | null = null,
  own: Nvram | null = null,
): void {
  const read = readVmRecord(record, prefix, platform);
  const { skipped } = read;
  const sources =
    own === null ? read.sources : read.sources.map((one, i) => (i === 0 ? { ...one, nvram: own } : one));
  checkRecordCount(sink);
  if (skipped !== null) sink.skipped[skipped]++;
  for (const source of sources) sink.vms.push(backup === null ? source : { ...source, backup });
}

/** An NVRAM without a record around it: of its VM no more is known than the command that printed it may tell. */
export function addBareNvram(
  sink: DumpSink,
  nvram: Nvram | null,
  prefix: string,
  uuid: string | null = null,
): void {
  checkRecordCount(sink);
  sink.vms.push({
    uuid,
    nameLabel: null,
    kind: "unknown",
    source: `${prefix}NVRAM`,
    firmware: null,
    secureBoot: null,
    fields: new Map(),
    nvram,
  });
}

function checkRecordCount(sink: DumpSink): void {
  const { vms, skipped } = sink;
  limitRecords(
    vms.length + skipped.controlDomains + skipped.defaultTemplates,
    PARSER_LIMITS.maxHeldVmRecords,
  );
}

/** Throws ParseError `over-limit` where an input that had `count` records has one more than it may. */
export function limitRecords(count: number, maxVmRecords: number = PARSER_LIMITS.maxVmRecords): void {
  if (count < maxVmRecords) return;
  throw new ParseError({
    code: "over-limit",
    expected: `at most ${maxVmRecords} VMs`,
    found: "more of them",
  });
}
