import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guidNamed } from "../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nvramOfBlob } from "../../parsers/nvram/nvram.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm, analyzeVms } from "../../rules/engine/analyze.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { Finding } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { mutatedBlob } from "../arbitraries.ts";
import {
  bootVariables,
  healthyBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeTime,
  makeVariable,
  noise,
  sha256List,
} from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";
import { hasSharedData, sharedBytes } from "../shared-data.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge: testKnowledge };
const findingsOf = (
  bytes: Uint8Array,
  vm: Partial<VmSource> = {},
  asOf = settings.asOf,
): readonly Finding[] => analyzeVm({ ...vmOf(bytes), ...vm }, RULES, { ...settings, asOf }).findings;
const isRemark = ({ severity }: Finding) => severity === "info";
const idsOf = (findings: readonly Finding[]) => findings.map(({ ruleId }) => ruleId);
const blobWith = (change: (variable: VariableFields, i: number) => VariableFields) =>
  makeBlob(
    [...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3))].map(change),
  );

describe.skipIf(!hasSharedData)("a blob of the real daemon (skipped where ../shared is missing)", () => {
  it.each(["01-healthy-linux", "02-healthy-windows-updated", "12-custom-keys", "15-pca2011-revoked-svn"])(
    "%s gets remarks at most",
    (name) => {
      const loud = findingsOf(sharedBytes(`${name}.vars`)).filter(({ severity }) => severity !== "info");
      expect(idsOf(loud)).toEqual([]);
    },
  );

  it.each(["08-legacy-version-1", "09-setup-mode", "14-near-total-limit"])(
    "%s gets nothing by which something breaks",
    (name) => {
      const breaking = findingsOf(sharedBytes(`${name}.vars`)).filter(({ breaks }) => breaks !== null);
      expect(idsOf(breaking)).toEqual([]);
    },
  );

  it("with volatile variables, an old signer's garbage and a PK alone is no odder for it", () => {
    const quiet = [
      "bad-attributes",
      "namesake-under-wrong-guid",
      "boot-order-dangling",
      "timestamp-freezes-variable",
    ];
    for (const name of ["08-legacy-version-1", "13-suspend-image-with-volatile"]) {
      expect(idsOf(findingsOf(sharedBytes(`${name}.vars`))).filter((id) => quiet.includes(id))).toEqual([]);
    }
  });
});

describe("the rules", () => {
  it("give a value for any blob, and none is rewritten for the sake of remarks alone", () => {
    const isSafe = ({ repair }: Finding) => repair?.applicability === "safe";
    fc.assert(
      fc.property(mutatedBlob, fc.boolean(), (bytes, secureBoot) => {
        const found = findingsOf(bytes, { secureBoot });
        for (const { message } of found) expect(message).not.toMatch(/undefined|NaN|\[object/);
        const [remarks, faults] = [found.filter(isRemark), found.filter((one) => !isRemark(one))];
        // A remark says what the repair of a fault brings along (header-length-mismatch); it brings none itself.
        if (remarks.some(isSafe)) expect(idsOf(faults.filter(isSafe))).not.toEqual([]);
        if (faults.some(isSafe)) return;
        const { kind } = repairVm({ ...vmOf(bytes), secureBoot }, "merge", { ...settings, rules: RULES });
        expect(kind).not.toBe("repaired");
      }),
      { numRuns: 300 },
    );
  });

  it("do not take a stored time for one of the future because the date of the analysis lies in the past", () => {
    expect(idsOf(findingsOf(healthyBlob(), {}, "2024-01-01"))).toEqual([]);
    const future = blobWith((variable) => ({ ...variable, timestamp: makeTime(2030, 1, 1) }));
    expect(idsOf(findingsOf(future, {}, "2024-01-01"))).toContain("timestamp-freezes-variable");
    expect(idsOf(findingsOf(future, {}, "2030-01-01"))).not.toContain("timestamp-freezes-variable");
  });

  it("leave times alone where no signature is asked for", () => {
    const withoutPk = makeBlob(
      keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3))
        .slice(1)
        .map((variable) => ({ ...variable, timestamp: makeTime(2127, 1, 1) })),
    );
    const found = findingsOf(withoutPk).filter(({ ruleId }) => ruleId === "timestamp-freezes-variable");
    expect(found.map(({ severity, breaks }) => [severity, breaks])).toEqual([
      ["info", null],
      ["info", null],
      ["info", null],
    ]);
  });

  it.each([
    ["month 13", makeTime(2025, 13, 1)],
    ["day 0 of month 2", makeTime(2025, 2, 0)],
    ["day 29 of month 2", makeTime(2025, 2, 29)],
    ["24:0:0 o'clock", makeTime(2025, 2, 1, 24)],
    ["year 1899", makeTime(1899, 1, 1)],
    ["pad, nanosecond, time zone or daylight is not zero", makeTime(2025, 1, 1).fill(1, 8, 9)],
  ])("name what is wrong with a time: %s", (invalid, timestamp) => {
    const bytes = blobWith((variable) =>
      variable.attributes === 0x27 ? { ...variable, timestamp } : variable,
    );
    const [found] = findingsOf(bytes).filter(({ ruleId }) => ruleId === "timestamp-freezes-variable");
    expect(found?.facts["invalid"]).toBe(invalid);
  });

  it("see no setup mode in a blob that could not be read to its end", () => {
    const cut = makeBlob(bootVariables()).slice(0, -1);
    expect(idsOf(findingsOf(cut, { secureBoot: true }))).not.toContain("setup-mode-with-secure-boot");
    expect(idsOf(findingsOf(makeBlob([]), { secureBoot: true }))).toContain("setup-mode-with-secure-boot");
  });

  it("ask no signer of KEK in setup mode", () => {
    const kek = keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3))
      .slice(1, 2)
      .map((variable) => ({ ...variable, data: sha256List(MICROSOFT_OWNER, 1) }));
    const [found] = findingsOf(makeBlob(kek)).filter(({ ruleId }) => ruleId === "unusable-kek-signer");
    expect(found).toMatchObject({ severity: "warning", breaks: null });
  });

  it("take no copy of shim's lists into account that is there already", () => {
    const shim = { guid: guidNamed("SHIM_LOCK"), attributes: 0x03 };
    const lists = [
      makeVariable("MokList", noise(40_000, 1), shim),
      makeVariable("Other", noise(60_000 - 8000, 2), shim),
    ];
    const mirror = makeVariable("MokListRT", noise(100, 3), { ...shim, attributes: 0x06 });
    expect(idsOf(findingsOf(makeBlob(lists)))).toContain("mok-list-near-limit");
    expect(idsOf(findingsOf(makeBlob([...lists, mirror])))).not.toContain("mok-list-near-limit");
  });
});

describe("an NVRAM that is read as a snapshot's", () => {
  const own = vmOf(healthyBlob());
  const copyOf = (bytes: Uint8Array, source: string): VmSource => ({ ...vmOf(bytes), source });
  const differs = (vm: VmSource, siblings: readonly VmSource[]) =>
    idsOf(analyzeVm(vm, RULES, settings, siblings).findings).includes("nvram-copies-differ");
  const other = makeBlob(bootVariables());

  it("is compared with the copy in its own metadata alone, and told once", () => {
    const copy = copyOf(other, "snapshot_metadata.NVRAM");
    expect(differs(own, [copy])).toBe(true);
    expect(differs(copy, [own])).toBe(false);
    expect(differs(own, [copyOf(other, "vmSnapshot.NVRAM")])).toBe(false);
    expect(differs(own, [copy, copy])).toBe(false);
    expect(differs({ ...own, source: "vm.NVRAM" }, [copyOf(other, "vm.snapshot_metadata.NVRAM")])).toBe(true);
  });

  it("is compared as long as no more copies have its UUID than one VM can have", () => {
    const { maxCopiesOfVm } = PARSER_LIMITS;
    const found = (count: number) => {
      const copies = [own, copyOf(other, "snapshot_metadata.NVRAM")];
      while (copies.length < count) copies.push(copyOf(other, `backup-${copies.length}`));
      const [first] = analyzeVms(
        copies.map((copy) => ({ ...copy, uuid: "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01" })),
        RULES,
        settings,
      );
      return idsOf(first?.findings ?? []).includes("nvram-copies-differ");
    };
    expect(found(maxCopiesOfVm)).toBe(true);
    expect(found(maxCopiesOfVm + 1)).toBe(false);
  });

  it("is not compared with one that was redacted", () => {
    const redacted: VmSource = {
      ...copyOf(other, "snapshot_metadata.NVRAM"),
      nvram: { ...nvramOfBlob(other), state: "redacted", bytes: null, daemonBytes: null, blob: null },
    };
    expect(differs(own, [redacted])).toBe(false);
  });
});
