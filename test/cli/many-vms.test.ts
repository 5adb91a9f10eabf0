/** Databases of many VMs: what a run keeps must not grow with their number. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAX_REPLY_LENGTH } from "../../cli/batch/thread-work.ts";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { databasePieces, type Row, vmRow } from "../builders/xapi-db.ts";
import { base64, PROGRAM, put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const NEVER = ["--as-of", "2026-11-22", "--fail-on", "never"];
/** MiB. Reports of the larger database alone would take more; the program itself takes less than half of it. */
const HEAP = 32;

/** Small, and long in a report: one row each. */
const WORDY = makeBlob(Array.from({ length: 80 }, (_, i) => makeVariable(`Entry${i}`, new Uint8Array(8))));

function uuidOf(i: number): string {
  return `0a4f2c4e-8d1f-4c57-9b3e-${String(i).padStart(12, "0")}`;
}

function* rows(count: number, blob: Uint8Array): Generator<Row, void, undefined> {
  const NVRAM = { "EFI-variables": base64(blob) };
  for (let i = 0; i < count; i++) yield vmRow({ uuid: uuidOf(i), name_label: `vm ${i}`, NVRAM });
}

function database(name: string, count: number, blob: Uint8Array): string {
  const path = join(folder, name);
  const file = openSync(path, "w");
  for (const piece of databasePieces({ VM: rows(count, blob) })) writeSync(file, piece);
  closeSync(file);
  return path;
}

const few = database("few.xml", 300, WORDY);
const many = database("many.xml", 3000, WORDY);

function inSmallHeap(path: string, format: string) {
  const limited = [`--max-old-space-size=${HEAP}`, PROGRAM, path, "--format", format, ...NEVER];
  return spawnSync(process.execPath, limited, { encoding: "utf8", maxBuffer: 1 << 28 });
}

function countOf(text: string, format: string): number {
  const input =
    format === "json" ? (JSON.parse(text) as Report).inputs[0] : (JSON.parse(text) as InputReport);
  return input?.vms.filter(({ uuid }, i) => uuid === uuidOf(i)).length ?? 0;
}

describe("a database of many VMs", () => {
  it.each(["ndjson", "json"])("is told as %s in the memory of a small one", (format) => {
    for (const [path, count] of [
      [few, 300],
      [many, 3000],
    ] as const) {
      const { status, stderr, stdout } = inSmallHeap(path, format);
      expect({ status, stderr, vms: status === 0 ? countOf(stdout, format) : 0 }).toEqual({
        status: 0,
        stderr: "",
        vms: count,
      });
    }
  });

  it("is the same text whether copies wait in memory, in a file, or come from another thread", () => {
    const both = join(folder, "both");
    mkdirSync(both);
    for (const count of [3, 300]) database(`both/${count}.xml`, count, WORDY);
    for (const format of ["ndjson", "json"]) {
      const here = run([both, "--format", format, "--jobs", "1", ...NEVER]).stdout;
      expect(run([both, "--format", format, "--jobs", "2", ...NEVER]).stdout === here).toBe(true);
      const again =
        format === "json"
          ? `${JSON.stringify(JSON.parse(here), null, 2)}\n`
          : here.replaceAll(/.+/g, (line) => JSON.stringify(JSON.parse(line)));
      expect(here === again).toBe(true);
      expect(here.match(/"uuid": ?"0a4f2c4e/g)).toHaveLength(303);
    }
  });

  it("is told in its place where it is too long for a thread to hand on", () => {
    const mixed = join(folder, "mixed");
    mkdirSync(mixed);
    const entries = Array.from({ length: 1000 }, (_, i) => makeVariable(`Entry${i}`, new Uint8Array(1)));
    database("mixed/b.xml", 300, makeBlob(entries));
    for (const name of ["a.vars", "c.vars"]) put(mixed, name, healthyBlob());
    const { status, stdout } = run([mixed, "--format", "json", "--jobs", "2", ...NEVER]);
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(MAX_REPLY_LENGTH);
    const { inputs } = JSON.parse(stdout) as Report;
    expect(inputs.map(({ path, vms }) => [basename(path), vms.length])).toEqual([
      ["a.vars", 1],
      ["b.xml", 300],
      ["c.vars", 1],
    ]);
  });

  it("says where there is no room for what has to wait", () => {
    const settings = { env: { TMPDIR: join(folder, "missing") } };
    const { status, stderr, stdout } = run([few, "--format", "ndjson", ...NEVER], settings);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("was not written: its folder does not exist");
  });

  it("tries a repair out for so many copies, and says of the others that it did not", () => {
    const path = database("broken.xml", 101, incidentBlob(3, 2));
    const { stdout } = run([path, ...NEVER]);
    expect(stdout).toContain("Let varscope tell what it can repair (vm 100).");
    const fewer = run([database("fewer.xml", 100, incidentBlob(3, 2)), ...NEVER]).stdout;
    expect(fewer).not.toContain("Let varscope tell");
  });
});
