/** What people read about the certificates of a pool: first the set, then the VMs, and nothing that plants the old ones again. */

import { describe, expect, it } from "vitest";
import { htmlWriter } from "../../report/render/html-writer.ts";
import { markdownWriter } from "../../report/render/markdown-writer.ts";
import { poolSteps, withoutRepeatedSteps } from "../../report/render/pool-steps.ts";
import type { VmReport } from "../../report/vm.ts";
import { findingReportOf, judgedInputOf, vmReportOf, writtenBy } from "../builders/judged.ts";
import { WRITER_TOOLS } from "../builders/writer-tools.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d0";
const outdated = findingReportOf({ ruleId: "pool-certificates-2011-only", severity: "warning" });
const lacking = (digit: number, fields: Partial<VmReport> = {}): VmReport =>
  vmReportOf({
    uuid: `${UUID}${digit}`,
    findings: [findingReportOf({ ruleId: "kek-2023-missing" })],
    ...fields,
  });
const commandsOf = (vms: readonly VmReport[]): string[] =>
  poolSteps({ findings: [outdated], vms }).flatMap(({ commands }) => commands);

describe("poolSteps", () => {
  it("goes back to the defaults before the set is written into any VM", () => {
    const commands = commandsOf([lacking(1)]);
    const clear = commands.indexOf("secureboot-certs clear");
    expect(clear).toBeGreaterThan(commands.indexOf("secureboot-certs extract KEK old-KEK.auth"));
    expect(commands.indexOf(`varstore-sb-state ${UUID}1 user`)).toBeGreaterThan(clear);
  });

  it("names the VMs of the same input that lack the certificates and can take them", () => {
    const vms = [
      lacking(1),
      lacking(2, { findings: [] }),
      lacking(6, { findings: [findingReportOf({ ruleId: "db-2023-missing", severity: "info" })] }),
      lacking(3, { kind: "snapshot" }),
      lacking(4, { verdict: "unbootable" }),
      lacking(5, { source: "snapshot_metadata.NVRAM" }),
    ];
    const written = commandsOf(vms).filter((command) => command.startsWith("varstore-sb-state"));
    expect(written).toEqual([`varstore-sb-state ${UUID}1 user`]);
  });

  it("types nothing that only calls itself a UUID", () => {
    expect(commandsOf([lacking(1, { uuid: "/etc/$(id)" })]).join()).not.toContain("/etc");
  });

  it("says how many more VMs there are", () => {
    const vms = Array.from({ length: 7 }, (_, digit) => lacking(digit));
    expect(poolSteps({ findings: [outdated], vms })[1]?.text).toContain("3 more VMs");
  });

  it("mends a set that is wrong before anything else is done with it, and names no VM for it", () => {
    const wrong = findingReportOf({ ruleId: "pool-certificates-wrong-owner" });
    const steps = poolSteps({ findings: [wrong], vms: [lacking(1)] });
    expect(steps.flatMap(({ commands }) => commands)).toContain("xe-toolstack-restart");
    expect(JSON.stringify(steps)).not.toContain(UUID);
    expect(steps[0]?.text).toMatch(/^Do not write the pool's certificates into any VM yet/);
  });

  it("has nothing to say where the set is not the one in use, or has another fault", () => {
    expect(poolSteps({ findings: [{ ...outdated, breaks: null }], vms: [lacking(1)] })).toEqual([]);
    expect(poolSteps({ findings: [findingReportOf()], vms: [lacking(1)] })).toEqual([]);
  });
});

describe("reports for people", () => {
  const inputs = ["KEK.auth", "db.auth"].map((path) =>
    judgedInputOf({ path, format: "auth-file", findings: [outdated] }),
  );

  it.each([
    ["Markdown", markdownWriter],
    ["HTML", htmlWriter],
  ])("tell in %s once what files of one set need", async (_, writer) => {
    const text = await writtenBy(
      (output) => writer(output, { asOf: "2026-09-01", quiet: false }, WRITER_TOOLS),
      inputs,
    );
    expect(text.match(/secureboot-certs clear\n/g)).toHaveLength(1);
  });

  it("leave out steps that are the same", () => {
    const [step] = poolSteps({ findings: [outdated], vms: [] });
    expect(withoutRepeatedSteps([step!, step!, { text: "another", commands: [] }])).toHaveLength(2);
  });
});
