/** Opens one input: uncompresses it, finds its format, and reads it. */

import { appendAll } from "../../parsers/arrays.ts";
import { concatBytes, isAllZero, toHex } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { authFile, authFileOfHost } from "../../parsers/formats/auth-file.ts";
import { foreignAppliance } from "../../parsers/formats/foreign.ts";
import type { InputFormat, RecordTaker, StreamedFormat } from "../../parsers/formats/format.ts";
import { FORMATS, formatAtOnce, STREAMED_FORMATS } from "../../parsers/formats/index.ts";
import { looksLike, whatNext } from "../../parsers/formats/looks-like.ts";
import { isXenOva } from "../../parsers/formats/ova.ts";
import { ovaXml } from "../../parsers/formats/ova-xml.ts";
import { ovf } from "../../parsers/formats/ovf.ts";
import { uefiCertificates } from "../../parsers/formats/uefi-certificates.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { looksLikeBlob, MAGIC } from "../../parsers/nvram/varstored-blob.ts";
import { type Description, descriptionOf } from "../../parsers/ova/description.ts";
import type { Compression } from "../../parsers/packing/compression.ts";
import { isTarHeader, TAR_BLOCK_BYTES, tarPadding } from "../../parsers/packing/tar.ts";
import { basename } from "../../parsers/paths.ts";
import { suspendDiskOf } from "../../parsers/suspend-image/copy.ts";
import { type ArchiveKind, archiveKind } from "../archive/archive-kind.ts";
import { compressionOf, decompress } from "../unpack/decompress.ts";
import { ExpansionGuard } from "../unpack/expansion-guard.ts";
import type { GuestFolder, World } from "../world.ts";
import { CHUNK_BYTES, Peekable, Resumable } from "./chunks.ts";
import { encryptedRemote } from "./encrypted-remote.ts";
import type { FileDigest } from "./file-facts.ts";
import { neededPieces } from "./needed-pieces.ts";
import type { ByteSource, SeekableBytes } from "./source.ts";
import type { SuspendedCopies } from "./suspended-vms.ts";
import { asParseError } from "./system-errors.ts";
import { type OvaXmlMember, readOvaXml } from "./tar-head.ts";

/** The bytes that a dump was read from. A repair is written back into them. */
export interface Document {
  /** Decompressed. For an XVA: its ova.xml. */
  readonly bytes: Uint8Array;
  /** Place of the document in the (decompressed) archive around it; null where the document is the whole input. */
  readonly member: Pick<OvaXmlMember, "header" | "dataOffset" | "hasExtendedSize"> | null;
}

export interface OpenedInput {
  /** As given. */
  readonly path: string;
  /** Null where nothing could be read. Where the input is cut there may be both a dump and an error. */
  readonly dump: Dump | null;
  /** Null where the input was not read as a whole. */
  readonly document: Document | null;
  readonly error: ParseError | null;
  readonly compression: Compression | null;
  /** As `isDeciphered` of EnteredInput; absent where the input could not be opened at all. */
  readonly isDeciphered?: boolean;
  /** Bytes that were read from the file, before decompression. */
  readonly bytesRead: number;
}

type Opened = Pick<OpenedInput, "dump" | "document" | "error">;

/** How an input is to be read. */
export interface Reading {
  readonly world: World;
  readonly take: RecordTaker | undefined;
  readonly suspended: boolean;
  /** True where elements have to keep the document that they were read from, to write a repair back into it. */
  readonly documents?: boolean;
  /** Chooses the members of an archive that are read, by their paths with "!". Absent: all are read. */
  readonly isWanted?: ((path: string) => boolean) | undefined;
  /** True for a file that its name alone makes a host's .auth file, such as an empty db.auth beside a PK.auth. */
  readonly isHostAuthFile?: boolean;
  /** Name of the file, without its folder. It says which variable a certificate is for where nothing else does. */
  readonly name?: string;
}

/** For reads at any place of the (decompressed) input; null for a stream. */
type Seekable = SeekableBytes | null;

export interface OpenOptions {
  /** False: the disks of an export are not read, so that the NVRAM in the state of a suspended VM is missing. */
  readonly suspended: boolean;
}

/** An input that is open, but not yet read. The caller of `enterInput` closes its source. */
export interface EnteredInput {
  /** As given. */
  readonly path: string;
  readonly source: ByteSource;
  /** For reads at any place of the content; null for a stream. */
  readonly file: SeekableBytes | null;
  /** True for a file of an encrypted remote that was decrypted with its key. */
  readonly isDeciphered: boolean;
  readonly compression: Compression | null;
  /** Decompressed. */
  readonly content: Peekable;
  /** Bounds the decompression of this input. */
  readonly guard: ExpansionGuard;
}

/**
 * Opens one input, whatever it is: `-`, a file, compressed or not. The content decides, never the name.
 * With `take` the records of a streamed format are handed on as they are read, and are not in the dump.
 * Never throws ParseError: it is in the result.
 */
export async function openInput(
  path: string,
  world: World,
  take?: RecordTaker,
  { suspended }: OpenOptions = { suspended: true },
): Promise<OpenedInput> {
  let entered: EnteredInput;
  try {
    entered = await enterInput(path, world);
  } catch (error) {
    const failed = { dump: null, error: asParseError(error) };
    return {
      path,
      ...((await guestFolder(path, failed.error, world)) ?? failed),
      document: null,
      compression: null,
      bytesRead: 0,
    };
  }
  return openEntered(entered, { world, take, suspended });
}

/** The variables in a folder of efivarfs; null where the path is anything else. */
export async function guestFolder(
  path: string,
  { code }: ParseError,
  { guestFolder: open }: World,
): Promise<GuestFolder | null> {
  return code === "special-file" && open !== undefined ? open(path) : null;
}

/** Throws ParseError where the path cannot be read. `digest` sees what is read of the file. */
export async function enterInput(path: string, world: World, digest?: FileDigest): Promise<EnteredInput> {
  const opened = await world.open(path).catch(async (error: unknown) => {
    throw await orMember(path, asParseError(error), world);
  });
  const source =
    digest === undefined ? opened : { ...opened, bytes: new Peekable(digest.through(opened.bytes)) };
  try {
    const plain = (await world.remoteKey?.()?.decipher(path, source)) ?? null;
    const file = plain === null ? seekable(source) : plain.file;
    return {
      path,
      source,
      file,
      isDeciphered: plain !== null,
      ...(await uncover(plain?.bytes ?? source.bytes, world)),
    };
  } catch (error) {
    await source.close();
    throw asParseError(error);
  }
}

/** The error for a path that cannot be opened: a better one where the path names a member of an archive. */
export async function orMember(path: string, error: ParseError, world: World): Promise<ParseError> {
  return path.includes("!")
    ? (await import("../archive/unpacking.ts")).missingMember(path, error, {
        isFile: world.isFile,
        kindOf: (archive) => archiveKindOf(archive, world),
      })
    : error;
}

/** The kind of the archive; null where it is no archive of other files, or cannot be read. */
export async function archiveKindOf(path: string, world: World): Promise<ArchiveKind | null> {
  try {
    const { content, source } = await enterInput(path, world);
    try {
      return archiveKind(await content.head(CHUNK_BYTES));
    } finally {
      await content.close();
      await source.close();
    }
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** Reads an input that `enterInput` opened, and closes it. Otherwise as `openInput`. */
export async function openEntered(entered: EnteredInput, reading: Reading): Promise<OpenedInput> {
  const { path, source, file, isDeciphered, compression, content, guard } = entered;
  let opened: Opened;
  let archive: ArchiveKind | null = null;
  let head: Uint8Array = new Uint8Array(0);
  try {
    head = await content.head(CHUNK_BYTES);
    archive = archiveKind(head);
    // Its texts would be read with their encoding.
    if (archive === "mail") throw (await import("../archive/mail-members.ts")).ofMail();
    const named = { ...reading, name: path === "-" ? "" : basename(path) };
    opened = await openContent({ content, compression, guard, file }, named);
  } catch (error) {
    const failure = asParseError(error);
    const encrypted =
      !isDeciphered && isUnknownData(failure, compression)
        ? await encryptedRemote(path, await source.bytes.head(CHUNK_BYTES), reading.world)
        : null;
    const told =
      archive === null ? failure : (foreignAppliance(head) ?? (await orArchive(path, archive, failure)));
    opened = { dump: null, document: null, error: encrypted ?? told };
  } finally {
    await content.close();
    await source.close();
  }
  const told = await withKey(path, opened, reading.world);
  return { path, ...told, compression, isDeciphered, bytesRead: source.bytesRead() };
}

/** With a key that fits, the encryption.json of a remote is no error: its files can be read. */
async function withKey(path: string, opened: Opened, { remoteKey }: World): Promise<Opened> {
  if (opened.dump?.format !== "xo-encryption" || opened.error?.code !== "encrypted") return opened;
  const key = remoteKey?.() ?? null;
  if (key === null) return opened;
  const error = await key.markError(path);
  return { ...opened, dump: { ...opened.dump, error }, error };
}

async function orArchive(path: string, kind: ArchiveKind, error: ParseError): Promise<ParseError> {
  return (await import("../archive/unpacking.ts")).wholeArchive(path, kind, error);
}

function isUnknownData({ code }: ParseError, compression: Compression | null): boolean {
  return code === "unrecognised" && compression === null;
}

/** Decompresses the content where it is compressed. */
export async function uncover(
  bytes: Peekable,
  { makeInflater }: Pick<World, "makeInflater">,
): Promise<Pick<EnteredInput, "compression" | "content" | "guard">> {
  const compression = compressionOf(await bytes.head(CHUNK_BYTES));
  const guard = new ExpansionGuard();
  return {
    compression,
    content: compression === null ? bytes : new Peekable(decompress(compression, bytes, makeInflater, guard)),
    guard,
  };
}

/** Content after decompression; `file` is null unless the bytes are those of a file. */
interface Content extends Pick<EnteredInput, "compression" | "content"> {
  readonly file: Seekable;
  /** Absent where long runs of zeros are not allowed: archives have limits of their own. */
  readonly guard?: ExpansionGuard;
}

/** Throws ParseError where no format claims them. */
export async function openContent(
  { content, compression, file, guard }: Content,
  reading: Reading,
): Promise<Opened> {
  if (compression === null) return openBytes(content, file, reading);
  const inner = compressionOf(await content.head(CHUNK_BYTES));
  if (inner === null) return openBytes(content, null, reading, guard);
  throw new ParseError({
    code: "unrecognised",
    path: compression,
    offset: 0,
    expected: "data that is compressed once",
    found: `${inner} inside ${compression}`,
    next: "Decompress it once by hand and analyze the result.",
  });
}

function isExportName(name = ""): boolean {
  return /\.(?:xva|ova)(?:\.(?:gz|zst))?$/i.test(name);
}

function seekable({ readAt, size }: ByteSource): Seekable {
  return readAt === null || size === null ? null : { readAt, size };
}

async function openBytes(
  bytes: Peekable,
  file: Seekable,
  reading: Reading,
  guard?: ExpansionGuard,
): Promise<Opened> {
  const { platform } = reading.world;
  const head = await bytes.head(CHUNK_BYTES);
  if (head.length === 0) {
    if (reading.isHostAuthFile === true) return openHostAuthFile(head, reading);
    throw isExportName(reading.name)
      ? new ParseError({
          code: "empty-input",
          expected: "an export",
          found: "no bytes at all",
          next: "It was cut before its first byte, and nothing can be restored from it: take another copy, or export the VM again.",
        })
      : new ParseError({ code: "empty-input", expected: "a dump", found: "no bytes at all" });
  }
  if (isTarHeader(head) && !uefiCertificates.probe(head)) {
    return isXenOva(head)
      ? openAppliance(bytes, head, reading.world)
      : openArchive(bytes, file, reading, guard);
  }
  const atOnce = formatAtOnce(head);
  const streamed = atOnce === null ? STREAMED_FORMATS.find(({ probe }) => probe(head)) : undefined;
  if (streamed !== undefined) {
    if (streamed.id === "suspend-image") guard?.allowSparse();
    return readStream(bytes, file, streamed, reading);
  }
  const format = atOnce ?? FORMATS.find(({ probe }) => probe(head, reading.name));
  if (format === undefined && bytes.failure === null && reading.isHostAuthFile === true)
    return openHostAuthFile((await readWhole(bytes, file?.size ?? null, authFile)).bytes, reading);
  // What is cut within its head may be unrecognised for that reason alone.
  if (format === undefined) throw bytes.failure ?? nobodyClaims(head);
  const whole = await readWhole(bytes, file?.size ?? null, format);
  const opened = format.open(whole.bytes, platform, reading.name);
  const dump = format.id === "auth-file" ? await targeted(opened, reading) : opened;
  return { dump, document: { bytes: whole.bytes, member: null }, error: whole.error ?? dump.error };
}

async function openHostAuthFile(bytes: Uint8Array, reading: Reading): Promise<Opened> {
  const dump = await targeted(authFileOfHost(bytes), reading);
  return { dump, document: { bytes, member: null }, error: dump.error };
}

async function targeted(dump: Dump, { world, name = "" }: Reading): Promise<Dump> {
  const { withAuthTarget } = await import("../../daemon/auth-target.ts");
  return withAuthTarget(dump, name, await world.verifier());
}

/** Opens an appliance (OVA). Only its description is read: the first member, before the disks. */
async function openAppliance(
  bytes: Peekable,
  head: Uint8Array,
  { platform }: Pick<World, "platform">,
): Promise<Opened> {
  const place = descriptionOf(head);
  if (place === null) throw new TypeError("what is no appliance is not opened as one");
  const { header, dataOffset, hasExtendedSize } = place;
  const document = await readDescription(bytes, place);
  const dump = ovf.open(document, platform);
  return {
    dump: { ...dump, format: "ova" },
    document: { bytes: document, member: { header, dataOffset, hasExtendedSize } },
    error: dump.error?.within(place.name) ?? null,
  };
}

/** Reads the description. Throws ParseError `truncated` where it is cut, `over-limit` where it is too large. */
async function readDescription(
  bytes: Peekable,
  { name, dataOffset, size }: Description,
): Promise<Uint8Array> {
  if (size > ovf.maxBytes) throw tooLarge(ovf, ovf.maxBytes, `${size} bytes by its tar header`).within(name);
  const end = dataOffset + size;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= end) return concatBytes(chunks).subarray(dataOffset, end);
  }
  throw new ParseError({
    code: "truncated",
    path: name,
    offset: length - dataOffset,
    expected: `${size} bytes by its tar header`,
    found: `the end of the archive after ${length - dataOffset}`,
    next: "The appliance is cut inside its first member: fetch or export it again.",
  });
}

/** Opens an export (XVA). Only its head is read: ova.xml is the first member, and the disks behind it may have terabytes. */
async function openArchive(
  bytes: Peekable,
  file: Seekable,
  { world, suspended }: Reading,
  guard?: ExpansionGuard,
): Promise<Opened> {
  const stream = new Resumable(bytes);
  const member = await readOvaXml(stream);
  guard?.allowSparse();
  if (member.bytes.length === 0 && member.error !== null)
    return { dump: null, document: null, error: member.error };
  const dump = ovaXml.open(member.bytes, world.platform);
  const { bytes: document, header, dataOffset, hasExtendedSize } = member;
  const error = member.error ?? dump.error?.within("ova.xml") ?? null;
  const copies = suspended && error === null ? await suspendedCopies(dump, member, stream, file) : null;
  return {
    dump: {
      ...dump,
      vms: copies?.vms ?? dump.vms,
      format: "xva",
      ...(member.error === null ? await endOf(file) : {}),
    },
    document: { bytes: document, member: { header, dataOffset, hasExtendedSize } },
    error: copies?.error ?? error,
  };
}

/** Looks at the end of an export. Only for a plain file: a stream or a compressed file would have to be read to its end. */
async function endOf(file: Seekable): Promise<Pick<Dump, "exportEnd">> {
  if (file === null) return {};
  const end = await file.readAt(Math.max(0, file.size - EXPORT_END_BYTES), EXPORT_END_BYTES);
  return { exportEnd: { bytes: file.size, endsInZeros: end.length === EXPORT_END_BYTES && isAllZero(end) } };
}

const EXPORT_END_BYTES = 2 * TAR_BLOCK_BYTES;

/** NVRAM copies in the states of suspended VMs; null where no VM is suspended: then nothing behind ova.xml is read. */
async function suspendedCopies(
  { vms }: Dump,
  { bytes, dataOffset }: OvaXmlMember,
  stream: Resumable,
  file: Seekable,
): Promise<SuspendedCopies | null> {
  if (!vms.some((vm) => suspendDiskOf(vm) !== null)) return null;
  const { fileCursor, streamCursor } = await import("./archive-cursor.ts");
  const { withSuspendedCopies } = await import("./suspended-vms.ts");
  const start = dataOffset + bytes.length + tarPadding(bytes.length).length;
  const cursor =
    file === null ? streamCursor(stream.from(start), start) : fileCursor(file.readAt, file.size, start);
  return withSuspendedCopies(vms, bytes, cursor);
}

/** Reads a streamed format piece by piece. Records from before an error are kept. */
async function readStream(
  bytes: Peekable,
  file: Seekable,
  format: StreamedFormat,
  { world, take }: Reading,
): Promise<Opened> {
  const limit = format.maxBytes;
  if ((file?.size ?? 0) > limit) throw tooLarge(format, limit, `${file?.size} bytes`);
  const vms: VmSource[] = [];
  const reader = format.reader(world.platform, take ?? ((copies) => appendAll(vms, copies)));
  const { passable, pass } = reader;
  const canSkip = file !== null && passable !== undefined && pass !== undefined;
  const pieces = canSkip ? neededPieces(file, { passable, pass }) : bytes;
  let length = 0;
  let error: ParseError | null = null;
  try {
    for await (const chunk of pieces) {
      length += chunk.length;
      if (length > limit) throw tooLarge(format, limit, "more");
      reader.feed(chunk);
    }
    reader.end();
  } catch (thrown) {
    error = asParseError(thrown);
    reader.stop?.();
  }
  return { dump: { format: format.id, vms, ...reader.rest(), error }, document: null, error };
}

/** Reads the whole input; of a cut one, all bytes that are there. Throws ParseError `over-limit` as soon as there are more than the limit. */
async function readWhole(
  bytes: Peekable,
  size: number | null,
  format: InputFormat,
): Promise<{ readonly bytes: Uint8Array; readonly error: ParseError | null }> {
  const limit = format.maxBytes;
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
  const [only] = chunks;
  return {
    bytes: chunks.length === 1 && only !== undefined ? plain(only) : concatBytes(chunks),
    error: null,
  };
}

/** The same bytes as a plain Uint8Array. Streams of Node give Buffers, whose `slice` is a view: writing into that would change the input. */
function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
    next: whatNext(head),
  });
}
