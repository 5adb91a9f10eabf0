/** Reports for people keep few variables of a copy: what they say of it is what a whole report says. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyze } from "../../platform/node/index.ts";
import { spaceBars } from "../../report/render/space-bars.ts";
import { briefCopy } from "../../report/render/space-variables.ts";
import { makeStyle } from "../../report/render/style.ts";
import { verdictLabel, verdictSentence } from "../../report/render/verdicts.ts";
import type { VmReport } from "../../report/vm.ts";

const inputs = readdirSync("corpus", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(join("corpus", name))
      .filter((file) => file.startsWith("input."))
      .map((file) => join("corpus", name, file)),
  );

const told = (vm: VmReport) => [
  verdictLabel(vm.verdict, vm),
  verdictSentence(vm),
  vm.nvram === null ? [] : spaceBars(vm.nvram, 100, makeStyle(false), 0),
];

describe("a copy with few of its variables", () => {
  it("is told as the whole one, over the corpus", async () => {
    let copies = 0;
    for (const path of inputs) {
      const data = new Uint8Array(readFileSync(path));
      const report = await analyze({ name: path, data }, { asOf: "2026-11-22" });
      for (const vm of report.inputs.flatMap(({ vms }) => vms as readonly VmReport[])) {
        copies++;
        expect(told(briefCopy(vm)), `${path} ${vm.source}`).toEqual(told(vm));
      }
    }
    expect(copies).toBeGreaterThan(300);
  });
});
