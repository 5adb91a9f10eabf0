/** Reads an archive: its members as elements, one after the other, and what its files say about hosts. */
import { toHex } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { EfivarfsCollector } from "../../parsers/formats/efivarfs.ts";
import { applianceError, type Foreign, foreignKind, isOvf } from "../../parsers/formats/foreign.ts";
import type { StreamedFormat } from "../../parsers/formats/format.ts";
import { emptyXoConfig, isXoConfigPath } from "../../parsers/formats/xo-config.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { ArchiveTally, Dump } from "../../parsers/model.ts";
import { basename, dirname } from "../../parsers/paths.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { UNCLAIMED_CODES } from "../../report/unclaimed.ts";
import { CHUNK_BYTES, Peekable } from "../input/chunks.ts";
import { openContent, type Reading, uncover } from "../input/open-input.ts";
import { readAll } from "../input/read-all.ts";
import type { SeekableBytes } from "../input/source.ts";
import { asParseError } from "../input/system-errors.ts";
import type { Element } from "../judge/element.ts";
import { type ArchiveKind, archiveKind } from "./archive-kind.ts";
import type { ArchiveBudget } from "./budget.ts";
import { HostFileCollector } from "./host-files.ts";
import type { ArchiveListing } from "./listing.ts";
import type { ArchiveMember } from "./member.ts";

/** State that an archive shares with archives inside it. */
export interface ArchiveRun {
  readonly reading: Reading;
  readonly budget: ArchiveBudget;
  readonly listing: ArchiveListing;
  /** Count and bytes of the variables of guests that were seen among the members. */
  readonly seen: { files: number; bytes: number };
  /** How many sort keys were given to elements. The key of an archive is lower than those of its members. */
  places: number;
}

interface ArchiveInput {
  readonly path: string;
  readonly kind: ArchiveKind;
  readonly content: AsyncIterable<Uint8Array>;
  /** For reads at any place; null for a stream. */
  readonly file: SeekableBytes | null;
  /** 0 for the input itself. */
  readonly depth: number;
}

/**
 * Gives elements as they are read. In the report they are sorted by `order`: the archive first. An error of the archive is in its
 * own element. Never throws ParseError.
 */
export async function* readArchive(
  input: ArchiveInput,
  run: ArchiveRun,
): AsyncGenerator<Element, void, undefined> {
  const archive = new ArchiveReader(input, run);
  yield* archive.members();
  yield* archive.guests();
  yield* archive.itself();
}

/** The files of one folder of an archive that look like variables by name and beginning. */
interface GuestView {
  readonly collector: EfivarfsCollector;
  readonly order: number;
  files: number;
}

/** Limit for the variables of all guests in one archive. */
const MAX_SEEN_FILES = 16 * PARSER_LIMITS.maxSeenVariables;

type Counts = { -readonly [K in keyof ArchiveTally]: number };

class ArchiveReader {
  private readonly input: ArchiveInput;
  private readonly run: ArchiveRun;
  private readonly order: number;
  private readonly hosts = new HostFileCollector();
  private readonly names = new Set<string>();
  private readonly counts: Counts = {
    members: 0,
    dumps: 0,
    unclaimed: 0,
    links: 0,
    special: 0,
    encrypted: 0,
    duplicates: 0,
    unreadable: 0,
  };
  private error: ParseError | null = null;
  /** Folders of efivarfs among the members, by name. */
  private readonly views = new Map<string, GuestView>();
  /** The description of an appliance among the members, with its own name. */
  private appliance: Foreign | null = null;

  constructor(input: ArchiveInput, run: ArchiveRun) {
    this.input = input;
    this.run = run;
    this.order = run.places++;
  }

  async *members(): AsyncGenerator<Element, void, undefined> {
    try {
      for await (const member of await this.open()) {
        if (member.kind === "folder") continue;
        this.run.budget.countMember();
        this.counts.members++;
        this.hosts.see(member.name);
        if (member.kind === "file") this.run.listing.add(`${this.input.path}!${member.name}`, member.bytes);
        if (this.isUnwanted(member.name) || this.isPassedOver(member)) continue;
        const bytes = new Peekable(this.counted(member.content));
        try {
          yield* this.member(member.name, bytes);
        } finally {
          await bytes.close();
        }
      }
    } catch (error) {
      this.error = asParseError(error);
      this.run.listing.isWhole = false;
    }
  }

  /** Elements of guests: complete when all files of the archive were read. */
  *guests(): Generator<Element, void, undefined> {
    for (const [folder, { collector, order, files }] of this.views) {
      const dump = collector.dump();
      if (dump === null) {
        this.counts.unclaimed += files;
        continue;
      }
      // One of what is told, as if it were one file.
      this.counts.dumps++;
      this.counts.members -= files - 1;
      yield { path: `${this.input.path}!${folder}`, dump, error: dump.error, order };
    }
  }

  /** The element of the archive; and one for each further host, where it holds files of several hosts. */
  *itself(): Generator<Element, void, undefined> {
    const { path } = this.input;
    const { hosts, isBugReport } = this.hosts;
    const error = this.error ?? (this.counts.dumps + hosts.length === 0 ? this.nothingInside() : null);
    if (error?.code === "unrecognised") {
      yield { path, dump: null, error, order: this.order };
      return;
    }
    const [only] = hosts;
    const dump = emptyDump(isBugReport ? "bug-report" : "archive", { archive: this.counts, error });
    yield {
      path,
      dump: hosts.length === 1 && only !== undefined ? { ...dump, hostFiles: only.files } : dump,
      error,
      order: this.order,
    };
    if (hosts.length < 2) return;
    for (const { root, files } of hosts) {
      const ofHost = emptyDump(isBugReport ? "bug-report" : "archive", { hostFiles: files, error: null });
      yield { path: root === "" ? path : `${path}!${root}`, dump: ofHost, error: null, order: this.order };
    }
  }

  private async open(): Promise<AsyncIterable<ArchiveMember>> {
    const { kind, content, file } = this.input;
    if (kind === "tar") return (await import("./tar-members.ts")).tarMembers(file ?? content);
    if (kind === "mail")
      return (await import("./mail-members.ts")).mailMembers(content, this.run.reading.world.platform);
    const { held, zipMembers } = await import("./zip-members.ts");
    return zipMembers(file ?? (await held(content)), this.run.reading.world.makeInflater);
  }

  private isUnwanted(name: string): boolean {
    const { isWanted } = this.run.reading;
    return isWanted !== undefined && !isWanted(`${this.input.path}!${name}`);
  }

  private isPassedOver({ name, kind }: ArchiveMember): boolean {
    const { counts } = this;
    if (kind === "link") counts.links++;
    else if (kind === "special") counts.special++;
    else if (kind === "encrypted") counts.encrypted++;
    else if (kind === "unreadable") counts.unreadable++;
    else if (this.isKnown(name)) counts.duplicates++;
    else return false;
    return true;
  }

  /** True where the name was seen before. Names are kept as hashes: an archive may have names of 64 KB each. */
  private isKnown(name: string): boolean {
    const key = toHex(this.run.reading.world.platform.sha1(encodeUtf8(name)));
    if (this.names.has(key)) return true;
    this.names.add(key);
    return false;
  }

  private async *counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of content) {
      this.run.budget.countBytes(piece.length);
      yield piece;
    }
  }

  /** Reads one member. Throws ParseError where the archive must not be read any further. */
  private async *member(name: string, bytes: Peekable): AsyncGenerator<Element, void, undefined> {
    let uncovered: Awaited<ReturnType<typeof uncover>>;
    let head: Uint8Array;
    try {
      uncovered = await uncover(bytes, this.run.reading.world);
      head = await uncovered.content.head(CHUNK_BYTES);
    } catch (thrown) {
      const error = asParseError(thrown);
      this.passDamaged(error);
      // A bomb: whoever sent it should hear of it.
      if (error.code === "over-limit") yield this.failed(name, error);
      return;
    }
    const { compression, content } = uncovered;
    try {
      // Before anything else: a tar whose first member is a log has lines of a log in its beginning.
      const kind = archiveKind(head);
      const hostFormat = kind === null ? this.hosts.formatOf(name, head) : null;
      if (kind !== null) yield* this.inner(name, kind, content);
      else if (compression === null && EfivarfsCollector.claims(basename(name), head))
        await this.guestVariable(name, content);
      else if (hostFormat !== null) await this.readHostFile(name, content, hostFormat);
      else yield* this.dump(name, { compression, content });
    } finally {
      await content.close();
    }
  }

  private async guestVariable(name: string, content: Peekable): Promise<void> {
    const { seen } = this.run;
    let bytes: Uint8Array;
    try {
      bytes = await readAll(content, PARSER_LIMITS.maxSeenBytes);
    } catch (thrown) {
      this.passDamaged(asParseError(thrown));
      return;
    }
    seen.files++;
    seen.bytes += bytes.length;
    if (seen.files > MAX_SEEN_FILES || seen.bytes > PARSER_LIMITS.maxSeenBytes) throw tooManySeen();
    const folder = dirname(name);
    let view = this.views.get(folder);
    if (view === undefined) {
      this.run.budget.countDump();
      view = { collector: new EfivarfsCollector(), order: this.run.places++, files: 0 };
      this.views.set(folder, view);
    }
    view.files++;
    view.collector.add(basename(name), bytes);
  }

  /** Rethrows an error that is a limit of the whole archive; other damage only costs one member. */
  private passDamaged(error: ParseError): void {
    if (isOfTheArchive(error)) throw error;
    this.counts.unreadable++;
  }

  private failed(name: string, error: ParseError): Element {
    return { path: `${this.input.path}!${name}`, dump: null, error, order: this.run.places++ };
  }

  private async readHostFile(name: string, content: Peekable, format: StreamedFormat): Promise<void> {
    const reader = format.reader(this.run.reading.world.platform, () => {});
    let length = 0;
    try {
      for await (const piece of content) {
        length += piece.length;
        if (length > PARSER_LIMITS.maxHostFileBytes) throw tooLong();
        reader.feed(piece);
      }
      reader.end();
    } catch (error) {
      this.passDamaged(asParseError(error));
    }
    this.hosts.add(name, reader.rest().hostFiles ?? []);
  }

  private async *inner(
    name: string,
    kind: ArchiveKind,
    content: Peekable,
  ): AsyncGenerator<Element, void, undefined> {
    const path = `${this.input.path}!${name}`;
    const depth = this.input.depth + 1;
    this.run.budget.countDump();
    const inside = { path, kind, content, file: null, depth };
    let claimed = false;
    if (depth > PARSER_LIMITS.maxArchiveDepth) {
      this.counts.dumps++;
      yield this.failed(name, tooDeep());
      return;
    }
    for await (const element of readArchive(inside, this.run)) {
      // Nobody asked for an archive without dumps, such as the configuration files of a bug report.
      if (element.dump === null && element.path === path && element.error?.code === "unrecognised") continue;
      claimed = true;
      yield element;
    }
    if (claimed) this.counts.dumps++;
    else this.counts.unclaimed++;
  }

  private async *dump(
    name: string,
    { compression, content }: Pick<Awaited<ReturnType<typeof uncover>>, "compression" | "content">,
  ): AsyncGenerator<Element, void, undefined> {
    let element: Pick<Element, "dump" | "error" | "document">;
    try {
      element = isXoConfigPath(name)
        ? { dump: emptyXoConfig(), error: null }
        : await openContent(
            { content, compression, file: null },
            { ...this.run.reading, name: basename(name) },
          );
    } catch (thrown) {
      const error = asParseError(thrown);
      if (UNCLAIMED_CODES.includes(error.code)) {
        this.counts.unclaimed++;
        await this.seeAppliance(content);
        return;
      }
      element = { dump: null, error };
    }
    this.run.budget.countDump();
    this.counts.dumps++;
    const { dump, error, document = null } = element;
    const kept = this.run.reading.documents === true ? { document, isCompressed: compression !== null } : {};
    yield { path: `${this.input.path}!${name}`, dump, error, order: this.run.places++, ...kept };
    if (error !== null && isOfTheArchive(error)) throw error;
  }

  /** An OVA is a tar archive whose first member is the description of the appliance (DMTF DSP0243, §5.3). */
  private async seeAppliance(content: Peekable): Promise<void> {
    const head = await content.head(CHUNK_BYTES);
    if (this.appliance === null && isOvf(head)) this.appliance = foreignKind(head);
  }

  private nothingInside(): ParseError {
    const { members, unclaimed } = this.counts;
    const passed = members - unclaimed;
    if (this.appliance !== null) return applianceError(this.appliance);
    return new ParseError({
      code: "unrecognised",
      expected: "an archive with dumps, or a bug report",
      found: `a ${this.input.kind === "mail" ? "mail" : `${this.input.kind} archive`} of ${members} ${members === 1 ? "file" : "files"}, none of them a dump${passed === 0 ? "" : `; ${passed} could not be read`}`,
    });
  }
}

/** True for an error of the budget of the whole archive. */
function isOfTheArchive({ code, expected }: ParseError): boolean {
  return code === "over-limit" && expected.startsWith("an archive of ");
}

function emptyDump(format: Dump["format"], rest: Pick<Dump, "archive" | "hostFiles" | "error">): Dump {
  return {
    format,
    vms: [],
    certificates: [],
    skipped: { controlDomains: 0, defaultTemplates: 0 },
    ...rest,
  };
}

function tooManySeen(): ParseError {
  return new ParseError({
    code: "over-limit",
    expected: `an archive of up to ${MAX_SEEN_FILES} variables of guests, and ${PARSER_LIMITS.maxSeenBytes} bytes in them`,
    found: "more",
  });
}

function tooDeep(): ParseError {
  return new ParseError({
    code: "over-limit",
    expected: `archives inside archives up to ${PARSER_LIMITS.maxArchiveDepth} deep`,
    found: "one more",
    next: "Unpack the outer ones and analyze what is inside.",
  });
}

function tooLong(): ParseError {
  return new ParseError({
    code: "over-limit",
    expected: `up to ${PARSER_LIMITS.maxHostFileBytes} bytes of a log`,
    found: "more",
  });
}
