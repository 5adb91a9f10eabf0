/** How many VMs a run has, and how they are: one machine is one, whatever inputs it stands in. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { base64 } from "../builders/certificates.ts";
import { makeDatabase, vmRow } from "../builders/xapi-db.ts";
import {
  backupName,
  backupXva,
  cacheFile,
  deltaMetadata,
  fullMetadata,
  metadataText,
} from "../builders/xen-orchestra.ts";
import { put, run, temporaryFolder } from "./run.ts";

const root = temporaryFolder();
const UUID = "00000000-0000-4000-8000-00000000001";
const GOOD = healthyBlob();
const AT_RISK = incidentBlob(10, 3);
const BAD = makeBlob([makeVariable("Empty", new Uint8Array(0))]);

let folders = 0;
function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = join(root, `${folders++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    put(folder, name, content);
  }
  return folder;
}

const record = (digit: number, blob: Uint8Array): string =>
  JSON.stringify({
    uuid: `${UUID}${digit}`,
    name_label: `vm ${digit}`,
    NVRAM: { "EFI-variables": base64(blob) },
  });
const summaryOf = (path: string, ...options: readonly string[]) =>
  JSON.parse(run([path, "--format", "json", ...options]).stdout).summary;
const lastLine = (path: string): string => run([path]).stdout.trimEnd().split("\n").at(-1) ?? "";

describe("VMs of a run", () => {
  it("are one in two files, and as bad as the worst of both; records and copies are counted as before", () => {
    const folder = folderOf({ "a.json": record(1, GOOD), "b.json": record(1, BAD), "c.vars": GOOD });
    expect(summaryOf(folder)).toMatchObject({
      vms: 3,
      sources: 3,
      byVerdict: { healthy: 2, unbootable: 1 },
      machines: 2,
      byMachine: { healthy: 1, unbootable: 1 },
    });
    expect(lastLine(folder)).toBe("3 inputs, 2 VMs in 3 copies: 1 will not start, 1 healthy.");
    for (const format of ["markdown", "html"])
      expect(run([folder, "--format", format]).stdout).toContain(
        "3 inputs, 2 VMs in 3 copies: 1 will not start",
      );
  });

  it("are one in a database that is streamed, with the threads of any number", () => {
    const rows = [1, 2, 3].map((digit) =>
      vmRow({
        uuid: `${UUID}${digit}`,
        name_label: "vm",
        is_a_template: digit === 3,
        NVRAM: { "EFI-variables": base64(BAD) },
      }),
    );
    const records = Array.from({ length: 40 }, (_, i) => [
      `${i}.json`,
      record(i % 10, i < 10 ? AT_RISK : GOOD),
    ]);
    const folder = folderOf({ "state.db": makeDatabase({ VM: rows }), ...Object.fromEntries(records) });
    const alone = summaryOf(folder, "--jobs", "1");
    expect(alone).toMatchObject({ sources: 43, machines: 10, byMachine: { "at-risk": 8, unbootable: 2 } });
    expect(summaryOf(folder, "--jobs", "3")).toEqual(alone);
  });

  const day = (date: number): Date => new Date(Date.UTC(2025, 9, date, 2, 0, 5));
  const backup = (date: number, blob: Uint8Array) => ({
    uuid: `${UUID}1`,
    name_label: "vm",
    time: day(date),
    blob,
  });
  const remote = `xo-vm-backups/${UUID}1`;

  it("are one in a backup and in the cache of it, and are what the newest restore takes", () => {
    const backups = [backup(1, BAD), backup(2, GOOD)];
    const files = backups.map((one) => [
      `${remote}/${backupName(one.time)}.json`,
      metadataText(deltaMetadata(one)),
    ]);
    const folder = folderOf({
      ...Object.fromEntries(files),
      [`${remote}/cache.json.gz`]: cacheFile(backups, deltaMetadata),
    });
    expect(summaryOf(folder)).toMatchObject({ machines: 1, byMachine: { healthy: 1 } });
    expect(lastLine(folder)).toMatch(/ 1 VM in \d+ copies: 1 healthy; of other copies .* will not start\.$/);
  });

  it("are one in a full backup's JSON and its export, which has another UUID", () => {
    const one = backup(3, AT_RISK);
    const folder = folderOf({
      [`${remote}/${backupName(one.time)}.json`]: metadataText(fullMetadata(one)),
      [`${remote}/${backupName(one.time)}.xva`]: backupXva(one),
    });
    expect(summaryOf(folder)).toMatchObject({ machines: 1, byMachine: { "at-risk": 1 } });
  });

  it("are what the newest database of a pool's backups has", () => {
    const database = (blob: Uint8Array) =>
      makeDatabase({
        VM: [vmRow({ uuid: `${UUID}1`, name_label: "vm", NVRAM: { "EFI-variables": base64(blob) } })],
      });
    const pool = "xo-pool-metadata-backups/schedule/pool";
    const folder = folderOf({
      [`${pool}/20251001T020005Z/data`]: database(BAD),
      [`${pool}/20251002T020005Z/data`]: database(GOOD),
    });
    expect(summaryOf(folder)).toMatchObject({ sources: 2, machines: 1, byMachine: { healthy: 1 } });
  });

  it("are also those whose backups never had an NVRAM", () => {
    const { NVRAM: _, ...vm } = JSON.parse(record(2, GOOD));
    const metadata = { ...deltaMetadata(backup(4, GOOD)), vm: { ...vm, NVRAM: {} }, vmSnapshot: undefined };
    const folder = folderOf({ [`xo-vm-backups/${UUID}2/20251004T020005Z.json`]: JSON.stringify(metadata) });
    expect(summaryOf(folder)).toMatchObject({ machines: 1, byMachine: { "no-nvram": 1 } });
  });
});
