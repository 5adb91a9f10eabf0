/** Files that nobody can read because Xen Orchestra has encrypted the remote that they lie in. */
import { basename, dirname, join, resolve } from "node:path";
import { ParseError } from "../../parsers/errors.ts";
import {
  ENCRYPTION_FILE,
  encryptedError,
  encryptionOf,
  MAX_ENCRYPTION_BYTES,
} from "../../parsers/formats/xo-encryption.ts";
import { looksLikeText } from "../../parsers/looks-like.ts";
import { openSource } from "./byte-source.ts";

/** Of a backup: `xo-pool-metadata-backups/SCHEDULE/POOL/DATE/data` lies four folders below the root. */
const MAX_PARENTS = 4;
/** What Xen Orchestra writes besides disks (@xen-orchestra/backups, RemoteAdapter.mjs). */
const BACKUP_FILE = /(?:^data|\.json|\.json\.gz|\.xva)$/;
/** Its initialisation vector and tag alone (@xen-orchestra/fs, _encryptor.js). */
const MIN_ENCRYPTED_BYTES = 28;

/** Of each folder how the remote whose root it is was encrypted; null where it is none. */
const known = new Map<string, string | null>();
const MAX_KNOWN = 10_000;

/** Why a file that no format claims cannot be read; null where that is not the reason. `head` is its beginning. */
export async function encryptedRemote(path: string, head: Uint8Array): Promise<ParseError | null> {
  const name = basename(path);
  const isEncrypted = head.length >= MIN_ENCRYPTED_BYTES && !looksLikeText(head);
  if (!BACKUP_FILE.test(name) || name.startsWith(".") || !isEncrypted) return null;
  let folder = dirname(resolve(path));
  for (let i = 0; i <= MAX_PARENTS; i++) {
    const algorithm = await algorithmOf(folder);
    if (algorithm !== null) return encryptedError(algorithm, join(folder, ENCRYPTION_FILE));
    folder = dirname(folder);
  }
  return null;
}

async function algorithmOf(folder: string): Promise<string | null> {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const text = await readMark(join(folder, ENCRYPTION_FILE));
  const algorithm = text === null ? null : encryptionOf(text);
  if (known.size < MAX_KNOWN) known.set(folder, algorithm);
  return algorithm;
}

/** Null where there is no such file, or none that can be read: then it says nothing. */
async function readMark(path: string): Promise<Uint8Array | null> {
  try {
    const source = await openSource(path, undefined, MAX_ENCRYPTION_BYTES + 1);
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
