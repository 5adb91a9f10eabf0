import { describe, expect, it } from "vitest";
import { lostSteps } from "../../report/render/lost-steps.ts";
import type { VmReport } from "../../report/vm.ts";
import { healthyBlob } from "../builders/blob.ts";
import { findingReportOf, vmReportOf } from "../builders/judged.ts";
import { put, run, runInShell, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const uuid = "00000000-0000-4000-8000-000000000028";
const lost = (fields: Partial<VmReport> = {}): VmReport =>
  vmReportOf({
    uuid,
    nvram: null,
    findings: [
      findingReportOf({ ruleId: "nvram-lost", breaks: "start", facts: { tells: [], inSnapshot: null } }),
    ],
    ...fields,
  });
const commandsOf = (vms: readonly VmReport[]): string[] =>
  lostSteps({ path: "x.json", vms }).flatMap(({ commands }) => commands);

describe("lostSteps", () => {
  it("look for an older NVRAM and write it back before the VM is started", () => {
    const [find, write] = commandsOf([lost()]);
    expect(find).toContain("--last-good");
    expect(write).toContain(`restore-efivar-backup ${uuid} --restore-from good/${uuid}.efivars.b64`);
  });

  it("say nothing of other VMs, and of snapshots", () => {
    expect(lostSteps({ path: "x", vms: [vmReportOf(), lost({ kind: "snapshot" })] })).toEqual([]);
  });

  it("type nothing that only calls itself a UUID", () => {
    expect(commandsOf([lost({ uuid: "$(id)" })]).join()).not.toContain("$(id)");
  });

  it("tell how many more VMs there are", () => {
    const vms = Array.from({ length: 5 }, () => lost());
    expect(lostSteps({ path: "x", vms }).at(-1)?.text).toContain("2 more VMs need the like");
  });

  it("take the copy of the snapshot in the same backup, by commands that work as they stand", () => {
    const NVRAM = { "EFI-variables": Buffer.from(healthyBlob()).toString("base64") };
    const vm = { uuid, name_label: "files", HVM_boot_params: { firmware: "uefi" }, NVRAM: {} };
    const snapshot = { ...vm, uuid: `${uuid.slice(0, -1)}f`, is_a_snapshot: true, NVRAM };
    const backup = { jobId: "j", mode: "delta", scheduleId: "s", timestamp: 1_785_546_000_000 };
    put(folder, "it's.json", JSON.stringify({ ...backup, vm, vmSnapshot: snapshot }));
    const { stdout } = run(["it's.json"], { cwd: folder });
    const commands = stdout.split("\n").map((line) => line.trim());
    const extract = commands.find((line) => line.startsWith("varscope extract")) ?? "";
    const encode = commands.find((line) => line.startsWith("base64 ")) ?? "";
    const { status } = runInShell(`${extract.replace(/^varscope/, "$0")} && ${encode}`, { cwd: folder });
    expect(status).toBe(0);
    const { stdout: text } = runInShell(`cat good/${uuid}.efivars.b64`, { cwd: folder });
    expect(text).toBe(NVRAM["EFI-variables"]);
  });
});
