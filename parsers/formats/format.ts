/** The interfaces of a format, and what several formats share. */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { BackupRef, Dump, FormatId, Nvram, VmSource } from "../model.ts";
import type { Platform } from "../platform.ts";
import { type RecordMap, readVmRecord } from "../records/vm-record.ts";
import type { Splice } from "../text/splice.ts";
import type { Replacements } from "../write-back/replacements.ts";

/** Properties of every format. */
interface AnyFormat {
  readonly id: FormatId;
  /** A noun phrase for people, as in "up to 67108864 bytes of a VARS blob". */
  readonly title: string;
  /** Usual ending of a file name, with its point. For names that are written; a format is recognised by its content. Absent where there is none. */
  readonly ending?: string;
  /** Endings that stay behind `.repaired`: `vm.vars` becomes `vm.repaired.vars`. Absent: `.repaired` is put at the end. */
  readonly keptEndings?: readonly string[];
  /** True where only the file's name says which variable the file holds, so that `corpus add` cannot rename it. */
  readonly needsName?: true;
  /**
   * Where a repaired NVRAM replaces the old one in a document that holds other things too; no other byte changes. Throws
   * ParseError `bad-structure` where the place of an NVRAM is not known. Absent where nothing is written back into the document.
   */
  readonly writeBack?: (document: Uint8Array, replacements: Replacements) => readonly Splice[];
}

export interface InputFormat extends AnyFormat {
  /** Largest input in bytes, decompressed: a limit of parsers/limits.ts. */
  readonly maxBytes: number;
  /** True where the content is of this format. `head`: the first 64 KiB or less. `name`: the file's name without its folder, used only by formats with `needsName`. */
  readonly probe: (head: Uint8Array, name?: string) => boolean;
  /** Reads a whole input. Never throws ParseError: an error is put into `Dump.error`, beside all that could be read. `name` as in `probe`. */
  readonly open: (bytes: Uint8Array, platform: Platform, name?: string) => Dump;
}

/** Called with all NVRAM copies of one record as soon as the record was read. */
export type RecordTaker = (copies: readonly VmSource[]) => void;

/** A format whose inputs may be too large for memory: a reader takes pieces of bytes and hands on records one by one. */
export interface StreamedFormat extends AnyFormat {
  /** As `maxBytes` of InputFormat. */
  readonly maxBytes: number;
  /** As `probe` of InputFormat. */
  readonly probe: (head: Uint8Array) => boolean;
  readonly reader: (platform: Platform, take: RecordTaker) => StreamReader;
}

/** A format whose members are opened one by one, in `library/`; nothing here reads it. */
export interface ContainerFormat extends AnyFormat {}

export interface StreamReader {
  /** Takes the next piece. Throws ParseError; call nothing but `rest` after that. */
  readonly feed: (piece: Uint8Array) => void;
  /** Called at the end of the input. Throws ParseError where the input is not complete. */
  readonly end: () => void;
  /** Called instead of `end` where reading stops early: records that wait for a later part of the input are handed on as they are. */
  readonly stop?: () => void;
  /** What the reader knows besides the records; may be called at any time. */
  readonly rest: () => Pick<
    Dump,
    "certificates" | "poolHasCertificates" | "skipped" | "hostFiles" | "software"
  >;
  /** How many of the next bytes the reader does not need, for a caller that can seek. Absent where it needs all. */
  readonly passable?: () => number;
  /** Tells the reader that this many bytes are skipped, at most `passable()`. Throws as `feed` does. */
  readonly pass?: (bytes: number) => void;
}

/** What was read so far. It stays in the dump where an error ends the reading. */
export interface DumpSink {
  readonly vms: VmSource[];
  readonly skipped: { controlDomains: number; defaultTemplates: number };
}

/** Runs `read` and makes a dump of its sink. A ParseError that `read` throws or returns becomes the error of the dump. */
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

/**
 * Reads the record of a VM and adds its NVRAM copies to the sink. `backup`: the backup that holds the record. `nvram`: the VM's NVRAM,
 * where it was not read from the record. Throws ParseError `over-limit` for more records than `maxHeldVmRecords`.
 */
export function addRecord(
  sink: DumpSink,
  record: RecordMap,
  prefix: string,
  platform: Platform,
  backup: BackupRef | null = null,
  nvram: Nvram | null = null,
): void {
  const read = readVmRecord(record, prefix, platform);
  const { skipped } = read;
  const sources =
    nvram === null ? read.sources : read.sources.map((one, i) => (i === 0 ? { ...one, nvram } : one));
  checkRecordCount(sink);
  if (skipped !== null) sink.skipped[skipped]++;
  for (const source of sources) sink.vms.push(backup === null ? source : { ...source, backup });
}

/** Adds an NVRAM that has no VM record around it. `uuid`: the VM's, where the input names it. */
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

/** Throws ParseError `over-limit` where one more record, after `count` of them, would be too many. */
export function limitRecords(count: number, maxVmRecords: number = PARSER_LIMITS.maxVmRecords): void {
  if (count < maxVmRecords) return;
  throw new ParseError({
    code: "over-limit",
    expected: `at most ${maxVmRecords} VMs`,
    found: "more of them",
  });
}
