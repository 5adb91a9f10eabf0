/** Microsoft's certificates and releases: what the incident planted, what is missing, what is revoked, what the next update does. */
import { createHash } from "node:crypto";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { readCertificateFields } from "../../parsers/efi/x509.ts";
import { guidNamed } from "../../parsers/guids.ts";
import {
  bootVariables,
  concat,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  signature,
  XCP_NG_OWNER,
  x509List,
} from "../builders/blob.ts";
import type { CorpusCase } from "../builders/corpus-case.ts";
import { flatAndAuthenticodeHashes, flatHashes, hashesOnlyFor, svnData } from "../builders/known-hashes.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { TEST_ROLES } from "../builders/test-microsoft.ts";
import { hashesOf, hashList } from "../rules/knowledge/knowledge-data.ts";

const SVN_OWNER = guidNamed("EFI_CERT_SVN");
const BOOTMGR = guidNamed("bootmgr");
const DB_2011 = [TEST_ROLES.pca2011, TEST_ROLES.uefi2011];
const DB_2023 = [TEST_ROLES.windows2023, TEST_ROLES.uefi2023, TEST_ROLES.optionRom2023];
const KEKS = [TEST_ROLES.kek2011, TEST_ROLES.kek2023];

interface Store {
  readonly pk?: Uint8Array;
  readonly kek?: readonly Uint8Array[];
  readonly db?: readonly Uint8Array[];
  readonly dbx?: Uint8Array;
  /** Of KEK and db. */
  readonly owner?: string;
}

/** A guest with Microsoft's keys, each under its publisher's owner; all of both generations where nothing else is said. */
function store({
  pk = TEST_ROLES.guestPk,
  kek = KEKS,
  db = [...DB_2011, ...DB_2023],
  dbx = hashList(MICROSOFT_OWNER, hashesOf("2026-06b").slice(0, 8)),
  owner = MICROSOFT_OWNER,
}: Store): Uint8Array {
  const lists = (certificates: readonly Uint8Array[]) =>
    concat(...certificates.map((certificate) => x509List(owner, certificate)));
  return makeBlob([
    ...bootVariables(),
    makeSignatureVariable("PK", x509List(XCP_NG_OWNER, pk)),
    makeSignatureVariable("KEK", lists(kek)),
    makeSignatureVariable("db", lists(db)),
    makeSignatureVariable("dbx", dbx),
  ]);
}

function roleCase(name: string, title: string, made: Store): CorpusCase {
  return { name, title, file: "input.vars", knowledge: "test", bytes: () => store(made) };
}

const revoked = (certificate: Uint8Array) => x509List(MICROSOFT_OWNER, certificate);

/** One EFI_CERT_X509_SHA256 list: the digest of what a certificate signs over, and a time of revocation. */
function revokedByDigest(certificate: Uint8Array): Uint8Array {
  const { tbsCertificate } = readCertificateFields(certificate);
  const digest = createHash("sha256").update(tbsCertificate).digest();
  const entry = signature(MICROSOFT_OWNER, concat(digest, new Uint8Array(16)));
  return buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509_SHA256")), new Uint8Array(0), 64, [entry]);
}

const ownKeys = (dbx: Uint8Array): Store => ({ pk: SAMPLE_PK, kek: [SAMPLE_KEK], db: [SAMPLE_DB], dbx });

export const cases: readonly CorpusCase[] = [
  roleCase(
    "incident-2025-10",
    "Stage planted: KEK, db and a dbx with hashes of files under the XCP-ng owner; the larger updates no longer fit.",
    {
      owner: XCP_NG_OWNER,
      dbx: hashList(XCP_NG_OWNER, [...hashesOf("2025-06"), ...flatHashes().slice(0, 330)]),
    },
  ),
  roleCase(
    "incident-2025-10-grown",
    "Stage grown: the entries of dbx under the XCP-ng owner, and Microsoft's copies of some beside them.",
    {
      owner: XCP_NG_OWNER,
      dbx: concat(
        hashList(XCP_NG_OWNER, hashesOf("2024-07").slice(0, 20)),
        hashList(MICROSOFT_OWNER, hashesOf("2024-07").slice(0, 12)),
      ),
    },
  ),
  roleCase("incident-2025-10-near-miss", "The XCP-ng owner in PK alone, where it is right.", {}),
  roleCase(
    "next-update-overflows",
    "751 revocations of somebody's own: the largest known update would make dbx 57368 bytes.",
    { dbx: sha256List(MICROSOFT_OWNER, 751) },
  ),
  roleCase(
    "next-update-overflows-near-miss",
    "750 revocations of somebody's own: the largest known update makes dbx 57320 bytes, which fits.",
    { dbx: sha256List(MICROSOFT_OWNER, 750) },
  ),
  roleCase(
    "next-update-overflows-merged",
    "760 revocations of somebody's own, 60 of them copies: merged, dbx has room for every known update.",
    { dbx: concat(sha256List(MICROSOFT_OWNER, 700), sha256List(MICROSOFT_OWNER, 60)) },
  ),
  roleCase(
    "kek-2023-missing",
    "KEK of 2011 alone under the PK of XCP-ng, which no update of KEK is signed with.",
    {
      kek: [TEST_ROLES.kek2011],
    },
  ),
  roleCase(
    "kek-2023-missing-published",
    "KEK of 2011 alone under a PK for which Microsoft publishes an update of KEK.",
    {
      kek: [TEST_ROLES.kek2011],
      pk: TEST_ROLES.oemPk,
    },
  ),
  roleCase("kek-2023-missing-near-miss", "KEK of 2011 and of 2023.", {}),
  roleCase(
    "db-2023-missing",
    "db trusts both certificates of 2011 and has the successor for Windows alone.",
    {
      db: [...DB_2011, TEST_ROLES.windows2023],
    },
  ),
  roleCase(
    "db-2023-missing-near-miss",
    "db trusts Windows alone, of both generations: shim's CA was never wanted.",
    {
      db: [TEST_ROLES.pca2011, TEST_ROLES.windows2023],
    },
  ),
  roleCase("pca2011-revoked-without-successor", "PCA 2011 in db and in dbx, without Windows UEFI CA 2023.", {
    db: DB_2011,
    dbx: concat(revoked(TEST_ROLES.pca2011), hashList(SVN_OWNER, [svnData(BOOTMGR, 2)])),
  }),
  roleCase(
    "pca2011-revoked-without-successor-both",
    "PCA 2011 and Windows UEFI CA 2023 in db and in dbx: Windows is signed under nothing else.",
    { dbx: concat(revoked(TEST_ROLES.pca2011), revoked(TEST_ROLES.windows2023)) },
  ),
  roleCase(
    "pca2011-revoked-without-successor-near-miss",
    "PCA 2011 revoked where db never trusted Windows.",
    {
      db: [TEST_ROLES.uefi2011, TEST_ROLES.uefi2023, TEST_ROLES.optionRom2023],
      dbx: concat(revoked(TEST_ROLES.pca2011), hashList(SVN_OWNER, [svnData(BOOTMGR, 2)])),
    },
  ),
  roleCase(
    "revoked-certificate-in-db",
    "A certificate of somebody's own in db that dbx revokes by the digest of what it signs over.",
    ownKeys(revokedByDigest(SAMPLE_DB)),
  ),
  roleCase("revoked-certificate-in-db-with-successor", "PCA 2011 revoked as Microsoft intends: a remark.", {
    dbx: revoked(TEST_ROLES.pca2011),
  }),
  roleCase(
    "revoked-certificate-in-db-near-miss",
    "dbx revokes a certificate that stands in KEK and not in db.",
    ownKeys(concat(revokedByDigest(SAMPLE_KEK), revoked(SAMPLE_KEK))),
  ),
  roleCase("dbx-behind", "Eight hashes of the newest release under Microsoft's keys.", {}),
  roleCase(
    "dbx-behind-near-miss",
    "The newest release without what is optional, where dbx revokes PCA 2011: nothing that counts is missing.",
    { dbx: concat(revoked(TEST_ROLES.pca2011), hashList(MICROSOFT_OWNER, hashesOf("2026-06a"))) },
  ),
  roleCase("dbx-wrong-architecture", "The hashes of ARM images in the dbx of an x64 guest.", {
    dbx: hashList(MICROSOFT_OWNER, [
      ...hashesOnlyFor("arm").slice(0, 20),
      ...hashesOf("2026-06b").slice(0, 3),
    ]),
  }),
  roleCase("dbx-wrong-architecture-near-miss", "As many hashes of x64 images beside those of ARM.", {
    dbx: hashList(MICROSOFT_OWNER, [
      ...hashesOnlyFor("arm").slice(0, 20),
      ...hashesOf("2026-06b").slice(0, 20),
    ]),
  }),
  roleCase(
    "dbx-flat-hashes",
    "Hashes of whole files among those of images, two that are both, and one that nobody knows; in two lists.",
    {
      dbx: concat(
        hashList(MICROSOFT_OWNER, [...flatHashes().slice(0, 4), ...flatAndAuthenticodeHashes()]),
        hashList(MICROSOFT_OWNER, [...hashesOf("2026-06b").slice(0, 3), ...flatHashes().slice(4, 6)]),
        sha256List(MICROSOFT_OWNER, 1),
      ),
    },
  ),
  roleCase(
    "dbx-flat-hashes-near-miss",
    "The two published hashes that are those of a file and of an image at once.",
    {
      dbx: hashList(MICROSOFT_OWNER, flatAndAuthenticodeHashes()),
    },
  ),
  roleCase(
    "svn-inconsistent",
    "A version entry under Microsoft's owner, where no boot manager looks for it.",
    {
      dbx: concat(revoked(TEST_ROLES.pca2011), hashList(MICROSOFT_OWNER, [svnData(BOOTMGR, 7)])),
    },
  ),
  roleCase("svn-inconsistent-remark", "Version entries while PCA 2011 is still trusted.", {
    dbx: hashList(SVN_OWNER, [svnData(BOOTMGR, 7)]),
  }),
  roleCase(
    "svn-inconsistent-near-miss",
    "Two versions of one application after an append: the higher one counts.",
    {
      dbx: concat(
        revoked(TEST_ROLES.pca2011),
        hashList(SVN_OWNER, [svnData(BOOTMGR, 2)]),
        hashList(SVN_OWNER, [svnData(BOOTMGR, 9)]),
      ),
    },
  ),
  roleCase("certificate-in-wrong-variable", "A key exchange key in db.", {
    db: [...DB_2011, ...DB_2023, TEST_ROLES.kek2023],
  }),
  roleCase("certificate-in-wrong-variable-near-miss", "A certificate of db in dbx, where it is revoked.", {
    dbx: revoked(TEST_ROLES.pca2011),
  }),
];
