/** A VM that boots by BIOS does not use its NVRAM: nothing says that it keeps the VM from starting. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { incidentBlob } from "../builders/blob.ts";
import { base64, put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const recordOf = (firmware: string) =>
  JSON.stringify({
    uuid: UUID_A,
    name_label: "old",
    HVM_boot_params: { firmware, order: "cd" },
    platform: { secureboot: "true" },
    NVRAM: { "EFI-variables": base64(incidentBlob()) },
  });
put(folder, "bios.json", recordOf("bios"));
put(folder, "uefi.json", recordOf("uefi"));
mkdirSync(join(folder, "none"));
put(folder, "none/1.txt", "no dump");
put(folder, "none/2.txt", "nor this");

const out = (...args: readonly string[]) => run(args, { cwd: folder }).stdout;

describe("a BIOS VM whose NVRAM varstored would refuse", () => {
  it.each(["table", "markdown", "html"])("has headings that say so in %s", (format) => {
    const told = out("bios.json", "--format", format);
    expect(told).toContain("Would keep the VM from starting by UEFI; it boots by BIOS");
    expect(told).not.toContain("Keeps the VM from starting");
    expect(told).not.toContain("Breaks later updates");
    expect(out("uefi.json", "--format", format)).toContain("Keeps the VM from starting");
  });

  it("starts, by the reasoning of explain as well, and on every host", () => {
    const report = JSON.parse(out("explain", "variable-data-over-limit", "bios.json", "--format", "json"));
    const [{ chains, hosts }] = report.evidence[0].reasoning;
    expect(chains.map(({ question, answer }: Record<string, string>) => [question, answer])).toEqual([
      ["start-without-secure-boot", "yes"],
    ]);
    for (const { loads, nextWrite, migrates } of hosts)
      expect([loads.answer, nextWrite.answer, migrates.answer]).toEqual(["yes", "no", "yes"]);
    const text = out("explain", "variable-data-over-limit", "bios.json");
    expect(text).toContain("boots by BIOS: no daemon is started for it");
    expect(text).not.toContain("The VM does not start");
    expect(out("explain", "variable-data-over-limit", "uefi.json")).toContain("The VM does not start");
  });
});

describe("a folder without dumps", () => {
  it("is no input among its files", () => {
    expect(out("none")).toContain(
      "2 inputs, 0 VMs; 1 folder without a dump; 2 files not recognised as a dump.",
    );
    const { inputs, summary } = JSON.parse(out("none", "--format", "json"));
    expect(inputs).toHaveLength(3);
    expect(summary).toMatchObject({ inputs: 3, failed: 1, unrecognised: 2, foldersWithoutDumps: 1 });
    expect(JSON.parse(out("bios.json", "--format", "json")).summary).not.toHaveProperty(
      "foldersWithoutDumps",
    );
  });
});
