import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import type { DiffReport } from "../../report/difference.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";
import { diskOption } from "../builders/load-option.ts";
import { hasSharedData, SHARED_NVRAM } from "../shared-data.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const planted = put(folder, "planted.vars", incidentBlob(20, 0));
const grown = put(folder, "grown.efivars.b64", base64(incidentBlob(20, 12)));
const boot = (option: Uint8Array): Uint8Array => makeBlob([makeVariable("Boot0000", option)]);

function difference(...args: string[]): DiffReport {
  return JSON.parse(run(["diff", ...args, "--format", "json"]).stdout);
}

describe("diff", () => {
  it("says what an update added, and ends with 1", () => {
    const { status, stdout, stderr } = run(["diff", planted, grown]);
    expect([status, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^A {2}planted\.vars {2}NVRAM · \d+ bytes · 7 variables/m);
    expect(stdout).toMatch(/^B {2}grown\.efivars\.b64 {2}/m);
    expect(stdout).toContain("Changed: dbx  #6 in A, #6 in B");
    expect(stdout).toMatch(/data: 1016 bytes → 1592 bytes, the first difference at byte 1004 \(0x3ec\)/);
    expect(stdout).toContain("  12 added, 12 of them there already");
    expect(stdout).toContain("    owner Microsoft: 12 entries");
    expect(stdout).toContain("… 4 more; --all shows them");
    expect(stdout).toContain("6 variables are the same.");
  });

  it.each([80, 120])("fits into %i columns", (columns) => {
    const [a, b] = [put(folder, "healthy.vars", healthyBlob()), planted];
    for (const pair of [
      [planted, grown],
      [a, b],
    ]) {
      const { stdout } = run(["diff", ...pair], { env: { COLUMNS: String(columns) } });
      for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(columns);
      expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
        / NVRAM · \d+ bytes · \d+ variables · SHA-256 \w+…\w+ B /,
      );
    }
  });

  it("shows every signature in full with --all", () => {
    const { stdout } = run(["diff", planted, grown, "--all"]);
    expect(stdout.match(/^ {6}\+ [0-9a-f]{64}$/gm)).toHaveLength(12);
  });

  it("finds two the same whose variables stand in another order, and ends with 0", () => {
    const variables = [...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3))];
    const a = put(folder, "a.vars", makeBlob(variables));
    const b = put(folder, "b.vars", makeBlob(variables.toReversed()));
    const { status, stdout } = run(["diff", a, b]);
    expect(status).toBe(0);
    expect(stdout).toContain("The two are the same, but for the order of their variables.");
    expect(run(["diff", a, a]).stdout).toContain("The two are the same, byte for byte.");
  });

  it("shows entries that moved to another owner, and lists that are only grouped differently", () => {
    const withDbx = (name: string, data: Uint8Array): string =>
      put(folder, name, makeBlob([makeSignatureVariable("dbx", data)]));
    const xcpng = withDbx("xcpng.vars", sha256List(XCP_NG_OWNER, 2));
    const microsoft = withDbx("microsoft.vars", sha256List(MICROSOFT_OWNER, 2));
    const moved = run(["diff", xcpng, microsoft]).stdout;
    expect(moved).toContain("  2 with another owner");
    expect(moved).toMatch(/^ {6}~ [0-9a-f]{12}…[0-9a-f]{12} {2}XCP-ng → Microsoft$/m);
    const split = concatBytes([sha256List(MICROSOFT_OWNER, 1), sha256List(MICROSOFT_OWNER, 1, 1)]);
    const { status, stdout } = run(["diff", microsoft, withDbx("split.vars", split)]);
    expect(status).toBe(1);
    expect(stdout).toContain("signatures: 2 in both, grouped or ordered differently");
  });

  it("shows what other data means, and its first bytes that differ", () => {
    const a = put(folder, "boot-a.vars", boot(diskOption("Debian")));
    const b = put(folder, "boot-b.vars", boot(diskOption("Debian", 0)));
    const { stdout } = run(["diff", a, b]);
    expect(stdout).toContain("the first difference at byte 0 (0x0)");
    expect(stdout).toContain('A: "Debian" (active):');
    expect(stdout).toContain('B: "Debian" (not active):');
    expect(stdout).toMatch(/^ {4}A 000000 {2}01 00 00 00/m);
    expect(stdout).toMatch(/^ {4}B 000000 {2}00 00 00 00/m);
  });

  it("names variables that only one of them has, and fields in words", () => {
    const a = put(
      folder,
      "old.vars",
      makeBlob([makeVariable("Old", Uint8Array.of(1)), makeVariable("X", Uint8Array.of(1))]),
    );
    const b = put(folder, "new.vars", makeBlob([makeVariable("X", Uint8Array.of(1), { attributes: 3 })]));
    const { stdout } = run(["diff", a, b]);
    expect(stdout).toMatch(/^Only in A\n.*\n.*\n0 +Old +8be4df61/m);
    expect(stdout).not.toContain("Only in B");
    expect(stdout).toContain("header: declaredCount: 2 → 1");
    expect(stdout).toMatch(/attributes: 7 \(NON_VOLATILE, .*\) → 3 \(/);
    expect(difference(a, b).changed[0]).toMatchObject({
      variable: { name: "X" },
      fields: [{ field: "attributes", a: "7", b: "3" }],
      data: null,
    });
  });

  it("says the same as JSON, one line of it as ndjson", () => {
    const { isSame, a, b, changed, unchanged } = difference(planted, grown);
    expect([isSame, unchanged, a.path, b.path]).toEqual([false, 6, planted, grown]);
    const [dbx] = changed;
    expect(dbx?.data?.signatures).toMatchObject({ kept: 20, removed: [], moved: [], faultInA: null });
    expect(dbx?.data?.signatures?.added[0]).toMatchObject({
      type: { name: "EFI_CERT_SHA256" },
      owner: { name: "Microsoft" },
      isInOther: true,
    });
    const { stdout } = run(["diff", planted, grown, "--format", "ndjson"]);
    expect(JSON.parse(stdout)).toEqual({ ...difference(planted, grown) });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("names what a known hash and a number of a boot application stand for", () => {
    const known = Buffer.from("e14c88dc48339c0555686849a4e3f8986d558e65c4fc863a1a4f1d40478bd47c", "hex");
    const list = sha256List(MICROSOFT_OWNER, 1);
    list.set(known, 44);
    const path = put(folder, "igel.vars", makeBlob([makeSignatureVariable("dbx", list)]));
    const { stdout } = run([
      "diff",
      put(folder, "none.vars", makeBlob([makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 1))])),
      path,
    ]);
    expect(stdout).toContain("+ e14c88dc4833…1d40478bd47c  bootx64.efi, IGEL, 2025-09-02 · x64");
  });
});

describe("diff of inputs with several NVRAMs", () => {
  const both = put(
    folder,
    "both.xva",
    xvaOf(
      { uuid: UUID_A, name: "a", blob: healthyBlob() },
      { uuid: UUID_B, name: "b", blob: incidentBlob(4, 3) },
    ),
  );

  it("asks which one is meant, and names them", () => {
    const { status, stderr } = run(["diff", both, planted]);
    expect(status).toBe(2);
    expect(stderr).toContain(`It has 2: ${UUID_A} NVRAM (a), ${UUID_B} NVRAM (b).`);
    expect(stderr).toContain("--vm UUID");
  });

  it("takes the one that --vm names, for each of the two", () => {
    expect(run(["diff", both, both, "--vm", UUID_A]).status).toBe(0);
    const { a, b, isSame } = difference(both, both, "--vm", `${UUID_A},${UUID_B.toUpperCase()}`);
    expect([a.vm.uuid, b.vm.uuid, isSame]).toEqual([UUID_A, UUID_B, false]);
  });

  it("takes the copy that --source names", () => {
    expect(run(["diff", both, both, "--vm", UUID_A, "--source", "NVRAM"]).status).toBe(0);
    const { status, stderr } = run([
      "diff",
      both,
      both,
      "--vm",
      UUID_A,
      "--source",
      "NVRAM,snapshot_metadata.NVRAM",
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain(`no NVRAM of the VM ${UUID_A} and named snapshot_metadata.NVRAM`);
  });

  it.each([
    { title: "one file alone", args: ["diff", planted] },
    { title: "three files", args: ["diff", planted, planted, planted] },
    { title: "a folder", args: ["diff", planted, folder] },
    { title: "standard input twice", args: ["diff", "-", "-"] },
    { title: "three UUIDs", args: ["diff", planted, planted, "--vm", "a,b,c"] },
    { title: "what is no UUID", args: ["diff", planted, planted, "--vm", `${UUID_A},x`] },
  ])("ends with 2 for $title", ({ args }) => {
    expect(run(args, { input: "" }).status).toBe(2);
  });

  it("reads one of the two from standard input", () => {
    expect(run(["diff", planted, "-"], { input: incidentBlob(20, 0) }).status).toBe(0);
  });

  it.each([
    { title: "is no dump", content: "a note" },
    {
      title: "is redacted",
      content: JSON.stringify({ uuid: UUID_A, NVRAM: { "EFI-variables": "REMOVED" } }),
    },
    { title: "has no NVRAM", content: JSON.stringify({ uuid: UUID_A, NVRAM: {} }) },
  ])("ends with 3 where one of the two $title", ({ content }) => {
    const { status, stderr, stdout } = run(["diff", planted, put(folder, "bad", content)]);
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/^varscope: .*bad: /);
  });
});

describe.skipIf(!hasSharedData)("diff of the real daemon's blobs", () => {
  it("finds Microsoft's update of October 2025 in the incident's dbx", () => {
    const [before, after] = ["03-affected-first-boot.vars", "05-affected-dbx-60440.efivars.b64"];
    const { changed, unchanged } = difference(
      join(SHARED_NVRAM, before ?? ""),
      join(SHARED_NVRAM, after ?? ""),
    );
    expect([changed.map(({ variable }) => variable.name), unchanged]).toEqual([["dbx"], 11]);
    const { kept, added } = changed[0]?.data?.signatures ?? { kept: 0, added: [] };
    expect([kept, added.length, added.filter(({ isInOther }) => isInOther).length]).toEqual([827, 431, 430]);
  });
});
