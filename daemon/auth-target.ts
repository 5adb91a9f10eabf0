/** Finds out which variable a single `.auth` file is for. */

import type { AuthFile, AuthTarget, Dump } from "../parsers/model.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { chooseTarget, type UpdateFile } from "./update-target.ts";

/** Names under which hosts keep their files (varstored handler.c, auth_info). */
const HOST_NAME = /^(PK|KEK|db|dbx)\.auth$/i;
const VARIABLES = ["PK", "KEK", "db", "dbx"] as const;

/**
 * The variable, by the signature, else by the file's name (which a host goes by), else by the content (hashes are for dbx). Null
 * where nothing tells it.
 */
function authTarget(bytes: Uint8Array, fileName: string, verifier: SignatureVerifier): AuthTarget | null {
  const file: UpdateFile = { label: fileName, bytes, kind: "auth", variable: null, append: null };
  const found = chooseTarget(file, verifier);
  if (found?.by === "signature") return { variable: found.variable, append: found.append, by: "signature" };
  const stem = HOST_NAME.exec(fileName)?.[1]?.toLowerCase();
  const variable = VARIABLES.find((name) => name.toLowerCase() === stem);
  if (variable !== undefined) return { variable, append: variable === "dbx", by: "name" };
  return found === null ? null : { variable: found.variable, append: found.append, by: "content" };
}

/** The dump of a `.auth` file, with the file's name and the variable that it is for. */
export function withAuthTarget(dump: Dump, fileName: string, verifier: SignatureVerifier): Dump {
  const named = ({ bytes }: AuthFile): AuthFile => {
    return { name: fileName, bytes, target: authTarget(bytes, fileName, verifier) };
  };
  const certificates = dump.certificates.map((set) => ({ ...set, files: set.files.map(named) }));
  const isTold = certificates.some(({ files }) => files.some(({ target }) => target !== null));
  // What a host would make of a damaged file is for the rules to say, where it is known which file of its it is.
  return { ...dump, certificates, error: isTold ? null : dump.error };
}
