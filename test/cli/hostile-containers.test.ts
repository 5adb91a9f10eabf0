/** What is made to break its reader: each ends with a clear error, in bounded time and with a small heap. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { healthyBlob, makeBlob, makeVariable, noise } from "../builders/blob.ts";
import { bzip2, nestedZips } from "../builders/bug-report.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { base256Size, makeXva, tarHeader } from "../builders/tar.ts";
import { makeZip } from "../builders/zip.ts";
import { rawBlock, runBlock, zstdFrame } from "../builders/zstd.ts";
import { PROGRAM, put, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const BLOB = healthyBlob();
/** Megabytes of a heap, and seconds: a few times of what the slowest of these needs on a slow machine. */
const HEAP = 192;
const SECONDS = 60;

interface Element {
  readonly path: string;
  readonly format: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly archive?: Readonly<Record<string, number>>;
  readonly vms: readonly { readonly verdict: string }[];
}

function analyze(
  name: string,
  content: Uint8Array,
): { readonly status: number | null; readonly inputs: readonly Element[] } {
  return analyzePath(put(folder, name, content));
}

function analyzePath(path: string) {
  const args = [
    `--max-old-space-size=${HEAP}`,
    PROGRAM,
    "analyze",
    path,
    "--format",
    "json",
    "--jobs",
    "1",
    "--no-progress",
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: SECONDS * 1000,
    maxBuffer: 1 << 28,
  });
  expect(stderr).not.toMatch(/\n\s+at /);
  expect([0, 1, 3], stderr).toContain(status);
  return { status, inputs: JSON.parse(stdout).inputs as Element[] };
}

function codeOf(name: string, content: Uint8Array): string | undefined {
  return analyze(name, content).inputs[0]?.error?.code;
}

function table(path: string): string {
  return spawnSync(process.execPath, [PROGRAM, path, "--no-progress"], { encoding: "utf8" }).stdout;
}

describe("a hostile blob", () => {
  it("may count more variables than are read, and have findings on each", () => {
    const broken = makeVariable("", new Uint8Array());
    const { inputs } = analyze("variables.vars", makeBlob(new Array(60_000).fill(broken)));
    expect(inputs[0]?.vms).toMatchObject([{ verdict: "unbootable" }]);
  });
});

describe("a hostile export", () => {
  it("may have any number of VMs under one UUID", () => {
    const member = (name: string, value: string) => `<member><name>${name}</name>${value}</member>`;
    const struct = (...members: readonly string[]) => `<value><struct>${members.join("")}</struct></value>`;
    const snapshot = member("snapshot", struct(member("uuid", `<value>${UUID_A}</value>`)));
    const vm = struct(member("class", "<value>VM</value>"), member("id", "<value>Ref:1</value>"), snapshot);
    const objects = `<value><array><data>${vm.repeat(PARSER_LIMITS.maxHeldVmRecords)}</data></array></value>`;
    const { inputs } = analyze("uuid.xml", Buffer.from(struct(member("objects", objects))));
    expect(inputs[0]?.vms).toHaveLength(PARSER_LIMITS.maxHeldVmRecords);
  });
});

describe("a hostile archive", () => {
  it("may have names that lead anywhere: nothing is written under them", () => {
    const names = [
      "../../../../tmp/slip.vars",
      "/etc/cron.d/absolute.vars",
      "C:\\windows\\drive.vars",
      "a/../b.vars",
    ];
    const members = names.map((name) => ({ name, bytes: BLOB }));
    for (const archive of [makeZip(members), makeXva(members)]) {
      const { status, inputs } = analyze("names", archive);
      expect(status).toBe(0);
      expect(inputs.slice(1).map(({ path }) => path)).toEqual(
        names.map((name) => `${join(folder, "names")}!${name}`),
      );
    }
  });

  it("may have names with line breaks and escape codes, which no terminal gets to see", () => {
    const name = "a\n\x1b[31mred\x1b]0;title\x07\u202e.vars";
    const path = put(folder, "escapes.zip", makeZip([{ name, bytes: BLOB.subarray(0, 2000) }]));
    const shown = table(path);
    expect(shown).toContain("\\x1b[31m");
    expect(shown).not.toContain("\x1b[31mred");
    expect(shown).not.toContain("\x07");
    expect(shown).not.toContain("\u202e");
  });

  it("may have a member of 2^60 bytes", () => {
    const header = tarHeader("huge.vars", base256Size(2n ** 60n));
    const { inputs } = analyze(
      "huge.tar",
      Buffer.concat([makeXva([{ name: "a.vars", bytes: BLOB }]).subarray(0, -1024), header, BLOB]),
    );
    expect(inputs[0]).toMatchObject({ format: "archive", error: { code: "truncated" } });
    expect(inputs[1]).toMatchObject({ format: "vars", error: null });
  });

  it("may hold archives ten deep", () => {
    const { status, inputs } = analyze("deep.zip", nestedZips(10));
    expect(status).toBe(3);
    expect(inputs.map(({ error }) => error?.code ?? null)).toEqual([
      null,
      null,
      null,
      null,
      null,
      "over-limit",
    ]);
    expect(analyze("flat.zip", nestedZips(5)).inputs.at(-1)).toMatchObject({ format: "vars", error: null });
  });

  it("may be a bomb of any kind", () => {
    const zeros = makeXva([{ name: "zeros", bytes: new Uint8Array(60_000_000) }]);
    expect(codeOf("bomb.tar.gz", gzipSync(zeros))).toBe("over-limit");
    const runs = Array.from({ length: 1000 }, () => runBlock(0, 131_072));
    const header = rawBlock(tarHeader("zeros", 131_072_000));
    expect(codeOf("bomb.tar.zst", zstdFrame([header, ...runs]))).toBe("over-limit");
    const packed = bzip2(zeros);
    if (packed !== null) expect(codeOf("bomb.tar.bz2", packed)).toBe("over-limit");
    const spaces = Buffer.alloc(60_000_000, " ");
    const inside = analyze(
      "bomb.zip",
      makeZip([{ name: "x.json", bytes: Buffer.concat([Buffer.from('{"NVRAM":{},'), spaces]) }]),
    );
    expect(inside.inputs[1]?.error?.message).toContain("bomb");
  });

  it("may be a bomb whose members share their data", () => {
    const kernel = Buffer.concat([BLOB, new Uint8Array(100_000)]);
    const sharing = Array.from({ length: 2000 }, (_, i) => ({ name: `${i}`, bytes: kernel, sameDataAs: 0 }));
    const { inputs } = analyze("overlap.zip", makeZip([{ name: "first", bytes: kernel }, ...sharing]));
    expect(inputs).toHaveLength(1);
    expect(inputs[0]?.error).toMatchObject({ code: "over-limit" });
  });

  it("may have members that nobody can or should read: they are counted", () => {
    const zip = makeZip([
      { name: "a.vars", bytes: BLOB },
      { name: "a.vars", bytes: noise(100, 1) },
      { name: "locked.vars", bytes: BLOB, isEncrypted: true },
      { name: "link.vars", bytes: Buffer.from("/etc/passwd"), mode: 0o120777 },
      { name: "strange.vars", bytes: BLOB, method: 97 },
      { name: "damaged.vars", bytes: BLOB, crc: 1 },
      { name: "note.txt", bytes: Buffer.from("hello") },
    ]);
    const { inputs } = analyze("mixed.zip", zip);
    expect(inputs[0]?.archive).toEqual({
      members: 7,
      dumps: 2,
      unclaimed: 1,
      links: 1,
      special: 0,
      encrypted: 1,
      duplicates: 1,
      unreadable: 1,
    });
    expect(inputs.slice(1).map(({ error }) => error?.code ?? null)).toEqual([null, "corrupt-compression"]);
  });

  it("may have links, devices and folders in a tar", () => {
    const special = (name: string, type: string) => {
      const header = tarHeader(name, 0);
      header[156] = type.charCodeAt(0);
      const sum = header.fill(0x20, 148, 156).reduce((total, byte) => total + byte, 0);
      header.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
      return header;
    };
    const archive = Buffer.concat([
      special("link", "2"),
      special("hard", "1"),
      special("device", "3"),
      special("pipe", "6"),
      special("folder/", "5"),
      makeXva([{ name: "a.vars", bytes: BLOB }]),
    ]);
    expect(analyze("special.tar", archive).inputs[0]?.archive).toMatchObject({
      members: 5,
      links: 2,
      special: 2,
      dumps: 1,
    });
  });

  it("may be cut, or damaged behind its first members: those are told", () => {
    const archive = makeXva([
      { name: "a.vars", bytes: BLOB },
      { name: "b.vars", bytes: BLOB },
    ]);
    const cut = analyze("cut.tar", archive.subarray(0, 512 + Math.ceil(BLOB.length / 512) * 512 + 512 + 100));
    expect(cut.inputs.map(({ error }) => error?.code ?? null)).toEqual(["truncated", null, "truncated"]);
    const damaged = archive.slice();
    damaged.fill(0xff, 512 + Math.ceil(BLOB.length / 512) * 512, 2048 + Math.ceil(BLOB.length / 512) * 512);
    expect(analyze("damaged.tar", damaged).inputs.map(({ error }) => error?.code ?? null)).toEqual([
      "bad-structure",
      null,
    ]);
  });
});

function tenMillionElements(): string {
  const vm = vmObject("Ref:1", { uuid: UUID_A, name_label: "HERE", NVRAM: {} });
  const many = `<array><data>${"<value/>".repeat(10_000_000)}</data></array>`;
  return Buffer.from(makeOvaXml([vm]))
    .toString()
    .replace("HERE", many);
}

describe("a hostile document", () => {
  it.each([
    ["ten million elements", "a.xml", tenMillionElements, /^over-limit$/],
    [
      "a row of a million columns",
      "b.xml",
      () =>
        `<database><manifest/><table name="VM"><row ${Array.from({ length: 1_000_000 }, (_, i) => `c${i}="1"`).join(" ")}/></table></database>`,
      /over-limit/,
    ],
    [
      "ten million rows",
      "c.xml",
      () => `<database><manifest/><table name="VM">${"<row/>".repeat(10_000_000)}</table></database>`,
      /over-limit/,
    ],
    [
      "entities that grow",
      "d.xml",
      () =>
        `<!DOCTYPE value [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><value>&b;</value>`,
      /dtd-refused/,
    ],
    ["JSON a hundred thousand deep", "f.json", () => `{"NVRAM": ${"[".repeat(100_000)}`, /over-limit/],
  ])("may have %s", (_, name, make, code) => {
    expect(codeOf(name, Buffer.from(make())) ?? "").toMatch(code);
  });

  it("may have s-expressions a million deep: they are no NVRAM", () => {
    const row = `_ref="OpaqueRef:1" uuid="00000000-0000-4000-8000-000000000001" NVRAM="${"(".repeat(1_000_000)}"`;
    const text = `<database><manifest/><table name="VM"><row ${row}/></table></database>`;
    expect(analyze("e.xml", Buffer.from(text)).inputs[0]?.vms).toMatchObject([{ verdict: "unreadable" }]);
  });
});

describe("a hostile folder", () => {
  it("may lead into itself, and hold what is no file", () => {
    const root = join(folder, "loop");
    mkdirSync(join(root, "in"), { recursive: true });
    symlinkSync("..", join(root, "in", "up"));
    symlinkSync("/dev/zero", join(root, "zero"));
    spawnSync("mkfifo", [join(root, "pipe")]);
    put(root, "a.zip", makeZip([{ name: "a.vars", bytes: BLOB }]));
    put(root, "other.zip", makeZip([{ name: "note.txt", bytes: Buffer.from("hello") }]));
    const { status, inputs } = analyzePath(root);
    expect(status).toBe(0);
    expect(inputs.map(({ path, error }) => [path.slice(root.length), error?.code ?? null])).toEqual([
      ["/a.zip", null],
      ["/a.zip!a.vars", null],
      ["/other.zip", "unrecognised"],
    ]);
  });
});
