import { basename } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emittedNames, repairedArchivePath, repairedPath } from "../../report/output-names.ts";
import { UUID_A, UUID_B } from "./run.ts";

describe("the name of a repaired file", () => {
  it.each([
    ["vm.efivars.b64", "vm.repaired.efivars.b64"],
    ["vm.vars", "vm.repaired.vars"],
    ["a/vm.xva", "a/vm.repaired.xva"],
    ["vm.xva.gz", "vm.repaired.xva.gz"],
    ["vm.xva.zst", "vm.repaired.xva.zst"],
    ["vm.json", "vm.repaired.json"],
    ["ova.xml", "ova.repaired.xml"],
    ["vm.b64", "vm.b64.repaired"],
    ["vm", "vm.repaired"],
    ["vm.repaired.vars", "vm.repaired.repaired.vars"],
    ["VM.VARS", "VM.repaired.VARS"],
    [".vars", ".vars.repaired"],
    ["/a.vars/b", "/a.vars/b.repaired"],
    ["./vm.vars", "vm.repaired.vars"],
  ])("of %s is %s", (path, name) => {
    expect(repairedPath(path)).toBe(name);
  });
});

describe("of a name that leaves no room for more", () => {
  const bytes = (name: string): number => Buffer.byteLength(basename(name));
  const metadata = [null, null].map((uuid) => ({ uuid, source: "snapshot_metadata.NVRAM" }));
  it.each(["x", "ü", "漢", "😀"])("what is written can be written (%s)", (letter) => {
    for (const ending of [".vars", ".xva", ".xva.zst", ".efivars.b64", ""]) {
      const name = `d/${letter.repeat(Math.floor((255 - ending.length) / bytes(letter)))}${ending}`;
      const written = [
        repairedPath(name),
        repairedArchivePath(name, true, true),
        ...emittedNames(name, metadata),
      ];
      for (const path of written) {
        expect(bytes(path)).toBeLessThanOrEqual(255);
        expect(path).not.toContain("\ufffd");
        expect(basename(path).startsWith(letter.repeat(49))).toBe(true);
      }
    }
  });
  it("nothing is cut at 200 bytes, and what is more at 201", () => {
    expect(repairedPath(`${"x".repeat(200)}.vars`)).toBe(`${"x".repeat(200)}.repaired.vars`);
    expect(repairedPath(`${"x".repeat(201)}.vars`)).toBe(`${"x".repeat(200)}.repaired.vars`);
  });
});

describe("the names of emitted texts", () => {
  const copy = (uuid: string | null, source = "NVRAM") => ({ uuid, source });

  it("are the UUIDs, with the copy's name where it is another one", () => {
    const names = emittedNames("x.xva", [
      copy(UUID_A),
      copy(UUID_A, "snapshot_metadata.NVRAM"),
      copy(UUID_B),
    ]);
    expect(names).toEqual([
      `${UUID_A}.efivars.b64`,
      `${UUID_A}.snapshot_metadata.efivars.b64`,
      `${UUID_B}.efivars.b64`,
    ]);
  });

  it("are the input's name for a record without UUID, counted where there are several", () => {
    expect(emittedNames("d/vm.vars", [copy(null)])).toEqual(["vm.efivars.b64"]);
    expect(emittedNames("-", [copy(null)])).toEqual(["stdin.efivars.b64"]);
    expect(emittedNames("d/all.json", [copy(null), copy(UUID_A), copy(null)])).toEqual([
      "all.0.efivars.b64",
      `${UUID_A}.efivars.b64`,
      "all.2.efivars.b64",
    ]);
  });

  it("are never the same twice, not even on a disk that ignores case", () => {
    const names = emittedNames("x.json", [copy(UUID_A), copy(UUID_A.toUpperCase()), copy(UUID_A)]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(3);
  });

  it("stay in the folder, whatever an input calls its VMs (zip slip)", () => {
    const text = fc.oneof(
      fc.constantFrom(
        "../../etc/cron.d/x",
        "/abs",
        "..",
        ".",
        "",
        `${UUID_A}/..`,
        `../${UUID_A}`,
        "a\\b",
        "x\0y",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ uuid: fc.option(text), source: text }), { maxLength: 4 }),
        (copies) => {
          const names = emittedNames("in.json", copies);
          for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.-]+\.efivars\.b64$/);
          for (const name of names) expect(name).not.toMatch(/^\.+\.efivars/);
          expect(new Set(names).size).toBe(copies.length);
        },
      ),
    );
  });
});

describe("repairedArchivePath", () => {
  it.each([
    ["dir/vm.xva", false, false, "dir/vm.repaired.xva"],
    ["dir/vm.xva", false, true, "dir/vm.repaired.xva.gz"],
    ["vm.xva", true, false, "vm.repaired.xva"],
    ["vm.xva.gz", true, false, "vm.repaired.xva"],
    ["vm.XVA.zst", true, true, "vm.repaired.xva.gz"],
    ["export", false, false, "export.repaired"],
    ["export", false, true, "export.repaired.gz"],
    ["export", true, false, "export.repaired.xva"],
  ])("%s, compressed %s, to be compressed %s: %s", (path, wasCompressed, compress, expected) => {
    expect(repairedArchivePath(path, wasCompressed, compress)).toBe(expected);
  });
});
