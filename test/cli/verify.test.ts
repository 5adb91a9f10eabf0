import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import type { VerifyEntry } from "../../cli/commands/verify.ts";
import { progressLine } from "../../cli/render/byte-progress.ts";
import { noise } from "../builders/blob.ts";
import { makeXva } from "../builders/tar.ts";
import { BLOCK_BYTES, exportMembers } from "../builders/xva.ts";
import { zstdStored } from "../builders/zstd.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const ARCHIVE = makeXva(
  exportMembers({ uuid: UUID_A, name_label: "vm" }, [
    {
      id: "Ref:9",
      virtualBytes: 2 * BLOCK_BYTES,
      blocks: [
        [0, noise(BLOCK_BYTES, 1)],
        [1, noise(BLOCK_BYTES, 2)],
      ],
    },
  ]),
);
const DAMAGED = ARCHIVE.slice();
DAMAGED[600_000]! ^= 1;

function entryOf(path: string, input?: Uint8Array): VerifyEntry {
  const { stdout } = run(["verify", path, "--format", "json"], input === undefined ? {} : { input });
  return JSON.parse(stdout).verifications[0];
}

describe("verify", () => {
  it.each([
    ["vm.xva", ARCHIVE, null],
    ["vm.xva.gz", gzipSync(ARCHIVE), "gzip"],
    ["vm.xva.zst", zstdStored(ARCHIVE), "zstd"],
  ])("ends with 0 for a whole export: %s", (name, bytes, compression) => {
    const path = put(folder, name, bytes);
    const { status, stdout, stderr } = run(["verify", path]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("COMPLETE AND UNDAMAGED");
    expect(stdout).toContain("2 of 2 blocks with the right checksum (XXH64)");
    expect(entryOf(path)).toMatchObject({ complete: true, compression, bytes: ARCHIVE.length });
    expect(run(["verify", path, "--quiet"]).stdout).toBe("");
  });

  it("reads standard input", () => {
    expect(entryOf("-", ARCHIVE)).toMatchObject({ complete: true, checkedBlocks: 2 });
  });

  it("ends with 1 for a damaged one, and says what and where", () => {
    const path = put(folder, "damaged.xva", DAMAGED);
    const { status, stdout } = run(["verify", path]);
    expect(status).toBe(1);
    expect(stdout).toContain("DAMAGED");
    expect(stdout).toMatch(/checksum-mismatch Ref:9\/00000000 at byte \d+/);
    expect(entryOf(path)).toMatchObject({ complete: false, problemCount: 1 });
  });

  it.each([
    ["cut.xva.gz", gzipSync(ARCHIVE).subarray(0, -300_000), "truncated"],
    ["cut.xva.zst", zstdStored(ARCHIVE).subarray(0, -300_000), "truncated"],
    ["cut.xva", ARCHIVE.subarray(0, -300_000), "truncated"],
  ])("calls an export damaged that is cut: %s", (name, bytes, code) => {
    const path = put(folder, name, bytes);
    expect(run(["verify", path]).status).toBe(1);
    expect(entryOf(path).problems.map((problem) => problem.code)).toContain(code);
  });

  it("ends with 3 for what is no export, and with 2 for a folder", () => {
    expect(run(["verify", put(folder, "note.txt", "a note")]).status).toBe(3);
    expect(run(["verify", put(folder, "empty.xva", "")]).status).toBe(3);
    const { status, stderr } = run(["verify", join(folder, "none.xva")]);
    expect(status).toBe(3);
    expect(stderr).toContain("no such file");
    expect(run(["verify", folder]).status).toBe(2);
  });

  it("prints no name of a member raw", () => {
    const path = put(folder, "odd.xva", makeXva([{ name: "a\u001b[31m\nb", bytes: noise(3, 1) }]));
    const { stdout } = run(["verify", path]);
    expect(stdout).toContain("unexpected-member");
    expect(stdout).not.toContain("\u001b[31m\n");
    expect(stdout).not.toMatch(/a\u001b/);
  });

  it("prints what its schema says", () => {
    const schema = JSON.parse(run(["schema", "verify"]).stdout);
    const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);
    for (const name of readdirSync(folder)) {
      const { stdout } = run(["verify", join(folder, name), "--format", "json"]);
      expect([name, validate(JSON.parse(stdout)), validate.errors]).toEqual([name, true, null]);
    }
    expect(existsSync(join(folder, "vm.xva"))).toBe(true);
  });
});

describe("the progress of a long reading", () => {
  it("has a bar, the rate and the time left", () => {
    const line = progressLine(1_073_741_824, 4_294_967_296, 2000);
    expect(line).toBe("[######..................] 25 % of 4.0 GiB, 512 MiB/s, 6 s left");
    expect(progressLine(0, 7_516_192_768_000, 1)).toContain("0 bytes/s");
    expect(progressLine(1_048_576, 7_516_192_768, 1000)).toContain("1 h 59 min left");
    expect(progressLine(1_048_576, 104_857_600, 1000)).toContain("1 min 39 s left");
  });

  it("does without what it does not know", () => {
    expect(progressLine(1536, null, 1000)).toBe("1.5 KiB read, 1.5 KiB/s");
  });
});
