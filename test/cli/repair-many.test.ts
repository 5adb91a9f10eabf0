/** `repair` of databases, folders, several paths, archives and their members. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import type { FailedInput, RepairSummary } from "../../report/repair/many.ts";
import type { RepairEntry } from "../../report/repair-entry.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { KINDS, poolOf500, poolUuid } from "../builders/pool-of-500.ts";
import { makeXva } from "../builders/tar.ts";
import { databasePieces, makeDatabase, vmRow } from "../builders/xapi-db.ts";
import { backupPath, backupXva, cacheFile, fullMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { base64, PROGRAM, put, run, runInShell, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
let count = 0;

/** A folder of its own, so that no test sees what another wrote. */
function fresh(): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  return path;
}

function putDeep(path: string, content: Uint8Array | string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** All files below a folder, with their paths from it. */
function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort();
}

interface Repairs {
  readonly repairs: readonly RepairEntry[];
  readonly summary: RepairSummary;
  readonly failed: readonly FailedInput[];
}

const DAY = ["--as-of", "2026-11-22"];
const SMALL = incidentBlob(4, 3);
const OVERSIZED = makeBlob([
  makeVariable("Lang", Uint8Array.of(1)),
  makeVariable("GuestLog", new Uint8Array(60_000)),
]);
const VERSION_3 = healthyBlob().fill(3, 4, 5);
const schema = JSON.parse(run(["schema", "repair"]).stdout) as object;
const validate = new Ajv({ strict: true }).compile(schema);

function repairJson(...args: string[]): Repairs & { readonly status: number | null } {
  const { status, stdout } = run(["repair", ...args, ...DAY, "--format", "json"]);
  const told = JSON.parse(stdout) as Repairs;
  expect(validate(told), JSON.stringify(validate.errors)).toBe(true);
  return { ...told, status };
}

function verdictsOf(path: string): string[] {
  const { inputs } = JSON.parse(run([path, ...DAY, "--format", "json"]).stdout) as Report;
  return inputs.flatMap(({ vms }) => vms.map(({ verdict }) => verdict));
}

describe("repair of a database of 500 VMs with five causes", () => {
  const pool = put(folder, "state.db", poolOf500());
  const out = join(folder, "pool");
  const REPAIRED = KINDS.incident.count + KINDS.planted.count;
  let told: ReturnType<typeof repairJson>;

  beforeAll(() => {
    told = repairJson(pool, "--emit", "efivars", "--out", out);
  });

  it("writes every one that can be repaired, though 50 others need another strategy", () => {
    expect(told.status).toBe(4);
    const expected = (["incident", "planted"] as const).flatMap((kind) =>
      Array.from({ length: KINDS[kind].count }, (_, i) => `${poolUuid(kind, i)}.efivars.b64`),
    );
    const written = filesBelow(out).filter((name) => !name.includes("snapshot_metadata"));
    for (const name of expected) expect(written).toContain(name);
    // The snapshot of the first is one more.
    expect(written.length).toBeLessThanOrEqual(REPAIRED + 1);
    expect(new Set(verdictsOf(out))).toEqual(new Set(["healthy"]));
  });

  it("names each that is refused, with its reason and the strategy that would do", () => {
    const refused = told.repairs.filter((entry) => entry.refused !== null);
    expect(refused).toHaveLength(KINDS.oversized.count);
    for (const { refused: why, output, vm } of refused) {
      expect(why?.strategy).toBe("remove");
      expect(why?.reason).toContain("GuestLog");
      expect(output).toBeNull();
      expect(vm.nameLabel).toMatch(/^logger-/);
    }
  });

  it("proves each, and counts them", () => {
    const written = told.repairs.filter(({ output }) => output !== null);
    for (const { output, bytesAfter, loadsAfterwards, verdictAfterwards, account, path } of written) {
      expect([loadsAfterwards, verdictAfterwards, path]).toEqual([true, "healthy", pool]);
      expect(Buffer.from(readFileSync(output ?? "", "latin1"), "base64")).toHaveLength(bytesAfter ?? -1);
      expect(account?.after).toBe(bytesAfter);
    }
    // The first VM, its snapshot, and what that carries of the VM.
    expect(told.summary).toEqual({
      inputs: 1,
      copies: 502,
      written: REPAIRED + 2,
      files: REPAIRED + 2,
      repairable: REPAIRED + 2,
      refused: KINDS.oversized.count,
      nothingToRepair: 240,
      failed: 0,
    });
    expect(written).toHaveLength(REPAIRED + 2);
  });

  it("tells people how many, what would do for the others, and one proof each", () => {
    const { status, stdout } = run([
      "repair",
      pool,
      "--emit",
      "efivars",
      "--out",
      join(folder, "pool-2"),
      ...DAY,
    ]);
    expect(status).toBe(4);
    const head = stdout.slice(0, stdout.indexOf("Results"));
    expect(head).toContain(`Of 502 copies of an NVRAM: ${REPAIRED + 2} repaired`);
    expect(head).toContain("REFUSED  50 copies: --strategy remove can repair them");
    expect(head).toContain(
      `varscope repair ${pool} --emit efivars --out ${join(folder, "pool-2-remove")} --strategy remove --dry-run`,
    );
    expect(head.split("\n").length).toBeLessThan(30);
    expect(stdout.replaceAll(/\s+/g, " ").match(/ healthy; \d+ → \d+ bytes; signatures: /g)).toHaveLength(
      REPAIRED + 2,
    );
    expect(stdout).not.toContain("Next steps");
  });

  it("has one runbook for all of them where one is asked for, the worst first", () => {
    const steps = join(folder, "steps.md");
    const args = [
      "repair",
      pool,
      "--emit",
      "efivars",
      "--out",
      join(folder, "pool-3"),
      "--runbook",
      steps,
      ...DAY,
    ];
    expect(run(args).stdout).toContain(`All steps, in the order of work: ${steps}`);
    const sections = readFileSync(steps, "utf8").split("\n## VM ").slice(1);
    const names = sections.map((section) => /^`([a-z]+)/.exec(section)?.[1]);
    expect(names.filter((name) => name === "erp")).toHaveLength(KINDS.incident.count);
    expect(names.lastIndexOf("erp")).toBeLessThan(names.indexOf("desktop"));
    expect(sections[0]).toContain(join(folder, "pool-3", `${poolUuid("incident", 0)}.efivars.b64`));
  });

  it("plans without writing", () => {
    const to = join(folder, "pool-4");
    const { status, repairs, summary } = repairJson(pool, "--emit", "efivars", "--out", to, "--dry-run");
    expect([status, summary.written, summary.repairable]).toEqual([4, 0, REPAIRED + 2]);
    expect(repairs.every(({ output }) => output === null)).toBe(true);
    expect(existsSync(to)).toBe(false);
    const { stdout } = run(["repair", pool, "--emit", "efivars", "--out", to, "--dry-run", ...DAY]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "the same call with --runbook FILE.md prints the steps here",
    );
  });
});

describe("memory of a repair of many", () => {
  /** MiB. The program itself takes half of it; the texts of the results alone would take more. */
  const HEAP = 48;

  it("does not grow with the VMs of a database", () => {
    const dir = fresh();
    const nvram = { "EFI-variables": base64(incidentBlob(600, 300)) };
    const rows = Array.from({ length: 800 }, (_, i) =>
      vmRow({ uuid: poolUuid("incident", i), name_label: `vm ${i}`, NVRAM: nvram }),
    );
    const path = put(dir, "many.db", makeDatabase({ VM: rows }));
    const args = [
      "repair",
      path,
      "--emit",
      "efivars",
      "--out",
      join(dir, "out"),
      ...DAY,
      "--format",
      "ndjson",
    ];
    const limited = [`--max-old-space-size=${HEAP}`, PROGRAM, ...args];
    const { status, stderr } = spawnSync(process.execPath, limited, { encoding: "utf8", maxBuffer: 1 << 28 });
    expect([status, stderr]).toEqual([0, ""]);
    expect(readdirSync(join(dir, "out"))).toHaveLength(800);
  }, 120_000);
});

describe("repair of folders and several paths", () => {
  it("keeps each dump in its form with --emit same, without a folder where no two names meet", () => {
    const dir = fresh();
    putDeep(join(dir, "in/a/vm.vars"), SMALL);
    putDeep(join(dir, "in/b/other.efivars.b64"), base64(SMALL));
    putDeep(join(dir, "in/b/two.xva"), xvaOf({ uuid: UUID_A, name: "a", blob: SMALL }));
    putDeep(join(dir, "in/b/fine.vars"), healthyBlob());
    putDeep(join(dir, "in/notes.txt"), "no dump");
    putDeep(
      join(dir, "in/c/record.json.gz"),
      gzipSync(JSON.stringify({ uuid: UUID_B, name_label: "b", NVRAM: { "EFI-variables": base64(SMALL) } })),
    );
    const out = join(dir, "out");
    const { status, summary } = repairJson(join(dir, "in"), "--emit", "same", "--out", out);
    expect([status, summary.files, summary.failed]).toEqual([0, 4, 0]);
    expect(filesBelow(out)).toEqual([
      "other.repaired.efivars.b64",
      "record.repaired.json",
      "two.repaired.xva",
      "vm.repaired.vars",
    ]);
    expect(verdictsOf(out)).toEqual(["healthy", "healthy", "healthy", "healthy"]);
  });

  it("takes that for granted where nothing is said, and needs a folder for more than one result", () => {
    const dir = fresh();
    const a = putDeep(join(dir, "a/x.vars"), SMALL);
    const b = putDeep(join(dir, "b/x.vars"), SMALL);
    const { status, stderr } = run(["repair", a, b]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("There are 2 files to write: name a folder for them with --out DIR."),
    ]);
    expect(filesBelow(dir)).toEqual(["a/x.vars", "b/x.vars"]);
    expect(run(["repair", a, b, "--out", join(dir, "out")]).status).toBe(0);
    expect(filesBelow(join(dir, "out"))).toEqual(["a/x.repaired.vars", "b/x.repaired.vars"]);
  });

  it("writes a single result beside its input", () => {
    const dir = fresh();
    putDeep(join(dir, "x.vars"), SMALL);
    putDeep(join(dir, "y.vars"), healthyBlob());
    expect(run(["repair", dir]).status).toBe(0);
    expect(filesBelow(dir)).toEqual(["x.repaired.vars", "x.vars", "y.vars"]);
  });

  it("goes on past a path that is missing (3), unless one is refused (4)", () => {
    const dir = fresh();
    const a = putDeep(join(dir, "a.vars"), SMALL);
    const b = putDeep(join(dir, "b.vars"), OVERSIZED);
    const missing = join(dir, "none.vars");
    const first = repairJson(a, missing, "--out", join(dir, "one"));
    expect([first.status, first.summary.files]).toEqual([3, 1]);
    expect(first.failed).toMatchObject([{ path: missing, code: "not-found" }]);
    const second = repairJson(a, missing, b, "--out", join(dir, "two"));
    expect([second.status, second.summary.files, second.summary.refused]).toEqual([4, 1, 1]);
    expect(filesBelow(join(dir, "two"))).toEqual(["a.repaired.vars"]);
  });

  it("ends with 3 where a folder holds no dump", () => {
    const dir = fresh();
    put(dir, "notes.txt", "no dump");
    const { status, stderr } = run(["repair", dir, "--out", join(fresh(), "out")]);
    expect([status, stderr]).toEqual([3, expect.stringContaining("none of them a dump")]);
  });

  it("writes no document in which only a part would be repaired; --emit efivars writes that part", () => {
    const dir = fresh();
    const both = [
      { uuid: UUID_A, name: "a", blob: SMALL },
      { uuid: UUID_B, name: "b", blob: OVERSIZED },
    ];
    put(dir, "two.xva", xvaOf(...both));
    put(dir, "one.vars", SMALL);
    const same = repairJson(dir, "--emit", "same", "--out", join(folder, `same-${count}`));
    expect(same.status).toBe(4);
    expect(filesBelow(join(folder, `same-${count}`))).toEqual(["one.repaired.vars"]);
    const texts = repairJson(dir, "--emit", "efivars", "--out", join(folder, `texts-${count}`));
    expect(texts.status).toBe(4);
    expect(filesBelow(join(folder, `texts-${count}`))).toEqual([`${UUID_A}.efivars.b64`, "one.efivars.b64"]);
    const one = run([
      "repair",
      join(dir, "two.xva"),
      "--emit",
      "efivars",
      "--out",
      join(folder, `one-${count}`),
    ]);
    expect(one.status).toBe(4);
    expect(filesBelow(join(folder, `one-${count}`))).toEqual([`${UUID_A}.efivars.b64`]);
  });

  it("says of a database that it takes nothing back", () => {
    const dir = fresh();
    put(
      dir,
      "state.db",
      [
        ...databasePieces({
          VM: [vmRow({ uuid: UUID_A, name_label: "a", NVRAM: { "EFI-variables": base64(SMALL) } })],
        }),
      ].join(""),
    );
    put(dir, "one.vars", SMALL);
    const { status, repairs } = repairJson(dir, "--emit", "same", "--out", join(folder, `db-${count}`));
    expect(status).toBe(4);
    expect(repairs.map(({ refused }) => refused?.reason ?? null)).toEqual([
      null,
      expect.stringContaining("--emit efivars"),
    ]);
  });

  it("repairs only the VM that is named, and knows when there is none", () => {
    const dir = fresh();
    put(dir, "a.xva", xvaOf({ uuid: UUID_A, name: "a", blob: SMALL }));
    put(dir, "b.xva", xvaOf({ uuid: UUID_B, name: "b", blob: SMALL }));
    const out = join(folder, `vm-${count}`);
    expect(run(["repair", dir, "--emit", "efivars", "--out", out, "--vm", UUID_B]).status).toBe(0);
    expect(filesBelow(out)).toEqual([`${UUID_B}.efivars.b64`]);
    expect(
      run(["repair", dir, "--emit", "efivars", "--out", out, "--vm", poolUuid("healthy", 1)]).status,
    ).toBe(2);
  });

  it("keeps the backups of one VM apart, and repairs nothing that a cache repeats", () => {
    const dir = fresh();
    const times = [new Date("2026-07-01T00:00:00Z"), new Date("2026-07-02T00:00:00Z")];
    const backups = times.map((time) => ({ uuid: UUID_A, name_label: "erp", time, blob: SMALL }));
    for (const backup of backups) {
      putDeep(join(dir, backupPath(backup)), metadataText(fullMetadata(backup)));
      putDeep(join(dir, backupPath(backup).replace(/json$/, "xva")), backupXva(backup));
    }
    putDeep(join(dir, dirname(backupPath(backups[0]!)), "cache.json.gz"), cacheFile(backups, fullMetadata));
    const out = join(folder, `xo-${count}`);
    const { status, repairs } = repairJson(dir, "--emit", "efivars", "--out", out);
    expect(status).toBe(0);
    expect(repairs.filter(({ path }) => path.endsWith("cache.json.gz"))).toEqual([]);
    const written = filesBelow(out);
    expect(
      new Set(repairs.flatMap(({ output }) => (output === null ? [] : [relative(out, output)]))),
    ).toEqual(new Set(written));
    for (const time of ["20260701T000000Z", "20260702T000000Z"])
      expect(written.some((name) => name.includes(time))).toBe(true);
    expect(verdictsOf(out).every((verdict) => verdict === "healthy")).toBe(true);
  });

  it("ends with one refusal where no strategy can", () => {
    const dir = fresh();
    put(dir, "a.vars", VERSION_3);
    put(dir, "b.vars", SMALL);
    const { status, repairs } = repairJson(dir, "--out", join(folder, `v3-${count}`));
    expect([status, repairs[0]?.refused?.strategy]).toEqual([4, null]);
  });

  it("prints only files and refusals with --quiet", () => {
    const dir = fresh();
    put(dir, "a.vars", OVERSIZED);
    put(dir, "b.vars", SMALL);
    const out = join(folder, `quiet-${count}`);
    expect(run(["repair", dir, "--out", out, "-q"]).stdout).toBe(
      `refused: a.vars: GuestLog has 60000 bytes of data; the daemon takes at most 57344.\n${join(out, "b.repaired.vars")}\n`,
    );
  });
});

describe("places of a repair of many", () => {
  it("are looked at before the first file is written", () => {
    const dir = fresh();
    putDeep(join(dir, "in/a.vars"), SMALL);
    putDeep(join(dir, "in/b.vars"), SMALL);
    putDeep(join(dir, "out/b.repaired.vars"), "mine");
    const { status, stderr } = run(["repair", join(dir, "in"), "--out", join(dir, "out")]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("b.repaired.vars exists")]);
    expect(filesBelow(join(dir, "out"))).toEqual(["b.repaired.vars"]);
    expect(run(["repair", join(dir, "in"), "--out", join(dir, "out"), "--force"]).status).toBe(0);
    expect(verdictsOf(join(dir, "out"))).toEqual(["healthy", "healthy"]);
  });

  it("never lead out of the folder through a link that lies in it", () => {
    const dir = fresh();
    for (const name of ["a", "b"]) putDeep(join(dir, "in", name, "x.vars"), SMALL);
    mkdirSync(join(dir, "elsewhere"));
    mkdirSync(join(dir, "out"));
    symlinkSync("../elsewhere", join(dir, "out/b"));
    const { status, stderr } = run(["repair", join(dir, "in"), "--out", join(dir, "out"), "--force"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("is a link")]);
    expect(filesBelow(dir)).toEqual(["in/a/x.vars", "in/b/x.vars"]);
  });

  it("may be reached by a folder that is a link itself", () => {
    const dir = fresh();
    putDeep(join(dir, "in/x.vars"), SMALL);
    mkdirSync(join(dir, "real"));
    symlinkSync("real", join(dir, "out"));
    expect(run(["repair", join(dir, "in"), "--out", join(dir, "out")]).status).toBe(0);
    expect(filesBelow(join(dir, "real"))).toEqual(["x.repaired.vars"]);
  });

  it("are never inputs, not even with --force", () => {
    const dir = fresh();
    const input = putDeep(join(dir, "in/x.repaired.vars"), SMALL);
    putDeep(join(dir, "in/x.vars"), SMALL);
    const before = readFileSync(input);
    const { status, stderr } = run(["repair", join(dir, "in"), "--out", join(dir, "in"), "--force"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("which is read")]);
    expect(readFileSync(input)).toEqual(before);
  });

  it("that fail on the way leave what was written, which is named", () => {
    const dir = fresh();
    putDeep(join(dir, "in/a.vars"), SMALL);
    putDeep(join(dir, "in/b.vars"), incidentBlob());
    putDeep(join(dir, "in/c.vars"), SMALL);
    // A shell's own limit stands for a full disk: 16 KiB a file.
    const line = `ulimit -f 16; $0 repair in --out out --format json`;
    const { status, stdout, stderr } = runInShell(line, { cwd: dir });
    expect(filesBelow(join(dir, "out"))).toEqual(["a.repaired.vars"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("1 file of 3 was written before")]);
    const { repairs } = JSON.parse(stdout) as Repairs;
    expect(repairs.map(({ output }) => output)).toEqual([join("out", "a.repaired.vars"), null, null]);
  });
});

describe("repair of archives and their members", () => {
  const dir = fresh();
  const inner = makeXva([
    { name: "etc/../../vm.vars", bytes: SMALL },
    { name: "dumps/vm.vars", bytes: SMALL },
    {
      name: "dumps/record.json",
      bytes: Buffer.from(
        JSON.stringify({ uuid: UUID_B, name_label: "b", NVRAM: { "EFI-variables": base64(SMALL) } }),
      ),
    },
    { name: "dumps/a.xva", bytes: xvaOf({ uuid: UUID_A, name: "a", blob: SMALL }) },
  ]);
  const archive = put(dir, "dumps.tar.gz", gzipSync(inner));
  const outer = put(dir, "outer.tar", makeXva([{ name: "deep/dumps.tar.gz", bytes: gzipSync(inner) }]));

  it("reads an archive as it is", () => {
    const out = join(dir, "all");
    const { status, repairs } = repairJson(archive, "--emit", "efivars", "--out", out);
    expect([status, repairs.length]).toEqual([0, 4]);
    expect(filesBelow(out).sort()).toEqual([
      `${UUID_A}.efivars.b64`,
      `${UUID_B}.efivars.b64`,
      "dumps.tar.gz/dumps/vm.efivars.b64",
      "dumps.tar.gz/etc/__/__/vm.efivars.b64",
    ]);
    expect(verdictsOf(out)).toEqual(["healthy", "healthy", "healthy", "healthy"]);
  });

  it("takes one member, or all of an archive inside another", () => {
    const one = join(dir, "one");
    expect(run(["repair", `${archive}!dumps/record.json`, "--emit", "same", "--out", one]).status).toBe(0);
    expect(filesBelow(one)).toEqual(["record.repaired.json"]);
    const nested = join(dir, "nested");
    const { status, repairs } = repairJson(
      `${outer}!deep/dumps.tar.gz`,
      "--emit",
      "efivars",
      "--out",
      nested,
    );
    expect([status, repairs.length]).toEqual([0, 4]);
    const member = `${outer}!deep/dumps.tar.gz!dumps/vm.vars`;
    expect(repairJson(member, "--out", join(dir, "member")).repairs.map(({ path }) => path)).toEqual([
      member,
    ]);
  });

  it("writes no export that lies in an archive, but its NVRAMs", () => {
    const { status, repairs } = repairJson(`${archive}!dumps/a.xva`, "--out", join(dir, "xva"));
    expect([status, repairs[0]?.refused?.reason]).toEqual([4, expect.stringContaining("--emit efivars")]);
  });

  it("says which member there is none of, and needs a folder for what has no place beside it", () => {
    const { status, stderr } = run(["repair", `${archive}!nope`, "--out", join(dir, "none")]);
    expect([status, stderr]).toEqual([3, expect.stringContaining('expected a dump named "nope"')]);
    const beside = run(["repair", `${archive}!dumps/vm.vars`]);
    expect([beside.status, beside.stderr]).toEqual([2, expect.stringContaining("--out DIR")]);
  });
});
