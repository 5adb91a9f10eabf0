/** A repair of an appliance that is ended on its way. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { equalBytes } from "../../parsers/bytes.ts";
import { incidentBlob, noise } from "../builders/blob.ts";
import { makeOva, makeOvf } from "../builders/ovf.ts";
import { LEFTOVER, reached } from "./interrupted.ts";
import { PROGRAM, put, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const DISK_BYTES = 24_000_000;
const archive = makeOva(makeOvf([{ name: "vm", nvram: incidentBlob(40, 30) }]), {
  disks: [["disk.vhd", noise(DISK_BYTES, 7)]],
  isSigned: true,
});
const input = put(folder, "vm.ova", archive);

describe("a repair of an appliance that is ended", () => {
  it.each(
    (["SIGINT", "SIGTERM", "SIGKILL"] as const).flatMap((signal) =>
      [0, 1 / 3, 9 / 10].map((share) => [signal, share] as const),
    ),
  )(
    "by %s after a share of %d leaves the input as it is, and nothing under the name",
    async (signal, share) => {
      const out = mkdtempSync(join(folder, "out-"));
      const target = join(out, "fixed.ova.gz");
      // Compressing takes long enough to be caught at it.
      const args = [PROGRAM, "repair", input, "--out", target, "--compress", "gzip"];
      const child = spawn(process.execPath, args, { stdio: "ignore" });
      const isRunning = await reached(child, out, Math.floor(share * DISK_BYTES));
      const ended = new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
      child.kill(signal);
      expect(isRunning).toBe(true);
      expect(await ended).toBe(signal);
      const left = readdirSync(out);
      if (signal === "SIGKILL") expect(left).toEqual([expect.stringMatching(LEFTOVER)]);
      else expect(left).toEqual([]);
      expect(equalBytes(readFileSync(input), archive)).toBe(true);
    },
  );
});
