/** Files that nobody can read because Xen Orchestra has encrypted the remote that they lie in. */

import { ParseError } from "../../parsers/errors.ts";
import { looksLikeText } from "../../parsers/formats/looks-like.ts";
import {
  ENCRYPTION_FILE,
  encryptedError,
  encryptionOf,
  MAX_ENCRYPTION_BYTES,
} from "../../parsers/formats/xo-encryption.ts";
import { basename, dirname, join } from "../../parsers/paths.ts";
import type { World } from "../world.ts";

/** Of a backup: `xo-pool-metadata-backups/SCHEDULE/POOL/DATE/data` lies four folders below the root. */
const MAX_PARENTS = 4;
/** What Xen Orchestra writes besides disks (@xen-orchestra/backups, RemoteAdapter.mjs). */
const BACKUP_FILE = /(?:^data|\.json|\.json\.gz|\.xva)$/;
/** Names that nothing else has: a backup of Xen Orchestra (RemoteAdapter.mjs), and what it remembers of all. */
const CERTAIN_NAME = /^(?:\d{8}T\d{6}Z\.(?:json|xva)|cache\.json\.gz)$/;
/** Its initialisation vector and tag alone (@xen-orchestra/fs, _encryptor.js). */
const MIN_ENCRYPTED_BYTES = 28;

/** Of each folder how the remote whose root it is was encrypted; null where it is none. */
const known = new Map<string, string | null>();
const MAX_KNOWN = 10_000;

/** Why a file that no format claims cannot be read; null where that is not the reason. `head` is its beginning. */
export async function encryptedRemote(
  path: string,
  head: Uint8Array,
  world: Pick<World, "open" | "absolute">,
): Promise<ParseError | null> {
  const name = basename(path);
  const isEncrypted = head.length >= MIN_ENCRYPTED_BYTES && !looksLikeText(head);
  if (!BACKUP_FILE.test(name) || name.startsWith(".") || !isEncrypted) return null;
  const remote = await encryptionOfFile(path, world);
  if (remote !== null) return encryptedError(remote.algorithm, join(remote.root, ENCRYPTION_FILE));
  return CERTAIN_NAME.test(name) ? likeEncrypted() : null;
}

/** An encrypted remote. */
export interface Remote {
  readonly root: string;
  readonly algorithm: string;
}

/** That which a file lies in, as far above as a backup lies; null where it is none. */
export async function encryptionOfFile(
  path: string,
  world: Pick<World, "open" | "absolute">,
): Promise<Remote | null> {
  let folder = dirname(world.absolute(path));
  for (let i = 0; i <= MAX_PARENTS; i++) {
    const algorithm = await algorithmOf(folder, world);
    if (algorithm !== null) return { root: folder, algorithm };
    folder = dirname(folder);
  }
  return null;
}

/** Whether a folder, by its absolute name, lies in an encrypted remote, as far as files of it were asked for before. */
export function isKnownEncrypted(folder: string): boolean {
  let parent = folder;
  for (let i = 0; i <= MAX_PARENTS; i++) {
    if ((known.get(parent) ?? null) !== null) return true;
    parent = dirname(parent);
  }
  return false;
}

/** A file that was taken out of its remote: the mark that would prove it lies elsewhere. */
function likeEncrypted(): ParseError {
  return new ParseError({
    code: "unrecognised",
    offset: 0,
    expected: "a backup of Xen Orchestra, as its name says",
    found: "binary data, as every file of a remote looks that Xen Orchestra encrypts",
    next: "If the remote's encryption.json names an algorithm: restore the VM through Xen Orchestra, or copy the backup to a remote without encryption, and analyze that. If not, the file is damaged: use another copy.",
  });
}

async function algorithmOf(folder: string, world: Pick<World, "open">): Promise<string | null> {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const text = await readMark(join(folder, ENCRYPTION_FILE), world);
  const algorithm = text === null ? null : encryptionOf(text);
  if (known.size < MAX_KNOWN) known.set(folder, algorithm);
  return algorithm;
}

/** Null where there is no such file, or none that can be read: then it says nothing. */
async function readMark(path: string, world: Pick<World, "open">): Promise<Uint8Array | null> {
  try {
    const source = await world.open(path);
    try {
      return await source.bytes.head(MAX_ENCRYPTION_BYTES + 1);
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
