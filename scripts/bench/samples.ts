/** The blobs that are measured: one that the project makes, and that of the real incident where a developer has it. */
import { Buffer } from "node:buffer";
import { concatBytes } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import {
  buildSignatureList,
  readSignatureDatabase,
  SIGNATURE_OWNER_BYTES,
} from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { hashAt } from "../../rules/knowledge/dbx-table.ts";
import type { Knowledge } from "../../rules/knowledge/knowledge.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  noise,
  signature,
  XCP_NG_OWNER,
  x509List,
} from "../../test/builders/blob.ts";
import { roleKnowledge, TEST_ROLES } from "../../test/builders/test-microsoft.ts";
import { testKnowledge } from "../../test/knowledge.ts";
import { hasSharedData, sharedBytes } from "../../test/shared-data.ts";

export interface Sample {
  readonly name: string;
  readonly blob: Uint8Array;
  /** The certificates of the project's blob only play the part of Microsoft's. */
  readonly knowledge: Knowledge;
}

const HASH_BYTES = 32;
const PLANTED = 827;
const APPENDED = 431;
const SHARED_BLOB = "05-affected-dbx-60440.vars";

export function samples(): readonly Sample[] {
  const made = { name: "made by the project", blob: incidentBlob(), knowledge: roleKnowledge };
  if (!hasSharedData) return [made];
  return [{ name: "of the real incident", blob: sharedBytes(SHARED_BLOB), knowledge: testKnowledge }, made];
}

/** As text that is restored: bytes of canonical base64. */
export function textOf(blob: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(blob).toString("base64"), "latin1"));
}

/** The shape of October 2025: 827 known hashes planted under XCP-ng's owner, 431 of them once more by an update. */
function incidentBlob(): Uint8Array {
  const list = (owner: string, count: number): Uint8Array =>
    buildSignatureList(
      guidBytes(guidNamed("EFI_CERT_SHA256")),
      new Uint8Array(0),
      SIGNATURE_OWNER_BYTES + HASH_BYTES,
      Array.from({ length: count }, (_, i) => signature(owner, hashAt(testKnowledge.dbxTable(), i))),
    );
  const certificates = (owner: string, ders: readonly Uint8Array[]): Uint8Array =>
    concatBytes(ders.map((der) => x509List(owner, der)));
  const { guestPk, kek2011, kek2023, pca2011, uefi2011, windows2023, uefi2023 } = TEST_ROLES;
  return makeBlob([
    makeVariable("OfflineUniqueIDRandomSeed", noise(HASH_BYTES, 1), { guid: guidNamed("WINDOWS_UNLOCK") }),
    ...bootVariables(),
    makeSignatureVariable("PK", x509List(XCP_NG_OWNER, guestPk)),
    makeSignatureVariable("KEK", certificates(XCP_NG_OWNER, [kek2011, kek2023])),
    makeSignatureVariable("db", certificates(XCP_NG_OWNER, [pca2011, uefi2011, windows2023, uefi2023])),
    makeSignatureVariable("dbx", concatBytes([list(XCP_NG_OWNER, PLANTED), list(MICROSOFT_OWNER, APPENDED)])),
  ]);
}

const BOOT_ENTRY = /^Boot[0-9A-F]{4}$/;

/** A blob with a dbx of its own (no hash is in any table, repetitions stay repetitions), boot entries of its own, or both. */
export function variantOf(blob: Uint8Array, seed: number, own: { readonly dbx: boolean }): Uint8Array {
  const bytes = blob.slice();
  const mask = noise(HASH_BYTES, seed);
  for (const { name, data } of openBlob(bytes).variables) {
    if (own.dbx && name === "dbx") maskHashes(data, mask);
    // The end of an entry is the end of its device path, or what the loader left for itself: it stays readable.
    if (BOOT_ENTRY.test(name)) data.set(mask.subarray(0, 8), data.length - 16);
  }
  return bytes;
}

function maskHashes(data: Uint8Array, mask: Uint8Array): void {
  for (const { firstSignature, signatureSize, signatureCount } of readSignatureDatabase(data).lists) {
    if (signatureSize !== SIGNATURE_OWNER_BYTES + HASH_BYTES) continue;
    for (let i = 0; i < signatureCount; i++) {
      const start = firstSignature + i * signatureSize + SIGNATURE_OWNER_BYTES;
      for (let k = 0; k < HASH_BYTES; k++) data[start + k] = data[start + k]! ^ mask[k]!;
    }
  }
}
