import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../parsers/bytes.ts";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { VmSource } from "../../../parsers/model.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { causeOf } from "../../../report/clusters/cause.ts";
import { ClusterCollector } from "../../../report/clusters/collector.ts";
import { baseTemplatesOf, type CopyOrigin, originOf } from "../../../report/clusters/origin.ts";
import { plantedDigest, plantedSet } from "../../../report/clusters/planted-set.ts";
import type { FindingReport } from "../../../report/finding.ts";
import type { VmReport } from "../../../report/vm.ts";
import { KNOWN_CERTIFICATES } from "../../../rules/knowledge/certificates.ts";
import { concat, makeBlob, makeSignatureVariable, sha256List, x509List } from "../../builders/blob.ts";
import { backupReportOf, findingReportOf, vmReportOf } from "../../builders/judged.ts";
import { SAMPLE_DB, SAMPLE_KEK } from "../../builders/sample-keys.ts";
import { vmOf } from "../../builders/vm-of.ts";
import { testKnowledge } from "../../knowledge.ts";

const SOURCES = { platform: nodePlatform, knowledge: testKnowledge };
const rank = (): number => 0;

function finding(fields: Partial<FindingReport>): FindingReport {
  return findingReportOf(fields);
}

function origin(fields: Partial<CopyOrigin<string>> = {}): CopyOrigin<string> {
  return {
    keys: "k".repeat(64),
    baseTemplateName: "gold",
    ref: null,
    snapshotOf: null,
    parent: null,
    first: null,
    ...fields,
  };
}

describe("the cause of a verdict", () => {
  it("is what breaks something, whatever else is noticed, and how often", () => {
    const findings = [
      finding({ ruleId: "b" }),
      finding({ ruleId: "a", severity: "warning", breaks: "start" }),
      finding({ ruleId: "b", variable: null }),
      finding({ ruleId: "noticed", severity: "error", breaks: null }),
    ];
    expect(causeOf({ verdict: "unbootable", findings })?.faults).toEqual(["a", "b"]);
  });

  it("is what is loud where nothing breaks, and none where nothing is loud", () => {
    const loud = finding({ ruleId: "loud", severity: "warning", breaks: null });
    const quiet = finding({ ruleId: "quiet", severity: "info", breaks: null });
    expect(causeOf({ verdict: "healthy", findings: [quiet, loud] })?.faults).toEqual(["loud"]);
    expect(causeOf({ verdict: "healthy", findings: [quiet] })).toBeNull();
    expect(causeOf({ verdict: "no-nvram", findings: [] })).toBeNull();
  });
});

function variablesOf(kek: Uint8Array, db: Uint8Array) {
  const blob = makeBlob([makeSignatureVariable("KEK", kek), makeSignatureVariable("db", db)]);
  return vmOf(blob).nvram?.blob?.variables ?? [];
}

describe("the planted certificates", () => {
  const kek = x509List(XCP_NG_OWNER, SAMPLE_KEK);
  const digest = (db: Uint8Array): string | null => plantedDigest(variablesOf(kek, db), SOURCES);
  const [a, b] = [x509List(XCP_NG_OWNER, SAMPLE_DB), x509List(XCP_NG_OWNER, SAMPLE_KEK)];

  it("are the same in any order, in any lists and where they are there twice", () => {
    expect(digest(concat(a, b))).toBe(digest(concat(b, a)));
    expect(digest(concat(a, b, a))).toBe(digest(concat(a, b)));
    const hashes = concat(sha256List(XCP_NG_OWNER, 2), sha256List(XCP_NG_OWNER, 3, 2));
    expect(digest(hashes)).toBe(digest(sha256List(XCP_NG_OWNER, 5)));
  });

  it("are others under another owner, and in the other variable", () => {
    expect(digest(x509List(MICROSOFT_OWNER, SAMPLE_DB))).not.toBe(digest(a));
    expect(plantedDigest(variablesOf(a, kek), SOURCES)).not.toBe(digest(a));
    expect(digest(a)).not.toBe(digest(concat(a, b)));
    expect(plantedDigest([], SOURCES)).toBeNull();
  });

  it("are told by owner", () => {
    const db = concat(a, x509List(MICROSOFT_OWNER, SAMPLE_KEK));
    const { text, certificates } = plantedSet(variablesOf(kek, db), SOURCES);
    expect(text).toBe("2 certificates under the owner XCP-ng; 1 certificate under the owner Microsoft");
    expect(certificates.map(({ variable, owner }) => [variable, owner])).toEqual([
      ["KEK", XCP_NG_OWNER],
      ["db", XCP_NG_OWNER],
      ["db", MICROSOFT_OWNER],
    ]);
  });

  it("are told by Microsoft's generations where they are known", () => {
    const known = KNOWN_CERTIFICATES.filter(({ owner }) => owner === MICROSOFT_OWNER);
    const years = known.map(({ notBefore }) => notBefore.slice(0, 4));
    const [old, young] = [known[years.indexOf("2011")], known[years.indexOf("2023")]];
    const kekHash = toHex(nodePlatform.sha256(SAMPLE_KEK));
    const certificate = (sha256: string) => (sha256 === kekHash ? (old ?? null) : (young ?? null));
    const sources = { platform: nodePlatform, knowledge: { ...testKnowledge, certificate } };
    expect(plantedSet(variablesOf(kek, a), sources)).toEqual({
      text: "Microsoft's certificates of 2011 and 2023 under the owner XCP-ng",
      certificates: [
        { variable: "KEK", name: old?.commonName, owner: XCP_NG_OWNER },
        { variable: "db", name: young?.commonName, owner: XCP_NG_OWNER },
      ],
    });
  });

  it("are read of any bytes whatever", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const cut = concat(a.subarray(0, noise.length), noise);
        expect(digest(cut)).toMatch(/^[0-9a-f]{64}$/);
        expect(plantedSet(variablesOf(kek, cut), SOURCES).text).not.toBe("");
      }),
      { numRuns: 200 },
    );
  });

  it("take no memory for a list that only claims to be long", () => {
    const list = a.slice();
    new DataView(list.buffer).setUint32(24, 0xffff_ff00, true);
    expect(digest(list)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("are named up to a limit", () => {
    const { maxClusterCertificates: limit } = PARSER_LIMITS;
    const named = (count: number): number =>
      plantedSet(variablesOf(kek, concat(...Array.from({ length: count - 1 }, () => a))), SOURCES)
        .certificates.length;
    expect([named(limit), named(limit + 1)]).toEqual([limit, limit]);
  });
});

describe("the base template of a copy", () => {
  const base = (...origins: readonly Partial<CopyOrigin<string>>[]): (string | null)[] =>
    baseTemplatesOf(origins.map((fields) => origin({ baseTemplateName: null, ...fields })));

  it("is that of the record which it is a snapshot of, or of the snapshot which it was reverted to", () => {
    const vm = { ref: "Ref:1", baseTemplateName: "gold" };
    expect(base(vm, { snapshotOf: "Ref:1" }, { parent: "Ref:1" }, { parent: "Ref:9" })).toEqual([
      "gold",
      "gold",
      "gold",
      null,
    ]);
  });

  it("is none where references lead in a circle, or too far", () => {
    expect(base({ ref: "a", parent: "b" }, { ref: "b", parent: "a" })).toEqual([null, null]);
    const chain = Array.from({ length: 100 }, (_, i) => ({ ref: `${i}`, parent: `${i + 1}` }));
    const bases = base(...chain, { ref: "100", baseTemplateName: "gold" });
    expect([bases[0], bases[99]]).toEqual([null, "gold"]);
  });

  it("is read of the record, where a reference to nothing counts as none", () => {
    const fields = new Map([
      ["other_config:base_template_name", "gold"],
      ["_ref", "OpaqueRef:1"],
      ["snapshot_of", "OpaqueRef:NULL"],
    ]);
    const vm: VmSource = { ...vmOf(makeBlob([])), fields };
    expect(originOf(vm, SOURCES, () => null)).toEqual({
      keys: null,
      baseTemplateName: "gold",
      ref: "OpaqueRef:1",
      snapshotOf: null,
      parent: null,
      first: null,
    });
  });
});

describe("the collector of clusters", () => {
  const collected = (copies: readonly (readonly [Partial<VmReport>, CopyOrigin<string>])[]) => {
    const collector = new ClusterCollector<string>();
    for (const [i, [fields, from]] of copies.entries()) {
      const vm = vmReportOf({ uuid: `${i}`, backup: null, findings: [finding({})], ...fields });
      collector.add({ path: `${i}.vars`, format: "vars", vms: [vm] }, [from]);
    }
    return collector.clusters(rank);
  };

  it("keeps apart what differs in verdict, faults, certificates or template, and nothing else", () => {
    const other = [finding({ ruleId: "other" })];
    const clusters = collected([
      [{}, origin()],
      [{ nameLabel: "b", findings: [finding({ message: "60 bytes", variable: null })] }, origin()],
      [{ verdict: "unbootable" }, origin()],
      [{ findings: other }, origin()],
      [{}, origin({ keys: "other" })],
      [{}, origin({ baseTemplateName: null })],
      [{ findings: [], verdict: "healthy" }, origin()],
    ]);
    expect(clusters.map(({ report: { vms } }) => vms)).toEqual([2, 1, 1, 1, 1]);
  });

  it("takes the copies of one VM for one, and those of its backups as well", () => {
    const backup = backupReportOf({ vmUuid: "vm" });
    const clusters = collected([
      [{ uuid: "vm" }, origin()],
      [{ uuid: "vm", source: "snapshot_metadata.NVRAM" }, origin()],
      [{ uuid: "snapshot of a backup", kind: "snapshot", backup }, origin()],
      [{ uuid: "snapshot", kind: "snapshot" }, origin()],
      [{ uuid: null }, origin()],
      [{ uuid: null }, origin()],
    ]);
    expect(clusters).toHaveLength(1);
    expect(clusters[0]?.report).toMatchObject({ copies: 6, vms: 3, snapshots: 1, ownTemplates: 0 });
  });

  it("gives the note of the first of its kind", () => {
    const set = { text: "two certificates", certificates: [] };
    const [cluster] = collected([
      [{}, origin({ first: { set, note: "first" } })],
      [{}, origin({ first: { set, note: "second" } })],
    ]);
    expect(cluster).toMatchObject({
      first: { copy: { path: "0.vars" }, note: "first" },
      report: { keys: set },
    });
  });

  it("names as many members as it may, and counts the others", () => {
    const { maxClusterMembers: limit } = PARSER_LIMITS;
    for (const count of [limit, limit + 1]) {
      const [cluster] = collected(Array.from({ length: count }, () => [{}, origin()]));
      expect([cluster?.report.members.length, cluster?.report.vms]).toEqual([limit, count]);
    }
  });

  it("puts what comes after as many clusters as it may tell apart together, by verdict", () => {
    const { maxClusters } = PARSER_LIMITS;
    const copies = Array.from(
      { length: maxClusters + 3 },
      (_, i): readonly [Partial<VmReport>, CopyOrigin<string>] => [
        { verdict: i < maxClusters + 1 ? "at-risk" : "unbootable" },
        origin({ keys: `${i}` }),
      ],
    );
    const clusters = collected(copies);
    const mixed = clusters.filter(({ report: { isMixed } }) => isMixed).map(({ report }) => report);
    expect(clusters).toHaveLength(maxClusters + 2);
    expect(mixed.map(({ verdict, vms, faults, keys }) => [verdict, vms, faults, keys])).toEqual([
      ["unbootable", 2, [], null],
      ["at-risk", 1, [], null],
    ]);
    expect(collected(copies.slice(0, maxClusters)).every(({ report }) => !report.isMixed)).toBe(true);
  });

  it("looks for a template among as many as it may keep", () => {
    const { maxClusterTemplates } = PARSER_LIMITS;
    const collector = new ClusterCollector<string>();
    const templates = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) =>
        vmReportOf({ kind: "template", nameLabel: `t${from + i}`, uuid: `t${from + i}`, verdict: "healthy" }),
      );
    const healthy = origin({ baseTemplateName: null });
    const vms = templates(0, maxClusterTemplates + 1);
    collector.add(
      { path: "db", format: "xapi-db", vms },
      vms.map(() => healthy),
    );
    for (const name of [`t${maxClusterTemplates - 1}`, `t${maxClusterTemplates}`]) {
      const vm = vmReportOf({ uuid: name, findings: [finding({})] });
      collector.add({ path: name, format: "vars", vms: [vm] }, [origin({ baseTemplateName: name })]);
    }
    expect(collector.clusters(rank).map(({ report }) => report.templates.length)).toEqual([1, 0]);
  });
});
