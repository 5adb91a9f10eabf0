/** The directory of a ZIP archive (PKWARE APPNOTE.TXT 6.3.10, §4.3), and where the data of its members lies. */
import { hasBytesAt, viewOf } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { decodeLatin1, decodeUtf8 } from "../text/text-encoding.ts";

/** Reads `length` bytes from `position` on, fewer only at the end of the archive. */
type ReadAt = (position: number, length: number) => Uint8Array | Promise<Uint8Array>;

export interface ZipMember {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "special";
  readonly isEncrypted: boolean;
  /** 0 is stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Of its local header. */
  readonly offset: number;
}

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_ENTRY_BYTES = 46;
const END = 0x06054b50;
const END_MAGIC: Uint8Array = Uint8Array.of(0x50, 0x4b, 5, 6);
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const LOCATOR_64 = 0x07064b50;
const LOCATOR_64_BYTES = 20;
const END_64 = 0x06064b50;
const END_64_BYTES = 56;
const EXTRA_64 = 1;
/** A number that stands in the extra field instead. */
const IN_EXTRA = 0xffffffff;
const FLAG_ENCRYPTED = 1;
const FLAG_UTF8 = 0x800;
const UNIX = 3;
const MODE_TYPE = 0xf000;
const MODE_FILE = 0x8000;
const MODE_FOLDER = 0x4000;
const MODE_LINK = 0xa000;

/** True for what begins as an archive does; `head` is the beginning of an input. */
export function isZip(head: Uint8Array): boolean {
  return (
    head.length >= 4 && (viewOf(head).getUint32(0, true) === LOCAL_HEADER || hasBytesAt(head, 0, END_MAGIC))
  );
}

/** All members of an archive of `size` bytes. Throws ParseError `truncated`, `bad-structure` and `over-limit`. */
export async function readZipDirectory(readAt: ReadAt, size: number): Promise<ZipMember[]> {
  const { offset, length, count } = await findDirectory(readAt, size);
  const { maxArchiveMembers, maxZipDirectoryBytes } = PARSER_LIMITS;
  if (count > maxArchiveMembers) throw overLimit(`up to ${maxArchiveMembers} members`, `${count}`);
  if (length > maxZipDirectoryBytes)
    throw overLimit(`a directory of up to ${maxZipDirectoryBytes} bytes`, `${length}`);
  if (offset + length > size) throw cut(offset, "the directory of a ZIP archive");
  const directory = await readAt(offset, length);
  const members: ZipMember[] = [];
  let packed = 0;
  for (let at = 0; members.length < count; ) {
    const { member, next } = readEntry(directory, at, offset);
    members.push(member);
    packed += member.compressedBytes;
    at = next;
  }
  // Members of a bomb share their data (D. Fifield, "A better zip bomb", 2019).
  if (packed > size)
    throw overLimit(
      `members of ${size} bytes, as the archive has`,
      `${packed} bytes of them, so that they overlap`,
    );
  return members;
}

/** Where the compressed data of a member begins. Throws ParseError `bad-structure` and `truncated`. */
export async function dataOffsetOf(
  { offset, compressedBytes }: ZipMember,
  readAt: ReadAt,
  size: number,
): Promise<number> {
  const header = await readAt(offset, LOCAL_HEADER_BYTES);
  if (header.length < LOCAL_HEADER_BYTES) throw cut(offset, "a member");
  const view = viewOf(header);
  if (view.getUint32(0, true) !== LOCAL_HEADER) throw notThere(offset, "a member of the ZIP archive");
  const start = offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + compressedBytes > size) throw cut(start, "a member");
  return start;
}

interface Directory {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

async function findDirectory(readAt: ReadAt, size: number): Promise<Directory> {
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES + LOCATOR_64_BYTES);
  const tailOffset = size - tailBytes;
  const tail = await readAt(tailOffset, tailBytes);
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) > tail.length) continue;
    const isLarge = at >= LOCATOR_64_BYTES && view.getUint32(at - LOCATOR_64_BYTES, true) === LOCATOR_64;
    if (isLarge) return readEnd64(readAt, view.getBigUint64(at - LOCATOR_64_BYTES + 8, true), size);
    return {
      count: view.getUint16(at + 10, true),
      length: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
  }
  throw cut(tailOffset, "the directory of a ZIP archive");
}

async function readEnd64(readAt: ReadAt, offset: bigint, size: number): Promise<Directory> {
  const end = offset > BigInt(size) ? new Uint8Array(0) : await readAt(Number(offset), END_64_BYTES);
  const view = viewOf(end);
  if (end.length < END_64_BYTES || view.getUint32(0, true) !== END_64)
    throw notThere(Math.min(Number(offset), size), "the end of a ZIP64 directory");
  const number = (at: number): number => Number(view.getBigUint64(at, true));
  return { count: number(32), length: number(40), offset: number(48) };
}

function readEntry(
  directory: Uint8Array,
  at: number,
  offset: number,
): { readonly member: ZipMember; readonly next: number } {
  const view = viewOf(directory);
  const namesAt = at + DIRECTORY_ENTRY_BYTES;
  if (namesAt > directory.length || view.getUint32(at, true) !== DIRECTORY_ENTRY)
    throw notThere(offset + at, "an entry of the directory");
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const next = namesAt + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (next > directory.length) throw notThere(offset + at, "a whole entry of the directory");
  const flags = view.getUint16(at + 8, true);
  const nameField = directory.subarray(namesAt, namesAt + nameBytes);
  const name = (flags & FLAG_UTF8) === 0 ? decodeLatin1(nameField) : decodeUtf8(nameField);
  const large = extraNumbers(directory.subarray(namesAt + nameBytes, namesAt + nameBytes + extraBytes));
  // In this order, and only those that do not fit (APPNOTE.TXT §4.5.3).
  const numberAt = (field: number): number => {
    const number = view.getUint32(at + field, true);
    return number === IN_EXTRA ? (large.shift() ?? number) : number;
  };
  const bytes = numberAt(24);
  const compressedBytes = numberAt(20);
  const start = numberAt(42);
  const mode = view.getUint8(at + 5) === UNIX ? view.getUint16(at + 40, true) : 0;
  const member: ZipMember = {
    name,
    kind: kindOf(name, mode),
    isEncrypted: (flags & FLAG_ENCRYPTED) !== 0,
    method: view.getUint16(at + 10, true),
    crc32: view.getUint32(at + 16, true),
    compressedBytes,
    bytes,
    offset: start,
  };
  return { member, next };
}

function kindOf(name: string, mode: number): ZipMember["kind"] {
  const type = mode & MODE_TYPE;
  if (type === MODE_LINK) return "link";
  if (name.endsWith("/") || type === MODE_FOLDER) return "folder";
  return type === 0 || type === MODE_FILE ? "file" : "special";
}

/** Numbers of 64 bits that a ZIP64 extra field holds. */
function extraNumbers(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== EXTRA_64 || end > extra.length) continue;
    const numbers: number[] = [];
    for (let from = at + 4; from + 8 <= end && numbers.length < 3; from += 8)
      numbers.push(Number(view.getBigUint64(from, true)));
    return numbers;
  }
  return [];
}

function cut(offset: number, what: string): ParseError {
  return new ParseError({
    code: "truncated",
    offset,
    expected: what,
    found: "the end of the archive before it",
    next: "The archive is cut: fetch it again.",
  });
}

function notThere(offset: number, what: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    offset,
    expected: what,
    found: "something else",
    next: "The archive is damaged: fetch it again, or unpack it and analyze the folder.",
  });
}

function overLimit(expected: string, found: string): ParseError {
  return new ParseError({
    code: "over-limit",
    expected,
    found,
    next: "If you trust the archive, unpack it and analyze the folder.",
  });
}
