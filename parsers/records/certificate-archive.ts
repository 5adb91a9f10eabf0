/**
 * The archive of `.auth` files that pool and host records carry as base64: written by xapi (V7 tar, absolute names;
 * xapi_host.ml, really_read_uefi_certificates_from_disk), or by secureboot-certs with Python's tarfile (GNU or PAX).
 */

import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { AuthFile, CertificateSet } from "../model.ts";
import { readTarMembers } from "../packing/tar-members.ts";
import type { Platform } from "../platform.ts";
import { decodeLeniently } from "../text/base64.ts";
import { encodeUtf8 } from "../text/text-encoding.ts";

export type CertificateArchive = Pick<CertificateSet, "files" | "error">;

/**
 * The sets that the record of a pool or host carries; `get` gives a field under its name in the XenAPI. A pool's own set,
 * once there is one, replaces the hosts' (xapi ocaml/xapi/helpers.ml, get_active_uefi_certificates); the field of a host
 * is only a copy (datamodel_host.ml).
 */
export function certificateSetsOf(
  kind: "pool" | "host",
  get: (field: string) => string | null,
  platform: Platform,
): CertificateSet[] {
  const identity = { kind, uuid: get("uuid") || null, nameLabel: get("name_label") };
  const setOf = (source: CertificateField, isActive: boolean): CertificateSet[] => {
    const text = get(source) ?? "";
    if (text === "") return [];
    return [{ ...identity, source, isActive, ...readCertificates(encodeUtf8(text), platform) }];
  };
  if (kind === "host") return setOf("uefi_certificates", false);
  const hasOwn = (get("custom_uefi_certificates") ?? "") !== "";
  return [...setOf("custom_uefi_certificates", hasOwn), ...setOf("uefi_certificates", !hasOwn)];
}

/** Whether a pool has active certificates, as xapi asks it: by the texts alone. Null where its record has no such field. */
export function poolHasCertificates(get: (field: string) => string | null): boolean | null {
  const fields: readonly CertificateField[] = ["custom_uefi_certificates", "uefi_certificates"];
  const texts = fields.map(get).filter((text) => text !== null);
  return texts.length === 0 ? null : texts.some((text) => text !== "");
}

type CertificateField = "uefi_certificates" | "custom_uefi_certificates";

/** What is wrong with it stands in `error`; never throws ParseError. */
export function readCertificates(base64: Uint8Array, platform: Platform): CertificateArchive {
  const { bytes, junkOffset } = decodeLeniently(base64, platform);
  const archive = readAuthArchive(bytes);
  // What stands behind a whole archive, such as the next prompt of a paste, is no fault of it.
  if (junkOffset === null || (archive.error === null && archive.files.length > 0)) return archive;
  const error = new ParseError({
    code: "bad-encoding",
    offset: junkOffset,
    expected: "base64 to the end",
    found: `a character that is none, at ${junkOffset + 1} of ${base64.length}`,
  });
  return { files: archive.files, error };
}

/** The same, not encoded. */
export function readAuthArchive(archive: Uint8Array): CertificateArchive {
  const files: AuthFile[] = [];
  try {
    for (const { name, bytes } of readTarMembers(archive)) {
      const { maxAuthFiles } = PARSER_LIMITS;
      if (files.length >= maxAuthFiles) {
        throw new ParseError({
          code: "over-limit",
          expected: `at most ${maxAuthFiles} files`,
          found: "more",
        });
      }
      files.push({ name: name.slice(name.lastIndexOf("/") + 1), bytes });
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { files, error };
  }
  return { files, error: null };
}
