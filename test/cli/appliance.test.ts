/** Appliances of XenCenter: read, and repaired in their own form. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { equalBytes } from "../../parsers/bytes.ts";
import { readTarMembers } from "../../parsers/packing/tar-members.ts";
import type { RepairEntry } from "../../report/repair-entry.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, MICROSOFT_OWNER, noise, sha256List } from "../builders/blob.ts";
import { makeTestKeys } from "../builders/daemon.ts";
import {
  base64Text,
  makeForeignOvf,
  makeOva,
  makeOvf,
  makeTar,
  type OvaForm,
  ovaMembers,
} from "../builders/ovf.ts";
import { signedUpdate } from "../builders/signing.ts";
import { makeUstar } from "../builders/tar.ts";
import { hasSharedData, sharedBytes } from "../shared-data.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
let count = 0;

function fresh(): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  return path;
}

const AFFECTED = incidentBlob(40, 30);
const OVF = makeOvf([{ name: "Büro <A>", nvram: AFFECTED }]);
const DISKS = [
  ["a.vhd", noise(100_000, 1)],
  ["b.vhd", noise(512, 2)],
] as const;

/** A file with an update of dbx. */
function update(out: string): string {
  const bytes = signedUpdate("dbx", sha256List(MICROSOFT_OWNER, 3), makeTestKeys().kek, { append: true });
  return put(out, "update.bin", bytes);
}

function reportOf(path: string): Report["inputs"] {
  return (JSON.parse(run([path, "--format", "json"]).stdout) as Report).inputs;
}

function repairsOf(args: readonly string[]): {
  repairs: RepairEntry[];
  status: number | null;
  stderr: string;
} {
  const { stdout, status, stderr } = run(["repair", ...args, "--format", "json"]);
  return { repairs: (JSON.parse(stdout) as { repairs: RepairEntry[] }).repairs, status, stderr };
}

describe("the description of an appliance", () => {
  it.each([
    ["that says UTF-16 and is UTF-8", OVF],
    ["that says UTF-8 and is", makeOvf([{ name: "Büro <A>", nvram: AFFECTED }], { declared: "utf-8" })],
    ["with a mark", new Uint8Array(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), OVF]))],
    ["that is UTF-16", new Uint8Array(Buffer.from(`\ufeff${Buffer.from(OVF).toString()}`, "utf16le"))],
    ["without prefixes", makeOvf([{ name: "Büro <A>", nvram: AFFECTED }], { prefix: "" })],
  ])("%s is read, and repaired in the place of the base64 alone", (_, bytes) => {
    const out = fresh();
    const path = put(out, "vm.ovf", bytes);
    const [input] = reportOf(path);
    expect(input).toMatchObject({ format: "ovf", error: null });
    expect(input?.vms).toMatchObject([
      { uuid: null, nameLabel: "Büro <A>", firmware: "uefi", secureBoot: true, verdict: "at-risk" },
    ]);
    const { repairs, status } = repairsOf([path]);
    expect(status).toBe(0);
    expect(repairs).toMatchObject([{ output: join(out, "vm.repaired.ovf"), verdictAfterwards: "healthy" }]);
    const decoded = (file: Uint8Array): string =>
      file[0] === 0xff ? Buffer.from(file).toString("utf16le") : Buffer.from(file).toString();
    const after = readFileSync(join(out, "vm.repaired.ovf"));
    const [start, end] = decoded(bytes).split(base64Text(AFFECTED));
    expect(decoded(after).startsWith(start ?? "?")).toBe(true);
    expect(decoded(after).endsWith(end ?? "?")).toBe(true);
    expect(run(["repair", join(out, "vm.repaired.ovf")]).stdout).toContain("NOTHING TO REPAIR");
  });

  it("holds several VMs, each with its own settings; clones are repaired together", () => {
    const out = fresh();
    const vms = [
      { name: "one", nvram: AFFECTED },
      { name: "two", nvram: healthyBlob(), secureBoot: "false", otherKeys: ";EFI-variables-on-boot=reset" },
      { name: "three", nvram: AFFECTED },
      { name: "four", nvram: null, firmware: "bios" as const },
    ];
    const path = put(out, "app.ovf", makeOvf(vms));
    const [input] = reportOf(path);
    expect(
      input?.vms.map(({ nameLabel, firmware, secureBoot }) => [nameLabel, firmware, secureBoot]),
    ).toEqual([
      ["one", "uefi", true],
      ["two", "uefi", false],
      ["three", "uefi", true],
      ["four", "bios", false],
    ]);
    expect(input?.vms.map(({ nvram }) => nvram === null)).toEqual([false, false, false, true]);
    expect(input?.vms[1]?.findings.map(({ ruleId }) => ruleId)).toContain("nvram-reset-on-boot");
    expect(repairsOf([path]).repairs.map(({ output }) => output !== null)).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(reportOf(join(out, "app.repaired.ovf"))[0]?.vms.map(({ verdict }) => verdict)).toEqual([
      "healthy",
      "at-risk",
      "healthy",
      "no-nvram",
    ]);
  });

  it("has steps for each VM, which the next one tells by its name", () => {
    const out = fresh();
    const vms = [
      { name: "first", nvram: AFFECTED },
      { name: "second", nvram: incidentBlob(41, 30) },
    ];
    const { repairs } = repairsOf([put(out, "two.ovf", makeOvf(vms))]);
    const commands = repairs.map(({ runbook }) => runbook.flatMap((step) => step.commands).join("\n"));
    expect(commands[0]).toContain("name-label=first ");
    expect(commands[1]).toContain("name-label=second ");
    expect(commands[0]).not.toContain("second");
    expect(repairs[0]?.runbook.map(({ title }) => title).join("\n")).toContain(
      "Import two.repaired.ovf with XenCenter",
    );
  });

  it("is refused, and nothing written, where the place of the text cannot be told", () => {
    const out = fresh();
    const text = Buffer.from(OVF).toString();
    const value = base64Text(AFFECTED);
    const path = put(out, "vm.ovf", text.replace(value, value.replace("V", "&#86;")));
    const { repairs, status } = repairsOf([path]);
    expect(status).toBe(4);
    expect(repairs[0]?.refused?.reason).toMatch(/place that can be told.*--emit efivars --out DIR/s);
    expect(readdirSync(out)).toEqual(["vm.ovf"]);
    const twice = put(
      out,
      "twice.ovf",
      text.replace("<ovf:References", `<!--EFI-variables=${value};--><ovf:References`),
    );
    expect(repairsOf([twice]).status).toBe(4);
  });

  it("lies in a folder with its manifest and its disks", () => {
    const out = fresh();
    for (const { name, bytes } of ovaMembers(OVF, { disks: DISKS })) put(out, name, bytes);
    const { stdout, status } = run(["analyze", out, "--format", "json"]);
    expect(status).toBe(1);
    const { inputs } = JSON.parse(stdout) as Report;
    const read = inputs.filter(({ format }) => format !== null);
    expect(read.map(({ format, vms }) => [format, vms.length])).toEqual([["ovf", 1]]);
  });
});

/** Whether another program is there. */
function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"]).status === 0;
}

const READERS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["tar", ["-tf"]],
  ["bsdtar", ["-tf"]],
  ["python3", ["-c", "import sys,tarfile\nfor m in tarfile.open(sys.argv[1]): print(m.name)"]],
];

function membersOf(path: string): Map<string, Uint8Array> {
  return new Map(Array.from(readTarMembers(readFileSync(path)), ({ name, bytes }) => [name, bytes]));
}

/** All but the description, its manifest and signature are the same; the manifest tells what is there. */
function expectRepaired(before: readonly { name: string; bytes: Uint8Array }[], path: string): void {
  const after = membersOf(path);
  const names = before.map(({ name }) => name).filter((name) => !name.endsWith(".cert"));
  expect([...after.keys()]).toEqual(names);
  for (const { name, bytes } of before) {
    if (!/\.(?:ovf|mf|cert)$/.test(name))
      expect(equalBytes(after.get(name) ?? new Uint8Array(0), bytes)).toBe(true);
  }
  for (const [name, bytes] of after) {
    if (!name.endsWith(".mf")) continue;
    const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
    expect(lines.length).toBe(before.filter(({ name }) => /\.(?:ovf|vhd)$/.test(name)).length);
    for (const line of lines) {
      const [, algorithm = "", file = "", digest] = /^(SHA\d+)\((.*)\)= ([0-9a-f]+)$/.exec(line) ?? [];
      const held = after.get(file) ?? new Uint8Array(0);
      expect(createHash(algorithm.toLowerCase()).update(held).digest("hex")).toBe(digest);
    }
  }
}

const FORMS: readonly (readonly [what: string, form: OvaForm])[] = [
  ["with SHA-256", {}],
  ["with SHA-1", { algorithm: "SHA1" }],
  ["with SHA-512", { algorithm: "SHA512" }],
  ["without a manifest", { algorithm: null }],
  ["signed", { isSigned: true }],
  ["with a space in its name", { name: "my app", isSigned: true }],
];

describe("an appliance in one file", () => {
  it.each(FORMS)("%s is repaired as such", (_, form) => {
    const out = fresh();
    const path = put(out, "vm.ova", makeOva(OVF, { disks: DISKS, ...form }));
    expect(reportOf(path)).toMatchObject([{ format: "ova", error: null, vms: [{ verdict: "at-risk" }] }]);
    const { repairs, status, stderr } = repairsOf([path]);
    expect(status).toBe(0);
    const target = join(out, "vm.repaired.ova");
    expect(repairs).toMatchObject([{ output: target, verdictAfterwards: "healthy" }]);
    expectRepaired(ovaMembers(OVF, { disks: DISKS, ...form }), target);
    expect(stderr.includes(`${form.name ?? "app"}.cert" is left out`)).toBe(form.isSigned === true);
    expect(reportOf(target)[0]?.vms[0]?.verdict).toBe("healthy");
  });

  it.for(READERS)("lists in %s", ([program, args], context) => {
    if (!hasProgram(program)) return context.skip(`${program} is not here`);
    const out = fresh();
    const path = put(out, "vm.ova", makeOva(OVF, { disks: DISKS, isSigned: true }));
    expect(run(["repair", path]).status).toBe(0);
    const { status, stdout, stderr } = spawnSync(program, [...args, join(out, "vm.repaired.ova")], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual(["app.ovf", "app.mf", "a.vhd", "b.vhd"]);
  });

  it.for([
    ["sha256sum", "SHA256"],
    ["sha1sum", "SHA1"],
  ] as const)("has a manifest that %s takes", ([program, algorithm], context) => {
    if (!hasProgram(program) || !hasProgram("tar")) return context.skip(`${program} is not here`);
    const out = fresh();
    const path = put(out, "vm.ova", makeOva(OVF, { disks: DISKS, algorithm }));
    expect(run(["repair", path]).status).toBe(0);
    expect(spawnSync("tar", ["-xf", "vm.repaired.ova"], { cwd: out }).status).toBe(0);
    const { status, stdout } = spawnSync(program, ["-c", "app.mf"], { cwd: out, encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "app.ovf: OK\na.vhd: OK\nb.vhd: OK\n" });
  });

  it("is repaired among others, and not inside an archive", () => {
    const out = fresh();
    const dumps = join(out, "dumps");
    mkdirSync(dumps);
    const form = { disks: DISKS, isSigned: true };
    put(dumps, "a.ova", makeOva(OVF, form));
    put(dumps, "b.ova.gz", gzipSync(makeOva(OVF, form)));
    put(dumps, "c.ovf", OVF);
    const fixed = join(out, "fixed");
    const { status, stderr } = run(["repair", dumps, "--out", fixed]);
    expect(status).toBe(0);
    expect(stderr.match(/app\.cert" is left out/g)).toHaveLength(2);
    expect(readdirSync(fixed).sort()).toEqual(["a.repaired.ova", "b.repaired.ova", "c.repaired.ovf"]);
    for (const name of ["a.repaired.ova", "b.repaired.ova"])
      expectRepaired(ovaMembers(OVF, form), join(fixed, name));
    const inside = put(out, "all.tar", makeTar([{ name: "a.ova", bytes: makeOva(OVF, form) }]));
    expect(run(["repair", inside, "--out", join(out, "none")]).status).toBe(4);
  });

  it("is read compressed, and comes back plain, or compressed where that is asked for", () => {
    const out = fresh();
    const form = { disks: DISKS, isSigned: true };
    const path = put(out, "vm.ova.gz", gzipSync(makeOva(OVF, form)));
    expect(repairsOf([path]).repairs[0]?.output).toBe(join(out, "vm.repaired.ova"));
    expectRepaired(ovaMembers(OVF, form), join(out, "vm.repaired.ova"));
    expect(repairsOf([path, "--compress", "gzip"]).repairs[0]?.output).toBe(join(out, "vm.repaired.ova.gz"));
    expect(reportOf(join(out, "vm.repaired.ova.gz"))[0]?.vms[0]?.verdict).toBe("healthy");
  });

  it("is written back through a header of PAX that tells name and size", async () => {
    const out = fresh();
    const members = ovaMembers(OVF, { disks: DISKS, isSigned: true });
    const path = put(out, "vm.ova", await makeUstar(members, { comment: "a" }));
    expect(run(["repair", path]).status).toBe(0);
    expectRepaired(members, join(out, "vm.repaired.ova"));
  });

  it("tells of a manifest that did not fit before", () => {
    const out = fresh();
    const path = put(out, "vm.ova", makeOva(OVF, { disks: DISKS, digest: "00".repeat(32) }));
    const { stderr, status } = repairsOf([path]);
    expect(status).toBe(0);
    expect(stderr).toContain("The manifest did not fit the description before it was repaired");
    expect(run(["verify", join(out, "vm.repaired.ova")]).status).toBe(0);
  });

  it.each([
    ["cut in the description", (whole: Uint8Array) => whole.subarray(0, 2048), 3],
    ["cut in a disk", (whole: Uint8Array) => whole.subarray(0, whole.length - 1024 - 512 - 512 - 100), 3],
  ] as const)("%s is not written", (_, damage, expected) => {
    const out = fresh();
    const path = put(out, "vm.ova", damage(makeOva(OVF, { disks: DISKS })));
    const { status, stderr } = run(["repair", path]);
    expect(status).toBe(expected);
    expect(stderr).toMatch(/cut/);
    expect(readdirSync(out)).toEqual(["vm.ova"]);
  });

  it("of another maker carries no NVRAM of varstored, and says which firmware it asks for", () => {
    const out = fresh();
    const path = put(out, "vm.ova", makeOva(makeForeignOvf(), { disks: [["vm-disk1.vmdk", noise(600, 3)]] }));
    for (const command of [["analyze"], ["inspect"], ["repair"], ["forecast", "--update", update(out)]]) {
      const { status, stderr } = run([command[0] ?? "", path, ...command.slice(1)]);
      expect(status).toBe(3);
      expect(stderr).toMatch(/firmware=efi.*carries no NVRAM of varstored/s);
    }
  });

  it("is what inspect, extract, forecast and diff take", () => {
    const out = fresh();
    const path = put(out, "vm.ova", makeOva(OVF, { disks: DISKS }));
    expect(run(["inspect", path]).stdout).toContain("Büro <A>");
    expect(run(["forecast", path, "--update", update(out), "--format", "json"]).stdout).toContain("Büro <A>");
    expect(run(["extract", path, "--out", join(out, "texts")]).status).toBe(0);
    expect(equalBytes(readFileSync(join(out, "texts", "vm.vars")), AFFECTED)).toBe(true);
    expect(run(["diff", path, put(out, "vm.ovf", OVF)]).status).toBe(0);
    expect(
      run(["diff", path, put(out, "good.ovf", makeOvf([{ name: "Büro <A>", nvram: healthyBlob() }]))]).status,
    ).toBe(1);
  });
});

describe("verify of an appliance", () => {
  const whole = makeOva(OVF, { disks: DISKS, isSigned: true });

  it("compares every file with the manifest", () => {
    const path = put(fresh(), "vm.ova", whole);
    const { status, stdout, stderr } = run(["verify", path]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("COMPLETE AND UNDAMAGED");
    expect(stdout).toContain("a.vhd: 97.7 KiB, the right digest (SHA256)");
    const entry = JSON.parse(run(["verify", path, "--format", "json"]).stdout).verifications[0];
    expect(entry).toMatchObject({
      complete: true,
      bytes: whole.length,
      members: 5,
      files: [
        { name: "app.ovf", algorithm: "SHA256", matches: true },
        { name: "a.vhd", bytes: 100_000, matches: true },
        { name: "b.vhd", bytes: 512, matches: true },
      ],
    });
    expect(run(["verify", put(fresh(), "vm.ova.gz", gzipSync(whole))]).status).toBe(0);
  });

  it.each([
    ["a byte of a disk", (b: Uint8Array) => flipped(b, b.length - 5000), "digest-mismatch"],
    ["its end", (b: Uint8Array) => b.subarray(0, b.length - 1024), "end-missing"],
    ["the rest of a disk", (b: Uint8Array) => b.subarray(0, b.length - 3000), "truncated"],
    ["a header", (b: Uint8Array) => flipped(b, b.length - 1024 - 1024), "bad-header"],
    ["what stands behind it", (b: Uint8Array) => Buffer.concat([b, noise(512, 9)]), "trailing-data"],
  ])("finds what is wrong with %s", (_, damage, code) => {
    const { status, stdout } = run(["verify", put(fresh(), "vm.ova", damage(whole)), "--format", "json"]);
    expect(status).toBe(1);
    const { problems } = JSON.parse(stdout).verifications[0];
    expect(problems.map((problem: { code: string }) => problem.code)).toContain(code);
  });

  it("finds a file that the manifest names and nobody holds", () => {
    const members = ovaMembers(OVF, { disks: DISKS }).filter(({ name }) => name !== "b.vhd");
    const { status, stdout } = run(["verify", put(fresh(), "vm.ova", makeTar(members)), "--format", "json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout).verifications[0].problems).toMatchObject([
      { code: "file-missing", member: "b.vhd" },
    ]);
  });

  it("takes one without a manifest, and one that names no disk", () => {
    const { status, stdout } = run([
      "verify",
      put(fresh(), "vm.ova", makeOva(OVF, { disks: DISKS, algorithm: null })),
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain("no digest to compare with");
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 0x40;
  return copy;
}

describe.runIf(hasSharedData)("appliances that other software wrote", () => {
  it.each([
    ["cases/foreign/xencenter-one.ovf", "ovf", ["win11"]],
    ["cases/foreign/xencenter-many.ovf", "ovf", ["win11", "win10", "bios"]],
    ["cases/foreign/xencenter.ova.gz", "ova", ["win11"]],
  ] as const)("%s is read", (name, format, names) => {
    const [input] = reportOf(put(fresh(), name.replaceAll("/", "-"), sharedBytes(`../../${name}`)));
    expect(input?.format).toBe(format);
    expect(input?.vms.map(({ nameLabel }) => nameLabel)).toEqual(names);
    expect(input?.vms[0]?.verdict).toBe("unbootable");
  });
});
