/** What the certificates of a pool or host become in a VM that starts for the first time. */
import { AUTH_HEADER_BYTES, type AuthHeader, readAuthHeader } from "../../parsers/efi/auth-header.ts";
import { readSignatureDatabase, type SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { AuthFile, CertificateSet } from "../../parsers/model.ts";

/** A variable that varstored would write from its `.auth` file (varstored handler.c, setup_keys). */
export interface PlantedKey {
  readonly name: "dbx" | "db" | "KEK" | "PK";
  readonly file: AuthFile;
  readonly header: AuthHeader | null;
  readonly database: SignatureDatabase;
  /** Why varstored would write none of it; null where it would. */
  readonly fault: { readonly expected: string | number; readonly found: string | number } | null;
  /** True where the file ends varstored before it reads any NVRAM: the whole file counts, not what is in it. */
  readonly endsDaemon: boolean;
}

/** In the order in which varstored writes them: PK last, because it ends setup mode. varstored reads no other file. */
const NAMES: readonly PlantedKey["name"][] = ["dbx", "db", "KEK", "PK"];

export function plantedKeys({ files, source }: CertificateSet): PlantedKey[] {
  return NAMES.flatMap((name) => {
    const file = files.find((one) => variableOf(one) === name);
    if (file === undefined) return [];
    // A signed update under another name is none of a host's files.
    const isOfHost = source !== "file" || file.name === `${name}${SUFFIX}`;
    return [plantedKey(name, file, isOfHost && file.bytes.length > VARSTORED_LIMITS.DATA_LIMIT)];
  });
}

/** A host goes by the name alone; a file by itself may have any. */
function variableOf({ name, target }: AuthFile): string | null {
  if (target !== undefined) return target?.variable ?? null;
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : null;
}

const SUFFIX = ".auth";

/** `endsDaemon`: varstored handler.c, load_one_auth_data, compares the size of the file (st_size) with DATA_LIMIT. */
function plantedKey(name: PlantedKey["name"], file: AuthFile, endsDaemon: boolean): PlantedKey {
  const header = readAuthHeader(file.bytes);
  const start = header?.payloadOffset ?? 0;
  const isPlaced = header !== null && start >= AUTH_HEADER_BYTES && start <= file.bytes.length;
  const database = readSignatureDatabase(isPlaced ? file.bytes.subarray(start) : new Uint8Array(0));
  // Whoever signs a write of nothing means to empty the variable.
  const isDeletion = database.data.length === 0 && file.target?.by === "signature";
  const fault = endsDaemon
    ? {
        expected: `a file of at most ${VARSTORED_LIMITS.DATA_LIMIT} bytes, header and signature included`,
        found: `${file.bytes.length}`,
      }
    : isPlaced
      ? isDeletion
        ? null
        : faultOf(database)
      : { expected: "an authentication header before the signature lists", found: "none that fits the file" };
  return { name, file, header, database, fault, endsDaemon };
}

function faultOf({ data, fault }: SignatureDatabase): PlantedKey["fault"] {
  const { DATA_LIMIT } = VARSTORED_LIMITS;
  if (data.length > DATA_LIMIT) return { expected: `at most ${DATA_LIMIT} bytes`, found: data.length };
  if (data.length === 0) return { expected: "signature lists", found: "none" };
  return fault === null ? null : { expected: fault.expected, found: fault.found };
}
