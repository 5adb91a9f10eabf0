/**
 * One `.auth` file by itself: PK.auth, KEK.auth, db.auth and dbx.auth of a host (/usr/share/varstored, /var/lib/varstored),
 * or a signed update of such a variable as an operating system sends it. Both are an EFI_VARIABLE_AUTHENTICATION_2.
 */
import { AUTH_HEADER_BYTES, isUpdateHeader, readAuthHeader } from "../efi/auth-header.ts";
import { readSignatureDatabase } from "../efi/signature-list.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { checkSize, collectDump, type InputFormat } from "./format.ts";

declare module "../model.ts" {
  interface FormatIds {
    "auth-file": true;
  }
}

export const authFile: InputFormat = {
  id: "auth-file",
  title: "a .auth file, or a signed update of an EFI variable",
  maxBytes: PARSER_LIMITS.maxUpdateBytes,
  probe: isUpdateHeader,
  open: (bytes): Dump => {
    const dump = collectDump("auth-file", () => {
      checkSize(bytes, PARSER_LIMITS.maxUpdateBytes);
      return headerError(bytes) ?? listsError(bytes);
    });
    return readAuthHeader(bytes) === null ? dump : withFile(dump, bytes);
  },
};

/** Which variable it is for is told by its signature, which only a library can check, or by its name. */
function withFile(dump: Dump, bytes: Uint8Array): Dump {
  const file = { name: "", bytes, target: null };
  const set = { uuid: null, nameLabel: null, source: "file", isActive: null, error: null } as const;
  return { ...dump, certificates: [{ kind: "unknown", ...set, files: [file] }] };
}

/** What a host has under the name of one of its files, whatever it holds: varstored reads it all the same. */
export function authFileOfHost(bytes: Uint8Array): Dump {
  return withFile(
    collectDump("auth-file", () => headerError(bytes)),
    bytes,
  );
}

function headerError(bytes: Uint8Array): ParseError | null {
  const header = readAuthHeader(bytes);
  const start = header?.payloadOffset ?? bytes.length;
  if (header !== null && start >= AUTH_HEADER_BYTES && start <= bytes.length) return null;
  return new ParseError({
    code: "bad-structure",
    offset: header === null ? bytes.length : 16,
    expected: `a signature that ends between byte ${AUTH_HEADER_BYTES} and the end of the file`,
    found:
      header === null
        ? `the end after ${bytes.length} bytes`
        : `one that ends at byte ${start} of ${bytes.length}`,
    next: "The file is damaged, or cut: fetch it again.",
  });
}

/** What is signed may be for any variable, and hold anything; without a signature it is a file of a host. */
function listsError(bytes: Uint8Array): ParseError | null {
  if (readAuthHeader(bytes)?.payloadOffset !== AUTH_HEADER_BYTES) return null;
  const { fault } = readSignatureDatabase(bytes.subarray(AUTH_HEADER_BYTES));
  if (fault === null) return null;
  return new ParseError({
    code: "bad-structure",
    offset: AUTH_HEADER_BYTES + fault.offset,
    expected: fault.expected,
    found: `${fault.found}`,
    next: "The file is damaged, or cut: fetch it again.",
  });
}
