import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import { healthyBlob, incidentBlob, noise } from "../builders/blob.ts";
import { suspendImage, VTPM_SECRET } from "../builders/suspend-image.ts";
import { makeXva } from "../builders/tar.ts";
import { diskMembers, diskOf, exportMembers } from "../builders/xva.ts";
import { base64, put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const SAVED = incidentBlob(10, 3);
const STATE = diskOf("Ref:9", suspendImage({ nvram: SAVED }), false);
const DATA = diskOf("Ref:10", noise(5000, 1));
const VM = {
  uuid: UUID_A,
  name_label: "win",
  power_state: "Suspended",
  suspend_VDI: "Ref:9",
  NVRAM: { "EFI-variables": base64(incidentBlob(10, 3)) },
};
const XVA = put(folder, "win.xva", makeXva(exportMembers(VM, [DATA, STATE])));
const HEALTHY = put(
  folder,
  "healthy.xva",
  makeXva(exportMembers({ ...VM, NVRAM: { "EFI-variables": base64(healthyBlob()) } }, [DATA, STATE])),
);
const IMAGE = put(folder, "state.img", suspendImage({ nvram: SAVED }));

describe("the export of a suspended VM", () => {
  it("is analyzed in both copies, of which only one can be repaired", () => {
    const { stdout, status } = run(["analyze", XVA]);
    expect(status).toBe(1);
    expect(stdout).toContain("This NVRAM is in the saved state of the suspended VM");
    expect(stdout).toContain("1 VM in 2 copies");
    const { inputs } = JSON.parse(run(["analyze", HEALTHY, "--format", "json"]).stdout);
    expect(inputs[0].vms).toMatchObject([
      { source: "NVRAM", verdict: "healthy" },
      { source: "suspend_VDI", verdict: "at-risk", uuid: UUID_A },
    ]);
    // Nothing can be done about the saved state, so nothing is advised.
    expect(run(["analyze", HEALTHY]).stdout).not.toContain("varscope repair");
  });

  it("is repaired in its ova.xml alone, and what stays is said", () => {
    const out = join(folder, "out.xva");
    const { status, stderr } = run(["repair", XVA, "--out", out]);
    expect(status).toBe(0);
    expect(stderr).toContain("win is suspended. Its saved state has an NVRAM of its own");
    const after = Buffer.from(readFileSync(out));
    for (const { bytes } of [...diskMembers(DATA), ...diskMembers(STATE)])
      expect(after.indexOf(bytes)).toBeGreaterThan(0);
    const { inputs } = JSON.parse(run(["analyze", out, "--format", "json"]).stdout);
    expect(inputs[0].vms.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["healthy", "at-risk"]);
    expect(run(["verify", out]).status).toBe(0);
  });

  it("gives the saved NVRAM to extract and to diff", () => {
    const out = join(folder, "parts");
    expect(run(["extract", XVA, "--source", "suspend_VDI", "--out", out]).status).toBe(0);
    expect(readFileSync(join(out, `${UUID_A}.suspend_VDI.vars`)).equals(SAVED)).toBe(true);
    expect(run(["diff", XVA, IMAGE, "--source", "suspend_VDI,suspend_image"]).status).toBe(0);
  });

  it("tells a damaged saved state, and still judges the NVRAM of the record", () => {
    const blocks: typeof STATE.blocks = [[0, suspendImage({ nvram: SAVED }).subarray(0, 9000)]];
    const path = put(folder, "cut.xva", makeXva(exportMembers(VM, [DATA, { ...STATE, blocks }])));
    const { status, stdout, stderr } = run(["analyze", path, "--format", "json"]);
    expect(status).toBe(3);
    expect(stderr).toContain("suspend_VDI");
    expect(JSON.parse(stdout).inputs[0]).toMatchObject({
      error: { code: "truncated", path: "suspend_VDI" },
      vms: [{ source: "NVRAM" }],
    });
    // The disk is none of its business.
    expect(run(["repair", path, "--out", join(folder, "cut.repaired.xva")]).status).toBe(0);
  });
});

describe("the image of a suspended VM by itself", () => {
  it("is analyzed from a file and from a pipe", () => {
    for (const { stdout } of [
      run(["analyze", IMAGE, "--format", "json"]),
      run(["analyze", "-", "--format", "json"], { input: suspendImage({ nvram: SAVED }) }),
    ]) {
      const [input] = JSON.parse(stdout).inputs;
      expect(input).toMatchObject({ format: "suspend-image", vms: [{ source: "suspend_image" }] });
    }
  });

  it("is not repaired, and why is said", () => {
    const { status, stderr } = run(["repair", IMAGE]);
    expect(status).toBe(2);
    expect(stderr).toContain("resume the VM and shut it down");
  });

  it("never shows the vTPM's state, in no command and no form", () => {
    const secret = base64(ascii(VTPM_SECRET)).slice(0, -2);
    const hex = Buffer.from(VTPM_SECRET).toString("hex");
    for (const args of [
      ["analyze", IMAGE],
      ["inspect", IMAGE, "--all", "--hex", "--bytes"],
      ["inspect", IMAGE, "--format", "json"],
      ["inspect", XVA, "--format", "json"],
    ]) {
      const { stdout, stderr } = run(args);
      for (const text of [VTPM_SECRET, secret, hex]) expect(stdout + stderr).not.toContain(text);
    }
  });

  it("is full as it is: a daemon that resumes adds nothing at its start", () => {
    const [alone] = JSON.parse(run(["analyze", IMAGE, "--format", "json"]).stdout).inputs;
    expect(alone.vms[0].nvram.runtimeBytes).toBe(0);
    expect(run(["analyze", IMAGE]).stdout).not.toContain("added at start");
    const [both] = JSON.parse(run(["inspect", XVA, "--format", "json"]).stdout).inputs;
    const bytes = both.vms.map(
      ({ nvram }: { nvram: { blob: { runtimeBytes: number } } }) => nvram.blob.runtimeBytes,
    );
    expect(bytes).toEqual([expect.any(Number), 0]);
    expect(bytes[0]).toBeGreaterThan(0);
  });

  it("is inspected without words on how its VM starts", () => {
    const [input] = JSON.parse(run(["inspect", IMAGE, "--format", "json"]).stdout).inputs;
    expect(input.vms[0]).toMatchObject({ source: "suspend_image", keys: null, hosts: null });
  });
});
