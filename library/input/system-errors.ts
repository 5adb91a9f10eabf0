import { type ErrorCode, ParseError } from "../../parsers/errors.ts";

type Meaning = readonly [code: ErrorCode, found: string, next: string];

const NO_PERMISSION: Meaning = [
  "permission-denied",
  "no permission to read it",
  "Change its permissions, or run as another user.",
];
const NO_SUCH_FILE: Meaning = ["not-found", "no such file", "Check the spelling of the path."];

/** For a name that is not UTF-8: Node replaces such bytes in an argument by U+FFFD, and no file has that name. */
const NAME_NOT_UTF8: Meaning = [
  "not-found",
  "no such file",
  "Its name seems to be no UTF-8: rename the file, or read it through standard input: - in place of its name, and < FILE behind the command.",
];
const REPLACEMENT = "\ufffd";

/** Errors of the file system in plain words, by their code. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: NO_SUCH_FILE,
  ENOTDIR: NO_SUCH_FILE,
  ENAMETOOLONG: NO_SUCH_FILE,
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  ELOOP: ["read-failed", "links that lead to each other", "Give the path of the file itself."],
  ENXIO: ["special-file", "a socket or a device", "Read it through standard input."],
  EISDIR: ["special-file", "a folder", "Give the folder itself as an argument."],
  // What a stream says that was left before its end.
  ERR_STREAM_PREMATURE_CLOSE: ["read-failed", "standard input already in use", "Give `-` only once."],
};

/** Makes a ParseError of an error of the file system; returns a ParseError as it is. Throws everything else again: that is a defect of varscope. */
export function asParseError(error: unknown): ParseError {
  if (error instanceof ParseError) return error;
  if (!(error instanceof Error)) throw error;
  const { code: systemCode = "", errno, path = "" } = error as SystemError;
  const known = MEANINGS[systemCode];
  const meaning = known === NO_SUCH_FILE && path.includes(REPLACEMENT) ? NAME_NOT_UTF8 : known;
  if (meaning === undefined && errno === undefined) throw error;
  const [code, found, next] = meaning ?? [
    "read-failed" as const,
    `an error of the system (${error.message})`,
    "Check the disk, and the connection where it is a remote one.",
  ];
  return new ParseError({ code, expected: "a file that can be read", found, next });
}

/** Fields of an error of Node. */
interface SystemError {
  readonly code?: string;
  readonly errno?: number;
  readonly path?: string;
}

const UNREADABLE: readonly ErrorCode[] = ["not-found", "permission-denied", "special-file", "read-failed"];

/** True for an error of the file itself, not of its content. */
export function isUnreadable({ code }: ParseError): boolean {
  return UNREADABLE.includes(code);
}
