/** Opens one file: it gives one element of a report's `inputs`, or several where it is an archive of dumps. */

import type { ParseError } from "../../parsers/errors.ts";
import type { RecordTaker } from "../../parsers/formats/format.ts";
import { type ArchiveKind, archiveKind } from "../archive/archive-kind.ts";
import { ArchiveListing } from "../archive/listing.ts";
import {
  isInside,
  isWantedFor,
  type NamedMember,
  namedMember,
  noSuchMember,
} from "../archive/named-member.ts";
import { CHUNK_BYTES } from "../input/chunks.ts";
import { archiveReport, FileDigest, fileReport } from "../input/file-facts.ts";
import {
  type EnteredInput,
  enterInput,
  guestFolder,
  openEntered,
  type Reading,
} from "../input/open-input.ts";
import { asParseError } from "../input/system-errors.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";

/** What the caller wants besides the dumps. */
export type ElementWishes = Pick<Reading, "suspended" | "documents" | "isWanted" | "isHostAuthFile">;

/**
 * Opens one file, or standard input. With `take` the records of a streamed format are handed on before their element
 * comes, and are then not in its dump; `listing` gets what an archive holds. Members of an archive come before the archive itself. Never throws ParseError.
 */
export async function* openElements(
  path: string,
  world: World,
  take?: RecordTaker,
  listing: ArchiveListing = new ArchiveListing(),
  wishes: ElementWishes = { suspended: true },
): AsyncGenerator<Element, void, undefined> {
  const reading: Reading = { world, take, ...wishes };
  const digest = new FileDigest(world);
  let entered: EnteredInput;
  try {
    entered = await enterInput(path, world, digest);
  } catch (thrown) {
    const error = asParseError(thrown);
    const member = error.code === "not-found" ? await namedMember(path, world) : null;
    if (member !== null) {
      yield* memberElements(member, world, take, wishes);
      return;
    }
    yield { path, ...((await guestFolder(path, error, world)) ?? { dump: null, error }), order: 0 };
    return;
  }
  const kind = await kindOf(entered);
  if (kind !== null) {
    listing.isArchive = true;
    yield* archiveElements(entered, kind, reading, listing);
    return;
  }
  const opened = await openEntered(entered, reading);
  const { dump, error, document, compression, isDeciphered = false } = opened;
  const kept =
    reading.documents === true ? { document, isCompressed: compression !== null, isDeciphered } : {};
  yield { path, dump, error, order: 0, file: fileReport(entered.source, opened, digest), ...kept };
}

/** The elements of one member of an archive, and of members inside it. Where it is not found, an element with the error. Never throws ParseError. */
export async function* memberElements(
  member: NamedMember,
  world: World,
  take: RecordTaker | undefined,
  wishes: ElementWishes,
): AsyncGenerator<Element, void, undefined> {
  const isWanted = (one: string): boolean => isWantedFor(member, one);
  const inside = { ...wishes, isWanted };
  let found = 0;
  let failure: ParseError | null = null;
  for await (const element of openElements(member.archive, world, take, new ArchiveListing(), inside)) {
    if (isInside(member, element.path)) {
      found++;
      yield element;
    } else if (element.error?.code !== "unrecognised") failure ??= element.error;
  }
  if (found === 0) yield { path: member.path, dump: null, error: failure ?? noSuchMember(member), order: 0 };
}

/** The kind of archive; null for anything else, and where it cannot be read: opening it gives the error. */
async function kindOf({ content }: EnteredInput): Promise<ArchiveKind | null> {
  try {
    return archiveKind(await content.head(CHUNK_BYTES));
  } catch {
    return null;
  }
}

async function* archiveElements(
  { path, source, file: seekable, compression, content }: EnteredInput,
  kind: ArchiveKind,
  reading: Reading,
  listing: ArchiveListing,
): AsyncGenerator<Element, void, undefined> {
  const { readArchive } = await import("../archive/read-archive.ts");
  const { ArchiveBudget } = await import("../archive/budget.ts");
  const { joinedWithPool } = await import("../archive/pool-join.ts");
  const file = compression === null ? seekable : null;
  try {
    const run = { reading, budget: new ArchiveBudget(), places: 0, seen: { files: 0, bytes: 0 }, listing };
    const elements = joinedWithPool(readArchive({ path, kind, content, file, depth: 0 }, run));
    const told = archiveReport(source);
    for await (const element of elements) yield { ...element, file: told };
  } finally {
    await content.close();
    await source.close();
  }
}
