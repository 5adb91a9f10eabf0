/** What pictures need is made for so many copies of one input, however many it has: each takes some 20 kB. */
import { describe, expect, it } from "vitest";
import { judgingSettings } from "../../../cli/settings.ts";
import { type CopiesOptions, JudgedCopies } from "../../../library/judge/judged-copies.ts";
import type { VmSource } from "../../../parsers/model.ts";
import { memoryRoom } from "../../../report/render/spool.ts";
import { MAX_PICTURED_COPIES } from "../../../report/told-in-full.ts";
import { makeBlob, makeVariable } from "../../builders/blob.ts";
import { vmOf } from "../../builders/vm-of.ts";

const settings = await judgingSettings({ asOf: "2026-11-22", references: [] });
// Has a finding, and only few.
const vm = vmOf(makeBlob([makeVariable("", Uint8Array.of(1))]));

function pictured(count: number, detail: "told" | "all"): number {
  let made = 0;
  const options: CopiesOptions = {
    wanted: { advice: false, detail },
    detailOf: () => {
      made++;
      return {
        databases: [],
        updates: [],
        repair: null,
        beyondRepair: null,
        keys: null,
        hosts: null,
        variables: [],
        evidence: [],
      };
    },
    form: "brief",
    isExport: false,
    beside: () => null,
    watch: undefined,
  };
  const copies = new JudgedCopies(settings, options, memoryRoom());
  const vms: VmSource[] = Array.from({ length: count }, () => vm);
  copies.add(vms, "x.json");
  expect(copies.vms).toHaveLength(count);
  expect(copies.vms.filter(({ detail }) => detail !== undefined)).toHaveLength(made);
  return made;
}

describe("pictures", () => {
  it("are made ready for MAX_PICTURED_COPIES of one input", () => {
    expect(pictured(MAX_PICTURED_COPIES, "told")).toBe(MAX_PICTURED_COPIES);
    expect(pictured(MAX_PICTURED_COPIES + 1, "told")).toBe(MAX_PICTURED_COPIES);
  });

  it("are made for all where all are asked for", () => {
    expect(pictured(MAX_PICTURED_COPIES + 1, "all")).toBe(MAX_PICTURED_COPIES + 1);
  });
});
