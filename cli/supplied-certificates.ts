/** `repair --add-certificates DIR`: the certificates of a folder, as DER or PEM. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../parsers/bytes.ts";
import { PARSER_LIMITS } from "../parsers/limits.ts";
import { nodeCrypto } from "../platform/node/crypto.ts";
import { nodePlatform } from "../platform/node/platform.ts";
import { clip, printable } from "../report/render/printable.ts";
import type { SuppliedCertificate } from "../rules/engine/add-certificates.ts";
import type { Knowledge } from "../rules/knowledge/knowledge.ts";
import { UsageError } from "./errors.ts";
import { readSmallFile } from "./io/read-small-file.ts";

/**
 * All certificates of a folder that belong into KEK or db; other files are passed over. Throws UsageError for a folder that
 * cannot be read or holds none, and for a certificate of which it is not known where it belongs.
 */
export async function suppliedCertificates(
  folder: string,
  knowledge: Knowledge,
): Promise<SuppliedCertificate[]> {
  const supplied: SuppliedCertificate[] = [];
  for (const name of filesOf(folder)) {
    const der = derOf(await readSmallFile(join(folder, name), PARSER_LIMITS.maxCertificateBytes));
    if (der === null) continue;
    const sha256 = toHex(nodePlatform.sha256(der));
    const known = knowledge.certificate(sha256);
    // A folder with all of Microsoft's certificates has that of a PK as well; it is never added.
    if (known?.variable === "PK") continue;
    if (known === null) {
      const whose = nodePlatform.parseCertificate(der)?.subject ?? "a certificate";
      throw new UsageError(
        `${shown(join(folder, name))} (${shown(whose)}) is no certificate of which it is known that it belongs into KEK or db: take it out of the folder.`,
      );
    }
    if (!supplied.some((one) => one.sha256 === sha256)) supplied.push({ der, sha256, known });
  }
  if (supplied.length === 0) throw new UsageError(`${shown(folder)} holds no certificate, as DER or PEM.`);
  return supplied;
}

/** Regular files in the order of their names. */
function filesOf(folder: string): string[] {
  try {
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      // Tables and updates may lie beside the certificates.
      .filter((name) => statSync(join(folder, name)).size <= PARSER_LIMITS.maxCertificateBytes);
    if (names.length > PARSER_LIMITS.maxSuppliedFiles) {
      throw new UsageError(
        `${shown(folder)} has ${names.length} files; at most ${PARSER_LIMITS.maxSuppliedFiles} are looked at.`,
      );
    }
    return names.sort();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${shown(folder)} cannot be read as a folder: ${printable(error instanceof Error ? error.message : "")}.`,
    );
  }
}

/** Null for what is no certificate. */
function derOf(bytes: Uint8Array): Uint8Array | null {
  try {
    return new Uint8Array(new (nodeCrypto().X509Certificate)(bytes).raw);
  } catch {
    return null;
  }
}

function shown(text: string): string {
  return clip(printable(text), 100);
}
