/**
 * Files of an encrypted remote of Xen Orchestra, read with its key: initialisation vector, ciphertext, tag (@xen-orchestra/fs,
 * _encryptor.js). Nothing that was deciphered is ever written to a disk.
 */
import { createDecipheriv, type DecipherGCM, type KeyObject } from "node:crypto";
import { basename, join } from "node:path";
import { CHUNK_BYTES, Peekable } from "../../library/input/chunks.ts";
import { encryptionOfFile, type Remote } from "../../library/input/encrypted-remote.ts";
import type { ByteSource } from "../../library/input/source.ts";
import type { Deciphered, World } from "../../library/world.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { looksLikeText } from "../../parsers/formats/looks-like.ts";
import { ENCRYPTION_FILE } from "../../parsers/formats/xo-encryption.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";

const VECTOR_BYTES = 12;
const TAG_BYTES = 16;
const AROUND_BYTES = VECTOR_BYTES + TAG_BYTES;
/** At the root, with something random in it: what Xen Orchestra itself checks a key with. */
const CHECK_FILE = "metadata.json";
const MAX_CHECK_BYTES = 4096;
const ALGORITHMS: readonly string[] = ["aes-256-gcm", "chacha20-poly1305"];

/** The key, and where the remote's own files are read. */
interface Keyed {
  readonly key: KeyObject;
  readonly world: Pick<World, "open" | "absolute">;
}

/** Null for a file that is read as it is. Throws ParseError `encrypted` where the key does not open it. */
export async function deciphered(path: string, source: ByteSource, keyed: Keyed): Promise<Deciphered | null> {
  const { key, world } = keyed;
  if (source.size === null || path === "-" || basename(path) === ENCRYPTION_FILE) return null;
  const remote = await encryptionOfFile(path, world);
  if (remote === null) return null;
  if (!ALGORITHMS.includes(remote.algorithm)) throw unknownAlgorithm(remote);
  if (source.size < AROUND_BYTES) return null;
  const fit = await keyFits(remote, keyed);
  if (fit === false) throw wrongKey(remote);
  if (source.size > PARSER_LIMITS.maxDecipheredAtOnceBytes)
    return { bytes: new Peekable(opened(source.bytes, source.size, remote, key)), file: null };
  const whole = concatBytes(await allOf(source.bytes));
  const plain = openWhole(whole, remote, key);
  // Somebody else put it there: a note, a script.
  if (plain === null && looksLikeText(whole)) return inMemory(whole);
  if (plain === null) throw fit === true ? damaged() : wrongKey(remote);
  return inMemory(plain);
}

async function allOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return pieces;
}

/** Why a remote's mark is told as an error with a key, too; null where the key fits, or nothing says that it does not. */
export async function markError(path: string, keyed: Keyed): Promise<ParseError | null> {
  const remote = await encryptionOfFile(path, keyed.world);
  if (remote === null) return null;
  if (!ALGORITHMS.includes(remote.algorithm)) return unknownAlgorithm(remote);
  return (await keyFits(remote, keyed)) === false ? wrongKey(remote) : null;
}

function inMemory(bytes: Uint8Array): Deciphered {
  const pieces = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  };
  const readAt = (position: number, length: number): Uint8Array =>
    bytes.subarray(position, position + length);
  return { bytes: new Peekable(pieces()), file: { readAt, size: bytes.length } };
}

/** By the root of the remote. */
const fits = new Map<string, boolean | null>();

/** Null where the file that would tell is not there. */
async function keyFits(remote: Remote, keyed: Keyed): Promise<boolean | null> {
  const before = fits.get(remote.root);
  if (before !== undefined) return before;
  const fit = await checkKey(remote, keyed);
  fits.set(remote.root, fit);
  return fit;
}

async function checkKey(remote: Remote, { key, world }: Keyed): Promise<boolean | null> {
  try {
    const source = await world.open(join(remote.root, CHECK_FILE));
    try {
      if (source.size === null || source.size > MAX_CHECK_BYTES || source.size < AROUND_BYTES) return null;
      return openWhole(await source.bytes.head(MAX_CHECK_BYTES), remote, key) !== null;
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

function decipherOf({ algorithm }: Remote, key: KeyObject, vector: Uint8Array): DecipherGCM {
  // The types know the tag of GCM alone; both algorithms have it, and the same interface.
  return createDecipheriv(algorithm as "aes-256-gcm", key, vector, { authTagLength: TAG_BYTES });
}

/** Null where its tag does not fit. */
function openWhole(bytes: Uint8Array, remote: Remote, key: KeyObject): Uint8Array | null {
  if (bytes.length < AROUND_BYTES) return null;
  const end = bytes.length - TAG_BYTES;
  const decipher = decipherOf(remote, key, bytes.subarray(0, VECTOR_BYTES));
  decipher.setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(VECTOR_BYTES, end));
  try {
    return concatBytes([plain, decipher.final()]);
  } catch {
    return null;
  }
}

/** In pieces: whether the tag fits is known at the end, and told by an error there. */
async function* opened(
  source: AsyncIterable<Uint8Array>,
  size: number,
  remote: Remote,
  key: KeyObject,
): AsyncGenerator<Uint8Array, void, undefined> {
  let decipher: DecipherGCM | null = null;
  let start = new Uint8Array(0);
  let tag = new Uint8Array(0);
  let at = 0;
  const end = size - TAG_BYTES;
  for await (const chunk of source) {
    let piece = chunk;
    if (decipher === null) {
      start = concatBytes([start, piece]) as Uint8Array<ArrayBuffer>;
      at += chunk.length;
      if (start.length < VECTOR_BYTES) continue;
      decipher = decipherOf(remote, key, start.subarray(0, VECTOR_BYTES));
      piece = start.subarray(VECTOR_BYTES);
    } else {
      at += chunk.length;
    }
    const begins = at - piece.length;
    const length = Math.max(0, Math.min(piece.length, end - begins));
    if (length < piece.length) tag = concatBytes([tag, piece.subarray(length)]) as Uint8Array<ArrayBuffer>;
    if (length > 0) yield decipher.update(piece.subarray(0, length));
  }
  if (decipher === null || tag.length !== TAG_BYTES) throw damaged();
  decipher.setAuthTag(tag);
  try {
    decipher.final();
  } catch {
    throw damaged();
  }
}

function wrongKey({ root, algorithm }: Remote): ParseError {
  return new ParseError({
    code: "encrypted",
    path: join(root, ENCRYPTION_FILE),
    expected: `the key of this remote (${algorithm})`,
    found: "another one: what --encryption-key-file holds does not open it",
    next: "The key stands in the remote's settings in Xen Orchestra. Copy its 32 characters into the file, and nothing else.",
  });
}

function damaged(): ParseError {
  return new ParseError({
    code: "encrypted",
    expected: "a file as Xen Orchestra encrypted it",
    found: "bytes that the key of its remote does not vouch for",
    next: "It is damaged, or cut, or was copied from another remote: use another copy of this backup.",
  });
}

function unknownAlgorithm({ root, algorithm }: Remote): ParseError {
  return new ParseError({
    code: "encrypted",
    path: join(root, ENCRYPTION_FILE),
    expected: ALGORITHMS.join(" or "),
    found: algorithm,
    next: "varscope cannot decipher it: copy the backup to a remote without encryption, and analyze that.",
  });
}
