import { Buffer } from "node:buffer";
import { type BigIntStats, type Dirent, statSync } from "node:fs";
import { opendir, stat, statfs } from "node:fs/promises";
import { asParseError } from "../../library/input/system-errors.ts";
import { ParseError } from "../../parsers/errors.ts";
import { efivarfsName, isTellingName } from "../../parsers/guest/efivarfs.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { identityOf } from "./file-identity.ts";
import { isTemporaryName } from "./temporary-file.ts";

/** A file below a folder; or, with an error, a folder that could not be read. */
export interface WalkEntry {
  readonly path: string;
  readonly error: ParseError | null;
}

/** An entry of a folder. A small object, as a folder may have a million of them. */
interface Child {
  /** The bytes of the name, one a character; a folder's ends with "/", so that order is that of the whole paths below it. */
  readonly key: string;
  readonly folder: BigIntStats | null;
  readonly error: ParseError | null;
}

interface Walk {
  entriesSeen: number;
  readonly entered: Set<string>;
  /** For each device that was seen: whether its files are made by the kernel. */
  readonly kernelDevices: Map<bigint, boolean>;
}

/** Entries that are read from a folder in one step. */
const ENTRIES_AT_ONCE = 1024;

/**
 * The regular files below a folder, in the order of their paths, byte by byte. Links are followed; a folder is
 * entered once per device and inode, so that loops end; none is entered once the limit of entries was crossed,
 * which the folder tells where that happened. What is neither file nor folder is left out, and so
 * is a link to nothing, and what varscope itself is just writing. A folder of efivarfs stands for the variables in it.
 */
export async function* walkFolder(path: string): AsyncGenerator<WalkEntry, void, undefined> {
  const walk: Walk = { entriesSeen: 0, entered: new Set(), kernelDevices: new Map() };
  try {
    const folder = await stat(path, { bigint: true });
    yield* enter(path, folder, 0, walk);
  } catch (error) {
    yield { path, error: asParseError(error) };
  }
}

async function* enter(
  path: string,
  folder: BigIntStats,
  depth: number,
  walk: Walk,
): AsyncGenerator<WalkEntry, void, undefined> {
  const identity = identityOf(folder);
  if (walk.entered.has(identity) || walk.entriesSeen > PARSER_LIMITS.maxFolderEntries) return;
  walk.entered.add(identity);
  if (depth > PARSER_LIMITS.maxFolderDepth) {
    yield { path, error: overLimit(`folders up to ${PARSER_LIMITS.maxFolderDepth} deep`, "a deeper one") };
    return;
  }
  if (await isOfKernel(path, folder, walk)) {
    yield { path, error: ofKernel() };
    return;
  }
  const children = await listFolder(path, walk);
  if (children instanceof ParseError) {
    yield { path, error: children };
    return;
  }
  const prefix = prefixOf(path);
  const isView = children.some(({ key, folder: inside }) => inside === null && isTellingName(key));
  // The folder stands for the variables in it: they are one view of one guest.
  if (isView) yield { path, error: null };
  for (const { key, folder: inside, error } of children) {
    if (isView && inside === null && efivarfsName(textOf(key)) !== null) continue;
    if (inside === null) yield { path: prefix + textOf(key), error };
    else yield* enter(prefix + textOf(key.slice(0, -1)), inside, depth + 1, walk);
  }
}

/** Types of file systems that the kernel makes up (linux/magic.h: proc, sysfs, cgroup, cgroup2, debugfs, tracefs, devpts, securityfs). */
const KERNEL_TYPES: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x1cd1, 0x73636673,
]);

/** True for a file system of the kernel. It holds no dumps, but links to every file of the machine. */
async function isOfKernel(path: string, { dev }: BigIntStats, { kernelDevices }: Walk): Promise<boolean> {
  const known = kernelDevices.get(dev);
  if (known !== undefined || process.platform !== "linux") return known ?? false;
  // What is wrong with it is told by whoever lists it.
  const type = await statfs(path).then(
    (system) => system.type,
    () => 0,
  );
  kernelDevices.set(dev, KERNEL_TYPES.has(type));
  return KERNEL_TYPES.has(type);
}

function ofKernel(): ParseError {
  return new ParseError({
    code: "read-failed",
    expected: "a folder of files",
    found: "one that the kernel makes up, such as /proc or /sys, so that it is passed over",
    next: "If a link leads there, delete the link.",
  });
}

function prefixOf(folder: string): string {
  return folder.endsWith("/") ? folder : `${folder}/`;
}

function textOf(key: string): string {
  return Buffer.from(key, "latin1").toString("utf8");
}

async function listFolder(path: string, walk: Walk): Promise<readonly Child[] | ParseError> {
  const prefix = prefixOf(path);
  const children: Child[] = [];
  try {
    // The names as bytes: what is no UTF-8 cannot be opened by a string.
    const listing = await opendir(path, {
      encoding: "buffer" as BufferEncoding,
      bufferSize: ENTRIES_AT_ONCE,
    });
    for await (const entry of listing) {
      if (++walk.entriesSeen > PARSER_LIMITS.maxFolderEntries) {
        return overLimit(`up to ${PARSER_LIMITS.maxFolderEntries} entries below a folder`, "more");
      }
      const child = readChild(prefix, entry);
      if (child !== null) children.push(child);
    }
  } catch (error) {
    return asParseError(error);
  }
  return children.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function readChild(prefix: string, entry: Dirent): Child | null {
  const name = entry.name as unknown as Buffer;
  const text = name.toString("utf8");
  if (isTemporaryName(text)) return null;
  const key = name.toString("latin1");
  if (!name.equals(Buffer.from(text))) return { key, folder: null, error: unreadableName(name) };
  // Most entries are files, and the listing says so; what else there is must be looked at.
  if (entry.isFile()) return { key, folder: null, error: null };
  try {
    const stats = statSync(prefix + text, { bigint: true });
    if (stats.isDirectory()) return { key: `${key}/`, folder: stats, error: null };
    return stats.isFile() ? { key, folder: null, error: null } : null;
  } catch (error) {
    const parseError = asParseError(error);
    // A link to nothing, or a file that went away in between.
    return parseError.code === "not-found" ? null : { key, folder: null, error: parseError };
  }
}

function unreadableName(name: Buffer): ParseError {
  return new ParseError({
    code: "read-failed",
    expected: "a file name in UTF-8",
    found: `the bytes ${name.toString("hex")}`,
    next: "Rename the file.",
  });
}

function overLimit(expected: string, found: string): ParseError {
  return new ParseError({ code: "over-limit", expected, found, next: "Analyze smaller folders one by one." });
}
