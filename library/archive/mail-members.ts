/** A mail as an archive: its texts and attachments are the members. */
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { readMail } from "../../parsers/packing/mail.ts";
import type { Platform } from "../../parsers/platform.ts";
import { readAll } from "../input/read-all.ts";
import type { ArchiveMember } from "./member.ts";

/** The texts and attachments of a mail. Attachments with the same name get different ones. Throws ParseError `over-limit`. */
export async function* mailMembers(
  content: AsyncIterable<Uint8Array>,
  platform: Platform,
): AsyncGenerator<ArchiveMember, void, undefined> {
  const taken = new Map<string, number>();
  for (const { name, bytes } of readMail(await readAll(content, PARSER_LIMITS.maxMailBytes), platform)) {
    const number = (taken.get(name) ?? 0) + 1;
    taken.set(name, number);
    yield {
      name: number === 1 ? name : `${number}-${name}`,
      kind: "file",
      bytes: bytes.length,
      content: once(bytes),
    };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}

/** The error of a command that takes one dump and is given a mail. */
export function ofMail(): ParseError {
  return new ParseError({
    code: "unrecognised",
    expected: "one dump",
    found: "a mail with its headers",
  });
}
