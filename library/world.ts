/** What the library needs of the world, handed in so that it stays pure. */
import type { SignatureVerifier } from "../daemon/crypto.ts";
import type { ParseError } from "../parsers/errors.ts";
import type { Dump } from "../parsers/model.ts";
import type { Platform } from "../parsers/platform.ts";
import type { BackupSurroundings } from "../rules/backup/restorable.ts";
import type { Peekable } from "./input/chunks.ts";
import type { ByteSource, SeekableBytes } from "./input/source.ts";
import type { MakeInflater } from "./unpack/inflater.ts";

/** What a guest shows of itself, as a folder. */
export interface GuestFolder {
  readonly dump: Dump | null;
  readonly error: ParseError | null;
}

/** SHA-256 of what comes piece by piece. */
export interface RunningHash {
  readonly update: (bytes: Uint8Array) => void;
  /** The last thing to be called. */
  readonly digest: () => Uint8Array;
}

/** The machine: what it computes. */
export interface Machine {
  readonly platform: Platform;
  readonly makeInflater: MakeInflater;
  readonly newSha256: () => RunningHash;
  /** Loaded where there is a signature to check: few inputs have one. */
  readonly verifier: () => Promise<SignatureVerifier>;
}

/** What a file of an encrypted remote holds. */
export interface Deciphered {
  readonly bytes: Peekable;
  /** Null where one cannot jump: of a large file. */
  readonly file: SeekableBytes | null;
}

/** Reads files of encrypted remotes of Xen Orchestra, with their key. */
export interface RemoteKey {
  /** Null for a file that is read as it is. Throws ParseError `encrypted` where the key does not open it. */
  readonly decipher: (path: string, source: ByteSource) => Promise<Deciphered | null>;
  /** Of the mark of such a remote: what is wrong with it although there is a key; null where nothing is. */
  readonly markError: (path: string) => Promise<ParseError | null>;
}

/** A file that was read as a whole. */
export interface WholeFile {
  readonly bytes: Uint8Array;
  /** As `modified` of a report has it. */
  readonly modified: string | null;
}

/** The machine, and the place where inputs lie. */
export interface World extends Machine {
  /** Throws ParseError where the path cannot be read. */
  readonly open: (path: string) => Promise<ByteSource>;
  /** A small file; null for what is none, and where it cannot be read: `open` says why. Missing where nothing can be read at once. */
  readonly readAtOnce?: (path: string) => WholeFile | null;
  /** Whether a path is that of a file; false where this cannot be told. */
  readonly isFile: (path: string) => boolean;
  /** Two names of one path give one name. */
  readonly absolute: (path: string) => string;
  /** The variables in a folder of efivarfs; null for any other. Missing where there are no folders. Never throws ParseError. */
  readonly guestFolder?: (path: string) => Promise<GuestFolder | null>;
  /** Null where no key was given; missing where there can be none. */
  readonly remoteKey?: () => RemoteKey | null;
  /** What lies beside the file, for the metadata of a backup. */
  readonly beside: (path: string) => BackupSurroundings;
}
