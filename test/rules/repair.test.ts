import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeLoad } from "../../daemon/varstored-loader.ts";
import { equalBytes, toHex } from "../../parsers/bytes.ts";
import { readSignatureDatabase, signatureAt } from "../../parsers/efi/signature-list.ts";
import { isMergedVariable } from "../../parsers/efi/signature-variables.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { RepairOutcome } from "../../rules/engine/repair-types.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import { mutatedBlob } from "../arbitraries.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  concat,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";
import { hasSharedData, sharedBytes, sharedCases } from "../shared-data.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };

const repair = (bytes: Uint8Array, strategy: Strategy): RepairOutcome =>
  repairVm(vmOf(bytes), strategy, settings);

function repaired(bytes: Uint8Array, strategy: Strategy): Extract<RepairOutcome, { kind: "repaired" }> {
  const outcome = repair(bytes, strategy);
  if (outcome.kind !== "repaired") throw new Error(`${strategy}: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Type and data of every entry: what must survive whatever happens to owners. */
function distinctSignatures(variables: readonly EfiVariable[]): Set<string> {
  const found = new Set<string>();
  for (const variable of variables.filter(isMergedVariable)) {
    const database = readSignatureDatabase(variable.data);
    for (const list of database.lists) {
      for (let i = 0; i < list.signatureCount; i++) {
        found.add(
          `${variable.name} ${list.signatureType} ${toHex(signatureAt(variable.data, list, i).signatureData)}`,
        );
      }
    }
  }
  return found;
}

function ownersOf(variables: readonly EfiVariable[]): Set<string> {
  const owners = new Set<string>();
  for (const variable of variables.filter(isMergedVariable)) {
    for (const list of readSignatureDatabase(variable.data).lists) {
      for (let i = 0; i < list.signatureCount; i++)
        owners.add(signatureAt(variable.data, list, i).signatureOwner);
    }
  }
  return owners;
}

/** What a merge promises of its result, read from the bytes alone. */
function expectLossless(before: Uint8Array, after: Uint8Array): void {
  const input = openBlob(before);
  const output = openBlob(after);
  expect(judgeLoad(after).loads).toBe(true);
  expect(distinctSignatures(output.variables)).toEqual(distinctSignatures(input.variables));
  expect(ownersOf(output.variables).has(XCP_NG_OWNER)).toBe(false);
  expect(output.declaredCount).toBe(BigInt(output.variables.length));
  const dataLength = output.variables.reduce((sum, { span }) => sum + span.end - span.start, 0);
  expect(output.declaredDataLength).toBe(BigInt(dataLength));
  expect(output.variables).toHaveLength(input.variables.length);
  input.variables.forEach((variable, i) => {
    const other = output.variables[i]!;
    const { nameBytes, vendorGuid, attributes, timestamp, certDigest } = variable;
    expect({ nameBytes, vendorGuid, attributes, timestamp, certDigest }).toEqual({
      nameBytes: other.nameBytes,
      vendorGuid: other.vendorGuid,
      attributes: other.attributes,
      timestamp: other.timestamp,
      certDigest: other.certDigest,
    });
    if (!isMergedVariable(variable)) expect(equalBytes(other.data, variable.data)).toBe(true);
  });
}

describe("merge", () => {
  it("brings the incident below the limit and loses nothing", () => {
    const before = incidentBlob();
    const { bytes, proof } = repaired(before, "merge");
    expectLossless(before, bytes);
    expect(proof).toMatchObject({ kept: 1, merged: 431, reowned: 829, removed: [] });
    expect(repair(bytes, "merge")).toMatchObject({ kind: "nothing-to-repair" });
  });

  it("leaves PK, custom owners, other variables and their order alone", () => {
    const dbx = concat(
      sha256List(CUSTOM_OWNER, 3, 100),
      sha256List(XCP_NG_OWNER, 2),
      sha256List(MICROSOFT_OWNER, 2),
      sha256List(CUSTOM_OWNER, 1, 0),
    );
    const before = makeBlob([...keyVariables(MICROSOFT_OWNER, dbx), ...bootVariables()]);
    const after = openBlob(repaired(before, "merge").bytes).variables[3]!.data;
    expect([...after]).toEqual([
      ...concat(
        sha256List(CUSTOM_OWNER, 3, 100),
        sha256List(MICROSOFT_OWNER, 2),
        sha256List(CUSTOM_OWNER, 1, 0),
      ),
    ]);
  });

  it("writes nothing where there is nothing to repair", () => {
    expect(repair(healthyBlob(), "merge").kind).toBe("nothing-to-repair");
  });

  it("refuses what only a deletion can save, and names the strategy that can", () => {
    const cases = [
      makeBlob([makeVariable("Big", new Uint8Array(57_345)), ...bootVariables()]),
      makeBlob([makeVariable("Empty", new Uint8Array(0)), ...bootVariables()]),
      makeBlob([makeVariable("N".repeat(2049), Uint8Array.of(1)), ...bootVariables()]),
      healthyBlob().slice(0, -1),
    ];
    for (const bytes of cases) {
      expect(repair(bytes, "merge")).toMatchObject({ kind: "refused", strategyThatCan: "remove" });
      const { bytes: after, proof } = repaired(bytes, "remove");
      expect(judgeLoad(after).loads).toBe(true);
      expect(proof.removed.filter(({ type }) => type === null)).toHaveLength(1);
      expect(repair(after, "remove").kind).toBe("nothing-to-repair");
    }
  });

  it("refuses an unknown version with every strategy", () => {
    const bytes = incidentBlob(5, 3);
    new DataView(bytes.buffer).setUint32(4, 3, true);
    for (const strategy of ["merge", "remove"] as const) {
      expect(repair(bytes, strategy)).toMatchObject({ kind: "refused", strategyThatCan: null });
    }
  });

  it("counts in the variables behind a count that is too low, and drops bytes that are none", () => {
    const low = incidentBlob(5, 3);
    new DataView(low.buffer).setBigUint64(8, 2n, true);
    expectLossless(low, repaired(low, "merge").bytes);
    const trailing = concat(incidentBlob(5, 3), Uint8Array.of(1, 2, 3));
    const { bytes, proof } = repaired(trailing, "merge");
    expectLossless(trailing, bytes);
    expect(proof.removed).toMatchObject([{ variable: null, type: null }]);
  });
});

describe("remove", () => {
  it("merges first, and deletes only what is then still too long", () => {
    const { proof } = repaired(incidentBlob(), "remove");
    expect(proof.removed).toEqual([]);
    const tooMany = incidentBlob(1300, 5);
    expect(repair(tooMany, "merge").kind).toBe("refused");
    const { bytes, proof: lossy } = repaired(tooMany, "remove");
    expect(openBlob(bytes).variables.map(({ name }) => name)).not.toContain("dbx");
    expect(lossy.removed.filter(({ type }) => type === "EFI_CERT_SHA256")).toHaveLength(1305);
  });
});

describe("a blob that is cut in its fixed part", () => {
  it("has no place for what looks like a variable in there, and is not repaired", () => {
    const cut = makeBlob([]).slice(0, 245);
    // A name of one letter, and data: as a record would begin.
    cut.set([2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1], 157);
    for (const strategy of ["merge", "compact", "remove"] as const)
      expect(repair(cut, strategy)).toMatchObject({ kind: "refused", strategyThatCan: null });
  });
});

describe("for all mutated blobs", () => {
  it.each(["merge", "compact", "remove"] as const)(
    "%s ends with a result that loads, is proven and is final, or with a reason",
    (strategy) => {
      fc.assert(
        fc.property(mutatedBlob, (bytes) => {
          try {
            openBlob(bytes);
          } catch (error) {
            if (error instanceof ParseError) return;
            throw error;
          }
          const outcome = repair(bytes, strategy);
          if (outcome.kind === "refused") return;
          if (outcome.kind === "nothing-to-repair") {
            if (!judgeLoad(bytes).loads) throw new Error("nothing to repair, and it does not load");
            return;
          }
          if (!judgeLoad(outcome.bytes).loads) throw new Error("the result does not load");
          if (repair(outcome.bytes, strategy).kind !== "nothing-to-repair")
            throw new Error("a second repair changes it");
          if (strategy !== "remove") {
            const before = distinctSignatures(openBlob(bytes).variables);
            const after = distinctSignatures(openBlob(outcome.bytes).variables);
            for (const signature of before) if (!after.has(signature)) throw new Error(`lost ${signature}`);
          }
        }),
        { numRuns: 1500 },
      );
    },
  );

  it("what does not load has a finding that says so", () => {
    fc.assert(
      fc.property(mutatedBlob, (bytes) => {
        const { load, findings } = analyzeVm(vmOf(bytes), RULES, settings);
        if (load?.loads === false && !findings.some(({ breaks }) => breaks === "start"))
          throw new Error(load.refusal?.code);
      }),
      { numRuns: 3000 },
    );
  });
});

describe.skipIf(!hasSharedData)("the real daemon's blobs", () => {
  const MERGED = ["03", "04", "05", "06", "07", "13", "20", "22", "25", "26", "27", "30", "31", "32"];
  const ONLY_REMOVED = ["10", "21", "28", "29"];
  const NOTHING = ["01", "02", "08", "09", "11", "12", "14", "15", "16", "17"];

  it.each(sharedCases().map(([name]) => name))("%s is repaired, refused or left as decided", (name) => {
    const bytes = sharedBytes(`${name}.vars`);
    const key = name.slice(0, 2);
    if (MERGED.includes(key)) {
      const { bytes: after } = repaired(bytes, "merge");
      expectLossless(bytes, after);
      expect(repair(after, "merge").kind).toBe("nothing-to-repair");
    } else if (ONLY_REMOVED.includes(key)) {
      expect(repair(bytes, "merge")).toMatchObject({ kind: "refused", strategyThatCan: "remove" });
      const { bytes: after } = repaired(bytes, "remove");
      expect(ownersOf(openBlob(after).variables).has(XCP_NG_OWNER)).toBe(false);
    } else if (NOTHING.includes(key)) {
      expect(repair(bytes, "merge").kind).toBe("nothing-to-repair");
    } else {
      expect(["23", "24"]).toContain(key);
      expect(repair(bytes, "merge")).toMatchObject({ kind: "refused", strategyThatCan: null });
    }
  });

  it("05 keeps its 827 hashes in 39752 bytes", () => {
    const { bytes } = repaired(sharedBytes("05-affected-dbx-60440.vars"), "merge");
    const dbx = openBlob(bytes).variables.find(({ name }) => name === "dbx")!;
    expect(dbx.data).toHaveLength(39_752);
    expect([...distinctSignatures([dbx])]).toHaveLength(827);
  });
});
