/** How one signature database is laid out, entry after entry: what the pictures of a report draw. */
import { toHex } from "../../parsers/bytes.ts";
import { rememberedDatabase } from "../../parsers/efi/remembered-database.ts";
import { EFI_CERT_X509_GUID, type SignatureDatabase, signatureAt } from "../../parsers/efi/signature-list.ts";
import { secureBootName } from "../../parsers/efi/signature-variables.ts";
import { formatEfiTime } from "../../parsers/efi/time.ts";
import type { EfiVariable, Span } from "../../parsers/model.ts";
import { oncePer } from "../../parsers/once-per.ts";
import type { Certificate, Platform } from "../../parsers/platform.ts";
import type { Knowledge } from "../../rules/knowledge/knowledge.ts";
import { type NamedGuid, named } from "../signature-inspection.ts";

/** Entries of one owner that stand side by side. */
export interface EntryRun {
  readonly owner: NamedGuid;
  /** Each of them stands before this one already, under this owner or another. */
  readonly repeats: boolean;
  readonly count: number;
  readonly bytes: number;
}

export interface OwnerShare {
  readonly owner: NamedGuid;
  /** Different entries that this owner has. */
  readonly count: number;
  /** Those of them that no other owner has. */
  readonly alone: number;
}

export interface CertificateEntry {
  readonly owner: NamedGuid;
  /** Owner included, in bytes of the blob. */
  readonly span: Span;
  readonly sha256: string;
  readonly commonName: string | null;
  /** `YYYY-MM-DDThh:mm:ssZ`; all null for a certificate that cannot be read. */
  readonly subject: string | null;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** What it is for; null for one that is not known. */
  readonly purpose: string | null;
}

/** PK, KEK, db, dbx or dbt. */
export interface DatabaseLayout {
  readonly name: string;
  readonly bytes: number;
  readonly timestamp: string | null;
  readonly lists: number;
  readonly entries: number;
  /** Entries that differ in type or data, whoever their owner is. */
  readonly distinct: number;
  /** In their order; with more than MAX_RUNS one for each owner, which `inOrder` tells. */
  readonly runs: readonly EntryRun[];
  readonly inOrder: boolean;
  readonly owners: readonly OwnerShare[];
  readonly certificates: readonly CertificateEntry[];
  /** Entries were left out, since the database holds more than MAX_ENTRIES. */
  readonly isCut: boolean;
}

export interface LayoutKnowledge {
  readonly platform: Platform;
  readonly knowledge: Knowledge;
}

/** A variable that varstored takes has room for 1194 of the smallest; a refused one may hold a few times as many. */
const MAX_ENTRIES = 20_000;
/** A browser draws one rectangle for each. */
const MAX_RUNS = 240;
const MAX_CERTIFICATES = 64;

/** All of one NVRAM, in the order of the chain: PK, KEK, db, dbx, dbt. Of two variables of one name the first. */
export function databaseLayouts(
  variables: readonly EfiVariable[],
  known: LayoutKnowledge,
): readonly DatabaseLayout[] {
  return ["PK", "KEK", "db", "dbx", "dbt"].flatMap((name) => {
    const variable = variables.find((one) => secureBootName(one) === name);
    return variable === undefined ? [] : [databaseLayout(name, variable, known)];
  });
}

function databaseLayout(name: string, variable: EfiVariable, known: LayoutKnowledge): DatabaseLayout {
  // The same lists stand in many VMs, and in each of them before and after its repair.
  const database = rememberedDatabase(variable.data, known.platform);
  const { runs, owners, distinct, isCut } = entriesOf(database);
  const inOrder = runs.length <= MAX_RUNS;
  return {
    name,
    bytes: variable.data.length,
    timestamp: formatEfiTime(variable.timestamp),
    lists: database.lists.length,
    entries: database.lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0),
    distinct,
    runs: inOrder ? runs : byOwner(runs),
    inOrder,
    owners,
    certificates: certificatesOf(database, variable.dataSpan.start, known),
    isCut,
  };
}

interface Entries extends Pick<DatabaseLayout, "runs" | "owners" | "distinct" | "isCut"> {}

const entriesOf: (database: SignatureDatabase) => Entries = oncePer(readEntries);

function readEntries(database: SignatureDatabase): Entries {
  const ownersOf = new Map<string, Set<string>>();
  const runs: Writable<EntryRun>[] = [];
  let left = MAX_ENTRIES;
  for (const list of database.lists) {
    const count = Math.min(list.signatureCount, left);
    left -= count;
    for (let i = 0; i < count; i++) {
      const { signatureOwner, signatureData } = signatureAt(database.data, list, i);
      const key = `${list.signatureType} ${toHex(signatureData)}`;
      const holders = ownersOf.get(key);
      const repeats = holders !== undefined;
      if (holders === undefined) ownersOf.set(key, new Set([signatureOwner]));
      else holders.add(signatureOwner);
      const last = runs.at(-1);
      if (last !== undefined && last.owner.guid === signatureOwner && last.repeats === repeats) {
        last.count++;
        last.bytes += list.signatureSize;
      } else runs.push({ owner: named(signatureOwner), repeats, count: 1, bytes: list.signatureSize });
    }
  }
  const isCut = database.lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0) > MAX_ENTRIES;
  return { runs, owners: sharesOf(ownersOf), distinct: ownersOf.size, isCut };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function sharesOf(ownersOf: ReadonlyMap<string, ReadonlySet<string>>): OwnerShare[] {
  const shares = new Map<string, Writable<OwnerShare>>();
  for (const holders of ownersOf.values()) {
    for (const guid of holders) {
      const share = shares.get(guid) ?? { owner: named(guid), count: 0, alone: 0 };
      share.count++;
      if (holders.size === 1) share.alone++;
      shares.set(guid, share);
    }
  }
  return [...shares.values()];
}

function byOwner(runs: readonly EntryRun[]): EntryRun[] {
  const sums = new Map<string, Writable<EntryRun>>();
  for (const { owner, repeats, count, bytes } of runs) {
    const key = `${owner.guid} ${repeats}`;
    const sum = sums.get(key) ?? { owner, repeats, count: 0, bytes: 0 };
    sum.count += count;
    sum.bytes += bytes;
    sums.set(key, sum);
  }
  // Hostile data may give each entry an owner of its own.
  return [...sums.values()].slice(0, MAX_RUNS);
}

function certificatesOf(
  database: SignatureDatabase,
  start: number,
  { platform, knowledge }: LayoutKnowledge,
): CertificateEntry[] {
  return storedCertificates(database, platform).map(({ owner, span, sha256, certificate }) => {
    const known = knowledge.certificate(sha256);
    return {
      owner,
      span: { start: span.start + start, end: span.end + start },
      sha256,
      commonName: known?.commonName ?? certificate?.commonName ?? null,
      subject: certificate?.subject ?? null,
      notBefore: certificate?.notBefore ?? null,
      notAfter: certificate?.notAfter ?? null,
      purpose: known?.purpose ?? null,
    };
  });
}

interface StoredCertificate extends Pick<CertificateEntry, "owner" | "sha256"> {
  /** In the variable's data. */
  readonly span: Span;
  readonly certificate: Certificate | null;
}

const storedCertificates: (database: SignatureDatabase, platform: Platform) => readonly StoredCertificate[] =
  oncePer(readCertificates);

function readCertificates(database: SignatureDatabase, platform: Platform): StoredCertificate[] {
  const found: StoredCertificate[] = [];
  for (const list of database.lists) {
    if (list.signatureType !== EFI_CERT_X509_GUID) continue;
    for (let i = 0; i < list.signatureCount && found.length < MAX_CERTIFICATES; i++) {
      const { span, signatureOwner, signatureData } = signatureAt(database.data, list, i);
      found.push({
        owner: named(signatureOwner),
        span,
        sha256: toHex(platform.sha256(signatureData)),
        certificate: platform.parseCertificate(signatureData),
      });
    }
  }
  return found;
}
