/** Points in time that no backup of one VM tells: databases of pool backups, and snapshots beside their VM. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Report } from "../../report/report.ts";
import type { TimelineReport } from "../../report/timeline/report.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { makeDatabase, snapshotRow, vmRow } from "../builders/xapi-db.ts";
import { backupName, deltaMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();
const GOOD = healthyBlob();
const PLANTED = incidentBlob(10, 3);
const OVER_LIMIT = incidentBlob();
const POOL =
  "xo-pool-metadata-backups/5ced0000-1111-4222-8333-444444444444/70000000-0000-4000-8000-000000000007";
const TEMPLATE = "00000000-0000-4000-8000-000000000300";

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  put(folder, path, content);
}

const nvram = (blob: Uint8Array) => ({ "EFI-variables": base64(blob) });
const web = (blob: Uint8Array) => ({ uuid: UUID_A, name_label: "web", NVRAM: nvram(blob) });
const dc = (blob: Uint8Array) => ({ uuid: UUID_B, name_label: "dc01", NVRAM: nvram(blob) });
/** A template stands first: what is left out must not shift the others. */
const template = vmRow({ uuid: TEMPLATE, name_label: "golden", is_a_template: true, NVRAM: nvram(GOOD) });

const databaseOf = (ofWeb: Uint8Array, ofDc: Uint8Array) =>
  makeDatabase({ VM: [template, vmRow(web(ofWeb)), vmRow(dc(ofDc))] });

const DATES = [
  ["20251001T030000Z", databaseOf(GOOD, GOOD)],
  ["20251003T030000Z", databaseOf(PLANTED, GOOD)],
  ["20251005T030000Z", databaseOf(OVER_LIMIT, GOOD)],
] as const;
for (const [date, database] of DATES) {
  write(`pool/${POOL}/${date}/data`, database);
  write(`both/${POOL}/${date}/data`, database);
}
const delta = {
  uuid: UUID_A,
  name_label: "web",
  time: new Date(Date.UTC(2025, 9, 2, 2, 0, 5, 250)),
  blob: GOOD,
};
write(`both/xo-vm-backups/${UUID_A}/${backupName(delta.time)}.json`, metadataText(deltaMetadata(delta)));

function snapshot(of: typeof web, day: number, blob: Uint8Array) {
  const uuid = `00000000-0000-4000-8000-0000000004${String(day).padStart(2, "0")}`;
  const then = { ...of(blob), snapshot_time: `202510${String(day).padStart(2, "0")}T04:00:00Z` };
  return snapshotRow({ ...then, uuid, name_label: "before the update" }, then);
}

const withSnapshots = (now: Uint8Array) =>
  makeDatabase({
    VM: [
      template,
      snapshot(web, 4, PLANTED),
      snapshot(web, 2, GOOD),
      snapshot(web, 1, GOOD),
      vmRow(web(now)),
      vmRow(dc(GOOD)),
    ],
  });
write("state.db", withSnapshots(OVER_LIMIT));
write("healthy.db", withSnapshots(GOOD));

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

const points = ({ backups }: TimelineReport) =>
  backups.map(({ timestamp, mode, verdict }) => [timestamp.slice(0, 10), mode, verdict]);

function extract(from: string, ...args: readonly string[]) {
  const out = `out-${from.replaceAll(/\W/g, "")}${args.join("")}`;
  const ended = run(["extract", from, "--last-good", "--out", out, ...args], { cwd: folder });
  return {
    ...ended,
    nvramOf: (uuid: string) => new Uint8Array(readFileSync(join(folder, out, `${uuid}.vars`))),
  };
}

describe("backups of a pool of several dates", () => {
  it("are one timeline a VM, whatever order the table has, and templates have none", () => {
    const report = reportOf("pool");
    const timeline = timelineOf(report, UUID_A);
    expect(points(timeline)).toEqual([
      ["2025-10-01", "pool-metadata", "healthy"],
      ["2025-10-03", "pool-metadata", "at-risk"],
      ["2025-10-05", "pool-metadata", "unbootable"],
    ]);
    expect([timeline.nameLabel, timeline.lastGood, timeline.firstBad]).toEqual(["web", 0, 1]);
    expect(timeline.changes?.some(({ variable }) => variable.name === "dbx")).toBe(true);
    expect(timelineOf(report, UUID_B).lastGood).toBe(2);
    expect(report.timelines).toHaveLength(2);
    // As before: only the newest database of a pool says how its VMs are.
    expect(report.summary).toMatchObject({ machines: 2, byMachine: { healthy: 1, unbootable: 1 } });
    expect(reportOf("pool", "--jobs", "2").timelines).toEqual(report.timelines);
  });

  it("and delta backups of the same VM are one line", () => {
    expect(points(timelineOf(reportOf("both"), UUID_A))).toEqual([
      ["2025-10-01", "pool-metadata", "healthy"],
      ["2025-10-02", "delta", "healthy"],
      ["2025-10-03", "pool-metadata", "at-risk"],
      ["2025-10-05", "pool-metadata", "unbootable"],
    ]);
    const { stdout } = run(["both", "--fail-on", "never"], { cwd: folder });
    expect(stdout).toMatch(
      /→ 2025-10-02 02:00 +healthy +last good\n +→ 2025-10-03 03:00 +at risk +first bad/,
    );
  });

  it("give the last good NVRAM of each VM, and the printed command gives it, too", () => {
    const { status, nvramOf } = extract("pool");
    expect(status).toBe(0);
    expect(nvramOf(UUID_A)).toEqual(GOOD);
    expect(nvramOf(UUID_B)).toEqual(GOOD);
    const { stdout } = run(["pool", "--fail-on", "never"], { cwd: folder });
    const [, from = ""] = /extract (\S+) --out last-good --last-good --vm/.exec(stdout) ?? [];
    expect(from).toContain("20251001T030000Z/data");
    expect(extract(from, "--vm", UUID_A).nvramOf(UUID_A)).toEqual(GOOD);
    // The older databases are what they were: nothing is repaired in them.
    expect(stdout).toContain(`repair pool/${POOL}/20251005T030000Z/data`);
    expect(stdout).not.toContain(`repair pool/${POOL}/20251003T030000Z/data`);
  });

  it("are the same in an archive", () => {
    execFileSync("tar", ["-cf", "remote.tar", "-C", "pool", "."], { cwd: folder });
    const timeline = timelineOf(reportOf("remote.tar"), UUID_A);
    expect([points(timeline).length, timeline.lastGood, timeline.firstBad]).toEqual([3, 0, 1]);
    expect(extract("remote.tar").nvramOf(UUID_A)).toEqual(GOOD);
  });
});

describe("snapshots in one database", () => {
  it("are points in time of their VM, and its own record is later", () => {
    const timeline = timelineOf(reportOf("state.db"), UUID_A);
    expect(points(timeline)).toEqual([
      ["2025-10-01", "snapshot", "healthy"],
      ["2025-10-02", "snapshot", "healthy"],
      ["2025-10-04", "snapshot", "at-risk"],
    ]);
    expect(timeline).toMatchObject({ nameLabel: "web", lastGood: 1, firstBad: 2 });
    expect(timeline.current).toMatchObject({ path: "state.db", source: "NVRAM", verdict: "unbootable" });
    // A VM without snapshots has one time, which nobody tells.
    expect(reportOf("state.db").timelines).toHaveLength(1);
    const { stdout } = run(["state.db", "--fail-on", "never"], { cwd: folder });
    expect(stdout).toMatch(/→ its own record +will not start +bad now/);
    expect(stdout).toContain("repair state.db");
  });

  it("give the last good NVRAM, unless the VM's own record is healthy", () => {
    const { status, nvramOf } = extract("state.db");
    expect(status).toBe(0);
    expect(nvramOf(UUID_A)).toEqual(GOOD);
    const healthy = extract("healthy.db");
    expect(healthy.status).toBe(0);
    expect(healthy.stderr).toContain("its own record in healthy.db is healthy, and later than its snapshots");
  });
});

describe("a saved report of pool backups", () => {
  it("has the same timelines, without the evidence: the place of a database tells its time", () => {
    for (const place of ["pool", "both"]) {
      const report = reportOf(place);
      const saved = put(folder, `${place}.json`, JSON.stringify(report));
      const lines = run([place, "--format", "ndjson"], { cwd: folder }).stdout;
      for (const path of [saved, put(folder, `${place}.ndjson`, lines)]) {
        const { timelines } = JSON.parse(run(["convert", path, "--format", "json"]).stdout) as Report;
        // What changed between two of them is in the evidence alone.
        expect(timelines).toEqual(report.timelines?.map((one) => ({ ...one, changes: null })));
        expect(timelines?.length).toBe(2);
      }
    }
  });
});
