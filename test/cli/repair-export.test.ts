import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "../../parsers/bytes.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import type { RepairEntry } from "../../report/repair-entry.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable, noise } from "../builders/blob.ts";
import { makeOvaXml, snapshotMetadata, type VmFields, vmObject } from "../builders/ova-xml.ts";
import { makeUstar, makeXva, padding } from "../builders/tar.ts";
import { BLOCK_BYTES, exportMembers } from "../builders/xva.ts";
import { zstdStored } from "../builders/zstd.ts";
import { hasSharedData, sharedBytes } from "../shared-data.ts";
import { base64, PROGRAM, put, run, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();
let count = 0;

function fresh(): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  return path;
}

/** A VM with the incident in both copies: what `xe snapshot-export-to-template` gives. */
function affectedVm(uuid = UUID_A): VmFields {
  const NVRAM = { "EFI-variables": base64(incidentBlob(40, 30)), "EFI-variables-backend": "xapidb" };
  return {
    uuid,
    name_label: 'Büro "A" & <B>',
    NVRAM,
    snapshot_metadata: snapshotMetadata({ uuid, name_label: 'it\'s \\ "A" & <B>', NVRAM }),
  };
}

const DISK = {
  id: "Ref:9",
  virtualBytes: 2 * BLOCK_BYTES + 700,
  blocks: [
    [0, noise(BLOCK_BYTES, 1)],
    [2, noise(700, 2)],
  ] as const,
};

function verdicts(path: string): (string | undefined)[] {
  const { inputs } = JSON.parse(run([path, "--format", "json"]).stdout) as Report;
  return inputs.flatMap(({ vms }) => vms.map(({ verdict }) => verdict));
}

interface ReadMember {
  readonly name: string;
  readonly header: Uint8Array;
  readonly sha256: string;
  readonly padding: Uint8Array;
}

/** All members of an archive, and what stands behind the last one. */
function readMembers(archive: Uint8Array): { members: ReadMember[]; rest: Uint8Array } {
  const members: ReadMember[] = [];
  let at = 0;
  for (;;) {
    const header = archive.subarray(at, at + TAR_BLOCK_BYTES);
    const read = readTarHeader(header);
    if (read === null) return { members, rest: archive.subarray(at) };
    const start = at + TAR_BLOCK_BYTES;
    const end = start + Number(read.size);
    at = end + padding(Number(read.size)).length;
    const sha256 = createHash("sha256").update(archive.subarray(start, end)).digest("hex");
    members.push({ name: read.name, header, sha256, padding: archive.subarray(end, at) });
  }
}

function expectOnlyOvaXmlDiffers(before: Uint8Array, after: Uint8Array): void {
  const [a, b] = [readMembers(before), readMembers(after)];
  expect(b.members.map(({ name }) => name)).toEqual(a.members.map(({ name }) => name));
  expect(equalBytes(b.rest, a.rest)).toBe(true);
  const changed = a.members.flatMap((member, i) => {
    const other = b.members[i]!;
    if (other.sha256 === member.sha256) {
      expect(equalBytes(other.header, member.header)).toBe(true);
      expect(equalBytes(other.padding, member.padding)).toBe(true);
      return [];
    }
    expect(other.padding.every((byte) => byte === 0)).toBe(true);
    const differing = [...member.header.keys()].filter((at) => member.header[at] !== other.header[at]);
    // size and checksum
    expect(differing.every((at) => (at >= 124 && at < 136) || (at >= 148 && at < 156))).toBe(true);
    return [member.name];
  });
  // In a PAX archive of tar-stream the name stands in the extended header alone.
  expect([["ova.xml"], ["PaxHeader"]]).toContainEqual(changed);
}

function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"]).status === 0;
}

function namesBy(program: "tar" | "python3", path: string): string[] {
  const list = "import sys,tarfile\nfor m in tarfile.open(sys.argv[1]): print(m.name)";
  const { status, stdout, stderr } =
    program === "tar"
      ? spawnSync("tar", ["-tf", path], { encoding: "utf8" })
      : spawnSync("python3", ["-c", list, path], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

describe("repair of a whole export", () => {
  const members = exportMembers(affectedVm(), [DISK]);
  const archive = makeXva(members);

  it("writes an XVA in which only ova.xml differs, healthy in both copies of the NVRAM", () => {
    const dir = fresh();
    const path = put(dir, "vm.xva", archive);
    const { status, stdout, stderr } = run(["repair", path]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const output = join(dir, "vm.repaired.xva");
    expect(stdout).toContain(`Written to ${output}`);
    expect(stdout).toContain("vm=$(xe vm-import filename=./vm.repaired.xva)");
    expect(verdicts(path)).toEqual(["at-risk", "at-risk"]);
    expect(verdicts(output)).toEqual(["healthy", "healthy"]);
    expectOnlyOvaXmlDiffers(archive, readFileSync(output));
    expect(equalBytes(readFileSync(path), archive)).toBe(true);
    expect(run(["verify", output]).status).toBe(0);
    expect(run(["repair", output]).stdout).toContain("NOTHING TO REPAIR");
    expect(readdirSync(dir).sort()).toEqual(["vm.repaired.xva", "vm.xva"]);
  });

  it.skipIf(!hasProgram("tar")).each(["tar"] as const)("is listed by GNU %s", expectListed);
  it.skipIf(!hasProgram("python3")).each(["python3"] as const)("is listed by tarfile of %s", expectListed);

  function expectListed(program: "tar" | "python3"): void {
    const dir = fresh();
    run(["repair", put(dir, "vm.xva", archive)]);
    expect(namesBy(program, join(dir, "vm.repaired.xva"))).toEqual(members.map(({ name }) => name));
  }

  it("keeps the dialect of other writers", async () => {
    const dir = fresh();
    for (const [name, other] of [
      ["ustar.xva", await makeUstar(members)],
      ["pax.xva", await makeUstar(members, { comment: "made elsewhere" })],
    ] as const) {
      const path = put(dir, name, other);
      expect(run(["repair", path]).status).toBe(0);
      const output = path.replace(".xva", ".repaired.xva");
      expectOnlyOvaXmlDiffers(other, readFileSync(output));
      expect(verdicts(output)).toEqual(["healthy", "healthy"]);
      if (hasProgram("tar")) expect(namesBy("tar", output)).toHaveLength(members.length);
    }
  });

  it("reads gzip and zstd as streams and writes plain, or gzip where that is asked for", () => {
    const dir = fresh();
    const plain = put(dir, "plain.xva", archive);
    expect(run(["repair", plain]).status).toBe(0);
    const expected = readFileSync(join(dir, "plain.repaired.xva"));
    expect(run(["repair", put(dir, "a.xva.gz", gzipSync(archive))]).status).toBe(0);
    expect(equalBytes(readFileSync(join(dir, "a.repaired.xva")), expected)).toBe(true);
    expect(run(["repair", put(dir, "b.xva.zst", zstdStored(archive))]).status).toBe(0);
    expect(equalBytes(readFileSync(join(dir, "b.repaired.xva")), expected)).toBe(true);
    expect(run(["repair", plain, "--compress", "gzip"]).status).toBe(0);
    expect(equalBytes(gunzipSync(readFileSync(join(dir, "plain.repaired.xva.gz"))), expected)).toBe(true);
    expect(verdicts(join(dir, "plain.repaired.xva.gz"))).toEqual(["healthy", "healthy"]);
  });

  it("repairs only the VM that is named", () => {
    const dir = fresh();
    const two = makeXva([
      {
        name: "ova.xml",
        bytes: makeOvaXml([vmObject("Ref:1", affectedVm()), vmObject("Ref:2", affectedVm(UUID_B))]),
      },
    ]);
    const path = put(dir, "two.xva", two);
    expect(run(["repair", path, "--vm", UUID_B]).status).toBe(0);
    expect(verdicts(join(dir, "two.repaired.xva"))).toEqual(["at-risk", "at-risk", "healthy", "healthy"]);
  });

  it("writes nothing at all where one copy is refused", () => {
    const dir = fresh();
    const oversized = makeBlob([
      makeVariable("Lang", Uint8Array.of(1)),
      makeVariable("GuestLog", new Uint8Array(60_000)),
    ]);
    const vm = { ...affectedVm(), NVRAM: { "EFI-variables": base64(oversized) } };
    const path = put(dir, "vm.xva", makeXva(exportMembers(vm, [])));
    expect(run(["repair", path]).status).toBe(4);
    expect(readdirSync(dir)).toEqual(["vm.xva"]);
    expect(run(["repair", path, "--strategy", "remove"]).status).toBe(0);
    expect(verdicts(join(dir, "vm.repaired.xva"))).not.toContain("unbootable");
  });

  it("writes nothing where the rest of a compressed export cannot be read, and says so", () => {
    const dir = fresh();
    const packed = gzipSync(archive);
    const path = put(dir, "cut.xva.gz", packed.subarray(0, packed.length - 200_000));
    const { status, stdout, stderr } = run(["repair", path]);
    expect(status).toBe(3);
    expect(stderr).toContain("cut.xva.gz");
    expect(stdout).toContain("Nothing was written.");
    expect(stdout).not.toContain("Written to");
    // No other choice of VMs would read it further.
    expect(stdout).not.toContain("--vm UUID");
    expect(readdirSync(dir)).toEqual(["cut.xva.gz"]);
  });

  it("refuses to write back what was not read to its end", () => {
    const dir = fresh();
    const path = put(dir, "cut.xml", members[0]!.bytes.subarray(0, -40));
    const { status } = run(["repair", path]);
    expect(status).toBe(4);
    expect(readdirSync(dir)).toEqual(["cut.xml"]);
  });

  it("needs a file for an export, which it reads twice", () => {
    const { status, stderr } = run(["repair", "-", "--out", join(fresh(), "x.xva")], { input: archive });
    expect(status).toBe(2);
    expect(stderr).toContain("save it to a file first");
  });

  it("plans without writing, and tells the same file for both copies", () => {
    const dir = fresh();
    const path = put(dir, "vm.xva", archive);
    expect(run(["repair", path, "--dry-run"]).status).toBe(0);
    expect(readdirSync(dir)).toEqual(["vm.xva"]);
    const { repairs } = JSON.parse(run(["repair", path, "--format", "json"]).stdout) as {
      repairs: RepairEntry[];
    };
    const output = join(dir, "vm.repaired.xva");
    expect(repairs.map((entry) => entry.output)).toEqual([output, output]);
    expect(run(["repair", path, "--force", "--quiet"]).stdout).toBe(`${output}\n`);
  });
});

describe.skipIf(!hasSharedData)("repair of an export with the NVRAM of an affected VM", () => {
  it("makes both copies healthy", () => {
    const dir = fresh();
    const NVRAM = { "EFI-variables": base64(sharedBytes("05-affected-dbx-60440.vars")) };
    const snapshot_metadata = snapshotMetadata({ uuid: UUID_A, name_label: "vm", NVRAM });
    const vm = { uuid: UUID_A, name_label: "vm", NVRAM, snapshot_metadata };
    const path = put(dir, "vm.xva", makeXva(exportMembers(vm, [DISK])));
    expect(verdicts(path)).toEqual(["unbootable", "unbootable"]);
    expect(run(["repair", path]).status).toBe(0);
    expect(verdicts(join(dir, "vm.repaired.xva"))).toEqual(["healthy", "healthy"]);
    expect(run(["verify", join(dir, "vm.repaired.xva")]).status).toBe(0);
  });
});

describe("a repair that is ended on the way", () => {
  const large = makeXva([
    ...exportMembers(affectedVm(), []),
    { name: "Ref:7/00000000", bytes: noise(12 * BLOCK_BYTES, 4) },
  ]);

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "leaves the input and no file under the final name: %s",
    async (signal) => {
      const dir = fresh();
      const path = put(dir, "vm.xva", large);
      const child = spawn(process.execPath, [PROGRAM, "repair", path, "--compress", "gzip"], {
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.on("exit", resolve));
      const isWriting = (): boolean =>
        readdirSync(dir).some((name) => name.endsWith(".tmp") && statSync(join(dir, name)).size > 0);
      while (child.exitCode === null && !isWriting()) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill(signal);
      await ended;
      expect(child.signalCode).toBe(signal);
      expect(existsSync(join(dir, "vm.repaired.xva.gz"))).toBe(false);
      expect(equalBytes(readFileSync(path), large)).toBe(true);
      if (signal === "SIGTERM") expect(readdirSync(dir)).toEqual(["vm.xva"]);
    },
  );
});

describe("repair of other documents", () => {
  const nvram = { "EFI-variables": base64(incidentBlob(40, 30)) };
  const metadata = snapshotMetadata({ uuid: UUID_A, name_label: 'it\'s "x"', NVRAM: nvram });

  /** What stands around the first text that differs. */
  function expectSameFrame(before: string, after: string): void {
    const frame = (text: string): string => text.replaceAll(/VkFS[A-Za-z0-9+/]+={0,2}/g, "…");
    expect(frame(after)).toBe(frame(before));
  }

  it.each([
    ["ova.xml", new TextDecoder().decode(makeOvaXml([vmObject("Ref:1", affectedVm())])), 2],
    [
      "backup.json",
      `${JSON.stringify({ 12: 1, vm: { uuid: UUID_A, name_label: "é\u0001", NVRAM: nvram, snapshot_metadata: metadata }, n: [1, -2.5e3, null, true] }, null, 3)}\n`,
      2,
    ],
    [
      "escaped.json",
      `[{"NVRAM" : {"EFI-vari\\u0061bles":"${nvram["EFI-variables"].replaceAll("/", "\\/")}"}}]`,
      1,
    ],
    ["map.json", JSON.stringify({ "\ud83d\ude00": "\ud83d\ude00", ...nvram }), 1],
    ["xe.txt", `EFI-variables: ${nvram["EFI-variables"]}; EFI-variables-backend: xapidb\r\n`, 1],
    [
      "two.txt",
      `a\n{'EFI-variables': '${nvram["EFI-variables"]}'}\n{"EFI-variables":"${base64(healthyBlob())}"}`,
      2,
    ],
  ])("changes the base64 alone: %s", (name, text, copies) => {
    const dir = fresh();
    const path = put(dir, name, text);
    expect(run(["repair", path]).stderr).toBe("");
    const output = join(dir, readdirSync(dir).find((file) => file.includes("repaired")) ?? "");
    expect(verdicts(output)).toEqual(new Array(copies).fill("healthy"));
    expectSameFrame(text.replaceAll("\\/", "/"), readFileSync(output, "utf8"));
  });

  it("keeps the encoding of PowerShell", () => {
    const dir = fresh();
    const text = JSON.stringify({ note: "é 😀", uuid: UUID_A, NVRAM: nvram });
    const utf16 = concatBytes([Uint8Array.of(0xff, 0xfe), Buffer.from(text, "utf16le")]);
    const path = put(dir, "vm.json", utf16);
    expect(run(["repair", path]).status).toBe(0);
    const after = readFileSync(join(dir, "vm.repaired.json"));
    expect([...after.subarray(0, 2)]).toEqual([0xff, 0xfe]);
    expectSameFrame(text, after.subarray(2).toString("utf16le"));
    expect(verdicts(join(dir, "vm.repaired.json"))).toEqual(["healthy"]);
  });

  it("takes a document from standard input with --out", () => {
    const out = join(fresh(), "out.json");
    expect(run(["repair", "-", "--out", out], { input: JSON.stringify({ NVRAM: nvram }) }).status).toBe(0);
    expect(verdicts(out)).toEqual(["healthy"]);
    expect(existsSync(out)).toBe(true);
  });

  it("compresses exports only", () => {
    const path = put(fresh(), "vm.json", JSON.stringify({ NVRAM: nvram }));
    expect(run(["repair", path, "--compress", "gzip"]).status).toBe(2);
  });
});
