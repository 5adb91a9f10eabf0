/**
 * The disks of an export, read block by block and no further than is asked for. Where one can jump, only headers and the
 * wanted bytes are read; else everything up to the last wanted block, of which the newest are kept.
 */
import type { DiskBytes } from "../../parsers/disk/disk-bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { readTarHeader, TAR_BLOCK_BYTES, tarPadding } from "../../parsers/packing/tar.ts";
import { XVA_BLOCK_BYTES } from "../../parsers/xva/disk-check.ts";
import { BLOCK_NAME, memberLimit, OVA_XML } from "../../parsers/xva/members.ts";
import { type OvaDisk, readOvaDisks, readProductVersion, readVmDisks } from "../../parsers/xva/ova-disks.ts";
import type { ExactReader } from "../input/chunks.ts";
import type { ReadAt } from "../input/source.ts";

export type ArchiveReader = Pick<ExactReader, "position" | "take" | "pass" | "close">;

export interface Archive {
  /** From its beginning; asked for again where a block has to be read again. */
  readonly open: () => Promise<ArchiveReader>;
  /** Null where one cannot jump. */
  readonly readAt: ReadAt | null;
}

interface StoredBlock {
  readonly start: number;
  readonly size: number;
  /** Of its data, in the archive. */
  readonly at: number;
}

/** In the importer's arithmetic (xapi ocaml/xapi/stream_vdi.ml, recv_all_vdi): an empty block shifts the rest. */
class DiskIndex {
  readonly blocks: StoredBlock[] = [];
  reached = 0;
  isOver = false;
  #number = -1;

  add(number: number, size: number, at: number): void {
    if (number <= this.#number)
      throw damaged(at, `a block behind number ${this.#number}`, `number ${number}`);
    const start = this.reached + (number - this.#number - 1) * XVA_BLOCK_BYTES;
    if (size > 0) this.blocks.push({ start, size, at });
    this.reached = start + size;
    this.#number = number;
  }

  /** Those that have a part of it, by halving. */
  overlapping(start: number, end: number): StoredBlock[] {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.blocks[middle]!;
      if (block.start + block.size <= start) low = middle + 1;
      else high = middle;
    }
    const found: StoredBlock[] = [];
    for (let i = low; i < this.blocks.length && this.blocks[i]!.start < end; i++) found.push(this.blocks[i]!);
    return found;
  }
}

function damaged(offset: number, expected: string, found: string): ParseError {
  const next = "The export is damaged: run varscope verify on it.";
  return new ParseError({ code: "truncated", path: "export", offset, expected, found, next });
}

export class ExportDisks {
  /** Null where the archive has no ova.xml. */
  ova: {
    readonly disks: ReadonlyMap<string, OvaDisk>;
    readonly ofVms: ReadonlyMap<string, readonly string[]>;
    readonly productVersion: string | null;
  } | null = null;
  readonly #archive: Archive;
  readonly #reader: ArchiveReader;
  readonly #indexes = new Map<string, DiskIndex>();
  readonly #kept = new Map<number, Uint8Array>();
  #keptBytes = 0;
  #current: DiskIndex | null = null;
  #isAtEnd = false;
  #blocks = 0;
  #again: ArchiveReader | null = null;
  #rewinds = 0;

  private constructor(archive: Archive, reader: ArchiveReader) {
    this.#archive = archive;
    this.#reader = reader;
  }

  /** Reads as far as ova.xml, which comes first. */
  static async open(archive: Archive): Promise<ExportDisks> {
    const disks = new ExportDisks(archive, await archive.open());
    while (disks.ova === null && disks.#blocks === 0 && !disks.#isAtEnd) await disks.#advance();
    return disks;
  }

  disk(ref: string, size: number): DiskBytes {
    return { size, read: (start, length) => this.#read(ref, size, start, length) };
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#again?.close();
  }

  async #read(ref: string, size: number, start: number, length: number): Promise<Uint8Array> {
    const end = start + length;
    const index = this.#indexes.get(ref) ?? new DiskIndex();
    this.#indexes.set(ref, index);
    while (index.reached < end && !index.isOver && !this.#isAtEnd) await this.#advance();
    if (index.reached < Math.min(end, size))
      throw damaged(this.#reader.position, `${ref} with ${size} bytes`, `blocks up to byte ${index.reached}`);
    const bytes = new Uint8Array(length);
    for (const block of index.overlapping(start, end)) {
      const from = Math.max(start, block.start);
      const to = Math.min(end, block.start + block.size);
      bytes.set(await this.#blockPart(block, from - block.start, to - block.start), from - start);
    }
    return bytes;
  }

  async #blockPart(block: StoredBlock, from: number, to: number): Promise<Uint8Array> {
    const { readAt } = this.#archive;
    if (readAt === null) return (await this.#wholeBlock(block)).subarray(from, to);
    const bytes = await readAt(block.at + from, to - from);
    if (bytes.length === to - from) return bytes;
    throw damaged(block.at + from + bytes.length, `${to - from} bytes of a block`, "the end");
  }

  async #wholeBlock({ at, size }: StoredBlock): Promise<Uint8Array> {
    const kept = this.#kept.get(at);
    if (kept !== undefined) return kept;
    if (this.#again === null || this.#again.position > at) {
      const { maxExportRewinds } = PARSER_LIMITS;
      if (this.#rewinds >= maxExportRewinds)
        throw new ParseError({
          code: "over-limit",
          path: "export",
          offset: at,
          expected: `at most ${maxExportRewinds} readings of a compressed export`,
          found: "one more",
          next: "Decompress it first: then only what is needed is read.",
        });
      this.#rewinds++;
      await this.#again?.close();
      this.#again = await this.#archive.open();
    }
    await this.#again.pass(at - this.#again.position);
    const bytes = await this.#again.take(size);
    if (bytes.length < size) throw damaged(at + bytes.length, `${size} bytes of a block`, "the end");
    this.#keep(at, bytes);
    return bytes;
  }

  /** The oldest go where there are too many. */
  #keep(at: number, bytes: Uint8Array): void {
    this.#kept.set(at, bytes.slice());
    this.#keptBytes += bytes.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= PARSER_LIMITS.maxKeptBlockBytes) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
  }

  /** Takes one member. */
  async #advance(): Promise<void> {
    const reader = this.#reader;
    const offset = reader.position;
    const block = await reader.take(TAR_BLOCK_BYTES);
    const header = block.length < TAR_BLOCK_BYTES ? null : readTarHeader(block);
    if (header === null) {
      this.#isAtEnd = true;
      return;
    }
    const size = Number(header.size);
    if (size > memberLimit(header.name))
      throw new ParseError({
        code: "over-limit",
        path: "export",
        offset,
        expected: `a member of at most ${memberLimit(header.name)} bytes`,
        found: `${size}`,
      });
    const [, ref, number] = BLOCK_NAME.exec(header.name) ?? [];
    if (ref !== undefined) await this.#takeBlock(ref, Number(number), size);
    else if (OVA_XML.test(header.name) && this.ova === null) {
      const bytes = await this.#whole(size, "ova.xml");
      this.ova = {
        disks: readOvaDisks(bytes).disks,
        ofVms: readVmDisks(bytes),
        productVersion: readProductVersion(bytes),
      };
    } else await reader.pass(size);
    await reader.pass(tarPadding(size).length);
  }

  async #takeBlock(ref: string, number: number, size: number): Promise<void> {
    const { maxExportBlocks } = PARSER_LIMITS;
    const at = this.#reader.position;
    if (++this.#blocks > maxExportBlocks)
      throw new ParseError({
        code: "over-limit",
        path: "export",
        offset: at,
        expected: `at most ${maxExportBlocks} blocks`,
        found: "one more",
      });
    const index = this.#indexes.get(ref) ?? new DiskIndex();
    this.#indexes.set(ref, index);
    if (this.#current !== index && this.#current !== null) this.#current.isOver = true;
    this.#current = index;
    index.add(number, size, at);
    if (this.#archive.readAt === null) this.#keep(at, await this.#whole(size, "a block"));
    else if ((await this.#reader.pass(size)) < size) throw damaged(at, `${size} bytes of a block`, "the end");
  }

  async #whole(size: number, what: string): Promise<Uint8Array> {
    const at = this.#reader.position;
    const bytes = await this.#reader.take(size);
    if (bytes.length === size) return bytes;
    throw damaged(at + bytes.length, `${size} bytes of ${what}`, "the end");
  }
}
