/** Members of a ZIP archive. */
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { crc32 } from "../../parsers/packing/crc32.ts";
import { dataOffsetOf, readZipDirectory, type ZipMember } from "../../parsers/packing/zip.ts";
import { CHUNK_BYTES } from "../input/chunks.ts";
import type { SeekableBytes } from "../input/source.ts";
import { inflateRaw } from "../unpack/gunzip.ts";
import type { MakeInflater } from "../unpack/inflater.ts";
import { type ArchiveMember, noContent } from "./member.ts";

const STORED = 0;
const DEFLATED = 8;

/** The members, in the order of the directory. Throws ParseError `truncated`, `bad-structure` and `over-limit`, all before the first member. */
export async function* zipMembers(
  archive: SeekableBytes,
  makeInflater: MakeInflater,
): AsyncGenerator<ArchiveMember, void, undefined> {
  for (const member of await readZipDirectory(archive.readAt, archive.size)) {
    const kind = kindOf(member);
    yield {
      name: member.name,
      kind,
      bytes: member.bytes,
      content: kind === "file" ? contentOf(member, archive, makeInflater) : noContent(),
    };
  }
}

/** Reads a ZIP archive into memory, where it comes as a stream or inside another archive. Throws ParseError `over-limit`. */
export async function held(stream: AsyncIterable<Uint8Array>): Promise<SeekableBytes> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > PARSER_LIMITS.maxZipStreamBytes) {
      throw new ParseError({
        code: "over-limit",
        expected: `up to ${PARSER_LIMITS.maxZipStreamBytes} bytes of a ZIP archive that is no file of its own`,
        found: "more",
        next: "Its directory stands at its end: save it as a file, and name that.",
      });
    }
    chunks.push(chunk);
  }
  const bytes = concatBytes(chunks);
  return { size, readAt: (position, length) => bytes.subarray(position, position + length) };
}

function kindOf({ kind, isEncrypted, method }: ZipMember): ArchiveMember["kind"] {
  if (kind !== "file") return kind;
  if (isEncrypted) return "encrypted";
  return method === STORED || method === DEFLATED ? "file" : "unreadable";
}

async function* contentOf(
  member: ZipMember,
  archive: SeekableBytes,
  makeInflater: MakeInflater,
): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = packedPieces(member, archive);
  let sum = 0;
  let bytes = 0;
  for await (const piece of member.method === STORED ? packed : inflateRaw(packed, makeInflater)) {
    sum = crc32(piece, sum);
    bytes += piece.length;
    yield piece;
  }
  if (sum === member.crc32 && bytes === member.bytes) return;
  throw new ParseError({
    code: "corrupt-compression",
    expected: `${member.bytes} bytes with the checksum that the directory tells`,
    found: bytes === member.bytes ? "another checksum" : `${bytes} bytes`,
    next: "The archive is damaged: fetch it again; `unzip -t` checks it.",
  });
}

async function* packedPieces(
  member: ZipMember,
  { readAt, size }: SeekableBytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = await dataOffsetOf(member, readAt, size);
  const end = start + member.compressedBytes;
  for (let at = start; at < end; ) {
    const piece = await readAt(at, Math.min(CHUNK_BYTES, end - at));
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
