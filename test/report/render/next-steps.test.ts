import { describe, expect, it } from "vitest";
import type { FormatId } from "../../../parsers/model.ts";
import type { Advice } from "../../../report/advice.ts";
import { nextSteps } from "../../../report/render/next-steps.ts";
import type { Strategy } from "../../../rules/engine/strategy.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
const OTHER = "1b5e3d5f-9e20-4d68-8c4f-6b3c702d8e12";

function repair(strategy: Strategy): Advice {
  return { kind: "repair", strategy, bytes: 40_000, scriptRestores: true, deletes: [] };
}

function vm(advice: Advice, uuid: string | null = UUID) {
  return { vm: { uuid, nameLabel: "files", kind: "vm" as const, source: "NVRAM" }, advice };
}

function typed(path: string, format: FormatId, ...advices: readonly Advice[]): string[] {
  const vms = advices.map((advice, i) => vm(advice, i === 0 ? UUID : OTHER));
  return nextSteps({ path, format, vms }).flatMap(({ commands }) => commands);
}

describe("the next command for a repair", () => {
  it.each([
    ["vm.xva", "xva"],
    ["vm.xva.zst", "xva"],
    ["ova.xml", "ova-xml"],
    ["20251023.json", "nvram-json"],
    ["nvram.txt", "nvram-text"],
  ] as const)("gives %s back as a whole, and its own steps follow then", (path, format) => {
    expect(typed(path, format, repair("merge"))).toEqual([`varscope repair ${path}`]);
  });

  it.each([
    ["state.db", "xapi-db"],
    ["vm.vars", "vars"],
    ["-", "xva"],
    ["-", "nvram-json"],
    ["-", "efivars-b64"],
    ["20251023.json.gz", "nvram-json"],
    ["vm.efivars.b64.gz", "efivars-b64"],
  ] as const)("writes texts where the input cannot be written back: %s", (path, format) => {
    expect(typed(path, format, repair("merge"))).toEqual([
      `varscope repair ${path} --emit efivars --out repaired`,
    ]);
  });

  it("writes base64 text beside its input", () => {
    expect(typed("vm.efivars.b64", "efivars-b64", repair("merge"))[0]).toBe("varscope repair vm.efivars.b64");
  });

  it("takes the strongest strategy for a file with several VMs, where they share it", () => {
    expect(typed("vm.xva", "xva", repair("merge"), repair("remove"))).toEqual([
      "varscope repair vm.xva --strategy remove",
    ]);
    expect(typed("state.db", "xapi-db", repair("merge"), repair("remove")).slice(0, 2)).toEqual([
      `varscope repair state.db --emit efivars --out repaired --vm ${UUID}`,
      `varscope repair state.db --emit efivars --out repaired --strategy remove --vm ${OTHER}`,
    ]);
  });

  it("leaves out a VM that nothing repairs, which one file for all would not allow", () => {
    const [first] = typed("vm.xva", "xva", repair("merge"), { kind: "beyond-repair", reason: "cut" });
    expect(first).toBe(`varscope repair vm.xva --emit efivars --out repaired --vm ${UUID}`);
  });

  it("is none where nothing is to be done", () => {
    expect(nextSteps({ path: "vm.xva", format: "xva", vms: [vm({ kind: "nothing" })] })).toEqual([]);
  });
});
