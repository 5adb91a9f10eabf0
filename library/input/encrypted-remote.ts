/** Finds out whether a file cannot be read because Xen Orchestra encrypted its remote (the folder with all backups). */

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

/** How far below the root of a remote a backup lies: `xo-pool-metadata-backups/SCHEDULE/POOL/DATE/data`. */
const MAX_PARENTS = 4;
/** Files of Xen Orchestra that are no disks (@xen-orchestra/backups, RemoteAdapter.mjs). */
const BACKUP_FILE = /(?:^data|\.json|\.json\.gz|\.xva)$/;
/** Names that only Xen Orchestra uses: of a backup, and of its cache of all backups (RemoteAdapter.mjs). */
const CERTAIN_NAME = /^(?:\d{8}T\d{6}Z\.(?:json|xva)|cache\.json\.gz)$/;
/** The smallest encrypted file: initialisation vector and tag (@xen-orchestra/fs, _encryptor.js). */
const MIN_ENCRYPTED_BYTES = 28;

/** By folder: the algorithm of the remote whose root the folder is; null where it is no root. */
const known = new Map<string, string | null>();
const MAX_KNOWN = 10_000;

/** The error for a file in no known format that is encrypted; null where it is not. `head`: the beginning of the file. */
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

/** The encrypted remote that holds this file; null where there is none at most MAX_PARENTS folders above. */
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

/** True where a file of this folder (absolute path) was found to be in an encrypted remote before. */
export function isKnownEncrypted(folder: string): boolean {
  let parent = folder;
  for (let i = 0; i <= MAX_PARENTS; i++) {
    if ((known.get(parent) ?? null) !== null) return true;
    parent = dirname(parent);
  }
  return false;
}

/** The error for a file that looks encrypted but was copied out of its remote, so that encryption.json is missing. */
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

/** The content of encryption.json; null where the file is missing or cannot be read. */
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
