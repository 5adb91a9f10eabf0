/** Makes the Secure Boot certificates of a pool: `.auth` files, and archives of them in both dialects. */

import { buildUnsignedAuth } from "../../parsers/efi/auth-header.ts";
import { XCP_NG_OWNER } from "../../parsers/guids.ts";
import { MICROSOFT_OWNER, makeTime, sha256List, x509List } from "./blob.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "./sample-keys.ts";
import { type Member, makeUstar, makeXva } from "./tar.ts";

const TIME = makeTime(2025, 7, 29, 14, 22);

/** The four files with `owner` in KEK, db and dbx. */
export function authFiles(owner: string): Member[] {
  return [
    { name: "PK.auth", bytes: buildUnsignedAuth(TIME, x509List(XCP_NG_OWNER, SAMPLE_PK)) },
    { name: "KEK.auth", bytes: buildUnsignedAuth(TIME, x509List(owner, SAMPLE_KEK)) },
    { name: "db.auth", bytes: buildUnsignedAuth(TIME, x509List(owner, SAMPLE_DB)) },
    { name: "dbx.auth", bytes: buildUnsignedAuth(TIME, sha256List(owner, 12)) },
  ];
}

export const HEALTHY_FILES: readonly Member[] = authFiles(MICROSOFT_OWNER);
export const PLANTED_FILES: readonly Member[] = authFiles(XCP_NG_OWNER);

/** A set with these certificates of Microsoft in KEK and db. */
export function authFilesOf({ KEK, db }: Readonly<Record<"KEK" | "db", readonly Uint8Array[]>>): Member[] {
  const listsOf = (certificates: readonly Uint8Array[]) =>
    new Uint8Array(Buffer.concat(certificates.map((der) => x509List(MICROSOFT_OWNER, der))));
  return authFiles(MICROSOFT_OWNER).map((file) => {
    const certificates = file.name === "KEK.auth" ? KEK : file.name === "db.auth" ? db : null;
    return certificates === null ? file : { ...file, bytes: buildUnsignedAuth(TIME, listsOf(certificates)) };
  });
}

/** As xapi writes the set of its host: V7, absolute names (xapi_host.ml, really_read_uefi_certificates_from_disk). */
export function hostArchive(files: readonly Member[]): Uint8Array {
  return makeXva(
    files.map(({ name, bytes }) => ({ name: `/usr/share/varstored/${name}`, bytes, mtime: 1_761_000_000 })),
  );
}

/** As secureboot-certs writes a pool's own set under Python 3: PAX, times with fractions in extended headers. */
export function ownArchive(files: readonly Member[]): Promise<Uint8Array> {
  return makeUstar(files, { mtime: "1761000000.123456789" });
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
