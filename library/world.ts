/** Everything that pure code needs of its surroundings: hashes, inflate, files. A platform implements these and hands them in. */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import type { ParseError } from "../parsers/errors.ts";
import type { Dump } from "../parsers/model.ts";
import type { Platform } from "../parsers/platform.ts";
import type { BackupSurroundings } from "../rules/backup/restorable.ts";
import type { Peekable } from "./input/chunks.ts";
import type { ByteSource, SeekableBytes } from "./input/source.ts";
import type { MakeInflater } from "./unpack/inflater.ts";

/** A folder of a guest's efivarfs, opened. */
export interface GuestFolder {
  readonly dump: Dump | null;
  readonly error: ParseError | null;
}

/** SHA-256 over pieces of bytes. */
export interface RunningHash {
  readonly update: (bytes: Uint8Array) => void;
  /** The 32 bytes of the hash. Call nothing after it. */
  readonly digest: () => Uint8Array;
}

/** What a machine can compute, without any files. */
export interface Machine {
  readonly platform: Platform;
  readonly makeInflater: MakeInflater;
  readonly newSha256: () => RunningHash;
  /** Checks signatures. Loaded only when it is called: few inputs have a signature to check. */
  readonly verifier: () => Promise<SignatureVerifier>;
  /** Lets what else waits in this thread have its turn, such as a timer or a click that ends the run. */
  readonly turn: () => Promise<void>;
}

/** The content of a file of an encrypted remote. */
export interface Deciphered {
  readonly bytes: Peekable;
  /** For reads at any place; null for a large file, which is read from its start only. */
  readonly file: SeekableBytes | null;
}

/** Decrypts files of an encrypted Xen Orchestra remote. */
export interface RemoteKey {
  /** Null for a file that is not encrypted. Throws ParseError `encrypted` where the key does not fit. */
  readonly decipher: (path: string, source: ByteSource) => Promise<Deciphered | null>;
  /** For the `encryption.json` of a remote: the error where this key does not fit; null where it fits, or where nothing tells. */
  readonly markError: (path: string) => Promise<ParseError | null>;
}

/** A file, read as a whole. */
export interface WholeFile {
  readonly bytes: Uint8Array;
  /** Time of the last change, written as `modified` of a report. */
  readonly modified: string | null;
}

/** The machine and its files. */
export interface World extends Machine {
  /** Throws ParseError where the path cannot be read. */
  readonly open: (path: string) => Promise<ByteSource>;
  /** Reads a small file without waiting. Null for anything else, and for a file that cannot be read (`open` says why). Absent where files can only be read asynchronously. */
  readonly readAtOnce?: (path: string) => WholeFile | null;
  /** True where the path is known to be a file. */
  readonly isFile: (path: string) => boolean;
  /** The absolute path, so that two names of one file give the same text. */
  readonly absolute: (path: string) => string;
  /** The variables in a folder of efivarfs; null for any other folder. Absent where there are no folders. Never throws ParseError. */
  readonly guestFolder?: (path: string) => Promise<GuestFolder | null>;
  /** The key that the user gave; null where none was given. Absent where no key can be given. */
  readonly remoteKey?: () => RemoteKey | null;
  /** Looks at the files beside this one, to see whether all files of a backup are there. */
  readonly beside: (path: string) => BackupSurroundings;
}
