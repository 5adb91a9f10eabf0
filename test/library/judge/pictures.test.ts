/** What pictures need is made for so many copies of one input, however many it has: each takes some 20 kB. */
import { describe, expect, it } from "vitest";
import { judgingSettings } from "../../../cli/settings.ts";
import { type CopiesOptions, JudgedCopies } from "../../../library/judge/judged-copies.ts";
import type { VmSource } from "../../../parsers/model.ts";
import { memoryRoom } from "../../../report/render/spool.ts";
import { makeBlob, makeVariable } from "../../builders/blob.ts";
import { vmOf } from "../../builders/vm-of.ts";

const settings = await judgingSettings({ asOf: "2026-11-22", references: [] });
// Has a finding, and only few.
const vm = vmOf(makeBlob([makeVariable("", Uint8Array.of(1))]));

function pictured(count: number, detail: number | "all"): number {
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
  it("are made for as many copies as are asked for, however many there are", () => {
    expect(pictured(5, 0)).toBe(0);
    expect(pictured(5, 5)).toBe(5);
    expect(pictured(6, 5)).toBe(5);
  });

  it("are made for all where all are asked for", () => {
    expect(pictured(6, "all")).toBe(6);
  });
});
