import { describe, expect, it } from "vitest";
import type { FormatId } from "../../../parsers/model.ts";
import type { Advice } from "../../../report/advice.ts";
import { noteOf, type Step, stepsOfCopy } from "../../../report/remedies/one-copy.ts";
import type { Facts } from "../../../rules/engine/rule.ts";
import type { Strategy } from "../../../rules/engine/strategy.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";

function repair(strategy: Strategy, deletes: readonly string[] = []): Advice {
  return { kind: "repair", strategy, bytes: 40_000, scriptRestores: true, deletes };
}

function stepsFor(path: string, format: FormatId, advice: Advice, found: Record<string, Facts> = {}): Step[] {
  const copy = { path, format, uuid: UUID, nameLabel: "files", kind: "vm", source: "NVRAM" } as const;
  const symptoms = Object.entries(found).map(([ruleId, facts]) => ({ ruleId, facts, variable: null }));
  return stepsOfCopy(copy, noteOf(advice, symptoms));
}

describe("the next command for a copy that stands for others", () => {
  it.each([
    ["ova.xml", "ova-xml"],
    ["20251023.json", "nvram-json"],
    ["nvram.txt", "nvram-text"],
    ["vm.vars", "vars"],
    ["vm.efivars.b64", "efivars-b64"],
  ] as const)("gives %s back as a whole", (path, format) => {
    expect(stepsFor(path, format, repair("merge"))[0]?.commands).toEqual([`varscope repair ${path}`]);
  });

  it.each([
    ["state.db", "xapi-db"],
    ["-", "xva"],
    ["-", "nvram-json"],
    ["-", "efivars-b64"],
    ["20251023.json.gz", "nvram-json"],
    ["vm.efivars.b64.gz", "efivars-b64"],
  ] as const)("writes texts where the input cannot be written back: %s", (path, format) => {
    expect(stepsFor(path, format, repair("merge"))[0]?.commands[0]).toContain(
      `varscope repair ${path} --emit efivars --out repaired`,
    );
  });

  it("writes of an export the NVRAM alone first, and the whole of it only where the VM is gone", () => {
    const [first, second] = stepsFor("vm.xva", "xva", repair("remove", ["dbx"]));
    expect(first?.commands).toEqual([
      `varscope repair vm.xva --emit efivars --out repaired --strategy remove --vm ${UUID}`,
    ]);
    expect(first?.text).toContain("This deletes dbx: nothing else saves it.");
    expect(second?.commands).toEqual(["varscope repair vm.xva --strategy remove"]);
    expect(second?.text).toContain("Never run it beside the old one");
  });

  it("says why nothing repairs it, and where an older one is looked for", () => {
    const [first] = stepsFor("vm.vars", "vars", { kind: "beyond-repair", reason: "It is cut." });
    expect(first?.text).toMatch(/^No strategy repairs it: It is cut\. /);
    expect(first?.commands[0]).toContain("--last-good");
  });

  it("is a plan where no repair was tried out, and none where nothing is to be done", () => {
    const [plan] = stepsFor("vm.vars", "vars", { kind: "untried" });
    expect(plan?.commands).toEqual(["varscope repair vm.vars --dry-run"]);
    expect(stepsFor("vm.vars", "vars", { kind: "nothing" })).toEqual([]);
  });

  it("is to get a cut copy again, before anything is repaired", () => {
    const cut = { "truncated-blob": { bytes: 2250, missing: 4 } };
    const steps = stepsFor("vm.vars", "vars", repair("remove", ["PK"]), cut);
    expect(steps[0]?.text).toMatch(/^First get it again, whole: .* \(on the pool's master\)\. Then: /);
    expect(steps[0]?.commands[0]).toContain(`xe vm-param-get uuid=${UUID} param-name=NVRAM`);
    expect(steps.at(-1)?.text).toMatch(/^Only if the fresh copy has the same length\./);
    expect(steps.at(-1)?.commands).toEqual(["varscope repair vm.vars --strategy remove"]);
    const beyond = stepsFor("vm.vars", "vars", { kind: "beyond-repair", reason: "It is cut." }, cut);
    expect(beyond[0]?.text).toContain("First get it again, whole");
  });
});
