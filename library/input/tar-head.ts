import type { Extract, Header } from "tar-stream";
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";

/** The first `ova.xml` of an archive. Offsets are bytes of the (decompressed) archive. */
export interface OvaXmlMember {
  readonly bytes: Uint8Array;
  /** The tar header right before the data; it holds the size. */
  readonly header: Uint8Array;
  readonly headerOffset: number;
  readonly dataOffset: number;
  /** True where a PAX header before it gives the size too (POSIX.1-2017, pax, "size"). */
  readonly hasExtendedSize: boolean;
  /** Why there are fewer `bytes` than the header says: the archive is cut there. Null where they are complete. */
  readonly error: ParseError | null;
}

interface Place {
  readonly headerOffset: number;
  readonly dataOffset: number;
  readonly size: number;
  readonly hasExtendedSize: boolean;
}

const AMONG_THE_FIRST = "ova.xml among the first";

/** True for an error of `readOvaXml` which says that ova.xml is missing at the place where every export has it. */
export function lacksOvaXml({ code, expected }: ParseError): boolean {
  return code === "no-ova-xml" || (code === "over-limit" && expected.startsWith(AMONG_THE_FIRST));
}

/** How many names of other members a message shows, and how much of each. */
const NAMES_SHOWN = 3;
const NAME_CHARACTERS_SHOWN = 60;

/**
 * Reads an archive up to the end of its `ova.xml` and no further. Throws ParseError `no-ova-xml`, `truncated`
 * (cut before it), `bad-structure`, `over-limit`, and what the source throws.
 */
export async function readOvaXml(archive: AsyncIterable<Uint8Array>): Promise<OvaXmlMember> {
  const locator = await Locator.create();
  let data: MemberData | null = null;
  try {
    for await (const chunk of archive) {
      if (data !== null) data.add(chunk);
      else data = await locator.feed(chunk);
      if (data?.isComplete) break;
    }
  } catch (error) {
    if (data === null || !(error instanceof ParseError) || error.code !== "truncated") throw error;
    return data.member();
  } finally {
    locator.close();
  }
  if (data === null) throw locator.nothingFound();
  return data.member();
}

/** Collects the data of ova.xml. Of a cut archive it keeps all bytes that are there. */
class MemberData {
  private readonly place: Place;
  private readonly header: Uint8Array;
  private readonly bytes: Uint8Array;
  private length = 0;

  /** Throws ParseError `over-limit` before anything is allocated. */
  constructor(place: Place, header: Uint8Array) {
    const { maxOvaXmlBytes } = PARSER_LIMITS;
    if (place.size > maxOvaXmlBytes) {
      throw new ParseError({
        code: "over-limit",
        path: "ova.xml",
        expected: `up to ${maxOvaXmlBytes} bytes`,
        found: `${place.size} bytes by its tar header`,
        next: "An ova.xml has a few megabytes at most: the archive is damaged, or no export.",
      });
    }
    this.place = place;
    this.header = header;
    this.bytes = new Uint8Array(place.size);
  }

  get isComplete(): boolean {
    return this.length === this.bytes.length;
  }

  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, this.bytes.length - this.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
  }

  member(): OvaXmlMember {
    const { headerOffset, dataOffset, size, hasExtendedSize } = this.place;
    const bytes = this.bytes.subarray(0, this.length);
    const error = this.isComplete
      ? null
      : new ParseError({
          code: "truncated",
          path: "ova.xml",
          offset: this.length,
          expected: `${size} bytes by its tar header`,
          found: `the end of the archive after ${this.length}`,
          next: "The export is cut inside its first member: fetch or export it again.",
        });
    return { bytes, header: this.header, headerOffset, dataOffset, hasExtendedSize, error };
  }
}

/** Lets tar-stream read headers, PAX and GNU long names included, until it names `ova.xml`. */
class Locator {
  private readonly extract: Extract;
  private readonly names: string[] = [];
  private members = 0;
  private fed = 0;
  /** The last bytes of the chunk before: a header may begin in them. */
  private tail: Uint8Array = new Uint8Array(0);
  /** Offset at which the next member begins. */
  private next = 0;
  private place: Place | null = null;
  private failure: unknown = null;
  private wake: () => void = () => {};

  static async create(): Promise<Locator> {
    // CommonJS: only its default export is there however the program is bundled.
    const { default: tar } = await import("tar-stream");
    // xapi's headers have no magic. Each write is to be used up before the next: hence the mark of one byte.
    const options = { allowUnknownFormat: true, highWaterMark: 1 };
    return new Locator(tar.extract(options));
  }

  private constructor(extract: Extract) {
    this.extract = extract;
    extract.on("entry", (header, stream, next) => {
      // The type declarations leave it out.
      const { byteOffset } = header as Header & { byteOffset: number };
      const { pax } = header;
      const hasExtendedSize = typeof pax === "object" && pax !== null && "size" in pax;
      this.enter(header, {
        headerOffset: stream.offset,
        dataOffset: byteOffset,
        size: header.size,
        hasExtendedSize,
      });
      if (this.place !== null || this.failure !== null) return this.wake();
      stream.on("end", next);
      stream.resume();
    });
    extract.on("drain", () => this.wake());
    extract.on("error", (error: Error) => {
      this.failure ??= this.badHeader(error);
      this.wake();
    });
  }

  /** Null until the header of `ova.xml` was read. Then it collects the data, and has that of this chunk. */
  async feed(chunk: Uint8Array): Promise<MemberData | null> {
    if (chunk.length === 0) return null;
    const start = this.fed;
    this.fed += chunk.length;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.extract.write(chunk);
    });
    if (this.failure !== null) throw this.failure;
    if (this.place === null) {
      if (this.fed > PARSER_LIMITS.maxTarBytesBeforeOvaXml) throw this.tooFar(this.fed);
      this.tail = concatBytes([this.tail, chunk]).slice(-TAR_BLOCK_BYTES);
      return null;
    }
    const known = concatBytes([this.tail, chunk]);
    const headerEnd = this.place.dataOffset - start + this.tail.length;
    const data = new MemberData(this.place, known.slice(headerEnd - TAR_BLOCK_BYTES, headerEnd));
    data.add(chunk.subarray(this.place.dataOffset - start));
    return data;
  }

  close(): void {
    this.extract.destroy();
  }

  /** The error at the end of an archive without `ova.xml`. */
  nothingFound(): ParseError {
    const isCut = this.next > this.fed;
    return new ParseError({
      code: isCut ? "truncated" : "no-ova-xml",
      offset: this.fed,
      expected: "a member named ova.xml, which every export has first",
      found: `the end of the archive${isCut ? " inside a member" : ""} after ${this.describeMembers()}`,
      next: isCut
        ? "The archive is cut: fetch it again."
        : "This tar archive is no VM export; if it holds dumps, unpack it and analyze the folder.",
    });
  }

  private enter(header: Header, place: Place): void {
    this.next = place.dataOffset + Math.ceil(place.size / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
    const isFile = header.type === "file" || header.type === "contiguous-file";
    if (isFile && (header.name === "ova.xml" || header.name === "./ova.xml")) {
      this.place = place;
      return;
    }
    this.members++;
    if (this.names.length < NAMES_SHOWN) this.names.push(header.name);
    if (this.members > PARSER_LIMITS.maxTarMembersBeforeOvaXml) this.failure = this.tooMany();
    else if (this.next > PARSER_LIMITS.maxTarBytesBeforeOvaXml) this.failure = this.tooFar(this.next);
  }

  private describeMembers(): string {
    if (this.members === 0) return "no member at all";
    const more = this.members > this.names.length ? " and others" : "";
    return `${this.members} others (${this.names.map(quoted).join(", ")}${more})`;
  }

  private tooMany(): ParseError {
    const { maxTarMembersBeforeOvaXml } = PARSER_LIMITS;
    return this.noExport(`${maxTarMembersBeforeOvaXml} members`, this.describeMembers());
  }

  private tooFar(bytes: number): ParseError {
    const { maxTarBytesBeforeOvaXml } = PARSER_LIMITS;
    return this.noExport(`${maxTarBytesBeforeOvaXml} bytes`, `${bytes} bytes of ${this.describeMembers()}`);
  }

  private noExport(limit: string, found: string): ParseError {
    return new ParseError({
      code: "over-limit",
      expected: `${AMONG_THE_FIRST} ${limit} of the archive`,
      found,
      next: "Exports have it first: if this is one, repack it with ova.xml in front.",
    });
  }

  private badHeader(error: Error): ParseError {
    return new ParseError({
      code: "bad-structure",
      offset: this.next,
      expected: "a tar header",
      found: `something else after ${this.describeMembers()} (${error.message})`,
      next: "The archive is damaged before its ova.xml: fetch it again.",
    });
  }
}

/** A name from the archive, made safe for a terminal. */
function quoted(name: string): string {
  const shown = JSON.stringify(name.slice(0, NAME_CHARACTERS_SHOWN));
  return shown.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
