import { describe, expect, it } from "vitest";
import { type ForecastUpdate, forecast } from "../../daemon/forecast.ts";
import { chooseTarget, type UpdateFile } from "../../daemon/update-target.ts";
import { judgeLoad } from "../../daemon/varstored-loader.ts";
import { toHex } from "../../parsers/bytes.ts";
import { readSignatureDatabase, signatureAt } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { buildBlob, openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { compareBlobs } from "../../rules/engine/proof.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { RepairOutcome } from "../../rules/engine/repair-types.ts";
import type { BlobRule } from "../../rules/engine/rule.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import { takeInventory } from "../../rules/knowledge/dbx-inventory.ts";
import { growthBy } from "../../rules/knowledge/dbx-releases.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  concat,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  noise,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import { CONTEXT } from "../builders/daemon.ts";
import { flatAndAuthenticodeHashes, flatHashes, svnData } from "../builders/known-hashes.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";
import { hasSharedData, sharedBytes, sharedCases } from "../shared-data.ts";
import { hashesOf, hashList, microsoftFile } from "./knowledge/knowledge-data.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
const table = testKnowledge.dbxTable();

const repair = (bytes: Uint8Array, strategy: Strategy = "compact"): RepairOutcome =>
  repairVm(vmOf(bytes), strategy, settings);

function compacted(
  bytes: Uint8Array,
  strategy: Strategy = "compact",
): Extract<RepairOutcome, { kind: "repaired" }> {
  const outcome = repair(bytes, strategy);
  if (outcome.kind !== "repaired") throw new Error(JSON.stringify(outcome));
  return outcome;
}

const dbxOf = (bytes: Uint8Array): EfiVariable =>
  openBlob(bytes).variables.findLast(({ name }) => name === "dbx")!;
const withDbx = (dbx: Uint8Array): Uint8Array =>
  makeBlob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, dbx)]);

/** The data of all entries, in order. */
function hashesIn({ data }: Pick<EfiVariable, "data">): string[] {
  return readSignatureDatabase(data).lists.flatMap((list) =>
    Array.from({ length: list.signatureCount }, (_, i) => toHex(signatureAt(data, list, i).signatureData)),
  );
}

const FLAT = flatHashes();
/** The one that varstored 1.2.0-3.1 planted. */
const BOTH = flatAndAuthenticodeHashes().find((hash) => toHex(hash).startsWith("5c39f0e5"))!;
const IMAGES = hashesOf("2025-10");
const UNKNOWN = noise(32, 77);
const SVN_OWNER = guidNamed("EFI_CERT_SVN");

describe("compact", () => {
  it("drops hashes of files and keeps those of images, the one that is both and those that nobody knows", () => {
    const before = withDbx(
      hashList(MICROSOFT_OWNER, [...FLAT.slice(0, 3), BOTH, ...IMAGES.slice(0, 2), UNKNOWN]),
    );
    const { bytes, proof, steps } = compacted(before);
    expect([...dbxOf(bytes).data]).toEqual([
      ...hashList(MICROSOFT_OWNER, [BOTH, ...IMAGES.slice(0, 2), UNKNOWN]),
    ]);
    expect(steps.map(({ ruleId }) => ruleId)).toEqual(["dbx-flat-hashes"]);
    expect(proof).toMatchObject({ kept: 7, merged: 0, reowned: 0, deadWeight: 3 });
  });

  it("names each dropped hash with its reason", () => {
    const { proof } = compacted(withDbx(hashList(CUSTOM_OWNER, [...FLAT.slice(0, 2), BOTH])));
    expect(proof.removed).toHaveLength(2);
    for (const [i, item] of proof.removed.entries()) {
      expect(item).toMatchObject({ type: "EFI_CERT_SHA256", owner: CUSTOM_OWNER, variable: { name: "dbx" } });
      expect(item.sha256).toBe(toHex(nodePlatform.sha256(FLAT[i]!)));
      expect(item.reason).toContain(toHex(FLAT[i]!));
    }
  });

  it("does what merge does first", () => {
    const dbx = concat(
      hashList(XCP_NG_OWNER, [...IMAGES.slice(0, 5), ...FLAT.slice(0, 4)]),
      hashList(MICROSOFT_OWNER, IMAGES.slice(0, 6)),
    );
    const { bytes, proof } = compacted(makeBlob(keyVariables(XCP_NG_OWNER, dbx)));
    expect([...dbxOf(bytes).data]).toEqual([...hashList(MICROSOFT_OWNER, IMAGES.slice(0, 6))]);
    expect(proof).toMatchObject({ merged: 5, deadWeight: 4 });
    expect(proof.removed).toHaveLength(4);
  });

  it("joins hash lists at the place of the first, and leaves lists of versions and certificates alone", () => {
    const svn = hashList(SVN_OWNER, [svnData(guidNamed("bootmgr"), 2)]);
    const dbx = concat(svn, sha256List(MICROSOFT_OWNER, 2), svn, sha256List(CUSTOM_OWNER, 3, 2));
    const { bytes, proof, steps } = compacted(withDbx(dbx));
    const joined = dbxOf(bytes).data;
    expect(joined).toHaveLength(dbx.length - 28);
    expect(hashesIn({ data: joined })).toEqual([
      ...hashesIn({ data: svn }),
      ...hashesIn({ data: sha256List(MICROSOFT_OWNER, 5) }),
      ...hashesIn({ data: svn }),
    ]);
    expect(proof.removed).toEqual([]);
    expect(steps).toMatchObject([
      { ruleId: "fragmented-signature-lists", title: "Join 4 lists of dbx into 3" },
    ]);
  });

  it("writes nothing where there is nothing to drop", () => {
    expect(repair(withDbx(hashList(MICROSOFT_OWNER, IMAGES))).kind).toBe("nothing-to-repair");
    expect(repair(makeBlob(bootVariables())).kind).toBe("nothing-to-repair");
  });

  it("changes nothing the second time", () => {
    const dbx = concat(
      hashList(XCP_NG_OWNER, [...FLAT.slice(0, 9), ...IMAGES]),
      hashList(MICROSOFT_OWNER, IMAGES),
    );
    expect(repair(compacted(withDbx(dbx)).bytes).kind).toBe("nothing-to-repair");
  });

  it("leaves a dbx of nothing but dead weight, because no loader takes an empty one", () => {
    expect(repair(withDbx(hashList(MICROSOFT_OWNER, FLAT.slice(0, 3)))).kind).toBe("nothing-to-repair");
  });

  it("leaves lists that cannot be taken apart with certainty", () => {
    const cut = hashList(MICROSOFT_OWNER, [...FLAT.slice(0, 3), ...IMAGES.slice(0, 3)]).slice(0, -5);
    expect(repair(withDbx(cut)).kind).toBe("nothing-to-repair");
  });
});

describe("the other strategies", () => {
  const overfull = hashList(MICROSOFT_OWNER, [
    ...FLAT,
    ...IMAGES,
    ...Array.from({ length: 400 }, (_, i) => noise(32, 9 + i)),
  ]);

  it("merge leaves dead weight, and names compact where that can save the blob", () => {
    expect(repair(withDbx(hashList(MICROSOFT_OWNER, [...FLAT, ...IMAGES])), "merge").kind).toBe(
      "nothing-to-repair",
    );
    expect(dbxOf(withDbx(overfull)).data.length).toBeGreaterThan(57_344);
    expect(repair(withDbx(overfull), "merge")).toMatchObject({ kind: "refused", strategyThatCan: "compact" });
  });

  it("remove drops dead weight before it deletes a variable, and only where the blob would not load", () => {
    const { bytes } = compacted(withDbx(overfull), "remove");
    expect(hashesIn(dbxOf(bytes))).toHaveLength(IMAGES.length + 400);
    expect(repair(withDbx(hashList(MICROSOFT_OWNER, [...FLAT, ...IMAGES])), "remove").kind).toBe(
      "nothing-to-repair",
    );
  });

  it("remove leaves the dead weight of a dbx alone where something else keeps the VM from starting", () => {
    const dbx = makeSignatureVariable(
      "dbx",
      hashList(MICROSOFT_OWNER, [...FLAT.slice(0, 50), ...IMAGES.slice(0, 50)]),
    );
    const { bytes, proof } = compacted(makeBlob([makeVariable("Empty", new Uint8Array(0)), dbx]), "remove");
    expect(dbxOf(bytes).data).toEqual(dbx.data);
    expect(proof.removed).toHaveLength(1);
  });

  it("compact refuses what only a deletion can save", () => {
    const hashes = Array.from({ length: 1200 }, (_, i) => noise(32, 9 + i));
    const outcome = repair(withDbx(hashList(MICROSOFT_OWNER, hashes)));
    expect(outcome).toMatchObject({ kind: "refused", strategyThatCan: "remove" });
  });
});

describe("the proof", () => {
  it("stops a repair that drops anything else", () => {
    const careless: BlobRule = {
      ...(RULES.find(({ meta }) => meta.id === "dbx-flat-hashes") as BlobRule),
      *detect(blob) {
        const dbx = blob.variables.find(({ name }) => name === "dbx")!;
        const data = hashList(MICROSOFT_OWNER, [BOTH]);
        if (dbx.data.length === data.length) return;
        const patches = [{ op: "replace-data" as const, index: dbx.index, data }];
        const repair = {
          applicability: "unsafe" as const,
          strategies: ["compact" as const],
          title: "",
          patches,
        };
        yield { path: "", span: null, facts: { flatHashes: 2, hashEntries: 4, bytes: 96 }, repair };
      },
    };
    const bytes = withDbx(hashList(MICROSOFT_OWNER, [BOTH, FLAT[0]!, IMAGES[0]!, UNKNOWN]));
    const outcome = repairVm(vmOf(bytes), "compact", { ...settings, rules: [careless] });
    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringContaining("2 signatures") });
    expect(repairVm(vmOf(bytes), "merge", { ...settings, rules: [careless] }).kind).toBe("nothing-to-repair");
  });

  const compared = (before: Uint8Array, after: Uint8Array) =>
    compareBlobs(openBlob(before), openBlob(after), settings);

  it("takes only hashes of files in dbx for dead weight", () => {
    const keep = [BOTH];
    const before = withDbx(hashList(MICROSOFT_OWNER, [...keep, FLAT[0]!, IMAGES[0]!, UNKNOWN]));
    const proof = compared(before, withDbx(hashList(MICROSOFT_OWNER, keep)));
    expect(proof.removed).toHaveLength(3);
    expect(proof.deadWeight).toBe(1);
    expect(proof.removed.filter(({ reason }) => reason === "it is not in the result")).toHaveLength(2);
  });

  it("takes nothing of db for dead weight, nor what went with its variable", () => {
    const dbOf = (hashes: readonly Uint8Array[]) => {
      const { variables } = openBlob(withDbx(hashList(MICROSOFT_OWNER, hashes)));
      return variables;
    };
    const asDb = (bytes: Uint8Array): Uint8Array => {
      const variables = openBlob(bytes).variables.map((variable) =>
        variable.name === "db"
          ? { ...variable, data: dbOf([FLAT[0]!, BOTH]).find(({ name }) => name === "dbx")!.data }
          : variable,
      );
      return buildBlob(2, new Uint8Array(268), variables);
    };
    const before = asDb(withDbx(hashList(MICROSOFT_OWNER, [FLAT[1]!])));
    const without = openBlob(before).variables.filter(({ name }) => name !== "db" && name !== "dbx");
    expect(compared(before, buildBlob(2, new Uint8Array(268), without)).deadWeight).toBe(0);
  });
});

describe.skipIf(!hasSharedData)("the real daemon's blobs", () => {
  const vars = (key: string): Uint8Array => {
    const name = sharedCases().find(([one]) => one.startsWith(key))![0];
    return sharedBytes(`${name}.vars`);
  };

  it.each([
    ["03", 20_668, 430],
    ["04", 20_668, 430],
    ["05", 20_716, 431],
    ["06", 21_292, 443],
    ["07", 20_668, 430],
    ["13", 20_668, 430],
  ])("%s comes to %i bytes with %i hashes", (key, bytes, hashes) => {
    const dbx = dbxOf(compacted(vars(key)).bytes);
    expect(dbx.data).toHaveLength(bytes);
    expect(new Set(hashesIn(dbx)).size).toBe(hashes);
    expect(hashesIn(dbx)).toContain(toHex(BOTH));
    const inventory = takeInventory(table, readSignatureDatabase(dbx.data), nodePlatform);
    for (const release of table.releases) {
      expect(growthBy(release, inventory, dbx.data.length).fits, release.id).toBe(true);
    }
  });

  const UPDATES = ["2024-07", "2025-01", "2025-02", "2025-06", "2025-10", "2026-06a", "2026-06b"];
  const update = (id: string): ForecastUpdate => {
    const label = `DBXUpdate-${id}.bin`;
    const file: UpdateFile = {
      label,
      bytes: microsoftFile(label),
      kind: "auth",
      variable: null,
      append: null,
    };
    return { file, target: chooseTarget(file, CONTEXT.verifier)! };
  };

  it.each(["03", "04", "05", "06", "07", "13"])(
    "%s then takes each signed update, singly and in sequence",
    (key) => {
      const { bytes } = compacted(vars(key));
      const updates = UPDATES.map(update);
      for (const daemon of ["fixed", "unfixed"] as const) {
        for (const updatesOfRun of [...updates.map((one) => [one]), updates]) {
          const { error, steps } = forecast(bytes, updatesOfRun, { ...CONTEXT, daemon });
          expect(error).toBeNull();
          for (const { statusName, loadsAfterwards } of steps)
            expect({ statusName, loadsAfterwards }).toEqual({
              statusName: "EFI_SUCCESS",
              loadsAfterwards: true,
            });
        }
      }
    },
  );

  it.each(["03", "05"])("a hash that nobody knows survives in %s, wherever it was planted", (key) => {
    const bytes = vars(key);
    const { variables, ancillary, version } = openBlob(bytes);
    for (const owner of [XCP_NG_OWNER, MICROSOFT_OWNER, CUSTOM_OWNER]) {
      const planted = variables.map((variable) =>
        variable.name === "dbx"
          ? { ...variable, data: concat(hashList(owner, [UNKNOWN]), variable.data) }
          : variable,
      );
      const { bytes: after } = compacted(buildBlob(version, ancillary, planted));
      expect(hashesIn(dbxOf(after))).toContain(toHex(UNKNOWN));
      expect(judgeLoad(after).loads).toBe(true);
    }
  });

  it.each(["01", "08", "09", "12", "14"])("%s has nothing to drop", (key) => {
    expect(repair(vars(key)).kind).toBe("nothing-to-repair");
  });

  it.each(["02", "11", "15"])("%s keeps every entry, in fewer lists", (key) => {
    const before = vars(key);
    const { bytes, proof } = compacted(before);
    expect(proof.removed).toEqual([]);
    expect(hashesIn(dbxOf(bytes)).sort()).toEqual(hashesIn(dbxOf(before)).sort());
    expect(dbxOf(bytes).data.length).toBe(dbxOf(before).data.length - 28);
  });
});
