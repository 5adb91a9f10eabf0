/** What may have been cut on its way is got again before anything is dropped, and files that say why they are empty are believed. */
import { describe, expect, it } from "vitest";
import { NOTHING_TO_IMPORT, XE_NO_KEY, XE_NO_UUID } from "../../../parsers/formats/foreign.ts";
import { verdictSentence } from "../../../report/render/verdicts.ts";
import type { Facts } from "../../../rules/engine/rule.ts";
import { findingReportOf, vmReportOf } from "../../builders/judged.ts";
import { stepsOfInput } from "./steps.ts";

const uuid = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
const withFacts = (ruleId: string, facts: Facts, verdict: "unbootable" | "unreadable" = "unbootable") =>
  vmReportOf({ uuid, verdict, findings: [findingReportOf({ ruleId, breaks: "start", facts })] });
const remove = { kind: "repair", strategy: "remove", bytes: 100, scriptRestores: true } as const;
const error = (code: string, message: string) => ({ code, message, path: "", offset: null });

describe("a copy that is cut", () => {
  const cut = withFacts("truncated-blob", { bytes: 2250, missing: 4 });

  it("is got again first, and repaired only if that one is as short", () => {
    const [told] = stepsOfInput({ vms: [cut] }, { advice: [{ ...remove, deletes: ["PK"] }] });
    const steps = told?.steps ?? [];
    expect(steps[0]?.commands[0]).toContain(`xe vm-param-get uuid=${uuid} param-name=NVRAM`);
    expect(steps[0]?.commands).toContain("wc -c /root/*.efivars.b64");
    expect(steps[0]?.expect).toContain("3000 characters");
    const repair = steps.find(({ commands }) => commands.some((one) => one.includes("--strategy remove")));
    expect(repair?.title).toMatch(/^Only if the fresh copy has the same length\./);
    expect(repair?.caution).toContain("This deletes PK");
    expect(repair?.caution).toContain("4 variables that the header counts are not there");
  });

  it("does not start if it is whole", () => {
    expect(verdictSentence(cut)).toContain("if this copy is whole");
    expect(verdictSentence(withFacts("variable-data-empty", {}))).not.toContain("if this copy is whole");
  });

  it("of which the header alone is there: nothing else is told", () => {
    const beginning = withFacts("blob-too-short", { bytes: 12, isBeginning: true }, "unreadable");
    const advice = { kind: "beyond-repair", reason: "Restore a backup of this NVRAM." } as const;
    const told = stepsOfInput({ vms: [beginning] }, { advice: [advice] });
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toMatch(/Restore a backup|param-remove|vm-start/);
  });

  it("near miss: what only names variables wrongly is repaired at once, and nameless ones have a name", () => {
    const advice = { ...remove, deletes: ["(a variable without a name)"] };
    const [told] = stepsOfInput({ vms: [withFacts("variable-name-empty", {})] }, { advice: [advice] });
    expect(told?.steps[0]?.commands[0]).toContain("--strategy remove");
    expect(told?.steps[0]?.caution).toBe("This deletes (a variable without a name): nothing else saves it.");
  });
});

describe("an NVRAM that may be lost", () => {
  const facts = { tells: [], inSnapshot: null, snapshotUuid: null };
  const lost = (verdict: "unknown" | "unbootable") =>
    vmReportOf({
      uuid,
      nvram: null,
      verdict,
      findings: [findingReportOf({ ruleId: "nvram-lost", breaks: null, severity: "warning", facts })],
    });

  it("is called lost only where that is known", () => {
    expect(stepsOfInput({ vms: [lost("unknown")] })[0]?.title).toMatch(/^If it was ever started/);
    expect(stepsOfInput({ vms: [lost("unbootable")] })[0]?.title).toMatch(/^Its NVRAM is lost/);
  });

  it("is not expected to be saved", () => {
    expect(JSON.stringify(stepsOfInput({ vms: [lost("unknown")] }))).not.toContain("No file with 0 bytes");
  });
});

describe("a file without an NVRAM", () => {
  const commands = (code: string, message: string, path = "vm.efivars.b64"): string =>
    stepsOfInput({ path, error: error(code, message) })
      .flatMap(({ steps }) => steps.flatMap((one) => one.commands))
      .join("\n");

  it.each([
    ["unrecognised", `expected a dump, found ${XE_NO_UUID}.`],
    ["unrecognised", `expected a dump, found ${XE_NO_KEY}.`],
    ["empty-input", "expected a dump, found no bytes at all."],
  ])("%s: %s The UUID is looked up, the same command is not repeated", (code, message) => {
    expect(commands(code, message)).toContain("xe vm-list name-label=NAME");
    expect(commands(code, message)).toContain("--last-good");
    expect(commands(code, message)).not.toContain("uuid=UUID");
  });

  it("of another hypervisor: nothing is to be mended", () => {
    const vm = vmReportOf({ source: "uefi-json", verdict: "unknown" });
    const told = stepsOfInput({ vms: [vm], error: error("no-nvram", `found others. ${NOTHING_TO_IMPORT}`) });
    expect(told.map(({ title }) => title).join()).not.toContain("mend that");
  });

  it("by the name of a member that the archive has not: its names are looked up", () => {
    const message = 'expected a dump named "no!such.vars" in the archive, found none.';
    expect(commands("not-found", message, "a b.zip!no!such.vars")).toBe("varscope analyze 'a b.zip'");
    expect(commands("not-found", "expected a file, found none.", "a!b")).toBe("ls -l 'a!b'");
  });
});
