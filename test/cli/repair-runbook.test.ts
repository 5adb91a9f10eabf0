/** The runbook, as `repair` prints and writes it. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RepairEntry } from "../../report/repair-entry.ts";
import {
  healthyBlob,
  incidentBlob,
  keyVariables,
  makeBlob,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import { makeXva } from "../builders/tar.ts";
import { exportMembers } from "../builders/xva.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();

function fresh(): string {
  return mkdtempSync(join(folder, "case-"));
}

function runBash(script: string, cwd: string): SpawnSyncReturns<string> {
  return spawnSync("bash", ["-c", script], { encoding: "utf8", cwd });
}

function repairs(...args: string[]): RepairEntry[] {
  return JSON.parse(run(["repair", ...args, "--format", "json"]).stdout).repairs;
}

const ONE = { uuid: UUID_A, name: "files", blob: incidentBlob(40, 30) };
const TWO = { uuid: UUID_B, name: "mail", blob: incidentBlob(20, 10) };

describe("the runbook of a repair", () => {
  it("stands in JSON, with the hash of the text that was written", () => {
    const path = put(fresh(), "vm.efivars.b64", base64(incidentBlob(40, 30)));
    const [entry] = repairs(path);
    const text = readFileSync(entry?.output ?? "");
    const hash = createHash("sha256").update(text).digest("hex");
    const commands = entry?.runbook.flatMap((step) => step.commands) ?? [];
    expect(commands.filter((line) => line.includes(hash))).toHaveLength(1);
    expect(commands).toContain(`scp ${entry?.output} root@HOST:/root/`);
  });

  it("writes and takes back by xe what the host's script cannot read: a name that is no UTF-16", () => {
    const odd = (name: Uint8Array) =>
      base64(
        makeBlob([
          ...keyVariables(XCP_NG_OWNER, sha256List(XCP_NG_OWNER, 5)),
          makeVariable(name, Uint8Array.of(1)),
        ]),
      );
    const commandsFor = (name: Uint8Array): string[] => {
      const [entry] = repairs(put(fresh(), "vm.efivars.b64", odd(name)));
      return entry?.runbook.flatMap((step) => step.commands) ?? [];
    };
    for (const name of [Uint8Array.of(0x41, 0, 0x42), Uint8Array.of(0x00, 0xd8)]) {
      const commands = commandsFor(name);
      expect(commands.filter((line) => line.includes("fix-efivars"))).toEqual([]);
      expect(commands.filter((line) => line.startsWith("xe vm-param-add"))).toHaveLength(2);
    }
    expect(
      commandsFor(Uint8Array.of(0x41, 0, 0x42, 0)).filter((line) => line.includes("fix-efivars")),
    ).toHaveLength(2);
  });

  it("names no way of a host where neither the script nor xe can write it", () => {
    const large = Array.from({ length: 3 }, (_, i) =>
      makeVariable(`Large${i}`, new Uint8Array(35_000).fill(1)),
    );
    const blob = makeBlob([
      ...keyVariables(XCP_NG_OWNER, sha256List(XCP_NG_OWNER, 5)),
      ...large,
      makeVariable(Uint8Array.of(0x41), Uint8Array.of(1)),
    ]);
    const [entry] = repairs(put(fresh(), "vm.efivars.b64", base64(blob)));
    const commands = entry?.runbook.flatMap((step) => step.commands) ?? [];
    expect(commands.filter((line) => /fix-efivars|vm-param-add/.test(line))).toEqual([]);
    expect(entry?.runbook.map(({ title }) => title)).toContain(
      "Bring the repaired NVRAM back by an export: nothing on a host writes this one",
    );
  });

  it("is empty where nothing is repaired, and where it is refused", () => {
    const healthy = put(fresh(), "healthy.vars", healthyBlob());
    const broken = put(fresh(), "v3.vars", healthyBlob().fill(3, 4, 5));
    expect([healthy, broken].map((path) => repairs(path)[0]?.runbook)).toEqual([[], []]);
  });

  it("is written as Markdown with a section a VM, and not without --force over a file", () => {
    const dir = fresh();
    const path = put(dir, "two.xva", xvaOf(ONE, TWO));
    const file = join(dir, "steps.md");
    const { status, stdout } = run(["repair", path, "--runbook", file]);
    expect(status).toBe(0);
    expect(stdout).toContain(`All steps, with what to mind in each: ${file}`);
    const markdown = readFileSync(file, "utf8");
    expect(markdown.match(/^## VM .*$/gm)).toEqual([
      `## VM \`files\` (\`${UUID_A}\`)`,
      `## VM \`mail\` (\`${UUID_B}\`)`,
    ]);
    const again = ["repair", path, "--runbook", file, "--out", join(dir, "again.xva")];
    expect(run(again)).toMatchObject({ status: 2 });
    expect(readdirSync(dir).sort()).toEqual(["steps.md", "two.repaired.xva", "two.xva"]);
    expect(run([...again, "--force"]).status).toBe(0);
  });

  it("is not written over what it is about", () => {
    const dir = fresh();
    const path = put(dir, "vm.vars", incidentBlob(4, 3));
    const output = join(dir, "vm.repaired.vars");
    expect(run(["repair", path, "--runbook", output, "--force"])).toMatchObject({ status: 2 });
    expect(run(["repair", path, "--runbook", path, "--force"])).toMatchObject({ status: 2 });
    expect(run(["repair", path, "--runbook", ""])).toMatchObject({ status: 2 });
    expect(readdirSync(dir)).toEqual(["vm.vars"]);
  });

  it("keeps the repair from being written where it has no place, before hours of copying", () => {
    const dir = fresh();
    const path = put(dir, "two.xva", xvaOf(ONE));
    const { status, stderr } = run(["repair", path, "--runbook", join(dir, "missing", "steps.md")]);
    expect(status).toBe(2);
    expect(stderr).toContain("its folder does not exist");
    expect(run(["repair", path, "--runbook", dir, "--force"]).status).toBe(2);
    expect(readdirSync(dir)).toEqual(["two.xva"]);
  });

  it("is printed by a dry run, which writes none", () => {
    const dir = fresh();
    const path = put(dir, "vm.efivars.b64", base64(incidentBlob(40, 30)));
    const { status, stdout } = run(["repair", path, "--dry-run", "--runbook", join(dir, "steps.md")]);
    expect(status).toBe(0);
    expect(stdout).toContain(`     varscope repair ${path}\n`);
    expect(stdout).toContain("# Runbook: ");
    expect(stdout).toContain(`--restore-from /root/vm.repaired.efivars.b64`);
    expect(readdirSync(dir)).toEqual(["vm.efivars.b64"]);
  });

  it("tells an export with disks from one of metadata", () => {
    const disk = { id: "Ref:9", virtualBytes: 700, blocks: [[0, new Uint8Array(700)]] as const };
    const vm = { uuid: UUID_A, name_label: "vm", NVRAM: { "EFI-variables": base64(incidentBlob(4, 3)) } };
    const text = (name: string, disks: readonly (typeof disk)[]) => {
      const path = put(fresh(), name, makeXva(exportMembers(vm, disks)));
      return repairs(path)
        .flatMap(({ runbook }) => runbook.flatMap(({ commands }) => commands))
        .join("\n");
    };
    expect(text("full.xva", [disk])).toContain("vm=$(xe vm-import filename=./full.repaired.xva)");
    expect(text("metadata.xva", [])).toContain("metadata=true preserve=true dry-run=true");
  });

  it("gives commands that bash reads as they were meant, whatever files are called", () => {
    const dir = fresh();
    const path = put(dir, "-a 'b' $(touch evil) `c`.efivars.b64", base64(incidentBlob(4, 3)));
    const [entry] = repairs(path);
    const lines = entry?.runbook.flatMap((step) => (step.machine === "guest" ? [] : step.commands)) ?? [];
    // Every program is a stub that prints what it was given.
    const stubs =
      'xe() { printf \'%s\\0\' "$@"; }; scp() { xe "$@"; }; varscope() { xe "$@"; }; varstore-ls() { :; }';
    const sent = lines.find((line) => line.startsWith("scp "));
    const { stdout } = runBash(`${stubs}\n${sent}`, dir);
    expect(stdout.split("\0").slice(0, 2)).toEqual([entry?.output, "root@HOST:/root/"]);
    expect(readdirSync(dir)).not.toContain("evil");
  });

  it("has a check that says yes to the text, and no to another one", () => {
    const [entry] = repairs(put(fresh(), "vm.efivars.b64", base64(incidentBlob(4, 3))));
    const check = entry?.runbook
      .flatMap(({ commands }) => commands)
      .find((line) => line.includes("sha256sum"));
    const answer = (file: string) =>
      runBash(`xe() { cat ${file}; }\n${check?.replace(/<VM uuid>/g, "x")}`, folder);
    expect(answer(entry?.output ?? "")).toMatchObject({ status: 0, stdout: "-: OK\n" });
    expect(answer("/dev/null").status).toBe(1);
  });
});

describe("repair of a long export", () => {
  it("shows no progress where there is no terminal", () => {
    const path = put(fresh(), "two.xva", xvaOf(ONE));
    expect(run(["repair", path]).stderr).toBe("");
  });
});
