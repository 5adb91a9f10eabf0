/** A repair of an export that does not come to its end. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { incidentBlob, noise } from "../builders/blob.ts";
import { makeXva } from "../builders/tar.ts";
import { BLOCK_BYTES, exportMembers } from "../builders/xva.ts";
import { LEFTOVER, reached } from "./interrupted.ts";
import { base64, PROGRAM, put, run, temporaryFolder, UUID_A } from "./run.ts";
import { runOnSmallDisk } from "./small-disk.ts";

const folder = temporaryFolder();
const BLOCKS = 16;
const block = noise(BLOCK_BYTES, 7);
const archive = makeXva(
  exportMembers(
    { uuid: UUID_A, name_label: "vm", NVRAM: { "EFI-variables": base64(incidentBlob(40, 30)) } },
    [
      {
        id: "Ref:9",
        virtualBytes: BLOCKS * BLOCK_BYTES,
        blocks: Array.from({ length: BLOCKS }, (_, i) => [i, block] as const),
      },
    ],
  ),
);
const input = put(folder, "vm.xva", archive);
const INPUT_SHA256 = sha256(input);

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function freshFolder(): string {
  return mkdtempSync(join(folder, "out-"));
}

describe("a repair of an export whose disk is full", () => {
  it.for([
    ["as it is", []],
    ["compressed", ["--compress", "gzip"]],
  ] as const)("says so, leaves nothing and touches no input: %s", ([, options], context) => {
    const disk = join(freshFolder(), "disk");
    mkdirSync(disk);
    const repair = ["repair", input, "--out", join(disk, "out.xva"), ...options];
    const result = runOnSmallDisk({ at: disk, size: "1m", after: 'ls -A "$d"' }, repair);
    if (result === null) return context.skip("no small disk can be mounted here");
    const { status, stdout, stderr } = result;
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: `varscope: ${disk}/out.xva was not written: the disk is full. Free some space, or write to another disk.\n`,
    });
    expect(sha256(input)).toBe(INPUT_SHA256);
  });
});

describe("a repair whose runbook alone finds the disk full", () => {
  it("tells what was repaired, with the steps, and then what is missing", (context) => {
    const out = freshFolder();
    const disk = join(out, "disk");
    mkdirSync(disk);
    const repaired = join(out, "out.xva");
    const runbook = join(disk, "steps.md");
    const before = 'head -c 1m /dev/zero >"$d/full" 2>/dev/null';
    const repair = ["repair", input, "--out", repaired, "--runbook", runbook];
    const result = runOnSmallDisk({ at: disk, size: "64k", before }, repair);
    if (result === null) return context.skip("no small disk can be mounted here");
    const { status, stdout, stderr } = result;
    expect(status).toBe(2);
    expect(stderr).toBe(
      `varscope: ${runbook} was not written: the disk is full. Free some space, or write to another disk.\n`,
    );
    expect(stdout).toContain("REPAIRED");
    expect(stdout).toContain("xe vm-import");
    expect(run(["verify", repaired]).status).toBe(0);
  });
});

describe("a repair of an export that is ended", () => {
  const SHARES = [0, 1 / 3, 9 / 10];
  const cases = (["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const).flatMap((signal) =>
    SHARES.map((share) => [signal, share] as const),
  );

  it.each(cases)(
    "by %s after a share of %d leaves the input as it is, and nothing under the name",
    async (signal, share) => {
      const out = freshFolder();
      const target = join(out, "fixed.xva.gz");
      // Compressing takes long enough to be caught at it.
      const child = spawn(
        process.execPath,
        [PROGRAM, "repair", input, "--out", target, "--compress", "gzip"],
        {
          stdio: "ignore",
        },
      );
      const isRunning = await reached(child, out, Math.floor(share * BLOCKS * BLOCK_BYTES));
      const ended = new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
      child.kill(signal);
      expect(isRunning).toBe(true);
      expect(await ended).toBe(signal);
      const left = readdirSync(out);
      if (signal === "SIGKILL") expect(left).toEqual([expect.stringMatching(LEFTOVER)]);
      else expect(left).toEqual([]);
      expect(sha256(input)).toBe(INPUT_SHA256);
      // What is left stands in nobody's way.
      if (share === 0) expect(run(["repair", input, "--out", target, "--quiet"]).status).toBe(0);
    },
  );
});
