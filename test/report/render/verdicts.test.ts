/** The words of a verdict say no more than what is known of the start. */
import { describe, expect, it } from "vitest";
import { EFI_GLOBAL_VARIABLE } from "../../../parsers/guids.ts";
import { verdictLabel, verdictSentence } from "../../../report/render/verdicts.ts";
import { findingReportOf, vmReportOf } from "../../builders/judged.ts";

const broken = (breaks: "start" | "update" | "secure-boot" | "restore" | null, ruleId = "some-rule") =>
  findingReportOf({ breaks, ruleId });

describe("the label of a verdict", () => {
  it.each([
    ["update", "STARTS, BUT AT RISK"],
    ["restore", "STARTS, BUT AT RISK"],
    ["secure-boot", "AT RISK"],
    ["start", "AT RISK"],
  ] as const)("of a copy at risk with what breaks %s is %s", (breaks, label) => {
    expect(verdictLabel("at-risk", vmReportOf({ findings: [broken(breaks), broken(null)] }))).toBe(label);
  });

  it("says nothing of a start that nobody knows: of an empty NVRAM, and of one without db where Secure Boot is not known", () => {
    const findings = [broken("restore")];
    expect(verdictLabel("at-risk", vmReportOf({ findings, nvram: null }))).toBe("AT RISK");
    const noDb = findingReportOf({
      ruleId: "certificates-incomplete",
      breaks: null,
      facts: { readiness: "certs_incomplete", missing: ["db"] },
    });
    const of = (secureBoot: boolean | null) =>
      vmReportOf({ verdict: "at-risk", secureBoot, findings: [broken("update"), noDb] });
    expect([null, false].map((on) => verdictLabel("at-risk", of(on)))).toEqual([
      "AT RISK",
      "STARTS, BUT AT RISK",
    ]);
    expect(verdictSentence(of(null))).toContain("whether it is on this input does not tell");
  });

  it("says nothing of the start where findings are not told", () => {
    expect(verdictLabel("at-risk")).toBe("AT RISK");
    expect(verdictLabel("healthy", vmReportOf())).toBe("HEALTHY");
  });
});

describe("the sentence", () => {
  const healthy = (fields: Parameters<typeof vmReportOf>[0]) =>
    verdictSentence(vmReportOf({ verdict: "healthy", ...fields }));
  const incomplete = findingReportOf({
    ruleId: "certificates-incomplete",
    breaks: null,
    facts: { readiness: "certs_incomplete" },
  });

  it("of a healthy copy names Secure Boot that is off, and does not say that nothing breaks", () => {
    for (const findings of [[], [incomplete]]) {
      const told = healthy({ secureBoot: false, secureBootSetting: false, findings });
      expect(told).toContain("Secure Boot is off: no signature is checked at its start.");
      expect(told).not.toMatch(/nothing/);
    }
    expect(healthy({ findings: [] })).toBe("Its NVRAM loads, and nothing is wrong with it.");
  });

  it("of keys that lack something says that it holds while Secure Boot is off, where that is not known", () => {
    const told = healthy({ secureBoot: null, secureBootSetting: null, findings: [incomplete] });
    expect(told).toContain("while Secure Boot is off; whether it is on this input does not tell");
  });

  it("of a copy without a PK says the same, and of one with a PK does not", () => {
    const { nvram } = vmReportOf();
    if (nvram === null) throw new Error("no NVRAM");
    const pk = {
      index: 0,
      name: "PK",
      guid: EFI_GLOBAL_VARIABLE,
      attributes: 0x27,
      bytes: 984,
      timestamp: null,
    };
    const of = (secureBoot: boolean | null, ...variables: readonly (typeof pk)[]) =>
      healthy({ secureBoot, findings: [], nvram: { ...nvram, loads: true, variables } });
    expect(of(null)).toContain("while Secure Boot is off; whether it is on this input does not tell");
    expect(of(null, { ...pk, name: "KEK" })).toContain("while Secure Boot is off");
    expect(of(null)).toContain("Without a PK the VM starts without it");
    expect(of(null, pk)).toBe("Its NVRAM loads, and nothing is wrong with it.");
    expect(of(false)).not.toMatch(/nothing/);
  });

  it("of a copy at risk says what does not start with Secure Boot", () => {
    const told = (ruleId: string, secureBoot: boolean | null) =>
      verdictSentence(
        vmReportOf({ verdict: "at-risk", secureBoot, findings: [broken("secure-boot", ruleId)] }),
      );
    expect(told("secure-boot-db-missing", true)).toContain("no system starts with Secure Boot.");
    expect(told("pca2011-revoked-without-successor", false)).toMatch(
      /no Windows starts with Secure Boot\. Secure Boot is off/,
    );
    expect(told("setup-mode-with-secure-boot", true)).toContain(
      "it starts without Secure Boot, although that is asked for",
    );
  });
});
