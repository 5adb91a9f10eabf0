/** Backups that a restore would not bring back, however healthy their NVRAM is; and their near misses. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { makeUstar } from "../builders/tar.ts";
import { makeVhd } from "../builders/vhd.ts";
import {
  type BackupFields,
  backupName,
  backupXva,
  cacheFile,
  configMetadata,
  deltaMetadata,
  encryptionMark,
  fullMetadata,
  metadataText,
} from "../builders/xen-orchestra.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const GOOD = healthyBlob();
const JOB = "6c2f0a3e-1d47-4a53-8a52-7d0f3a1b9c01";
const VM_FOLDER = `xo-vm-backups/${UUID_A}`;
let remotes = 0;

interface Remote {
  /** As a command names it. */
  readonly path: string;
  readonly write: (path: string, content: Uint8Array | string) => string;
}

function newRemote(): Remote {
  const path = `remote-${++remotes}`;
  const write = (name: string, content: Uint8Array | string): string => {
    mkdirSync(dirname(join(folder, path, name)), { recursive: true });
    put(folder, `${path}/${name}`, content);
    return `${path}/${name}`;
  };
  return { path, write };
}

function backup(day: number, blob = GOOD): BackupFields {
  return { uuid: UUID_A, name_label: "web", time: new Date(Date.UTC(2025, 9, day, 2, 0, 5, 250)), blob };
}

function stem(day: number): string {
  return `${VM_FOLDER}/${backupName(backup(day).time)}`;
}

/** A full backup of a day, with this export beside it. */
function full(remote: Remote, day: number, xva: Uint8Array | null, more: object = {}): void {
  remote.write(`${stem(day)}.json`, metadataText({ ...fullMetadata(backup(day)), ...more }));
  if (xva !== null) remote.write(`${stem(day)}.xva`, xva);
}

function disk(name: string, day: number, ending = "vhd"): string {
  return `vdis/${JOB}/${name}/${backupName(backup(day).time)}.${ending}`;
}

/** A delta backup of a day with these disks, of which the files are not written. */
function delta(remote: Remote, day: number, paths: readonly string[], more: object = {}): void {
  const metadata = deltaMetadata(backup(day));
  const vhds = Object.fromEntries(paths.map((path, i) => [`OpaqueRef:vdi${i}`, path]));
  const vdis = Object.fromEntries(paths.map((_, i) => [`OpaqueRef:vdi${i}`, { uuid: `vdi${i}` }]));
  remote.write(`${stem(day)}.json`, metadataText({ ...metadata, vhds, vdis, ...more }));
}

function analyzed(path: string, ...args: readonly string[]): Report & { readonly status: number | null } {
  const all = [path, "--format", "json", "--as-of", "2025-11-22", ...args];
  const { stdout, stderr, status } = run(all, { cwd: folder });
  if (stdout === "") throw new Error(stderr);
  return { ...JSON.parse(stdout), status };
}

function inputOf({ inputs }: Report, ending: string): InputReport {
  const found = inputs.find(({ path }) => path.endsWith(ending));
  if (found === undefined) throw new Error(`no input ${ending}`);
  return found;
}

/** What is said of the backup of a day, at its JSON. */
function restorable(report: Report, day: number) {
  const { vms, findings } = inputOf(report, `${stem(day)}.json`);
  const [first] = vms;
  for (const { backup: other } of vms) expect(other?.restorable).toEqual(first?.backup?.restorable);
  const said = findings.filter(({ ruleId }) => ruleId === "backup-incomplete");
  expect(said).toHaveLength(first?.backup?.restorable.ok === false ? 1 : 0);
  return first?.backup?.restorable;
}

const XVA = backupXva(backup(1));
const ZEROS = (bytes: number): Uint8Array => new Uint8Array(bytes);
/** A disk of one MiB with nothing in it. */
const VHD = makeVhd(ZEROS(1_048_576), { id: 1 });

describe("a full backup", () => {
  it.each<[string, Uint8Array | null, string]>([
    ["is missing", null, "20251002T020005Z.xva is missing"],
    ["is empty", ZEROS(0), "20251002T020005Z.xva is empty"],
    ["has some bytes", ZEROS(19), "20251002T020005Z.xva has 19 bytes, which no export has"],
    ["has 1024 bytes", ZEROS(1024), "20251002T020005Z.xva has 1024 bytes, and its end alone needs 1024"],
    ["is cut in a block", XVA.slice(0, -100), "are no whole number of blocks of 512, so it is cut"],
    ["is cut at a block", XVA.slice(0, -1024), "its last 1024 bytes are not zero, so it is cut"],
    ["has one block of its end", XVA.slice(0, -512), "its last 1024 bytes are not zero"],
  ])("whose export %s cannot be restored, and the one before is the last good one", (_, xva, why) => {
    const remote = newRemote();
    full(remote, 1, XVA);
    full(remote, 2, xva);
    const report = analyzed(remote.path);
    expect(restorable(report, 1)).toEqual({ ok: true, problems: [] });
    expect(restorable(report, 2)).toEqual({ ok: false, problems: [expect.stringContaining(why)] });
    // Bytes that are no export at all are an input, too, that could not be read.
    expect(report.status).toBe(/which no export has|end alone needs/.test(why) ? 3 : 1);
    const [timeline] = report.timelines;
    expect(timeline?.backups.map(({ verdict, restorable: { ok } }) => [verdict, ok])).toEqual([
      ["healthy", true],
      ["healthy", false],
    ]);
    expect([timeline?.lastGood, timeline?.firstBad]).toEqual([0, null]);
    const [finding] = inputOf(report, `${stem(2)}.json`).findings;
    expect(finding).toMatchObject({ ruleId: "backup-incomplete", severity: "error", breaks: "restore" });
    expect(finding?.message).toMatch(/^VM web: its backup of 2025-10-02 02:00 UTC cannot be restored: .*\.$/);
    expect(finding?.message).toContain(why);
  });

  it.each<[string, Uint8Array, boolean | null]>([
    ["the shortest archive", ZEROS(1536), true],
    ["an archive with more zeros at its end", concatBytes([XVA, ZEROS(8192)]), true],
    ["a compressed one of another length than was written", gzipSync(XVA), null],
  ])("is not lost by %s", (_, xva, ok) => {
    const remote = newRemote();
    full(remote, 1, xva);
    expect(restorable(analyzed(remote.path), 1)?.ok).toBe(ok);
  });

  it("with a compressed export as long as was written can be restored, as Xen Orchestra takes it", () => {
    const remote = newRemote();
    const xva = gzipSync(XVA);
    full(remote, 1, xva, { size: xva.length });
    expect(restorable(analyzed(remote.path), 1)).toEqual({ ok: true, problems: [] });
  });

  it("is not known where only metadata was given, which is said", () => {
    const remote = newRemote();
    full(remote, 1, null);
    full(remote, 2, null);
    const report = analyzed(remote.path);
    const unknown = { ok: null, problems: [expect.stringContaining("only the metadata was given")] };
    expect([restorable(report, 1), restorable(report, 2)]).toEqual([unknown, unknown]);
    expect([report.status, report.timelines[0]?.lastGood]).toEqual([0, 1]);
  });

  it("is judged alike when its JSON is named alone, and looks beside it", () => {
    const remote = newRemote();
    full(remote, 1, XVA);
    full(remote, 2, null);
    const path = `${remote.path}/${stem(2)}.json`;
    expect(restorable(analyzed(path), 2)?.ok).toBe(false);
    const inItsFolder = run([`${backupName(backup(2).time)}.json`, "--format", "json"], {
      cwd: join(folder, remote.path, VM_FOLDER),
    });
    expect(JSON.parse(inItsFolder.stdout).inputs[0].vms[0].backup.restorable.ok).toBe(false);
    const piped = run(["-", "--format", "json"], { input: readFileSync(join(folder, path)) });
    expect(JSON.parse(piped.stdout).inputs[0].vms[0].backup.restorable).toEqual({
      ok: null,
      problems: [expect.stringContaining("was read from a pipe")],
    });
  });

  it("is not lost by the exports of another VM in the same folder", () => {
    const other = { ...fullMetadata(backup(1)), vm: { ...fullMetadata(backup(1)).vm, uuid: JOB } };
    const remote = newRemote();
    const name = (day: number) => backupName(backup(day).time);
    remote.write(`${name(1)}.json`, metadataText(other));
    remote.write(`${name(1)}.xva`, XVA);
    remote.write(`${name(2)}.json`, metadataText(fullMetadata(backup(2))));
    expect(inputOf(analyzed(remote.path), `${name(2)}.json`).vms[0]?.backup?.restorable.ok).toBeNull();
    remote.write(`${name(3)}.json`, metadataText(fullMetadata(backup(3))));
    remote.write(`${name(3)}.xva`, XVA);
    expect(inputOf(analyzed(remote.path), `${name(2)}.json`).vms[0]?.backup?.restorable.ok).toBe(false);
  });
});

describe("a delta backup", () => {
  it("names each disk that is missing; one with all of them can be restored", () => {
    const remote = newRemote();
    const paths = (day: number) => ["one", "two", "three"].map((name) => disk(name, day));
    for (const day of [1, 2, 3]) delta(remote, day, paths(day));
    for (const path of paths(1)) remote.write(`${VM_FOLDER}/${path}`, VHD);
    remote.write(`${VM_FOLDER}/${disk("two", 2)}`, VHD);
    const report = analyzed(remote.path);
    expect(restorable(report, 1)).toEqual({ ok: true, problems: [] });
    const lost = [disk("one", 2), disk("three", 2)].map((path) => `${path} is missing`);
    expect(restorable(report, 2)).toEqual({ ok: false, problems: lost });
    const all = paths(3).map((path) => `${path} is missing`);
    expect(restorable(report, 3)).toEqual({ ok: false, problems: all });
    expect(report.timelines[0]?.lastGood).toBe(0);
  });

  it("with an empty disk cannot be restored, even where nothing else is there", () => {
    const remote = newRemote();
    delta(remote, 1, [disk("one", 1)]);
    remote.write(`${VM_FOLDER}/${disk("one", 1)}`, "");
    expect(restorable(analyzed(remote.path), 1)).toEqual({
      ok: false,
      problems: [`${disk("one", 1)} is empty`],
    });
  });

  it("with a cut disk cannot be restored, and the one before is the last good one", () => {
    const remote = newRemote();
    for (const [day, bytes] of [VHD, VHD.slice(0, -512)].entries()) {
      delta(remote, day + 1, [disk("one", day + 1)]);
      remote.write(`${VM_FOLDER}/${disk("one", day + 1)}`, bytes);
    }
    const report = analyzed(remote.path);
    expect(restorable(report, 2)).toEqual({
      ok: false,
      problems: [expect.stringMatching(/\.vhd does not end as a VHD does: .* it is cut or was added to$/)],
    });
    expect([report.status, report.timelines[0]?.lastGood]).toEqual([1, 0]);
  });

  it("without disks needs none", () => {
    const remote = newRemote();
    delta(remote, 1, []);
    expect(restorable(analyzed(remote.path), 1)).toEqual({ ok: true, problems: [] });
  });

  it("follows an alias to the folder of its disk, and no further than the folder of the VM", () => {
    const remote = newRemote();
    const alias = (day: number) => disk("one", day, "alias.vhd");
    const target = (day: number) => `${VM_FOLDER}/vdis/${JOB}/one/data/${day}.vhd`;
    for (const day of [1, 2, 3, 4, 5, 6]) {
      delta(remote, day, [alias(day)]);
      remote.write(`${VM_FOLDER}/${alias(day)}`, day === 4 ? "../../../../../x.vhd" : `data/${day}.vhd`);
    }
    for (const name of ["header", "footer", "bat"]) remote.write(`${target(1)}/${name}`, "x");
    remote.write(`${target(1)}/blocks/0/0`, "x");
    for (const name of ["header", "footer"]) remote.write(`${target(3)}/${name}`, "x");
    remote.write(target(6), VHD);
    remote.write(`${VM_FOLDER}/${alias(5)}`, "");
    const report = analyzed(remote.path);
    const blocks = `vdis/${JOB}/one/data/1.vhd is a folder of blocks: whether all are there was not looked at`;
    expect(restorable(report, 1)).toEqual({ ok: null, problems: [blocks] });
    const missing = `vdis/${JOB}/one/data/2.vhd, which ${alias(2)} leads to, is missing`;
    expect(restorable(report, 2)).toEqual({ ok: false, problems: [missing] });
    const broken = `vdis/${JOB}/one/data/3.vhd is a disk without its bat (${alias(3)} leads there)`;
    expect(restorable(report, 3)).toEqual({ ok: false, problems: [broken] });
    expect(restorable(report, 4)).toEqual({ ok: null, problems: [expect.stringContaining("outside")] });
    expect(restorable(report, 5)).toEqual({ ok: false, problems: [`${alias(5)} is empty`] });
    expect(restorable(report, 6)).toEqual({ ok: true, problems: [] });
  });

  it("of a suspended VM needs the disk with its state among vdis", () => {
    const suspended = (day: number, suspend_VDI: string) => {
      const { vm, vmSnapshot } = deltaMetadata(backup(day));
      const state = { power_state: "Suspended", suspend_VDI };
      return { vm: { ...vm, ...state }, vmSnapshot: { ...vmSnapshot, ...state } };
    };
    const remote = newRemote();
    for (const day of [1, 2, 3]) {
      const disks = [disk("one", day), ...(day === 1 ? [disk("state", day)] : [])];
      delta(remote, day, disks, suspended(day, day === 3 ? "OpaqueRef:NULL" : "OpaqueRef:vdi1"));
      for (const path of disks) remote.write(`${VM_FOLDER}/${path}`, VHD);
    }
    const report = analyzed(remote.path);
    expect(restorable(report, 1)?.ok).toBe(true);
    const why = (ref: string) =>
      `the VM is suspended, and its suspend disk (OpaqueRef:${ref}) is not among vdis`;
    expect(restorable(report, 2)).toEqual({ ok: false, problems: [why("vdi1")] });
    expect(restorable(report, 3)).toEqual({ ok: false, problems: [why("NULL")] });
  });

  it("whose live record lost its NVRAM is judged by that, not by the snapshot: a restore takes it", () => {
    const remote = newRemote();
    delta(remote, 1, [], { vm: { ...deltaMetadata(backup(1)).vm, NVRAM: {} } });
    const [timeline] = analyzed(remote.path).timelines;
    expect(timeline?.backups[0]?.source).toBe("vm.NVRAM");
    expect(timeline?.lastGood).toBeNull();
  });
});

describe("metadata that cannot be read", () => {
  it("is damaged by its place, whatever is in it, and the newest backup is not healthy", () => {
    const remote = newRemote();
    full(remote, 1, XVA);
    const whole = metadataText(fullMetadata(backup(2)));
    for (const [i, bytes] of [ZEROS(0), ZEROS(900), whole.slice(0, 29), whole.slice(0, 300)].entries())
      remote.write(`${stem(2 + i)}.json`, bytes);
    remote.write(`${VM_FOLDER}/notes.json`, "");
    const report = analyzed(remote.path);
    const codes = report.inputs.flatMap(({ path, error }) =>
      path.endsWith(".json") ? [error?.code ?? ""] : [],
    );
    expect(codes).toEqual(["", "truncated", "bad-structure", "truncated", "truncated", "unrecognised"]);
    expect(report.status).toBe(3);
    expect(report.timelines[0]?.notRead?.map(({ timestamp }) => timestamp.slice(0, 10))).toEqual([
      "2025-10-02",
      "2025-10-03",
      "2025-10-04",
      "2025-10-05",
    ]);
    const { stdout } = run([remote.path, "-q"], { cwd: folder });
    expect(stdout).toMatch(/^1 VM, 1 backup and 4 not read: the newest, of 2025-10-05 02:00, could not/);
  });
});

describe("what lies outside of the folder of a backup", () => {
  it.each([
    "../../secret.xva",
    "/etc/hostname",
    "./a/../../../x.xva",
    "..",
    "a\0b.xva",
    "x".repeat(5000),
    "link/secret.xva",
    "link.xva",
    "pipe.xva",
    "device.xva",
  ])("is never looked at, and never said to be missing: %s", (xva) => {
    const remote = newRemote();
    remote.write("secret.xva", "");
    remote.write("xo-vm-backups/secret.xva", "");
    full(remote, 1, XVA);
    full(remote, 2, null, { xva });
    const at = join(folder, remote.path, VM_FOLDER);
    symlinkSync(join(folder, remote.path), join(at, "link"));
    symlinkSync(join(folder, remote.path, "secret.xva"), join(at, "link.xva"));
    symlinkSync("/dev/zero", join(at, "device.xva"));
    execFileSync("mkfifo", [join(at, "pipe.xva")]);
    const said = restorable(analyzed(`${remote.path}/${stem(2)}.json`), 2);
    expect(said?.ok).toBeNull();
    expect(said?.problems.join()).not.toContain("missing");
  });

  it("is missing where a link in the folder leads to nothing", () => {
    const remote = newRemote();
    full(remote, 1, XVA);
    full(remote, 2, null);
    symlinkSync("nothing.xva", join(folder, remote.path, `${stem(2)}.xva`));
    expect(restorable(analyzed(remote.path), 2)?.ok).toBe(false);
  });
});

describe("however a run goes", () => {
  const remote = newRemote();
  const blobs = [GOOD, GOOD, GOOD, incidentBlob(10, 3), GOOD];
  for (const day of [1, 2, 3, 4, 5]) {
    const fields = backup(day, blobs[day - 1]);
    remote.write(`${stem(day)}.json`, metadataText(fullMetadata(fields)));
    if (day % 2 === 1) remote.write(`${stem(day)}.xva`, backupXva(fields));
  }
  const cached = [1, 2, 3, 4, 5, 6].map((day) => backup(day, blobs[day - 1]));
  remote.write(`${VM_FOLDER}/cache.json.gz`, cacheFile(cached, fullMetadata));
  const lines = (args: readonly string[]) =>
    run([remote.path, "--format", "ndjson", "--as-of", "2025-11-22", ...args], { cwd: folder });
  const whole = lines(["--jobs", "1"]);

  it("the same is said: threads, shards, a run that goes on", () => {
    expect(whole.status).toBe(1);
    expect(lines(["--jobs", "2"]).stdout).toBe(whole.stdout);
    const parts = ["1/2", "2/2"].map((shard) => lines(["--shard", shard]).stdout);
    expect(parts.join("").split("\n").sort()).toEqual(whole.stdout.split("\n").sort());
    const resume = put(folder, "resume.ndjson", whole.stdout.slice(0, whole.stdout.length / 2));
    const args = ["analyze", remote.path, "--format", "ndjson", "--as-of", "2025-11-22"];
    expect(run([...args, "--resume", resume], { cwd: folder }).status).toBe(1);
    expect(readFileSync(resume, "utf8")).toBe(whole.stdout);
  });

  it("a cache says of each backup in it what lies beside it", () => {
    const cache = inputOf(analyzed(remote.path), "cache.json.gz");
    const said = new Map(cache.vms.map(({ backup: of }) => [of?.file, of?.restorable.ok]));
    expect([...said.values()]).toEqual([true, false, true, false, true, false]);
    expect(cache.findings.map(({ path }) => path)).toEqual(
      [2, 4, 6].map((day) => `backup./${stem(day)}.json`),
    );
    const alone = analyzed(`${remote.path}/${VM_FOLDER}/cache.json.gz`);
    expect(alone.inputs[0]?.vms).toEqual(cache.vms);
  });

  it.each(["table", "markdown", "html", "sarif", "junit"])("it is told in %s", (format) => {
    const { stdout, status } = run([remote.path, "--format", format], { cwd: folder });
    expect(status).toBe(1);
    expect(stdout).toContain("backup-incomplete");
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("20251002T020005Z.xva is missing");
  });

  it("the timeline says in html why a backup does not count", () => {
    const { stdout } = run([remote.path, "--format", "html"], { cwd: folder });
    expect(stdout).toMatch(/aria-label="[^"]*2025-10-06 HEALTHY, cannot be restored/);
    expect(stdout).toContain("Last good: 2025-10-05 02:00.");
    expect(stdout).toMatch(/2025-10-06 02:00: Cannot be restored: 20251006T/);
  });

  it.each(["table", "markdown"])("the timeline says in %s why a backup does not count", (format) => {
    const { stdout } = run([remote.path, "--format", format], { cwd: folder });
    expect(stdout).toMatch(/2025-10-05 02:00 {2}healthy {9}last good/);
    expect(stdout).toMatch(/2025-10-06 02:00 {2}healthy {9}does not count\n\s+Cannot be restored: 20251006T/);
  });

  it("extract --last-good takes the newest that can be restored, and says which it passed over", () => {
    const args = ["extract", remote.path, "--out", "good", "--last-good"];
    const { status, stdout, stderr } = run(args, { cwd: folder });
    expect(status).toBe(0);
    expect(stdout).toContain("backup of 2025-10-05T02:00:05.250Z");
    const said = "20251006T020005Z.xva is missing";
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      `Not the one of 2025-10-06T02:00:05.250Z, which cannot be restored: ${said}.`,
    );
    expect(stderr).toContain(
      `the backup of 2025-10-06T02:00:05.250Z cannot be restored (${said}): the one of 2025-10-05T02:00:05.250Z is taken.`,
    );
    const json = JSON.parse(
      run([...args.slice(0, 3), "json", "--last-good", "--format", "json"], { cwd: folder }).stdout,
    );
    expect(json.extracted[0].backup).toEqual({
      timestamp: "2025-10-05T02:00:05.250Z",
      verdict: "healthy",
      restorable: { ok: true, problems: [] },
      passedOver: [{ timestamp: "2025-10-06T02:00:05.250Z", problems: [said] }],
    });
  });

  it("extract --last-good says why there is none where all are lost", () => {
    const lost = newRemote();
    full(lost, 1, XVA.slice(0, -1024));
    full(lost, 2, null);
    const { status, stderr } = run(["extract", lost.path, "--out", "none", "--last-good"], { cwd: folder });
    expect(status).toBe(3);
    expect(stderr).toContain("no backup that can be restored is good");
    expect(stderr).toContain("2025-10-02T02:00:05.250Z, whose NVRAM is healthy, cannot be restored (");
  });

  it("explain shows it with the evidence", () => {
    const path = `${remote.path}/${stem(2)}.json`;
    const { stdout } = run(["explain", "backup-incomplete", path], { cwd: folder });
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("20251002T020005Z.xva is missing");
  });
});

describe("backups in an archive", () => {
  it("are judged by what else is in it: names and sizes", async () => {
    const member = (name: string, bytes: Uint8Array) => ({ name, bytes });
    const paths = [disk("one", 1), disk("one", 2), disk("one", 3)];
    const json = (day: number) => {
      const vhds = { "OpaqueRef:vdi": disk("one", day) };
      return member(`remote/${stem(day)}.json`, metadataText({ ...deltaMetadata(backup(day)), vhds }));
    };
    const all = [
      json(1),
      json(2),
      json(3),
      member(`remote/${VM_FOLDER}/${paths[0]}`, VHD),
      member(`remote/${VM_FOLDER}/${paths[2]}`, ZEROS(0)),
    ];
    const tar = await makeUstar(all);
    put(folder, "remote.tar", tar);
    const report = analyzed("remote.tar");
    const unread = `${paths[0]} is there, and what is in it was not looked at`;
    expect(restorable(report, 1)).toEqual({ ok: null, problems: [unread] });
    expect(restorable(report, 2)).toEqual({ ok: false, problems: [`${paths[1]} is missing`] });
    expect(restorable(report, 3)).toEqual({ ok: false, problems: [`${paths[2]} is empty`] });
    expect(report.timelines[0]?.lastGood).toBe(0);
    expect([report.status, report.summary.byRule["backup-incomplete"]]).toEqual([1, 2]);

    put(folder, "cut.tar", tar.slice(0, tar.length - 2048));
    expect(restorable(analyzed("cut.tar"), 2)?.ok).toBeNull();
    put(folder, "metadata.tar", await makeUstar([json(1), json(2)]));
    expect(restorable(analyzed("metadata.tar"), 2)?.ok).toBeNull();
  });

  it("with exports are not known to be complete, for their ends are not read", async () => {
    const json = (day: number) => ({
      name: `${stem(day)}.json`,
      bytes: metadataText(fullMetadata(backup(day))),
    });
    const bytes = await makeUstar([json(1), json(2), { name: `${stem(1)}.xva`, bytes: XVA }]);
    put(folder, "full.tar", bytes);
    const report = analyzed("full.tar");
    expect(restorable(report, 1)).toEqual({ ok: null, problems: [expect.stringContaining("only verify")] });
    expect(restorable(report, 2)?.ok).toBe(false);
  });
});

describe("an export by itself", () => {
  const told = (path: string, ...args: readonly string[]) => run([path, ...args], { cwd: folder });

  it.each(["table", "json", "ndjson", "markdown", "html", "sarif", "junit"])(
    "that is cut is told in %s",
    (format) => {
      put(folder, "cut.xva", XVA.slice(0, -1024));
      const { stdout, status } = told("cut.xva", "--format", format);
      expect(status).toBe(1);
      expect(stdout).toContain("backup-incomplete");
      expect(stdout.replaceAll(/\s+/g, " ")).toContain("does not end as an export does");
      put(folder, "whole.xva", XVA);
      expect(told("whole.xva", "--format", format)).toMatchObject({
        status: 0,
        stdout: expect.not.stringContaining("does not end"),
      });
    },
  );

  it("that is compressed is not read to its end: nothing is said of that", () => {
    put(folder, "cut.xva.gz", gzipSync(XVA.slice(0, -1024)));
    const { stdout } = told("cut.xva.gz", "--format", "json");
    expect(JSON.parse(stdout).inputs[0].findings).toEqual([]);
    const piped = run(["-", "--format", "json"], { input: XVA.slice(0, -1024) });
    expect(JSON.parse(piped.stdout).inputs[0].findings).toEqual([]);
  });

  it("without a byte is a clear error; in a folder it is told as well", () => {
    put(folder, "empty.xva", "");
    const { status, stderr } = told("empty.xva");
    expect(status).toBe(3);
    expect(stderr + told("empty.xva").stdout).toMatch(/expected an export, found no bytes at all/);
    mkdirSync(join(folder, "exports"));
    put(folder, "exports/empty.xva", "");
    put(folder, "exports/whole.xva", XVA);
    const report = analyzed("exports");
    expect([report.status, report.summary.failed, report.summary.unrecognised]).toEqual([1, 0, 0]);
    expect(inputOf(report, "empty.xva").findings[0]?.message).toMatch(/empty\.xva is empty/);
  });

  it("of a backup counts with its metadata, and without", () => {
    const remote = newRemote();
    full(remote, 1, XVA);
    full(remote, 2, XVA.slice(0, -1024));
    for (const day of [1, 2]) rmSync(join(folder, remote.path, `${stem(day)}.json`));
    const [timeline] = analyzed(remote.path).timelines;
    expect(timeline?.backups.map(({ restorable: { ok } }) => ok)).toEqual([null, false]);
    expect(timeline?.lastGood).toBe(0);
  });
});

describe("a remote full of what belongs there", () => {
  const remote = newRemote();
  remote.write("encryption.json", encryptionMark("none"));
  remote.write("metadata.json", '{"random":"0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01"}');
  remote.write("immutability.json", '{"since":1,"duration":2}');
  const config = "xo-config-backups/7d301b4f-2e58-4b64-9b63-8e104b2cad02/20251001T020005Z";
  remote.write(`${config}/metadata.json`, configMetadata());
  remote.write(`${config}/data.json`, '{"jobs":[{"scheduleId":"x","name_label":"y"}],"token":"s3cret"}');
  remote.write(`${config.replace("1001", "1002")}/metadata.json`, configMetadata());
  remote.write(`${config.replace("1001", "1002")}/data`, new Uint8Array([0x85, 1, 2, 3]));
  full(remote, 1, XVA);
  remote.write(`${stem(1)}.xva.checksum`, "$1$$0123456789abcdef0123456789abcdef");
  remote.write(`${VM_FOLDER}/.${backupName(backup(2).time)}.xva`, XVA.slice(0, -1024));
  remote.write(`${VM_FOLDER}/.lock/x`, "");
  remote.write("x.lock", "");
  const block = `${VM_FOLDER}/vdis/${JOB}/one/data/x.vhd`;
  remote.write(`${block}/header`, "x");
  // A guest may have written anything.
  remote.write(`${block}/blocks/0/0`, new Uint8Array([0x1f, 0x8b, 8, 0, 1]));
  remote.write(`${block}/blocks/0/1`, '{"NVRAM":{"EFI-variables":"no base64"}}');
  remote.write(`${block}/blocks/0/2`, XVA.slice(0, 700));

  it("is healthy, and ends with 0", () => {
    const report = analyzed(remote.path);
    expect(report.status).toBe(0);
    expect(report.summary).toMatchObject({ failed: 0, byRule: {} });
    for (const name of ["metadata.json", "data.json"])
      expect(inputOf(report, `${config}/${name}`)).toMatchObject({ format: "xo-config", error: null });
    expect(inputOf(report, "/data")).toMatchObject({ format: "xo-config", error: null });
    const strange = report.inputs.filter(({ error }) => error !== null && error.code !== "unrecognised");
    expect(strange).toEqual([]);
    expect(JSON.stringify(report)).not.toContain("s3cret");
  });

  it("is the same in an archive", () => {
    execFileSync("tar", ["cf", "whole.tar", remote.path], { cwd: folder });
    const report = analyzed("whole.tar");
    const configs = report.inputs.filter(({ path }) => path.includes("xo-config-backups"));
    expect(configs.map(({ format, error }) => [format, error])).toEqual(Array(4).fill(["xo-config", null]));
  });

  it("tells the backup of a configuration that is named by itself", () => {
    for (const name of [`${config}/metadata.json`, `${config}/data.json`])
      expect(run([`${remote.path}/${name}`], { cwd: folder }).status).toBe(0);
    put(folder, "m.json", configMetadata());
    expect(analyzed("m.json").inputs[0]).toMatchObject({ format: "xo-config", error: null });
  });
});
