/** What the corpus has no case for: the rules on Microsoft's certificates and releases at their edges. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { readCertificateFields } from "../../parsers/efi/x509.ts";
import { guidNamed } from "../../parsers/guids.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import type { Finding } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { authenticodeHashes, isAuthenticodeHash } from "../../rules/knowledge/dbx-table.ts";
import { countHashes, hasHash } from "../../rules/knowledge/hash-set.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  concat,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  noise,
  sha256List,
  signature,
  XCP_NG_OWNER,
  x509List,
} from "../builders/blob.ts";
import { flatHashes, svnData } from "../builders/known-hashes.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { roleKnowledge, TEST_ROLES } from "../builders/test-microsoft.ts";
import { vmOf } from "../builders/vm-of.ts";
import { hashesOf, hashList } from "./knowledge/knowledge-data.ts";

const { kek2011, kek2023, pca2011, windows2023, uefi2011, uefi2023, optionRom2023, guestPk } = TEST_ROLES;
const SVN_OWNER = guidNamed("EFI_CERT_SVN");
const NEWEST = hashList(MICROSOFT_OWNER, hashesOf("2026-06b"));

type Keys = Partial<Record<"PK" | "KEK" | "db", readonly Uint8Array[]>> & { readonly dbx?: Uint8Array };

function variables({
  PK = [guestPk],
  KEK = [kek2011, kek2023],
  db = [pca2011, windows2023],
  dbx = NEWEST,
}: Keys) {
  const made: VariableFields[] = [];
  const lists = (owner: string, certificates: readonly Uint8Array[]) =>
    concat(...certificates.map((certificate) => x509List(owner, certificate)));
  if (PK.length > 0) made.push(makeSignatureVariable("PK", lists(XCP_NG_OWNER, PK)));
  if (KEK.length > 0) made.push(makeSignatureVariable("KEK", lists(MICROSOFT_OWNER, KEK)));
  if (db.length > 0) made.push(makeSignatureVariable("db", lists(MICROSOFT_OWNER, db)));
  if (dbx.length > 0) made.push(makeSignatureVariable("dbx", dbx));
  return [...bootVariables(), ...made];
}

function findings(blob: Uint8Array, ruleId: string): Finding[] {
  const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge: roleKnowledge };
  return analyzeVm(vmOf(blob), RULES, settings).findings.filter((finding) => finding.ruleId === ruleId);
}

const on = (keys: Keys, ruleId: string): Finding[] => findings(makeBlob(variables(keys)), ruleId);

describe("kek-2023-missing", () => {
  it("is a remark in setup mode, where nobody needs to sign", () => {
    const [finding] = on({ PK: [], KEK: [kek2011] }, "kek-2023-missing");
    expect(finding).toMatchObject({
      severity: "info",
      breaks: null,
      facts: { pk: null, guestCanGetIt: true },
    });
  });

  it("warns under a PK of which nothing is known", () => {
    const [finding] = on({ PK: [SAMPLE_PK], KEK: [kek2011] }, "kek-2023-missing");
    expect(finding).toMatchObject({ severity: "warning", breaks: "update", facts: { publishedForPk: null } });
  });

  it("has nothing to say to a KEK without Microsoft's certificate of 2011", () => {
    expect(on({ KEK: [SAMPLE_KEK] }, "kek-2023-missing")).toEqual([]);
    expect(on({ KEK: [kek2023] }, "kek-2023-missing")).toEqual([]);
  });
});

describe("db-2023-missing", () => {
  it("breaks updates where KEK can verify no update of db", () => {
    const [finding] = on({ KEK: [SAMPLE_KEK], db: [pca2011] }, "db-2023-missing");
    expect(finding).toMatchObject({
      severity: "warning",
      breaks: "update",
      facts: { guestCanTakeThem: false },
    });
    expect(finding?.message).toContain("cannot take");
  });

  it("is a remark where only the certificate for option ROMs is missing", () => {
    const [finding] = on({ db: [uefi2011, uefi2023] }, "db-2023-missing");
    expect(finding).toMatchObject({ severity: "info", breaks: null });
  });

  it("is silent where the successors of what is trusted are there", () => {
    expect(on({ db: [uefi2011, uefi2023, optionRom2023] }, "db-2023-missing")).toEqual([]);
    expect(on({ db: [SAMPLE_DB] }, "db-2023-missing")).toEqual([]);
  });
});

describe("a revocation by digest", () => {
  function revokedBy(
    type: string,
    algorithm: string,
    certificate: Uint8Array,
    entryBytes: number,
  ): Uint8Array {
    const digest = createHash(algorithm).update(readCertificateFields(certificate).tbsCertificate).digest();
    const data = new Uint8Array(entryBytes - 16);
    data.set(digest);
    const list = [signature(MICROSOFT_OWNER, data)];
    return buildSignatureList(guidBytes(guidNamed(type)), new Uint8Array(0), entryBytes, list);
  }

  it.each([
    ["EFI_CERT_X509_SHA256", "sha256", 64],
    ["EFI_CERT_X509_SHA384", "sha384", 80],
    ["EFI_CERT_X509_SHA512", "sha512", 96],
  ])("%s counts like the certificate itself", (type, algorithm, entryBytes) => {
    const revoked = (certificate: Uint8Array) => revokedBy(type, algorithm, certificate, entryBytes);
    expect(on({ db: [SAMPLE_DB], dbx: revoked(SAMPLE_DB) }, "revoked-certificate-in-db")).toHaveLength(1);
    expect(on({ db: [SAMPLE_DB], dbx: revoked(SAMPLE_KEK) }, "revoked-certificate-in-db")).toEqual([]);
    expect(on({ db: [pca2011], dbx: revoked(pca2011) }, "pca2011-revoked-without-successor")).toHaveLength(1);
    expect(on({ db: [pca2011], dbx: revoked(pca2011) }, "revoked-certificate-in-db")).toEqual([]);
  });

  it("is not looked for in bytes that are no certificate", () => {
    const dbx = revokedBy("EFI_CERT_X509_SHA256", "sha256", SAMPLE_DB, 64);
    expect(on({ db: [noise(300, 5)], dbx }, "revoked-certificate-in-db")).toEqual([]);
  });
});

describe("svn-inconsistent", () => {
  const BOOTMGR = guidNamed("bootmgr");
  const withSvns = (...entries: readonly (readonly [string, Uint8Array])[]) =>
    on(
      {
        dbx: concat(
          x509List(MICROSOFT_OWNER, pca2011),
          ...entries.map(([owner, data]) => hashList(owner, [data])),
        ),
      },
      "svn-inconsistent",
    )[0];

  it("tells a GUID that only looks like an application's from an unknown one", () => {
    const unknown = withSvns([SVN_OWNER, svnData(CUSTOM_OWNER, 3)]);
    expect(unknown).toMatchObject({ severity: "info", facts: { lookalikes: [] } });
    expect(unknown?.facts["unknownApplications"]).toHaveLength(1);
    const lookalike = withSvns([SVN_OWNER, svnData(SVN_OWNER, 3)]);
    expect(lookalike).toMatchObject({ severity: "warning", facts: { unknownApplications: [] } });
    expect(lookalike?.facts["lookalikes"]).toHaveLength(1);
  });

  it("remarks a number above those known and warns of one that cannot be a version", () => {
    expect(withSvns([SVN_OWNER, svnData(BOOTMGR, 11)])).toBeUndefined();
    expect(withSvns([SVN_OWNER, svnData(BOOTMGR, 12)])).toMatchObject({
      severity: "info",
      facts: { aboveKnown: ["bootmgfw.efi 12.0"], implausible: [] },
    });
    expect(withSvns([SVN_OWNER, svnData(BOOTMGR, 256)])).toMatchObject({
      severity: "warning",
      facts: { aboveKnown: [], implausible: ["bootmgfw.efi 256.0"] },
    });
  });

  it("leaves a slip of the owner to the rule on slips", () => {
    expect(withSvns([BOOTMGR, svnData(BOOTMGR, 2)])).toBeUndefined();
    expect(withSvns([XCP_NG_OWNER, svnData(BOOTMGR, 2)])?.facts["wrongOwners"]).toEqual([
      "bootmgfw.efi 2.0 under XCP-ng",
    ]);
  });

  it("names at most a dozen, however many a crafted dbx has", () => {
    const entries = Array.from({ length: 40 }, (_, i) => svnData(CUSTOM_OWNER, i));
    const [finding] = on({ dbx: hashList(SVN_OWNER, entries) }, "svn-inconsistent");
    expect(finding?.facts["unknownApplications"]).toHaveLength(12);
  });
});

describe("dbx-behind", () => {
  it("says that there is no dbx where Microsoft's keys are, and only there", () => {
    const [finding] = on({ dbx: new Uint8Array(0) }, "dbx-behind");
    expect(finding).toMatchObject({
      severity: "info",
      variable: null,
      facts: { present: false, next: "2026-06b" },
    });
    expect(on({ dbx: new Uint8Array(0), KEK: [SAMPLE_KEK], db: [SAMPLE_DB] }, "dbx-behind")).toEqual([]);
  });

  it("counts what is optional only while PCA 2011 is trusted", () => {
    const dbx = hashList(MICROSOFT_OWNER, hashesOf("2026-06a"));
    expect(on({ dbx }, "dbx-behind")[0]?.facts).toMatchObject({ missing: 154, optionalMatters: true });
    expect(on({ dbx, db: [windows2023] }, "dbx-behind")).toEqual([]);
  });

  it("does not look at owners", () => {
    expect(on({ dbx: hashList(CUSTOM_OWNER, hashesOf("2026-06b")) }, "dbx-behind")).toEqual([]);
  });

  it("says nothing of a dbx that may stand behind the cut", () => {
    const cut = makeBlob(variables({ dbx: NEWEST })).slice(0, -5);
    expect(findings(cut, "dbx-behind")).toEqual([]);
  });
});

describe("next-update-overflows", () => {
  const ID = "next-update-overflows";

  it("is an error where no known update fits any more", () => {
    const [finding] = on({ dbx: sha256List(MICROSOFT_OWNER, 1194) }, ID);
    expect(finding).toMatchObject({
      severity: "error",
      breaks: "update",
      facts: { state: "armed", fits: [] },
    });
  });

  it("is blocked on every daemon where the total is full", () => {
    const filler = (name: string) => makeVariable(name, new Uint8Array(57_000).fill(1));
    const blob = makeBlob([...variables({ dbx: new Uint8Array(0) }), filler("A"), filler("B")]);
    const [finding] = findings(blob, ID);
    expect(finding).toMatchObject({ severity: "warning", facts: { state: "blocked", update: "2026-06b" } });
    expect(finding?.message).toContain("Every daemon");
  });

  it("leaves the incident to its own rule, and a dbx that is over the limit already", () => {
    const planted = concat(hashList(XCP_NG_OWNER, hashesOf("2025-06")), sha256List(MICROSOFT_OWNER, 700));
    expect(on({ dbx: planted }, ID)).toEqual([]);
    expect(on({ dbx: planted }, "incident-2025-10")).toHaveLength(1);
    expect(on({ dbx: sha256List(MICROSOFT_OWNER, 1200) }, ID)).toEqual([]);
  });

  it("has nothing to say to somebody's own keys", () => {
    expect(on({ KEK: [SAMPLE_KEK], db: [SAMPLE_DB], dbx: sha256List(CUSTOM_OWNER, 1194) }, ID)).toEqual([]);
  });
});

describe("incident-2025-10", () => {
  const ID = "incident-2025-10";

  it("is over the limit from 57345 bytes on, and stops the start then", () => {
    const dbx = (bytes: number) =>
      concat(
        sha256List(XCP_NG_OWNER, 1180),
        buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509")), new Uint8Array(0), bytes - 28 - 56_668, [
          noise(bytes - 28 - 56_668, 3),
        ]),
      );
    expect(on({ dbx: dbx(57_344) }, ID)[0]).toMatchObject({ breaks: "update", facts: { stage: "planted" } });
    expect(on({ dbx: dbx(57_345) }, ID)[0]).toMatchObject({
      breaks: "start",
      facts: { stage: "over-limit" },
    });
  });

  it("is told from KEK and db alone, where dbx was replaced", () => {
    const kek = makeSignatureVariable("KEK", x509List(XCP_NG_OWNER, kek2011));
    const [finding] = findings(makeBlob([kek, makeSignatureVariable("dbx", NEWEST)]), ID);
    expect(finding).toMatchObject({
      variable: { name: "KEK" },
      facts: { stage: "planted", plantedInDbx: 0, kills: [] },
    });
  });

  it("says that there is no dbx rather than that updates fit", () => {
    const kek = makeSignatureVariable("KEK", x509List(XCP_NG_OWNER, kek2011));
    const [finding] = findings(makeBlob([kek]), ID);
    expect(finding?.facts["dbxBytes"]).toBeNull();
    expect(finding?.message).toContain("no dbx");
  });

  it("tells the times of the package as a hint", () => {
    expect(on({ dbx: sha256List(XCP_NG_OWNER, 3) }, ID)[0]?.facts["packageTime"]).toBe(true);
  });
});

describe("dbx-flat-hashes", () => {
  it("brings no repair where the lists cannot be taken apart with certainty", () => {
    const dbx = hashList(MICROSOFT_OWNER, [...flatHashes().slice(0, 3), ...hashesOf("2026-06b").slice(0, 2)]);
    expect(on({ dbx }, "dbx-flat-hashes")[0]?.repair?.strategies).toEqual(["compact", "remove"]);
    expect(on({ dbx: dbx.slice(0, -3) }, "dbx-flat-hashes")[0]?.repair).toBeNull();
  });

  it("concerns somebody's own keys as well: no image can match", () => {
    const dbx = hashList(CUSTOM_OWNER, flatHashes().slice(0, 3));
    expect(on({ KEK: [SAMPLE_KEK], db: [SAMPLE_DB], dbx }, "dbx-flat-hashes")).toHaveLength(1);
  });
});

describe("certificate-in-wrong-variable", () => {
  it("names each variable and where the certificate belongs", () => {
    const found = on(
      { PK: [kek2011], KEK: [kek2023, windows2023], db: [windows2023, guestPk] },
      "certificate-in-wrong-variable",
    );
    expect(found.map(({ facts }) => [facts["variable"], facts["belongsIn"]])).toEqual([
      ["PK", "KEK"],
      ["KEK", "db"],
      ["db", "PK"],
    ]);
  });
});

describe("the rules on Microsoft's certificates", () => {
  const IDS = [
    "kek-2023-missing",
    "db-2023-missing",
    "pca2011-revoked-without-successor",
    "dbx-behind",
    "dbx-wrong-architecture",
    "svn-inconsistent",
    "next-update-overflows",
    "incident-2025-10",
    "certificate-in-wrong-variable",
  ];

  it.each(IDS)("%s is silent on somebody's own keys", (id) => {
    const dbx = concat(
      x509List(MICROSOFT_OWNER, pca2011),
      hashList(SVN_OWNER, [svnData(guidNamed("cdboot"), 300)]),
    );
    expect(on({ PK: [SAMPLE_PK], KEK: [SAMPLE_KEK], db: [SAMPLE_DB], dbx }, id)).toEqual([]);
  });
});

describe("the set of all Authenticode hashes", () => {
  it("holds what the look-up of one says", () => {
    const table = roleKnowledge.dbxTable();
    const set = authenticodeHashes(table);
    const told = Array.from({ length: table.hashCount }, (_, index) => isAuthenticodeHash(table, index));
    expect(told.map((_, index) => hasHash(set, index))).toEqual(told);
    expect(countHashes(set)).toBe(told.filter(Boolean).length);
  });
});
