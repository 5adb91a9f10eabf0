import { concatBytes, toHex } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { InputFormat, RecordTaker, StreamedFormat } from "../../parsers/formats/format.ts";
import { FORMATS, STREAMED_FORMATS } from "../../parsers/formats/index.ts";
import { ovaXml } from "../../parsers/formats/ova-xml.ts";
import { uefiCertificates } from "../../parsers/formats/uefi-certificates.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { looksLike } from "../../parsers/looks-like.ts";
import type { Dump, FormatId, VmSource } from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";
import { isTarHeader } from "../../parsers/tar.ts";
import { looksLikeBlob, MAGIC } from "../../parsers/varstored-blob.ts";

import { type ByteSource, openSource } from "./byte-source.ts";
import { CHUNK_BYTES, Peekable } from "./chunks.ts";
import { type Compression, compressionOf, decompress } from "./decompress.ts";
import { asParseError } from "./system-errors.ts";
import { type OvaXmlMember, readOvaXml } from "./tar-head.ts";

/** What a dump was read from, for whoever writes it back. */
export interface Document {
  /** Decompressed; of an XVA, its ova.xml. */
  readonly bytes: Uint8Array;
  /** Of the (decompressed) archive around ova.xml; null where the document is the whole input. */
  readonly member: Pick<OvaXmlMember, "header" | "dataOffset" | "hasExtendedSize"> | null;
}

export interface OpenedInput {
  /** As given. */
  readonly path: string;
  /** Null where nothing could be read; may stand beside an error, when the input is cut. */
  readonly dump: Dump | null;
  /** Null where the input was not read as a whole. */
  readonly document: Document | null;
  readonly error: ParseError | null;
  readonly compression: Compression | null;
  /** What was read from the file, compressed as it is. */
  readonly bytesRead: number;
}

type Opened = Pick<OpenedInput, "dump" | "document" | "error">;

/** How many bytes a format may have, decompressed. */
const MAX_BYTES: Readonly<Record<FormatId, number>> = {
  vars: PARSER_LIMITS.maxBlobBytes,
  "efivars-b64": PARSER_LIMITS.maxTextBytes,
  "nvram-text": PARSER_LIMITS.maxTextBytes,
  "nvram-json": PARSER_LIMITS.maxJsonBytes,
  "ova-xml": PARSER_LIMITS.maxOvaXmlBytes,
  "uefi-certificates": PARSER_LIMITS.maxCertificateArchiveBytes,
  "xapi-db": PARSER_LIMITS.maxXapiDbBytes,
  /** Never read as a whole. */
  xva: 0,
};

/** What the reader of an input gets. */
interface Reading {
  readonly platform: Platform;
  readonly take: RecordTaker | undefined;
}

/**
 * Opens one input, whatever it is: `-`, a file, compressed or not. The content decides, never the name.
 * With `take` the records of a streamed format are handed on as they are read, and are not in the dump.
 * Never throws ParseError: it is in the result.
 */
export async function openInput(
  path: string,
  platform: Platform,
  stdin?: () => AsyncIterable<Uint8Array>,
  take?: RecordTaker,
): Promise<OpenedInput> {
  const reading = { platform, take };
  let source: ByteSource;
  try {
    source = await openSource(path, stdin);
  } catch (error) {
    return { path, dump: null, document: null, error: asParseError(error), compression: null, bytesRead: 0 };
  }
  let compression: Compression | null = null;
  let opened: Opened;
  try {
    compression = compressionOf(await source.bytes.head(CHUNK_BYTES));
    if (compression === null) opened = await openBytes(source.bytes, source.size, reading);
    else opened = await openCompressed(compression, source.bytes, reading);
  } catch (error) {
    opened = { dump: null, document: null, error: asParseError(error) };
  } finally {
    await source.close();
  }
  return { path, ...opened, compression, bytesRead: source.bytesRead() };
}

async function openCompressed(compression: Compression, bytes: Peekable, reading: Reading): Promise<Opened> {
  const content = new Peekable(decompress(compression, bytes));
  try {
    const inner = compressionOf(await content.head(CHUNK_BYTES));
    if (inner === null) return await openBytes(content, null, reading);
    throw new ParseError({
      code: "unrecognised",
      path: compression,
      offset: 0,
      expected: "data that is compressed once",
      found: `${inner} inside ${compression}`,
      next: "Decompress it once by hand and analyze the result.",
    });
  } finally {
    await content.close();
  }
}

async function openBytes(bytes: Peekable, size: number | null, reading: Reading): Promise<Opened> {
  const { platform } = reading;
  const head = await bytes.head(CHUNK_BYTES);
  if (head.length === 0) {
    throw new ParseError({ code: "empty-input", expected: "a dump", found: "no bytes at all" });
  }
  if (isTarHeader(head) && !uefiCertificates.probe(head)) return openArchive(bytes, platform);
  const streamed = STREAMED_FORMATS.find(({ probe }) => probe(head));
  if (streamed !== undefined) return readStream(bytes, size, streamed, reading);
  const format = FORMATS.find(({ probe }) => probe(head));
  // What is cut within its head may be unrecognised for that reason alone.
  if (format === undefined) throw bytes.failure ?? nobodyClaims(head);
  const whole = await readWhole(bytes, size, format);
  const dump = format.open(whole.bytes, platform);
  return { dump, document: { bytes: whole.bytes, member: null }, error: whole.error ?? dump.error };
}

/** Of an XVA only the head is read: ova.xml is its first member, the disks behind it may have terabytes. */
async function openArchive(bytes: Peekable, platform: Platform): Promise<Opened> {
  const member = await readOvaXml(bytes);
  if (member.bytes.length === 0 && member.error !== null)
    return { dump: null, document: null, error: member.error };
  const dump = ovaXml.open(member.bytes, platform);
  const { bytes: document, header, dataOffset, hasExtendedSize } = member;
  return {
    dump: { ...dump, format: "xva" },
    document: { bytes: document, member: { header, dataOffset, hasExtendedSize } },
    error: member.error ?? dump.error?.within("ova.xml") ?? null,
  };
}

/** Piece by piece; what was read before an error counts. */
async function readStream(
  bytes: Peekable,
  size: number | null,
  format: StreamedFormat,
  { platform, take }: Reading,
): Promise<Opened> {
  const limit = MAX_BYTES[format.id];
  if ((size ?? 0) > limit) throw tooLarge(format, limit, `${size} bytes`);
  const vms: VmSource[] = [];
  const reader = format.reader(platform, take ?? ((copies) => vms.push(...copies)));
  let length = 0;
  let error: ParseError | null = null;
  try {
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > limit) throw tooLarge(format, limit, "more");
      reader.feed(chunk);
    }
    reader.end();
  } catch (thrown) {
    error = asParseError(thrown);
  }
  return { dump: { format: format.id, vms, ...reader.rest(), error }, document: null, error };
}

/** The whole input; of one that is cut, what is there. Throws ParseError `over-limit` before more is read. */
async function readWhole(
  bytes: Peekable,
  size: number | null,
  format: InputFormat,
): Promise<{ readonly bytes: Uint8Array; readonly error: ParseError | null }> {
  const limit = MAX_BYTES[format.id];
  if ((size ?? 0) > limit) throw tooLarge(format, limit, `${size} bytes`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > limit) throw tooLarge(format, limit, "more");
      chunks.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof ParseError) || error.code !== "truncated") throw error;
    return { bytes: concatBytes(chunks), error };
  }
  return { bytes: concatBytes(chunks), error: null };
}

function tooLarge(format: Pick<InputFormat, "title">, limit: number, found: string): ParseError {
  return new ParseError({
    code: "over-limit",
    expected: `up to ${limit} bytes of ${format.title}`,
    found,
    next: "No NVRAM is as large: check that this is the right file.",
  });
}

function nobodyClaims(head: Uint8Array): ParseError {
  if (looksLikeBlob(head)) {
    return new ParseError({
      code: "bad-magic",
      offset: 0,
      expected: "the magic VARS (56 41 52 53)",
      found: `${toHex(head.subarray(0, MAGIC.length))} before what looks like a VARS blob`,
      next: "Its first bytes are damaged: use another copy.",
    });
  }
  return new ParseError({
    code: "unrecognised",
    offset: 0,
    expected:
      "a VARS blob, its base64 text, an NVRAM map as text or JSON, an ova.xml, an XVA or a database of xapi",
    found: looksLike(head),
  });
}
