import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { canShowProgress, progressLine } from "../../cli/render/byte-progress.ts";
import type { VerifyEntry } from "../../report/verify.ts";
import { noise } from "../builders/blob.ts";
import { type Member, makeXva } from "../builders/tar.ts";
import { BLOCK_BYTES, exportMembers } from "../builders/xva.ts";
import { zstdStored } from "../builders/zstd.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));
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

function fileNames(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `bug-report-20261120101112/${i}`,
    bytes: noise(3, i),
  }));
}

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

  it("finds the exports that are shipped whole, and what repair makes of the sample", () => {
    const shipped = readdirSync(CORPUS).filter((name) => !/^error-|^backup-incomplete/.test(name));
    const paths = shipped.map((name) => `${CORPUS}${name}/input.xva`).filter((path) => existsSync(path));
    expect(paths).toContain(`${CORPUS}sample-incident/input.xva`);
    const repaired = join(folder, "sample.repaired.xva");
    expect(run(["repair", `${CORPUS}sample-incident/input.xva`, "--out", repaired]).status).toBe(0);
    for (const path of [...paths, repaired]) expect(entryOf(path)).toMatchObject({ complete: true });
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

  it.each([
    ["bundle.tar", [{ name: "mail/note.txt", bytes: noise(700, 1) }], 'other files, .*"mail/note.txt"\\)'],
    [
      "certificates.tar",
      [{ name: "KEK.auth", bytes: noise(700, 2) }],
      "an archive of Secure Boot certificates",
    ],
    [
      "report.tar.gz",
      [{ name: "bug-report-20261120101112/", bytes: noise(0, 1) }, ...fileNames(5)],
      "a bug report, .* and 3 more",
    ],
  ])("ends with 3 for an archive in which nothing is an export's: %s", (name, members, found) => {
    const archive = makeXva(members);
    const path = put(folder, name, name.endsWith(".gz") ? gzipSync(archive) : archive);
    const { status, stdout } = run(["verify", path]);
    expect(status).toBe(3);
    expect(stdout).toContain("NOT CHECKED");
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(new RegExp(found));
    expect(stdout).not.toContain("export the VM again");
    expect(entryOf(path).error?.code).toBe("unrecognised");
  });

  it.each([
    ["vdi/00000000", "a disk that was exported by itself"],
    ["Ref:3/00000000", "an export whose ova.xml is gone"],
  ])("calls an archive with %s damaged: %s", (name) => {
    const path = put(folder, "headless.xva", makeXva([{ name, bytes: noise(700, 1) }]));
    expect(run(["verify", path]).status).toBe(1);
    expect(entryOf(path).problems.map(({ code }) => code)).toContain("no-ova-xml");
  });

  it("prints no name of a member raw", () => {
    const odd = { name: "a\u001b[31m\nb", bytes: noise(3, 1) };
    const block = { name: "Ref:3/00000000", bytes: noise(3, 1) };
    const damaged = run(["verify", put(folder, "odd.xva", makeXva([odd, block]))]);
    expect(damaged.stdout).toContain("unexpected-member");
    const other = run(["verify", put(folder, "odd.tar", makeXva([odd]))]);
    expect(other.stdout).toContain("NOT CHECKED");
    for (const text of [damaged.stdout, other.stdout, other.stderr]) {
      expect(text).not.toContain("\u001b[31m\n");
      expect(text).not.toMatch(/a\u001b/);
    }
  });

  it("reads an export of disks full of zeros, which compress far better than anything else", () => {
    const zeros = Array.from({ length: 12 }, (_, i): [number, Uint8Array] => [
      i,
      new Uint8Array(BLOCK_BYTES),
    ]);
    const disk = { id: "Ref:9", virtualBytes: 12 * BLOCK_BYTES, blocks: zeros };
    const sparse = makeXva(exportMembers({ uuid: UUID_A, name_label: "vm" }, [disk]));
    const path = put(folder, "sparse.xva.gz", gzipSync(sparse, { level: 9 }));
    expect(run(["verify", path]).status).toBe(0);
    expect(entryOf(path)).toMatchObject({ complete: true, checkedBlocks: 12 });
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

  it("is for terminals that can clear a line", () => {
    expect(canShowProgress({ isTTY: true }, { TERM: "xterm" })).toBe(true);
    expect(canShowProgress({ isTTY: true }, {})).toBe(true);
    expect(canShowProgress({ isTTY: true }, { TERM: "dumb" })).toBe(false);
    expect(canShowProgress({ isTTY: false }, { TERM: "xterm" })).toBe(false);
  });

  it("does without what it does not know", () => {
    expect(progressLine(1536, null, 1000)).toBe("1.5 KiB read, 1.5 KiB/s");
  });
});
