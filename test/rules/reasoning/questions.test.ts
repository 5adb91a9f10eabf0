import { describe, expect, it } from "vitest";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { contextOf } from "../../../rules/engine/analyze.ts";
import { RULES } from "../../../rules/index.ts";
import { authority } from "../../../rules/reasoning/authority.ts";
import { reasonAbout } from "../../../rules/reasoning/questions.ts";
import { authorityReport, reasoningReport } from "../../../rules/reasoning/report.ts";
import { incidentBlob } from "../../builders/blob.ts";
import { askOf, askOfShared } from "../../builders/reasoning.ts";
import { vmOf } from "../../builders/vm-of.ts";
import { testKnowledge } from "../../knowledge.ts";
import { hasSharedData, sharedCases } from "../../shared-data.ts";

const PREFIX = "vms[0].NVRAM.EFI-variables";

describe("the questions of the rules", () => {
  it("are answered as data with their sentences, and places that point into the blob", () => {
    const { context } = askOf(incidentBlob(20, 3));
    const { chains, hosts } = reasoningReport(reasonAbout("incident-2025-10", context), PREFIX);
    expect(chains.map(({ question }) => question)).toContain("change-owners");
    expect(hosts?.map(({ title }) => title)[0]).toBe("XCP-ng 8.2 (uefistored)");
    const [step] = chains[0]?.steps ?? [];
    expect(step).toMatchObject({
      claim: "wrong-owners",
      facts: { variables: ["KEK", "db", "dbx"], entries: 22 },
      variable: { name: "dbx" },
      path: `${PREFIX}.variables[6].data`,
      span: { start: expect.any(Number), end: expect.any(Number) },
    });
    expect(step?.text).toBe("22 entries of KEK, db and dbx stand under the owner of XCP-ng.");
  });

  it("are none for a rule without one, for an unknown rule, and for bytes that are no blob", () => {
    const { context } = askOf(incidentBlob(20, 3));
    for (const id of ["duplicate-variable", "no-such-rule", "constructor"])
      expect(reasonAbout(id, context)).toEqual({ chains: [], hosts: null });
    const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge: testKnowledge };
    const broken = contextOf(vmOf(new Uint8Array(40)), settings)!;
    expect(reasonAbout("bad-magic", broken)).toEqual({ chains: [], hosts: null });
    expect(reasonAbout("variable-data-over-limit", broken)).toEqual({ chains: [], hosts: null });
  });
});

describe.skipIf(!hasSharedData)("on the real daemon's blobs", () => {
  const keys = sharedCases()
    .map(([name]) => name)
    .filter((name) => !name.startsWith("23"));

  it.each(keys)("%s: every chain is short, and every sentence is one", (name) => {
    const { context } = askOfShared(name);
    const rules = RULES.map(({ meta: { id } }) => reasoningReport(reasonAbout(id, context), PREFIX));
    const keyChains = authorityReport(authority(context), PREFIX).variables.map(({ reasoning }) => reasoning);
    const chains = [...keyChains, ...rules.flatMap((one) => one.chains)];
    for (const { steps, conclusion } of chains) {
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.length).toBeLessThanOrEqual(6);
      for (const { text } of [...steps, conclusion]) {
        expect(text).toMatch(/^[A-Za-z0-9].*[.]$/s);
        expect(text).not.toMatch(/undefined|null|NaN|Infinity|\[object/);
      }
    }
    for (const row of rules.flatMap(({ hosts }) => hosts ?? [])) {
      for (const { because } of [row.loads, row.nextWrite, row.migrates])
        expect(because.text).not.toMatch(/undefined|null|NaN|Infinity|\[object/);
    }
  });
});
