/** Members of a tar archive, one after the other as they come. */
import { isAllZero } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { readTarHeader, TAR_BLOCK_BYTES, tarPadding, wholeTarName } from "../../parsers/packing/tar.ts";
import {
  EXTENSION_TYPES,
  extendedName,
  MAX_EXTENSION_BYTES,
  PAX_HEADER,
  paxSize,
} from "../../parsers/packing/tar-extension.ts";
import { CHUNK_BYTES, ExactReader } from "../input/chunks.ts";
import { FileReader } from "../input/file-reader.ts";
import type { SeekableBytes } from "../input/source.ts";
import { type ArchiveMember, noContent } from "./member.ts";

/** Type flags (POSIX.1-1988, ustar; GNU tar manual, "Basic Tar Format"). */
const KINDS: Readonly<Record<string, ArchiveMember["kind"]>> = {
  "": "file",
  "0": "file",
  "7": "file",
  "1": "link",
  "2": "link",
  "5": "folder",
};

type Reader = Pick<ExactReader, "position" | "take" | "pass" | "close">;

/**
 * The members of a tar archive. In a file, members that are not read are skipped by a seek: one may be an export with disks.
 * Throws ParseError `truncated`, `bad-structure` and `over-limit`, after the members before the fault.
 */
export async function* tarMembers(
  archive: AsyncIterable<Uint8Array> | SeekableBytes,
): AsyncGenerator<ArchiveMember, void, undefined> {
  const reader: Reader = "readAt" in archive ? new FileReader(archive) : new ExactReader(archive);
  try {
    let name: string | null = null;
    let size: number | null = null;
    for (;;) {
      const at = reader.position;
      const block = await reader.take(TAR_BLOCK_BYTES);
      if (block.length > 0 && isAllZero(block)) return;
      const header = readTarHeader(block);
      if (header === null) throw noHeader(at, block.length);
      if (EXTENSION_TYPES.has(header.type)) {
        const extension: Uint8Array = await new MemberData(reader, Number(header.size), header.name).whole();
        name = extendedName(header.type, extension) ?? name;
        size = (header.type === PAX_HEADER ? paxSize(extension) : null) ?? size;
        continue;
      }
      const data: MemberData = new MemberData(reader, size ?? Number(header.size), name ?? header.name);
      const kind = KINDS[header.type] ?? "special";
      const bytes = size ?? Number(header.size);
      yield {
        name: name ?? wholeTarName(block, header.name),
        kind,
        bytes,
        content: kind === "file" ? data.pieces() : noContent(),
      };
      await data.skipRest();
      name = null;
      size = null;
    }
  } finally {
    await reader.close();
  }
}

class MemberData {
  private readonly reader: Reader;
  private readonly size: number;
  private readonly what: string;
  private left: number;

  constructor(reader: Reader, size: number, name: string) {
    this.reader = reader;
    this.size = size;
    this.left = size;
    this.what = `the member ${JSON.stringify(name.slice(0, 100))}`;
  }

  /** Gives the bytes of the member. Where it is cut, it gives those that are there, then throws. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.left > 0) {
      const piece = await this.reader.take(Math.min(this.left, CHUNK_BYTES));
      if (piece.length === 0) throw this.cut();
      this.left -= piece.length;
      yield piece;
    }
  }

  async whole(): Promise<Uint8Array> {
    if (this.size > MAX_EXTENSION_BYTES) {
      throw new ParseError({
        code: "over-limit",
        offset: this.reader.position,
        expected: `an extended header of up to ${MAX_EXTENSION_BYTES} bytes`,
        found: `${this.size}`,
        next: "Unpack the archive and analyze the folder.",
      });
    }
    const data = await this.reader.take(this.size);
    this.left -= data.length;
    await this.skipRest();
    return data;
  }

  async skipRest(): Promise<void> {
    this.left -= await this.reader.pass(this.left);
    if (this.left > 0) throw this.cut();
    const padding = tarPadding(this.size).length;
    // The last member of a careless writer has none.
    await this.reader.take(padding);
  }

  private cut(): ParseError {
    return new ParseError({
      code: "truncated",
      offset: this.reader.position,
      expected: `${this.size} bytes of ${this.what}`,
      found: `the end of the archive after ${this.size - this.left}`,
      next: "The archive is cut: fetch it again.",
    });
  }
}

function noHeader(offset: number, found: number): ParseError {
  const isCut = found < TAR_BLOCK_BYTES;
  return new ParseError({
    code: isCut ? "truncated" : "bad-structure",
    offset,
    expected: "a tar header, or the zeros that end an archive",
    found: isCut ? "the end of the archive" : "something else",
    next: isCut ? "The archive is cut: fetch it again." : "The archive is damaged: fetch it again.",
  });
}
