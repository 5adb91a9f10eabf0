/** The certificates that a copy holds in KEK and db, as sets: which generation somebody planted, and under whose name. */
import { toHex } from "../../parsers/bytes.ts";
import { readGuid } from "../../parsers/efi/guid.ts";
import { rememberedDatabase } from "../../parsers/efi/remembered-database.ts";
import { type SignatureDatabase, signatureOffsets } from "../../parsers/efi/signature-list.ts";
import { secureBootName } from "../../parsers/efi/signature-variables.ts";
import { MICROSOFT_OWNER, nameOfGuid } from "../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { oncePer } from "../../parsers/once-per.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import {
  type CertificateSources,
  certificateName,
  type StoredCertificate,
  storedCertificates,
} from "../../rules/knowledge/stored-certificates.ts";

const VARIABLES = ["KEK", "db"] as const;

export interface PlantedCertificate {
  readonly variable: (typeof VARIABLES)[number];
  readonly name: string;
  /** GUID. */
  readonly owner: string;
}

/** What is said of a set once; each copy only carries its digest. */
export interface PlantedSet {
  /** Such as `Microsoft's certificates of 2011 under the owner XCP-ng`. */
  readonly text: string;
  readonly certificates: readonly PlantedCertificate[];
}

/**
 * SHA-256 over what KEK and db hold, in hexadecimal: type, owner and data of each entry; order, lists and entries that are
 * there twice make no difference. Null where there is neither variable. Of namesakes the last one counts, as in the daemon.
 */
export function plantedDigest(variables: readonly EfiVariable[], sources: CertificateSources): string | null {
  const held = VARIABLES.map((name) => databaseOf(name, variables, sources));
  if (held.every((database) => database === null)) return null;
  const digests = held.map((database) => (database === null ? "" : digestOf(database, sources)));
  return hexOf(encodeUtf8(digests.join("\n")), sources);
}

/** In words, where the certificates are known. */
export function plantedSet(variables: readonly EfiVariable[], sources: CertificateSources): PlantedSet {
  const held = VARIABLES.flatMap((variable) => {
    const database = databaseOf(variable, variables, sources);
    if (database === null) return [];
    return storedCertificates(database, sources).map((certificate) => ({
      variable,
      certificate,
      owner: readGuid(database.data, certificate.offset),
    }));
  });
  return {
    text: wordsFor(held),
    certificates: held
      .slice(0, PARSER_LIMITS.maxClusterCertificates)
      .map(({ variable, certificate, owner }) => ({
        variable,
        name: certificateName(certificate, sources.platform).toWellFormed(),
        owner,
      })),
  };
}

function databaseOf(
  name: (typeof VARIABLES)[number],
  variables: readonly EfiVariable[],
  { platform }: CertificateSources,
): SignatureDatabase | null {
  const variable = variables.findLast((one) => secureBootName(one) === name);
  return variable === undefined ? null : rememberedDatabase(variable.data, platform);
}

function hexOf(bytes: Uint8Array, { platform }: CertificateSources): string {
  return toHex(platform.sha256(bytes));
}

const TYPE_BYTES = 16;

const digestOf: (database: SignatureDatabase, sources: CertificateSources) => string = oncePer(
  ({ data, lists }, sources) => {
    const count = lists.reduce((sum, list) => sum + list.signatureCount, 0);
    // Only a hostile one holds so many; its bytes tell it from others as well.
    if (count > PARSER_LIMITS.maxComparedSignatures) return hexOf(data, sources);
    const entries = new Set<string>();
    for (const list of lists) {
      if (list.signatureCount === 0) continue;
      const typed = new Uint8Array(TYPE_BYTES + list.signatureSize);
      typed.set(data.subarray(list.span.start, list.span.start + TYPE_BYTES));
      for (const offset of signatureOffsets(list)) {
        typed.set(data.subarray(offset, offset + list.signatureSize), TYPE_BYTES);
        entries.add(hexOf(typed, sources));
      }
    }
    return hexOf(encodeUtf8([...entries].sort().join("")), sources);
  },
);

interface Held {
  readonly certificate: StoredCertificate;
  readonly owner: string;
}

/** Microsoft's generations by the year of their making: nobody knows them by their names. */
function wordsFor(held: readonly Held[]): string {
  if (held.length === 0) return "no certificates in KEK and db";
  const owners = new Map<string, Held[]>();
  for (const one of held) {
    const known = owners.get(one.owner);
    if (known === undefined) owners.set(one.owner, [one]);
    else known.push(one);
  }
  return [...owners].map(([owner, ofOne]) => wordsForOwner(owner, ofOne)).join("; ");
}

function wordsForOwner(owner: string, held: readonly Held[]): string {
  const years = new Set<string>();
  let others = 0;
  for (const { certificate } of held) {
    if (certificate.known?.owner === MICROSOFT_OWNER)
      years.add(certificate.known.notBefore.slice(0, "YYYY".length));
    else others++;
  }
  const what = [
    ...(years.size === 0 ? [] : [`Microsoft's certificates of ${[...years].sort().join(" and ")}`]),
    ...(others === 0
      ? []
      : [`${others} ${years.size === 0 ? "" : "other "}certificate${others === 1 ? "" : "s"}`]),
  ];
  return `${what.join(" and ")} under the owner ${nameOfGuid(owner) ?? owner}`;
}
