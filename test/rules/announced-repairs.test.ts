/**
 * What a finding says of its repair is what `repair` does: of every case of the corpus, of the real daemon's blobs where they
 * are at hand, and of random stores.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nvramOfBlob } from "../../parsers/nvram/nvram.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { RepairOutcome } from "../../rules/engine/repair-types.ts";
import type { Finding } from "../../rules/engine/rule.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import { mutatedBlob } from "../arbitraries.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  noise,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";
import { hasSharedData, sharedBytes, sharedCases } from "../shared-data.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
const CORPUS = new URL("../../corpus/", import.meta.url);

const keyOf = ({ ruleId, variable }: Finding): string =>
  `${ruleId} ${variable?.name} ${variable?.vendorGuid} ${variable?.index}`;

type Repaired = Extract<RepairOutcome, { kind: "repaired" }>;

/**
 * By the strategy. Where it refuses, as something else keeps the blob from loading, by the one that it names, and then, if there is
 * anything left to do, by the strategy itself.
 */
function outcomeBy(vm: VmSource, strategy: Strategy): Repaired | null {
  const outcome = repairVm(vm, strategy, settings);
  if (outcome.kind === "repaired") return outcome;
  if (outcome.kind === "nothing-to-repair" || outcome.strategyThatCan === null) return null;
  const loading = outcomeBy(vm, outcome.strategyThatCan);
  if (loading === null) return null;
  const after = repairVm({ ...vm, nvram: nvramOfBlob(loading.bytes) }, strategy, settings);
  return after.kind === "repaired" ? { ...after, steps: [...loading.steps, ...after.steps] } : loading;
}

/** In words what is announced and not done, or done and not announced. */
function contradictions(vm: VmSource): string[] {
  const { findings } = analyzeVm(vm, RULES, settings);
  const found: string[] = [];
  /** Indexes of variables that some finding announces to delete. */
  const deleted = new Set(
    findings.flatMap(({ repair, variable }) =>
      variable !== null && repair?.title.startsWith("Delete ") ? [variable.index] : [],
    ),
  );
  for (const finding of findings) {
    const { repair } = finding;
    if (repair === null || repair.applicability === "manual") continue;
    const implied = repair.applicability === "safe" ? "merge" : (repair.strategies?.[0] ?? "remove");
    const outcome = outcomeBy(vm, implied);
    if (outcome === null)
      found.push(`${keyOf(finding)}: "${repair.title}" is announced, and ${implied} does nothing`);
    else if (!isDone(finding, vm, outcome, deleted))
      found.push(`${keyOf(finding)}: "${repair.title}" is announced, and not done`);
  }
  const merged = repairVm(vm, "merge", settings);
  if (merged.kind !== "repaired") return found;
  const left = keysAfter(vm, merged);
  for (const finding of findings)
    if (!left.has(keyOf(finding)) && finding.repair?.applicability !== "safe")
      found.push(`${keyOf(finding)}: merge mends it, and that is not announced`);
  return found;
}

function keysAfter(vm: VmSource, { bytes }: Repaired): ReadonlySet<string> {
  return new Set(analyzeVm({ ...vm, nvram: nvramOfBlob(bytes) }, RULES, settings).findings.map(keyOf));
}

function isDone(
  { repair, variable, ...finding }: Finding,
  vm: VmSource,
  outcome: Repaired,
  deleted: ReadonlySet<number>,
): boolean {
  const title = repair?.title ?? "";
  const isDeleted =
    variable !== null &&
    !openBlob(outcome.bytes).variables.some(
      ({ name, vendorGuid }) => name === variable.name && vendorGuid === variable.vendorGuid,
    );
  if (title.startsWith("Delete ")) return isDeleted;
  // What is done to it before it goes is no lie, as long as it is said that it goes.
  if (isDeleted) return deleted.has(variable.index);
  return (
    outcome.steps.some((step) => step.title === title) ||
    !keysAfter(vm, outcome).has(keyOf({ ...finding, repair, variable }))
  );
}

function openedOrNull(bytes: Uint8Array): VmSource | null {
  try {
    openBlob(bytes);
  } catch {
    return null;
  }
  return vmOf(bytes);
}

const corpusBlobs = readdirSync(CORPUS).flatMap((name) => {
  try {
    return [[name, new Uint8Array(readFileSync(new URL(`${name}/input.vars`, CORPUS)))] as const];
  } catch {
    return [];
  }
});

describe("what a finding announces is what repair does", () => {
  it.each(corpusBlobs)("%s", (_, bytes) => {
    const vm = openedOrNull(bytes);
    if (vm !== null) expect(contradictions(vm)).toEqual([]);
  });

  it.skipIf(!hasSharedData)("the real daemon's blobs", () => {
    for (const [name] of sharedCases()) {
      const vm = openedOrNull(sharedBytes(`${name}.vars`));
      if (vm !== null) expect(contradictions(vm), name).toEqual([]);
    }
  });

  it("mutated blobs", () => {
    fc.assert(
      fc.property(mutatedBlob, (bytes) => {
        const vm = openedOrNull(bytes);
        const [first] = vm === null ? [] : contradictions(vm);
        if (first !== undefined) throw new Error(first);
      }),
      { numRuns: 100 },
    );
  });

  const owner = fc.constantFrom(MICROSOFT_OWNER, XCP_NG_OWNER, XCP_NG_OWNER, CUSTOM_OWNER);
  const list = fc
    .record({ owner, count: fc.integer({ min: 1, max: 700 }), from: fc.nat(40) })
    .map(({ owner: of, count, from }) => sha256List(of, count, from));
  const tail = fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.nat(3).map((length) => new Uint8Array(length)),
    fc.constant(noise(40, 1)),
  );
  const dbx = fc
    .tuple(fc.array(list, { minLength: 1, maxLength: 3 }), tail)
    .map(([lists, end]) => concatBytes([...lists, end]));

  it("stores with a dbx of any owners, sizes and ends", () => {
    fc.assert(
      fc.property(dbx, owner, fc.boolean(), (data, keysOf, isHeaderTrue) => {
        const bytes = makeBlob([...bootVariables(), ...keyVariables(keysOf, data)]);
        if (!isHeaderTrue) new DataView(bytes.buffer).setBigUint64(16, 7n, true);
        const [first] = contradictions(vmOf(bytes));
        if (first !== undefined) throw new Error(first);
      }),
      { numRuns: 40 },
    );
  });
});

/** 1258 entries, of which 431 stand there under both owners. */
const grown = concatBytes([sha256List(XCP_NG_OWNER, 827), sha256List(MICROSOFT_OWNER, 431, 1)]);

function repairOf(ruleId: string, ...variables: Parameters<typeof makeBlob>[0]): unknown {
  const { findings } = analyzeVm(vmOf(makeBlob([...bootVariables(), ...variables])), RULES, settings);
  const finding = findings.find((one) => one.ruleId === ruleId);
  if (finding === undefined) throw new Error(`${ruleId} did not fire`);
  return finding.repair === null
    ? null
    : { applicability: finding.repair.applicability, title: finding.repair.title };
}

describe("a dbx that is too long", () => {
  const keys = (data: Uint8Array) => keyVariables(XCP_NG_OWNER, data);

  it("is merged where that brings it below the limit, and nothing says that it is deleted", () => {
    for (const ruleId of ["variable-data-over-limit", "incident-2025-10"])
      expect(repairOf(ruleId, ...keys(grown))).toMatchObject({ applicability: "safe" });
    expect(repairOf("variable-data-over-limit", ...keys(grown))).toEqual({
      applicability: "safe",
      title:
        "Store identical entries of dbx once, all under Microsoft's owner where they had XCP-ng's: 60440 -> 39724 bytes",
    });
  });

  it.each([
    ["a zero byte", new Uint8Array(1), "merge"],
    ["27 zero bytes", new Uint8Array(27), "merge"],
    ["40 other bytes", noise(40, 1), "remove"],
  ] as const)("with %s behind its lists is merged before anything is deleted", (_, end, strategy) => {
    const bytes = makeBlob([...bootVariables(), ...keys(concatBytes([grown, end]))]);
    const outcome = repairVm(vmOf(bytes), strategy, settings);
    if (outcome.kind !== "repaired") throw new Error(JSON.stringify(outcome));
    const dbx = openBlob(outcome.bytes).variables.find(({ name }) => name === "dbx");
    expect(dbx?.data).toHaveLength(39_724);
    expect(outcome.proof).toMatchObject({ merged: 431, account: { removed: end.length } });
    expect(outcome.proof.removed).toMatchObject([{ variable: { name: "dbx" }, type: null }]);
    expect(contradictions(vmOf(bytes))).toEqual([]);
  });

  it("with a part of an entry is refused by merge, and remove keeps the whole entries", () => {
    const data = concatBytes([
      sha256List(XCP_NG_OWNER, 827),
      sha256List(MICROSOFT_OWNER, 431, 1).slice(0, -5),
    ]);
    const bytes = makeBlob([...bootVariables(), ...keys(data)]);
    expect(repairVm(vmOf(bytes), "merge", settings)).toMatchObject({
      kind: "refused",
      strategyThatCan: "remove",
    });
    expect(contradictions(vmOf(bytes))).toEqual([]);
  });

  it("is deleted where nothing else helps, and that is said", () => {
    const many = sha256List(CUSTOM_OWNER, 1300);
    const title = `Delete dbx (${many.length} bytes)`;
    expect(repairOf("variable-data-over-limit", ...keys(many))).toEqual({ applicability: "unsafe", title });
  });

  it("near miss: within the limit bytes behind its lists stay, and merge writes nothing for them", () => {
    const data = concatBytes([sha256List(MICROSOFT_OWNER, 20), new Uint8Array(1)]);
    const bytes = makeBlob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, data)]);
    expect(repairVm(vmOf(bytes), "merge", settings).kind).toBe("nothing-to-repair");
  });

  it("near miss: a variable that is no key is deleted", () => {
    expect(repairOf("variable-data-over-limit", makeVariable("Big", new Uint8Array(57_345)))).toMatchObject({
      title: "Delete Big (57345 bytes)",
    });
  });
});

describe("copies under two owners", () => {
  it("are told to be merged where one of them is XCP-ng's", () => {
    const dbx = concatBytes([sha256List(XCP_NG_OWNER, 5), sha256List(MICROSOFT_OWNER, 5)]);
    expect(repairOf("duplicate-signature", makeSignatureVariable("dbx", dbx))).toMatchObject({
      applicability: "safe",
    });
  });

  it("near miss: nothing merges copies under an owner of somebody's own", () => {
    const dbx = concatBytes([sha256List(CUSTOM_OWNER, 5), sha256List(MICROSOFT_OWNER, 5)]);
    expect(repairOf("duplicate-signature", makeSignatureVariable("dbx", dbx))).toBeNull();
  });
});

describe("what is too large in all, and would not be without copies in dbx", () => {
  const copies = concatBytes([sha256List(MICROSOFT_OWNER, 700), sha256List(MICROSOFT_OWNER, 480)]);
  const own = (name: string, bytes: number) => makeVariable(name, new Uint8Array(bytes));

  it("is told to be merged", () => {
    const stored = [...keyVariables(MICROSOFT_OWNER, copies), own("A", 30_000), own("B", 30_000)];
    for (const ruleId of ["not-portable", "near-total-limit"])
      expect(repairOf(ruleId, ...stored)).toEqual({
        applicability: "safe",
        title: "Merge: the NVRAM then has 97665 bytes instead of 120733",
      });
  });

  it("near miss: what is still too large after it is not", () => {
    const stored = [...keyVariables(MICROSOFT_OWNER, copies), own("A", 40_000), own("B", 40_000)];
    for (const ruleId of ["not-portable", "near-total-limit"]) expect(repairOf(ruleId, ...stored)).toBeNull();
  });

  it("near miss: without copies nothing is announced", () => {
    const stored = [...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 1100)), own("A", 57_000)];
    expect(repairOf("not-portable", ...stored)).toBeNull();
  });

  it("and with an update that then has room", () => {
    const dbx = concatBytes([sha256List(MICROSOFT_OWNER, 1000), sha256List(MICROSOFT_OWNER, 190)]);
    const stored = keyVariables(MICROSOFT_OWNER, dbx);
    const vm = vmOf(makeBlob([...bootVariables(), ...stored]));
    expect(contradictions(vm)).toEqual([]);
  });
});

describe("a header with a wrong length", () => {
  it("is written anew with another repair, and never alone", () => {
    const build = (owner: string): VmSource => {
      const bytes = makeBlob([...bootVariables(), ...keyVariables(owner, sha256List(owner, 5))]);
      new DataView(bytes.buffer).setBigUint64(16, 7n, true);
      return vmOf(bytes);
    };
    const repairIn = (vm: VmSource) =>
      analyzeVm(vm, RULES, settings).findings.find(({ ruleId }) => ruleId === "header-length-mismatch")
        ?.repair;
    expect(repairIn(build(XCP_NG_OWNER))).toMatchObject({ applicability: "safe" });
    expect(repairIn(build(MICROSOFT_OWNER))).toBeNull();
    expect(repairVm(build(MICROSOFT_OWNER), "merge", settings).kind).toBe("nothing-to-repair");
  });
});

describe("a saved state", () => {
  it("is repaired by nobody: what its findings announce is to be done by hand", () => {
    const vm: VmSource = {
      ...vmOf(makeBlob(keyVariables(XCP_NG_OWNER, sha256List(XCP_NG_OWNER, 5)))),
      source: "suspend_image",
    };
    const kinds = analyzeVm(vm, RULES, settings).findings.flatMap(
      ({ repair }) => repair?.applicability ?? [],
    );
    expect(new Set(kinds)).toEqual(new Set(["manual"]));
  });
});
