import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { readBlob, TimelineCollector } from "../../library/judge/timelines.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { InputReport } from "../../report/input.ts";
import { askedTexts } from "../../report/render/asked-text.ts";
import { makeStyle } from "../../report/render/style.ts";
import type { Report } from "../../report/report.ts";
import type { TimelineReport } from "../../report/timeline/report.ts";
import type { BackupCopy } from "../../report/timeline/timeline.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { HEALTHY_FILES, hostArchive, PLANTED_FILES } from "../builders/certificates.ts";
import { base64Text, makeOva, makeOvf, type OvfVm } from "../builders/ovf.ts";
import { makeDatabase, vmRow } from "../builders/xapi-db.ts";
import {
  type BackupFields,
  backupName,
  backupXva,
  cacheFile,
  deltaMetadata,
  encryptedFile,
  encryptionMark,
  fullMetadata,
  metadataText,
  poolMetadata,
  VTPM_CONTENTS,
} from "../builders/xen-orchestra.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();
const GOOD = healthyBlob();
const PLANTED = incidentBlob(10, 3);
const OVER_LIMIT = incidentBlob();

/** One backup a day at two in the morning, from the first of October. */
function backups(uuid: string, name_label: string, blobs: readonly Uint8Array[]): BackupFields[] {
  return blobs.map((blob, i) => ({
    uuid,
    name_label,
    time: new Date(Date.UTC(2025, 9, i + 1, 2, 0, 5, 250)),
    blob,
  }));
}

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  put(folder, path, content);
}

function writeDelta(remote: string, all: readonly BackupFields[]): void {
  for (const one of all)
    write(
      `${remote}/xo-vm-backups/${one.uuid}/${backupName(one.time)}.json`,
      metadataText(deltaMetadata(one)),
    );
}

const DELTA = backups(UUID_A, "web", [GOOD, GOOD, PLANTED, OVER_LIMIT]);
const FULL = backups(UUID_B, "dc01", [GOOD, OVER_LIMIT]);

writeDelta("remote", DELTA);
write(`remote/xo-vm-backups/${UUID_A}/cache.json.gz`, cacheFile(DELTA, deltaMetadata));
write(`remote/xo-vm-backups/${UUID_A}/vdis/job/vdi/20251001T020005Z.vhd`, encryptedFile(2000, 5));
for (const one of FULL) {
  const path = `remote/xo-vm-backups/${UUID_B}/${backupName(one.time)}`;
  write(`${path}.json`, metadataText(fullMetadata(one)));
  write(`${path}.xva`, backupXva(one));
  write(`${path}.xva.checksum`, "$1$$0123456789abcdef0123456789abcdef");
}
write(`remote/xo-vm-backups/${UUID_B}/.20251003T020005Z.xva`, new Uint8Array(0));
write(`remote/xo-vm-backups/${UUID_B}/x.lock`, "");
write("remote/encryption.json", encryptionMark("none"));

function reportOf(...args: readonly string[]): Report {
  const { stdout, stderr } = run([...args, "--format", "json", "--fail-on", "never"], { cwd: folder });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

function timelineOf({ timelines }: Report, uuid: string): TimelineReport {
  const found = timelines.find(({ vmUuid }) => vmUuid === uuid);
  if (found === undefined) throw new Error(`no timeline of ${uuid}`);
  return found;
}

function named({ inputs }: Report, ending: string): InputReport {
  const found = inputs.find(({ path }) => path.endsWith(ending));
  if (found === undefined) throw new Error(`no input ${ending}`);
  return found;
}

const FOR_PEOPLE = ["table", "markdown", "html"];

describe("a remote of Xen Orchestra", () => {
  const report = reportOf("remote");

  it("gives each VM the timeline of its backups, with the last good and the first bad one", () => {
    const web = timelineOf(report, UUID_A);
    expect(
      web.backups.map(({ timestamp, mode, verdict }) => [timestamp.slice(0, 10), mode, verdict]),
    ).toEqual([
      ["2025-10-01", "delta", "healthy"],
      ["2025-10-02", "delta", "healthy"],
      ["2025-10-03", "delta", "at-risk"],
      ["2025-10-04", "delta", "unbootable"],
    ]);
    expect([web.nameLabel, web.lastGood, web.firstBad]).toEqual(["web", 1, 2]);
    expect(web.backups[2]?.rules).toContain("wrong-signature-owner");
    const dbx = web.changes?.find(({ variable }) => variable.name === "dbx");
    expect(dbx).toMatchObject({ kind: "changed", signatures: { added: expect.any(Number) } });
    expect(report.timelines).toHaveLength(2);
  });

  it("has the JSON of a full backup and its export as one point, and does not count the cache again", () => {
    const [first] = timelineOf(report, UUID_B).backups;
    expect(first).toMatchObject({ mode: "full", source: "NVRAM" });
    expect(first?.path).toMatch(/\.xva$/);
    expect(first?.otherCopies.map(({ source }) => source).sort()).toEqual([
      "snapshot_metadata.NVRAM",
      "vm.NVRAM",
      "vmSnapshot.NVRAM",
      "vmSnapshot.snapshot_metadata.NVRAM",
    ]);
    expect(timelineOf(report, UUID_A).backups.map(({ otherCopies }) => otherCopies.length)).toEqual([
      2, 2, 2, 2,
    ]);
  });

  it.each(FOR_PEOPLE)(
    "advises to take the last good backup, and not to repair those behind it: %s",
    (format) => {
      const { stdout } = run(["remote", "--format", format], { cwd: folder });
      expect(stdout).toContain(`--last-good --vm ${UUID_A}`);
      expect(stdout).toContain(`--last-good --vm ${UUID_B}`);
      expect(stdout).not.toContain("varscope repair");
    },
  );

  it.each(FOR_PEOPLE)("advises to repair the newest first where no backup is good: %s", (format) => {
    writeDelta("all-bad", backups(UUID_A, "web", [PLANTED, PLANTED, PLANTED]));
    const { stdout } = run(["all-bad", "--format", format], { cwd: folder });
    const repaired = [...stdout.matchAll(/varscope repair \S*\/(\d{8})T/g)].map(([, day]) => day);
    expect(repaired).toEqual(["20251003", "20251002", "20251001"]);
  });

  it("shows with each copy the backup that it stands in", () => {
    const [vm] = named(report, "20251001T020005Z.json").vms;
    expect(vm?.backup).toMatchObject({ vmUuid: UUID_A, timestamp: "2025-10-01T02:00:05.250Z", file: null });
    const cached = named(report, "cache.json.gz");
    expect([cached.format, cached.vms.length]).toEqual(["xo-cache", 12]);
    expect(cached.vms[0]?.backup?.file).toBe(`/xo-vm-backups/${UUID_A}/20251001T020005Z.json`);
  });

  it("passes over disks, checksums, locks and what is being written", () => {
    const unread = report.inputs.filter(({ error }) => error !== null);
    expect(unread.map(({ error }) => error?.code)).toEqual(Array(5).fill("unrecognised"));
    expect(report.summary).toMatchObject({ failed: 0, unrecognised: 5 });
    expect(named(report, "encryption.json")).toMatchObject({ format: "xo-encryption", error: null });
  });

  it("never shows what a vTPM holds", () => {
    for (const format of ["table", "json", "ndjson"])
      expect(run(["remote", "--format", format], { cwd: folder }).stdout).not.toContain(VTPM_CONTENTS);
  });

  it("gets a block a VM in the table, with the command for the last good NVRAM, which works", () => {
    const { stdout } = run(["remote"], { cwd: folder });
    expect(stdout).toContain("2025-10-02 02:00  healthy         last good");
    expect(stdout).toContain("2025-10-03 02:00  at risk         first bad: ");
    expect(stdout).toMatch(/Between the two: .*dbx/s);
    const command = /varscope (extract remote\/xo-vm-backups\/\S+ --out last-good --last-good --vm \S+)/.exec(
      stdout,
    );
    expect(run((command?.[1] ?? "").split(" "), { cwd: folder }).status).toBe(0);
    expect(readdirSync(join(folder, "last-good"))).toEqual([`${UUID_A}.efivars.b64`, `${UUID_A}.vars`]);
    // A copy that the cache repeats is one row, not two.
    expect(stdout).not.toContain("cache.jso");
  });

  it("has no timelines in lines, which are one an input", () => {
    const { stdout } = run(["remote", "--format", "ndjson"], { cwd: folder });
    expect(stdout).not.toContain("lastGood");
  });

  it("is judged alike by several threads", () => {
    expect(reportOf("remote", "--jobs", "2").timelines).toEqual(report.timelines);
  });
});

describe("appliances that are kept by VM and time", () => {
  const vm = (blob: Uint8Array): OvfVm => ({ name: "app", nvram: blob });
  const kept = (name: string) => `appliances/${UUID_A}/${name}`;
  write(kept("20251001T020005Z.ova"), makeOva(makeOvf([vm(GOOD)])));
  write(kept("20251002T020005Z.ova.gz"), gzipSync(makeOva(makeOvf([vm(GOOD)]))));
  write(kept("20251003T020005Z.ovf"), makeOvf([vm(OVER_LIMIT)]));
  write(kept("20251004T020005Z.ova"), makeOva(makeOvf([vm(GOOD), vm(OVER_LIMIT)])));

  it("are points in time of the folder's VM, but for those of several VMs", () => {
    const report = reportOf("appliances");
    const { backups: points, lastGood, firstBad } = timelineOf(report, UUID_A);
    expect(points.map(({ timestamp, verdict }) => [timestamp.slice(0, 10), verdict])).toEqual([
      ["2025-10-01", "healthy"],
      ["2025-10-02", "healthy"],
      ["2025-10-03", "unbootable"],
    ]);
    expect([lastGood, firstBad, report.timelines.length]).toEqual([1, 2, 1]);
    expect(report.summary.machines).toBe(3);
  });

  it("give the last good NVRAM", () => {
    const out = "appliance-good";
    expect(run(["extract", "appliances", "--last-good", "--out", out], { cwd: folder }).status).toBe(0);
    const texts = readdirSync(join(folder, out)).filter((name) => name.endsWith(".efivars.b64"));
    expect(texts).toEqual([`${UUID_A}.efivars.b64`]);
    expect(readFileSync(join(folder, out, texts[0] ?? ""), "latin1")).toBe(base64Text(GOOD));
  });
});

describe("a cache alone", () => {
  it("gives the same timeline as the files, and the last good NVRAM", () => {
    write("cached/cache.json.gz", cacheFile(DELTA, deltaMetadata));
    const web = timelineOf(reportOf("cached"), UUID_A);
    expect([web.backups.length, web.lastGood, web.firstBad]).toEqual([4, 1, 2]);
    expect(web.changes).toEqual(timelineOf(reportOf("remote"), UUID_A).changes);
    const args = ["extract", "cached/cache.json.gz", "--out", "from-cache", "--last-good"];
    expect(run(args, { cwd: folder }).status).toBe(0);
    expect(readFileSync(join(folder, `from-cache/${UUID_A}.vars`))).toEqual(Buffer.from(GOOD));
  });

  it("of a million entries is refused soon", () => {
    const entry = '"/xo-vm-backups/x/1.json":{}';
    write("many/cache.json.gz", gzipSync(`{${Array(1_000_000).fill(entry).join(",")}}`, { level: 1 }));
    expect(named(reportOf("many"), "cache.json.gz").error?.code).toBe("over-limit");
  });
});

const COPY: BackupCopy = {
  vmUuid: UUID_A,
  nameLabel: null,
  timestamp: "2025-10-01T02:00:05.250Z",
  mode: null,
  path: "",
  index: 0,
  file: null,
  source: "vm.NVRAM",
  verdict: "healthy",
  broken: [],
  sha256: null,
  restorable: { ok: null, problems: [] },
};

describe("metadata that nobody wrote so", () => {
  it("is no backup where it tells neither VM nor time, and harms nobody", () => {
    const good = deltaMetadata(DELTA[0] as BackupFields);
    write("odd/1.json", metadataText({ ...good, timestamp: "yesterday" }));
    write("odd/2.json", metadataText({ ...good, vm: { ...good.vm, uuid: "../../x\u001b[31m" } }));
    write("odd/3.json", `${'{"vm":'.repeat(100_000)}1${"}".repeat(100_000)}`);
    write("odd/4.json", `{"scheduleId":"","vm":${'{"vm":'.repeat(100_000)}1${"}".repeat(100_000)}}`);
    const report = reportOf("odd");
    expect(report.timelines).toEqual([]);
    expect(named(report, "1.json").vms.map(({ backup }) => backup?.timestamp)).toEqual([null, null, null]);
    expect(named(report, "2.json").vms[0]?.backup?.vmUuid).toBeNull();
    expect(named(report, "4.json").error?.code).toBe("over-limit");
    expect(run(["odd"], { cwd: folder }).stdout).not.toContain("\u001b[31m");
  });

  it("takes VM and time from the place of the file where it does not tell them itself", () => {
    const path = `placed/${UUID_A}/20251007T020005Z.json`;
    write(path, metadataText({ ...deltaMetadata(DELTA[0] as BackupFields), timestamp: null }));
    expect(timelineOf(reportOf("placed"), UUID_A).backups[0]?.timestamp).toBe("2025-10-07T02:00:05.000Z");
  });

  it("is read again only as long as it is what was judged", async () => {
    const path = `changing/xo!/${UUID_A}/20251001T020005Z.json`;
    const [first] = DELTA;
    write(path, metadataText(deltaMetadata(first as BackupFields)));
    const [copy] = timelineOf(reportOf("changing"), UUID_A).backups;
    const judged = { ...COPY, path: join(folder, path), sha256: copy?.sha256 ?? null };
    expect((await readBlob(judged, nodeWorld))?.bytes).toEqual(GOOD);
    expect(await readBlob({ ...judged, index: 3 }, nodeWorld)).toBeNull();
    expect(await readBlob({ ...judged, path: "-" }, nodeWorld)).toBeNull();
    write(path, metadataText(deltaMetadata({ ...(first as BackupFields), blob: PLANTED })));
    expect(await readBlob(judged, nodeWorld)).toBeNull();
  });

  it("keeps copies up to the limit and no more", () => {
    const report = named(reportOf("remote"), "20251001T020005Z.json");
    const { maxTimelineCopies } = PARSER_LIMITS;
    const vm = report.vms[0] as InputReport["vms"][number];
    const collector = new TimelineCollector(nodeWorld);
    collector.add({ report: { ...report, vms: Array(maxTimelineCopies - 1).fill(vm) }, digests: [] });
    const count = () => (collector.timelines()[0]?.backups[0]?.others.length ?? 0) + 1;
    expect(count()).toBe(maxTimelineCopies - 1);
    collector.add({ report: { ...report, path: "2.json", vms: [vm] }, digests: [] });
    expect([count(), collector.leftOut]).toEqual([maxTimelineCopies, 0]);
    collector.add({ report: { ...report, path: "3.json", vms: [vm] }, digests: [] });
    expect([count(), collector.leftOut]).toEqual([maxTimelineCopies, 1]);
  });

  it("says how many copies were left out", () => {
    const look = { style: makeStyle(false), columns: 200, quiet: false };
    expect(askedTexts({}, look)).toEqual([]);
    const [section] = askedTexts({ timelineCopiesLeftOut: 3 }, look);
    expect(section?.lines.join(" ")).toContain("3 copies more were judged, and are in no timeline");
  });
});

describe("the backup of a pool", () => {
  it("gives the certificates of pool and master, and the database beside it", () => {
    const own = base64(hostArchive(PLANTED_FILES));
    const vm = { uuid: UUID_A, name_label: "web", NVRAM: { "EFI-variables": base64(GOOD) } };
    write(
      "pool/20251001T020000Z/metadata.json",
      poolMetadata({ own, hosts: base64(hostArchive(HEALTHY_FILES)) }),
    );
    write("pool/20251001T020000Z/data", makeDatabase({ VM: [vmRow(vm)] }));
    const report = reportOf("pool");
    const { format, certificates, findings } = named(report, "metadata.json");
    expect(format).toBe("xo-pool-metadata");
    expect(
      certificates.map(({ kind, nameLabel, source, active }) => [kind, nameLabel, source, active]),
    ).toEqual([
      ["pool", "the pool", "custom_uefi_certificates", true],
      ["pool", "the pool", "uefi_certificates", false],
      ["host", "xcp-1", "uefi_certificates", false],
    ]);
    expect(findings.map(({ ruleId }) => ruleId)).toContain("pool-certificates-wrong-owner");
    expect(named(report, "data")).toMatchObject({ format: "xapi-db", vms: [{ verdict: "healthy" }] });
  });
});

describe("an encrypted remote", () => {
  const vmFolder = `encrypted/xo-vm-backups/${UUID_A}`;
  write("encrypted/encryption.json", encryptionMark("chacha20-poly1305"));
  write("encrypted/metadata.json", encryptedFile(45, 1));
  for (let i = 1; i <= 9; i++) {
    write(`${vmFolder}/2025100${i}T020005Z.json`, encryptedFile(9000, 2 * i));
    write(`${vmFolder}/2025100${i}T020005Z.xva`, encryptedFile(9000, 2 * i + 1));
  }
  write(`${vmFolder}/notes.json`, "nothing that Xen Orchestra wrote");
  write(`${vmFolder}/vdis/job/vdi/x.vhd`, encryptedFile(9000, 99));
  const told = /encrypts with chacha20-poly1305/g;

  it("is said in one sentence, and leads to exit 3", () => {
    const { status, stdout, stderr } = run(["encrypted"], { cwd: folder });
    expect(status).toBe(3);
    expect(stderr.match(told)).toHaveLength(1);
    expect(stdout.replaceAll(/\s+/g, " ").match(told)).toHaveLength(1);
    expect(stderr).toContain("Restore the VM through Xen Orchestra");
    const report = reportOf("encrypted");
    const codes = report.inputs.map(({ error }) => error?.code);
    expect(codes.filter((code) => code === "encrypted")).toHaveLength(20);
    expect(codes.filter((code) => code === "unrecognised")).toHaveLength(2);
  });

  it("is found from a folder or a file in it, too", () => {
    for (const path of [vmFolder, `${vmFolder}/20251003T020005Z.json`]) {
      const { status, stderr } = run(["analyze", path], { cwd: folder });
      expect(status).toBe(3);
      expect(stderr.match(told)).toHaveLength(1);
      expect(stderr).toContain("encryption.json");
    }
    for (const command of ["inspect", "verify", "repair"]) {
      const { status, stderr } = run([command, `${vmFolder}/20251003T020005Z.xva`], { cwd: folder });
      expect([command, status, stderr.match(told)?.length]).toEqual([command, 3, 1]);
    }
  });

  it("has no last good NVRAM", () => {
    const { status, stderr } = run(["extract", "encrypted", "--out", "none", "--last-good"], { cwd: folder });
    expect(status).toBe(3);
    expect(stderr.match(told)).toHaveLength(1);
  });

  it("is not waited for where its mark is a pipe, and is none where the mark lies deeper than a backup", () => {
    write("piped/20251003T020005Z.json", encryptedFile(9000, 3));
    execFileSync("mkfifo", [join(folder, "piped/encryption.json")]);
    write("deep/encryption.json", encryptionMark("aes-256-gcm"));
    write("deep/1/2/3/4/a.json", encryptedFile(9000, 3));
    write("deep/1/2/3/4/5/b.json", encryptedFile(9000, 3));
    expect(reportOf("piped/20251003T020005Z.json").inputs[0]?.error?.code).toBe("unrecognised");
    const report = reportOf("deep");
    expect(named(report, "a.json").error?.code).toBe("encrypted");
    expect(named(report, "b.json").error?.code).toBe("unrecognised");
  });
});

describe("extract --last-good", () => {
  it("writes of each VM the NVRAM of its last good backup: as text to restore, and as it is", () => {
    const { status, stdout } = run(
      ["extract", "remote", "--out", "good", "--last-good", "--format", "json"],
      {
        cwd: folder,
      },
    );
    expect(status).toBe(0);
    expect(readdirSync(join(folder, "good"))).toEqual(
      [UUID_A, UUID_B].flatMap((uuid) => [`${uuid}.efivars.b64`, `${uuid}.vars`]),
    );
    expect(readFileSync(join(folder, `good/${UUID_B}.efivars.b64`), "utf8")).toBe(base64(GOOD));
    const { extracted } = JSON.parse(stdout);
    expect(extracted[0]).toMatchObject({
      vm: { uuid: UUID_A, nameLabel: "web" },
      source: "vm.NVRAM",
      backup: { timestamp: "2025-10-02T02:00:05.250Z", verdict: "healthy" },
    });
    const again = run(["extract", "remote", "--out", "good", "--last-good"], { cwd: folder });
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("exists")]);
  });

  it("never writes over a file of the folder that it reads, not even with --force", () => {
    const kept = `kept/xo-vm-backups/${UUID_B}.vars`;
    writeDelta("kept", backups(UUID_B, "dc01", [GOOD, OVER_LIMIT]));
    write(kept, PLANTED);
    const line = ["extract", "kept", "--out", "kept/xo-vm-backups", "--last-good"];
    for (const more of [[], ["--force"]]) {
      const { status, stderr } = run([...line, ...more], { cwd: folder });
      expect([status, stderr]).toEqual([2, expect.stringContaining("not even with --force")]);
    }
    expect(readFileSync(join(folder, kept)).equals(Buffer.from(PLANTED))).toBe(true);
    expect(readdirSync(join(folder, "kept/xo-vm-backups"))).toEqual([UUID_B, `${UUID_B}.vars`]);
  });

  it("says of which VM no backup is good", () => {
    writeDelta("bad", backups(UUID_A, "web", [OVER_LIMIT, OVER_LIMIT]));
    writeDelta("bad", backups(UUID_B, "dc01", [GOOD]));
    const { status, stderr } = run(["extract", "bad", "--out", "some", "--last-good"], { cwd: folder });
    expect(status).toBe(0);
    expect(stderr).toContain(`${UUID_A}: no backup is good`);
    expect(readdirSync(join(folder, "some"))).toEqual([`${UUID_B}.efivars.b64`, `${UUID_B}.vars`]);
    const only = run(["extract", "bad", "--out", "x", "--last-good", "--vm", UUID_A], { cwd: folder });
    expect(only.status).toBe(3);
  });

  it.each([
    [["remote"], "--last-good"],
    [["remote", "--last-good", "--vm", "00000000-0000-4000-8000-000000000000"], "no backup of the VM"],
    [["remote", "--last-good", "--source", "vm.NVRAM"], "leave out --source"],
    [["-", "--last-good"], "standard input"],
  ])("is wrong usage as %j", (args, text) => {
    const { status, stderr } = run(["extract", ...args, "--out", "wrong"], { cwd: folder });
    expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
  });

  it("is shown in the help", () => {
    expect(run(["extract", "--help"]).stdout).toContain("--last-good");
  });
});

describe("the builders of this file", () => {
  it("make a cache as Xen Orchestra does: a JSON object under gzip", () => {
    const text = gunzipSync(cacheFile(DELTA, deltaMetadata)).toString();
    expect(Object.keys(JSON.parse(text))[0]).toBe(`/xo-vm-backups/${UUID_A}/20251001T020005Z.json`);
  });
});
