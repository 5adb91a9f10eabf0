/** `encryption.json` at the root of a remote of Xen Orchestra, which is never encrypted itself (@xen-orchestra/fs, abstract.js). */
import { ParseError } from "../errors.ts";
import type { Dump } from "../model.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import { collectDump, type InputFormat } from "./format.ts";

/** How the file is called; only whoever looks for it goes by that. */
export const ENCRYPTION_FILE = "encryption.json";
/** No more is looked at: the file has some 30 bytes. */
export const MAX_ENCRYPTION_BYTES = 1024;

const TEXT = /^\s*\{\s*"algorithm"\s*:\s*"([a-z0-9-]{1,40})"\s*\}\s*$/;
const NOT_ENCRYPTED = "none";

declare module "../model.ts" {
  interface FormatIds {
    "xo-encryption": true;
  }
}

export const xoEncryption: InputFormat = {
  id: "xo-encryption",
  title: "the mark of a remote of Xen Orchestra",
  maxBytes: MAX_ENCRYPTION_BYTES,
  probe: (head) => algorithmOf(head) !== null,
  open: (bytes): Dump =>
    collectDump("xo-encryption", () => {
      const algorithm = algorithmOf(bytes);
      if (algorithm === null) {
        throw new ParseError({ code: "bad-structure", expected: "the name of an algorithm", found: "none" });
      }
      return algorithm === NOT_ENCRYPTED ? null : encryptedError(algorithm, "");
    }),
};

/** How the files of a remote are encrypted; null where they are not, and where the text is no such mark. */
export function encryptionOf(text: Uint8Array): string | null {
  const algorithm = algorithmOf(text);
  return algorithm === NOT_ENCRYPTED ? null : algorithm;
}

/** `path` is that of the mark; "" where the mark is the input itself. */
export function encryptedError(algorithm: string, path: string): ParseError {
  return new ParseError({
    code: "encrypted",
    path,
    expected: "backups that anybody can read",
    found: `a remote that Xen Orchestra encrypts with ${algorithm}, so that nothing in it can be analyzed`,
    next: "With its key varscope reads it: --encryption-key-file FILE, where FILE holds the 32 characters of the remote's settings. Else: Restore the VM through Xen Orchestra, or copy the backup to a remote without encryption, and analyze that.",
  });
}

function algorithmOf(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_ENCRYPTION_BYTES) return null;
  return TEXT.exec(decodeLatin1(bytes))?.[1] ?? null;
}
