import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { openInput } from "../../library/input/open-input.ts";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { HEALTHY_FILES, hostArchive, PLANTED_FILES } from "../builders/certificates.ts";
import {
  controlDomainRow,
  defaultTemplateRow,
  hostRow,
  makeDatabase,
  poolRow,
  SECRET,
  secretTables,
  snapshotRow,
  vmRow,
} from "../builders/xapi-db.ts";
import { base64, put, run, runInShell, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();
const nvram = (blob: Uint8Array) => ({ "EFI-variables": base64(blob) });
const VM = { uuid: UUID_A, name_label: "web", NVRAM: nvram(healthyBlob()) };
const SNAPSHOT = { uuid: UUID_B, name_label: "before", NVRAM: nvram(incidentBlob(5, 3)) };
const DATABASE = makeDatabase({
  ...secretTables(),
  VM: [
    vmRow({ ...VM, other_config: { password: SECRET } }),
    snapshotRow(SNAPSHOT, VM),
    controlDomainRow("c0"),
    defaultTemplateRow("d0"),
  ],
  host: [hostRow(base64(hostArchive(HEALTHY_FILES)))],
  pool: [poolRow({ own: base64(hostArchive(PLANTED_FILES)) })],
});
const state = put(folder, "state.db", DATABASE);

function inputOf(args: readonly string[]): InputReport {
  const report = JSON.parse(run([...args, "--format", "json", "--fail-on", "never"]).stdout) as Report;
  const [input] = report.inputs;
  if (input === undefined) throw new Error("no input in the report");
  return input;
}

describe("analyze of a database", () => {
  it("reports every copy, what was skipped, and the certificates of the pool", () => {
    const { format, error, skipped, vms, findings, certificates } = inputOf([state]);
    expect({ format, error, skipped }).toEqual({
      format: "xapi-db",
      error: null,
      skipped: { controlDomains: 1, defaultTemplates: 1 },
    });
    expect(vms.map(({ uuid, kind, source, verdict }) => [uuid, kind, source, verdict])).toEqual([
      [UUID_A, "vm", "NVRAM", "healthy"],
      [UUID_B, "snapshot", "NVRAM", "at-risk"],
      [UUID_B, "snapshot", "snapshot_metadata.NVRAM", "healthy"],
    ]);
    expect(vms[2]?.findings.every(({ path }) => path.startsWith("vms[2].snapshot_metadata"))).toBe(true);
    expect(findings.map(({ ruleId, path }) => [ruleId, path])).toEqual([
      ["pool-certificates-wrong-owner", "certificates[1].custom_uefi_certificates"],
    ]);
    expect(
      certificates.map(({ kind, active, plants }) => [kind, active, plants.map(({ name }) => name)]),
    ).toEqual([
      ["host", false, ["dbx", "db", "KEK", "PK"]],
      ["pool", true, ["dbx", "db", "KEK", "PK"]],
    ]);
  });

  it("says the same of it compressed, through a pipe, and among others", () => {
    // Where it was read from differs, and so does the file.
    const { path: _, file: __, ...plain } = inputOf([state]);
    const told = ({ file, ...rest }: { file: unknown }) => rest;
    const compressed = put(folder, "state.db.gz", gzipSync(DATABASE));
    expect(told(inputOf([compressed]))).toEqual({ path: compressed, ...plain });
    const piped = JSON.parse(runInShell(`cat ${state} | $0 - --format ndjson`).stdout);
    expect(told(piped)).toEqual({ path: "-", ...plain });
    const blob = put(folder, "one.vars", healthyBlob());
    const several = run([state, blob, state, "--format", "ndjson"]).stdout.trimEnd().split("\n");
    expect(several.map((line) => JSON.parse(line).vms.length)).toEqual([3, 1, 3]);
  });

  it("lets what is wrong with the pool decide the exit code, and shows it", () => {
    const only = put(
      folder,
      "pool.xml",
      makeDatabase({ VM: [vmRow(VM)], pool: [poolRow({ hosts: base64(hostArchive(PLANTED_FILES)) })] }),
    );
    const { status, stdout } = run([only]);
    expect(status).toBe(1);
    expect(stdout).toContain("pool-certificates-wrong-owner");
    expect(stdout).toMatch(/for the first time: dbx\s+\(12\s+signatures\), db/);
    expect(run(["explain", "pool-certificates-wrong-owner", only]).stdout).toContain(
      "certificates[0].uefi_certificates",
    );
    expect(run([only, "--format", "json"]).stdout).toContain('"pool-certificates-wrong-owner": 1');
  });

  it("prints nothing of secrets, whatever the command", () => {
    const commands = [
      ["analyze", state],
      ["analyze", state, "--format", "json"],
      ["inspect", state, "--format", "json"],
      ["explain", "wrong-signature-owner", state],
      ["repair", state, "--emit", "efivars", "--dry-run", "--out", folder, "--format", "json"],
    ];
    for (const command of commands) {
      const { stdout, stderr } = run(command);
      expect(stdout.length).toBeGreaterThan(0);
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });

  it("reports what stands before a cut, and fails", () => {
    const cut = put(
      folder,
      "cut.xml",
      DATABASE.subarray(0, Buffer.from(DATABASE).indexOf('<table name="host"')),
    );
    const { status, stdout } = run([cut, "--format", "json"]);
    expect(status).toBe(3);
    const [input] = (JSON.parse(stdout) as Report).inputs;
    expect(input?.error?.code).toBe("truncated");
    expect(input?.vms).toHaveLength(3);
  });

  it("never writes a repair into it", () => {
    const { status, stderr } = run(["repair", state]);
    expect(status).toBe(2);
    expect(stderr).toContain("--emit efivars");
  });

  it("hands on one record at a time and holds none", async () => {
    const records: string[][] = [];
    const { dump, error } = await openInput(state, nodeWorld, (copies) => {
      records.push(copies.map(({ source }) => source));
    });
    expect(error).toBeNull();
    expect(dump?.vms).toEqual([]);
    expect(records).toEqual([["NVRAM"], ["NVRAM", "snapshot_metadata.NVRAM"]]);
  });
});
