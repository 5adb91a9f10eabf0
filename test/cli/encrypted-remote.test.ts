/** Encrypted remotes of Xen Orchestra, read with their key. */
import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, noise } from "../builders/blob.ts";
import { makeXva } from "../builders/tar.ts";
import {
  type BackupFields,
  backupName,
  backupXva,
  deltaMetadata,
  encrypted,
  encryptionMark,
  fullMetadata,
  metadataText,
} from "../builders/xen-orchestra.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { base64, put, run, runInShell, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();
/** A test key. */
const KEY = "0test-key-of-32-characters-alone";
const ALGORITHMS = ["aes-256-gcm", "chacha20-poly1305"] as const;

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  put(folder, path, content);
}

function backups(uuid: string, name_label: string, blobs: readonly Uint8Array[]): BackupFields[] {
  return blobs.map((blob, i) => ({
    uuid,
    name_label,
    time: new Date(Date.UTC(2025, 9, i + 1, 2, 0, 5, 250)),
    blob,
  }));
}

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

const FILES: readonly (readonly [path: string, content: Uint8Array | string])[] = [
  ["metadata.json", JSON.stringify({ random: "0f5d1b0e-5f0f-4c34-9a52-1a7f6c0d9e11" })],
  ...backups(UUID_A, "web", [healthyBlob(), incidentBlob(10, 3), incidentBlob()]).map(
    (one) =>
      [`xo-vm-backups/${UUID_A}/${backupName(one.time)}.json`, metadataText(deltaMetadata(one))] as const,
  ),
  ...backups(UUID_B, "dc01", [healthyBlob(), incidentBlob()]).flatMap((one) => {
    const path = `xo-vm-backups/${UUID_B}/${backupName(one.time)}`;
    return [
      [`${path}.json`, metadataText(fullMetadata(one))],
      [`${path}.xva`, backupXva(one)],
    ] as const;
  }),
];

for (const [path, content] of FILES) write(`plain/${path}`, content);
for (const algorithm of ALGORITHMS) {
  write(`${algorithm}/encryption.json`, encryptionMark(algorithm));
  for (const [i, [path, content]] of FILES.entries())
    write(`${algorithm}/${path}`, encrypted(bytesOf(content), KEY, algorithm, i));
}
const keyFile = put(folder, "remote.key", `${KEY}\n`);
chmodSync(keyFile, 0o600);
const wrongKeyFile = put(folder, "wrong.key", `${KEY.slice(1)}x`);
chmodSync(wrongKeyFile, 0o600);
const WITH_KEY = ["--encryption-key-file", keyFile];

function reportOf(path: string, ...more: readonly string[]): Report {
  const { stdout, stderr } = run([path, ...more, "--format", "json", "--fail-on", "never"], { cwd: folder });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What is judged, without the names of the two remotes and the facts of their files. */
function judged({ inputs, timelines, summary }: Report) {
  const vms = inputs.map(({ path, format, error, vms: copies, findings }) => ({
    path: path.slice(path.indexOf("/")),
    format,
    error,
    findings: findings.map(({ ruleId }) => ruleId),
    verdicts: copies.map(({ nameLabel, verdict, nvram }) => [nameLabel, verdict, nvram?.sha256]),
  }));
  const points = timelines.map(({ vmUuid, lastGood, firstBad, backups: all }) => [
    vmUuid,
    lastGood,
    firstBad,
    all.map(({ verdict }) => verdict),
  ]);
  return {
    vms: vms.filter(({ format }) => format !== null && format !== "xo-encryption"),
    points,
    machines: summary.machines,
  };
}

describe.each(ALGORITHMS)("a remote that is encrypted with %s", (algorithm) => {
  it.each([
    ["by one thread", ["--jobs", "1"]],
    ["by several", ["--jobs", "2"]],
  ])("is judged with its key as though it were not, %s", (_, jobs) => {
    const report = judged(reportOf(algorithm, ...WITH_KEY, ...jobs));
    expect(report.vms.length).toBe(7);
    expect(report).toEqual(judged(reportOf("plain", ...jobs)));
    expect(report.points.length).toBe(2);
  });

  it("is what every command reads", () => {
    const json = `${algorithm}/xo-vm-backups/${UUID_A}/20251002T020005Z.json`;
    const xva = `${algorithm}/xo-vm-backups/${UUID_B}/20251001T020005Z.xva`;
    const of = (...args: readonly string[]) => run([...args, ...WITH_KEY], { cwd: folder });
    expect(of("inspect", json).stdout).toContain("web");
    expect(of("diff", json, xva, "--source", "vm.NVRAM,NVRAM").status).toBe(1);
    expect(of("verify", xva).stdout).toContain("COMPLETE AND UNDAMAGED");
    expect(of("extract", algorithm, "--out", `good-${algorithm}`, "--last-good").status).toBe(0);
    expect(readFileSync(join(folder, `good-${algorithm}/${UUID_A}.efivars.b64`), "utf8")).toBe(
      base64(healthyBlob()),
    );
  });

  it("gives no file back in its own form, and NVRAMs alone", () => {
    const json = `${algorithm}/xo-vm-backups/${UUID_A}/20251002T020005Z.json`;
    const before = readdirSync(dirname(join(folder, json)));
    const { status, stderr } = run(["repair", json, ...WITH_KEY], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toContain("--emit efivars --out DIR");
    expect(readdirSync(dirname(join(folder, json)))).toEqual(before);
    const out = `fixed-${algorithm}`;
    expect(
      run(["repair", json, "--emit", "efivars", "--out", out, ...WITH_KEY], { cwd: folder }).status,
    ).toBe(0);
    expect(reportOf(out).inputs.flatMap(({ vms }) => vms.map(({ verdict }) => verdict))).toContain("healthy");
    const many = run(["repair", algorithm, "--out", `own-${algorithm}`, ...WITH_KEY], { cwd: folder });
    expect(many.status).toBe(4);
    expect(`${many.stdout}${many.stderr}`).toContain("encrypted remote");
  });

  it("says of the wrong key that it is the wrong one", () => {
    const { status, stdout, stderr } = run([algorithm, "--encryption-key-file", wrongKeyFile], {
      cwd: folder,
    });
    expect(status).toBe(3);
    expect(stderr).toContain("does not open it");
    expect(stdout + stderr).not.toContain(KEY.slice(1));
    const file = `${algorithm}/xo-vm-backups/${UUID_B}/20251001T020005Z.xva`;
    expect(run(["verify", file, "--encryption-key-file", wrongKeyFile], { cwd: folder }).status).toBe(3);
  });

  it("says of a damaged file that it is damaged, and reads the others", () => {
    const root = `damaged-${algorithm}`;
    write(`${root}/encryption.json`, encryptionMark(algorithm));
    for (const [i, [path, content]] of FILES.entries()) {
      const bytes = encrypted(bytesOf(content), KEY, algorithm, i);
      if (i === 1) bytes[bytes.length - 100]! ^= 1;
      write(`${root}/${path}`, i === 2 ? bytes.subarray(0, bytes.length - 1) : bytes);
    }
    write(`${root}/xo-vm-backups/${UUID_A}/note.efivars.b64`, base64(healthyBlob()));
    const { inputs } = reportOf(root, ...WITH_KEY);
    const damaged = inputs.filter(({ error }) => error?.code === "encrypted");
    expect(damaged.map(({ error }) => error?.message ?? "")).toEqual([
      expect.stringContaining("does not vouch for"),
      expect.stringContaining("does not vouch for"),
    ]);
    // What somebody else put there is read as it is.
    expect(inputs.filter(({ format }) => format === "efivars-b64")).toHaveLength(1);
    expect(inputs.filter(({ vms }) => vms.length > 0)).toHaveLength(6);
  });

  it("reads of a large export the head, and all of it where that is checked", () => {
    const disk = diskOf("Ref:9", noise(40 * 1_048_576, 3));
    const vm = { uuid: UUID_A, name_label: "large", NVRAM: { "EFI-variables": base64(incidentBlob(10, 3)) } };
    const bytes = encrypted(makeXva(exportMembers(vm, [disk])), KEY, algorithm, 50);
    const path = `large-${algorithm}/xo-vm-backups/${UUID_A}/20251003T020005Z.xva`;
    write(`large-${algorithm}/encryption.json`, encryptionMark(algorithm));
    write(`large-${algorithm}/metadata.json`, encrypted(bytesOf(FILES[0]![1]), KEY, algorithm, 51));
    write(path, bytes);
    expect(reportOf(path, ...WITH_KEY).inputs[0]).toMatchObject({
      format: "xva",
      error: null,
      vms: [{ verdict: "at-risk" }],
    });
    expect(run(["verify", path, ...WITH_KEY], { cwd: folder }).status).toBe(0);
    const flipped = bytes.slice();
    flipped[flipped.length - 1]! ^= 1;
    write(path, flipped);
    const { status, stdout } = run(["verify", path, ...WITH_KEY], { cwd: folder });
    expect(status).toBe(1);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("does not vouch for");
  });
});

describe("--encryption-key-file", () => {
  const path = "aes-256-gcm";

  it("is never printed, and warned of where others can read it", () => {
    for (const format of ["table", "json", "html", "markdown"]) {
      const { stdout, stderr } = run([path, ...WITH_KEY, "--format", format], { cwd: folder });
      expect(stdout + stderr).not.toContain(KEY);
      expect(stderr).not.toContain("chmod");
    }
    const open = put(folder, "open.key", KEY);
    chmodSync(open, 0o644);
    expect(run([path, "--encryption-key-file", open], { cwd: folder }).stderr).toContain(
      "others on this machine may read",
    );
    expect(run([path, ...WITH_KEY, "-o", keyFile, "--force"], { cwd: folder }).status).toBe(2);
    expect(readFileSync(keyFile, "utf8")).toBe(`${KEY}\n`);
  });

  it.each([
    ["nothing", ""],
    ["31 characters", KEY.slice(1)],
    ["33 characters", `${KEY}x`],
    ["much more", "x".repeat(100_000)],
    ["letters that ASCII has not", `${KEY.slice(2)}ä`.slice(0, 31).concat("ö")],
  ])("with %s is wrong usage", (_, content) => {
    const file = put(folder, "odd.key", content);
    chmodSync(file, 0o600);
    const { status, stderr } = run([path, "--encryption-key-file", file], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toMatch(/expected the key of the remote, 32 characters/);
    if (content.length > 8) expect(stderr).not.toContain(content.slice(0, 20));
  });

  it("that is not there is wrong usage, and a pipe is as good as a file", () => {
    const missing = run([path, "--encryption-key-file", "no.key"], { cwd: folder });
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining("ENOENT")]);
    const piped = runInShell(`$0 ${path} --encryption-key-file <(cat ${keyFile}) --fail-on never -q`, {
      cwd: folder,
    });
    expect(piped.status).toBe(0);
  });

  it("changes nothing of what is not encrypted", () => {
    expect(judged(reportOf("plain", ...WITH_KEY))).toEqual(judged(reportOf("plain")));
  });
});
