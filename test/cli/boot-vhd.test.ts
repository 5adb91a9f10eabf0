/** VHDs: fixed, dynamic, differencing chains, folders of blocks; each limit at n and one more; and `boot` over backups and appliances. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { diskOfLayers, readVhdFooter, readVhdHeader } from "../../parsers/disk/vhd.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  x509List,
} from "../builders/blob.ts";
import { makeBootDisk, makeProgram, signProgram } from "../builders/boot-disk.ts";
import { makeOvf, makeTar } from "../builders/ovf.ts";
import { makeIdentity } from "../builders/signing.ts";
import { BLOCK_BYTES, makeVhd, vhdFolder, vhdFooter, vhdHeader } from "../builders/vhd.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
const CA = makeIdentity("test CA");
const DISK = makeBootDisk(signProgram(makeProgram(1), CA));
const KEYS = x509List(MICROSOFT_OWNER, CA.certificate);
const BLOB = makeBlob([
  ...bootVariables(),
  makeSignatureVariable("PK", KEYS),
  makeSignatureVariable("db", KEYS),
]);
const VARS = put(folder, "vm.vars", BLOB);

/** An older state of the disk without its loader, and what changed since: every other sector of one block. */
const OLD = DISK.slice().fill(0, BLOCK_BYTES / 2, BLOCK_BYTES);
const PARENT = makeVhd(OLD, { id: 1 });
const CHILD = makeVhd(DISK, { id: 2, parent: { id: 1, name: "base.vhd" }, since: OLD });

function place(path: string, bytes: Uint8Array): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
  return full;
}

function startOf(path: string, ...more: string[]): boolean | null | undefined {
  const { stdout } = run(["boot", path, ...more, "--scenario", "secure-boot-on", "--format", "json"]);
  const answer = JSON.parse(stdout) as {
    inputs: { vms: { scenarios: { starts: boolean | null }[] }[] }[];
  };
  return answer.inputs[0]?.vms[0]?.scenarios[0]?.starts;
}

const UPDATE = put(folder, "one.esl", sha256List(MICROSOFT_OWNER, 1));

/** What `forecast` says of the start before the update, and why where it says none. */
function forecastStarts(path: string, ...more: string[]) {
  const { stdout } = run([
    "forecast",
    path,
    "--update",
    UPDATE,
    "--daemon",
    "fixed",
    ...more,
    "--format",
    "json",
  ]);
  const { forecasts } = JSON.parse(stdout) as {
    forecasts: { start: { why: string | null; before: { starts: boolean } | null } }[];
  };
  return forecasts.map(({ start }) => start.before?.starts ?? start.why);
}

/** What `analyze --boot` says of the first copy. */
function judgedStart(path: string) {
  const { stdout } = run(["analyze", path, "--boot", "--format", "json"]);
  const { inputs } = JSON.parse(stdout) as {
    inputs: {
      vms: {
        boot: { error: { code: string; message: string } | null; scenarios: { starts: boolean | null }[] };
      }[];
    }[];
  };
  const boot = inputs[0]?.vms[0]?.boot;
  return { error: boot?.error?.message ?? null, starts: boot?.scenarios[0]?.starts };
}

describe("a VHD", () => {
  it.each([
    ["fixed", Buffer.concat([DISK, vhdFooter({ kind: 2, size: DISK.length, id: 3 })])],
    ["dynamic", makeVhd(DISK, { id: 4 })],
  ])("%s is read", (name, bytes) => {
    expect(startOf(place(`${name}.vhd`, bytes), "--nvram", VARS)).toBe(true);
  });

  it("that has only what changed is read with its parents beside it", () => {
    place("chain/base.vhd", PARENT);
    expect(startOf(place("chain/new.vhd", CHILD), "--nvram", VARS)).toBe(true);
    const alone = run(["boot", place("alone/new.vhd", CHILD), "--nvram", VARS]);
    expect(alone.stderr).toContain("its parent");
    expect(alone.status).toBe(3);
    place("other/base.vhd", makeVhd(OLD, { id: 9 }));
    expect(run(["boot", place("other/new.vhd", CHILD), "--nvram", VARS]).stderr).toContain("another VHD");
  });

  it("whose parents lead back to it ends", () => {
    const loop = makeVhd(DISK, { id: 5, parent: { id: 5, name: "loop.vhd" }, since: DISK });
    const { status, stderr } = run(["boot", place("loop/loop.vhd", loop), "--nvram", VARS]);
    expect(stderr).toContain(`at most ${PARSER_LIMITS.maxVhdChain} VHDs`);
    expect(status).toBe(3);
  });

  it("that is cut anywhere is an answer or an error, never a crash", () => {
    const bytes = makeVhd(DISK, { id: 4 });
    for (const end of [100, 512, 600, 1536, 2100, 1_000_000]) {
      const { status, stderr } = run(["boot", place("cut.vhd", bytes.subarray(0, end)), "--nvram", VARS]);
      expect([0, 3]).toContain(status);
      expect(stderr).not.toMatch(/\bat .*\.(ts|cjs):\d/);
    }
  });
});

describe("boot of a delta backup of Xen Orchestra", () => {
  const backup = (path: string, vhd: string): string =>
    place(
      path,
      Buffer.from(
        JSON.stringify({
          mode: "delta",
          jobId: "job",
          timestamp: 1_761_214_272_000,
          vhds: { "OpaqueRef:disk": vhd },
          vm: {
            uuid: UUID_A,
            name_label: "backed up",
            is_a_template: false,
            is_a_snapshot: false,
            NVRAM: { "EFI-variables": Buffer.from(BLOB).toString("base64") },
            platform: { secureboot: "true" },
            HVM_boot_params: { firmware: "uefi", order: "cdn" },
          },
        }),
      ),
    );

  it("takes the chain that its metadata names", () => {
    place("remote/vdis/base.vhd", PARENT);
    place("remote/vdis/20251023T101112Z.vhd", CHILD);
    const path = backup("remote/20251023T101112Z.json", "vdis/20251023T101112Z.vhd");
    expect(startOf(path)).toBe(true);
    expect(forecastStarts(path)).toEqual([true]);
    expect(judgedStart(path)).toEqual({ error: null, starts: true });
  });

  it.each([["none"], ["gzip"]])("takes an alias of a folder of blocks (%s)", (filter) => {
    const pack = filter === "gzip" ? gzipSync : (bytes: Uint8Array): Uint8Array => bytes;
    for (const [name, bytes] of Object.entries(vhdFolder(DISK, 6)))
      place(`blocks-${filter}/vdis/data/one.vhd/${name}`, pack(bytes));
    place(`blocks-${filter}/vdis/one.alias.vhd`, Buffer.from("data/one.vhd"));
    expect(startOf(backup(`blocks-${filter}/one.json`, "vdis/one.alias.vhd"))).toBe(true);
  });

  it("never leaves its folder, and says what is missing", () => {
    place("secret.vhd", makeVhd(DISK, { id: 4 }));
    const outside = run(["boot", backup("inner/one.json", "../secret.vhd")]);
    expect(outside.status).toBe(3);
    const missing = backup("inner/two.json", "vdis/none.vhd");
    expect(run(["boot", missing]).stderr).toContain("vdis/none.vhd");
    expect(judgedStart(missing).error).toContain("vdis/none.vhd");
  });
});

describe("boot of an appliance", () => {
  const ovf = makeOvf([{ name: "appliance", nvram: BLOB }]);

  it("takes the VHD in it, and says which disk it does not read", () => {
    const members = (name: string) => [
      { name: "vm.ovf", bytes: ovf },
      { name, bytes: makeVhd(DISK, { id: 7 }) },
    ];
    const path = put(folder, "vm.ova", makeTar(members("disk.vhd")));
    expect(startOf(path)).toBe(true);
    expect(forecastStarts(path)).toEqual([true]);
    expect(judgedStart(path)).toEqual({ error: null, starts: true });
    const packed = put(folder, "vm.ova.gz", gzipSync(makeTar(members("disk.vhd"))));
    expect(judgedStart(packed).error).toContain("not compressed");
    const { status, stderr } = run(["boot", put(folder, "foreign.ova", makeTar(members("disk.vmdk")))]);
    expect(stderr).toContain("disk.vmdk");
    expect(status).toBe(3);
    // A second disk that is not read may be the one that the VM starts from.
    const both = [...members("disk.vhd"), { name: "more.vmdk", bytes: new Uint8Array(512) }];
    const mixed = run(["boot", put(folder, "mixed.ova", makeTar(both))]);
    expect([mixed.status, mixed.stderr.includes("more.vmdk")]).toEqual([3, true]);
  });

  it("gives each of several VMs its own disk, and says where nothing tells whose is whose", () => {
    const empty = makeVhd(new Uint8Array(DISK.length), { id: 9 });
    const ova = (first: object, second: object) =>
      makeTar([
        {
          name: "vm.ovf",
          bytes: makeOvf([
            { name: "one", nvram: BLOB, ...first },
            { name: "two", nvram: BLOB, ...second },
          ]),
        },
        { name: "a.vhd", bytes: makeVhd(DISK, { id: 7 }) },
        { name: "b.vhd", bytes: empty },
      ]);
    const answer = (path: string) =>
      JSON.parse(run(["boot", path, "--format", "json", "--scenario", "as-stored"]).stdout).inputs[0];
    const two = put(folder, "two.ova", ova({ disk: "a.vhd" }, { disk: "b.vhd" }));
    expect(judgedStart(two)).toEqual({ error: null, starts: true });
    expect(forecastStarts(two)).toEqual([true, false]);
    const told = answer(two);
    expect(
      told.vms.map(({ nameLabel, scenarios }: { nameLabel: string; scenarios: { starts: boolean }[] }) => [
        nameLabel,
        scenarios[0]?.starts,
      ]),
    ).toEqual([
      ["one", true],
      ["two", false],
    ]);
    const untold = put(folder, "untold.ova", ova({}, {}));
    expect(answer(untold).error.message).toContain("whose disk is whose");
    expect(judgedStart(untold).error).toContain("whose disk is whose");
  });
});

describe("a boot loader on a disk", () => {
  const vhd = place("files/disk.vhd", makeVhd(DISK, { id: 8 }));

  it("is shown by inspect --file, with hashes and signers", () => {
    const { status, stdout } = run(["inspect", vhd, "--file", "/EFI/boot/bootx64.efi"]);
    expect(stdout).toContain("Authenticode hash, sha256");
    expect(stdout).toContain("test CA");
    expect(status).toBe(0);
    const { files } = JSON.parse(
      run(["inspect", vhd, "--file", "\\EFI\\BOOT\\BOOTX64.EFI", "--format", "json"]).stdout,
    ) as { files: { signatures: { isSigner: boolean }[][] }[] };
    expect(files[0]?.signatures[0]?.[0]?.isSigner).toBe(true);
  });

  it("is written by extract --file as it is, and what is not there is told with what is", () => {
    const out = join(folder, "out");
    expect(run(["extract", vhd, "--out", out, "--file", "\\EFI\\BOOT\\BOOTX64.EFI"]).status).toBe(0);
    const [name = ""] = readdirSync(out);
    expect(Buffer.from(DISK).includes(readFileSync(join(out, name)))).toBe(true);
    const { status, stderr } = run(["inspect", vhd, "--file", "\\EFI\\NONE.EFI"]);
    expect(stderr).toContain("BOOTX64.EFI");
    expect(status).toBe(3);
    expect(run(["inspect", "-", "--file", "x"]).status).toBe(2);
  });
});

describe("limits of VHDs", () => {
  const { maxVhdBytes, maxVhdEntries, maxVhdBlockBytes } = PARSER_LIMITS;
  const header = (fields: { entries?: number; blockBytes?: number }): unknown =>
    readVhdHeader(vhdHeader({ entries: 1, blockBytes: BLOCK_BYTES, ...fields }), "x");

  it("are met at n, and passed at one more", () => {
    expect(readVhdFooter(vhdFooter({ kind: 3, size: maxVhdBytes, id: 1 }), "x").size).toBe(maxVhdBytes);
    expect(() => readVhdFooter(vhdFooter({ kind: 3, size: maxVhdBytes + 1, id: 1 }), "x")).toThrow(/at most/);
    expect(header({ entries: maxVhdEntries })).toMatchObject({ entries: maxVhdEntries });
    expect(() => header({ entries: maxVhdEntries + 1 })).toThrow(/at most/);
    expect(header({ blockBytes: maxVhdBlockBytes })).toMatchObject({ blockBytes: maxVhdBlockBytes });
    expect(() => header({ blockBytes: maxVhdBlockBytes + 512 })).toThrow(/at most/);
  });

  it("take sectors from whichever layer has them, and zeros where none has", async () => {
    const layer = (byte: number, bitmap: number) => ({
      size: 4096,
      blockBytes: 4096,
      block: async () => async (from: number, length: number) =>
        from === 0 && length === 512 ? new Uint8Array(512).fill(bitmap) : new Uint8Array(length).fill(byte),
    });
    const { read } = diskOfLayers([layer(1, 0xaa), layer(2, 0xcc)]);
    const bytes = await read(0, 4096);
    expect(Array.from({ length: 8 }, (_, i) => bytes[512 * i])).toEqual([1, 2, 1, 0, 1, 2, 1, 0]);
    expect([...(await read(500, 30))]).toEqual([...new Array(12).fill(1), ...new Array(18).fill(2)]);
  });
});
