import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../parsers/bytes.ts";
import { char16Bytes } from "../../parsers/efi/char16.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { EFI_GLOBAL_VARIABLE, guidNamed, SHIM_LOCK } from "../../parsers/guids.ts";
import type { BlobInspection } from "../../report/inspection.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
  signature,
} from "../builders/blob.ts";
import { diskOption, firmwareMenuOption } from "../builders/load-option.ts";
import { hasSharedData, SHARED_NVRAM } from "../shared-data.ts";
import { put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const incident = put(folder, "vm.vars", incidentBlob(20, 3));

function inspected(path: string, ...args: string[]): BlobInspection {
  return JSON.parse(run(["inspect", path, ...args, "--format", "json"]).stdout).inputs[0].vms[0].nvram.blob;
}

describe("inspect decodes", () => {
  const guest = put(
    folder,
    "guest.vars",
    makeBlob([
      makeVariable("Timeout", Uint8Array.of(3, 0)),
      makeVariable("Lang", ascii("eng\0")),
      makeVariable("BootOrder", Uint8Array.of(2, 0, 0, 0, 7, 0)),
      makeVariable("Boot0000", firmwareMenuOption()),
      makeVariable("Boot0001", diskOption("spare", 0)),
      makeVariable("Boot0002", diskOption("Debian")),
      makeVariable("SbatLevel", ascii("sbat,1,2023012900\ngrub,3\n"), { guid: SHIM_LOCK }),
      makeVariable("Mystery", new Uint8Array(40)),
    ]),
  );

  it("boot entries, in the order in which they are tried", () => {
    const { stdout } = run(["inspect", guest]);
    const at = stdout.indexOf("Boot entries");
    const lines = stdout.slice(at).split("\n");
    expect(lines[1]).toBe("  BootOrder: Boot0002, Boot0000, Boot0007");
    expect(lines[2]).toBe(" 1. Boot0002  Debian  active");
    expect(lines[3]).toContain(
      "HD(1,GPT,c1a7f0de-5b6e-4f52-9d1c-0a4f7e3b2d10,0x800,0x100000)/\\EFI\\BOOT\\BOOTX64.EFI",
    );
    expect(lines[4]).toBe(" 2. Boot0000  UiApp  active, hidden, application");
    expect(lines[6]).toBe("  - Boot0001  spare  not active");
    expect(stdout).toContain("  in BootOrder, but not there: Boot0007");
  });

  it("values in words, and shows the bytes of what it does not know", () => {
    const { stdout } = run(["inspect", guest]);
    expect(stdout).toMatch(/^ {2}Timeout +3 seconds$/m);
    expect(stdout).toMatch(/^ {2}Lang +"eng"$/m);
    expect(stdout).toMatch(/^ {2}SbatLevel +level 2023012900; needs at least grub 3; newly revokes/m);
    expect(stdout).toMatch(/^ {2}Mystery +(00){24}… \(40 bytes\)$/m);
    expect(inspected(guest).variables[0]?.decoded).toMatchObject({ form: "number", value: "3" });
  });

  it("hashes that are known, and numbers of boot applications", () => {
    const known = Buffer.from("e14c88dc48339c0555686849a4e3f8986d558e65c4fc863a1a4f1d40478bd47c", "hex");
    const svn = concatBytes([
      Uint8Array.of(1),
      guidBytes(guidNamed("bootmgr")),
      Uint8Array.of(0, 0, 7, 0),
      new Uint8Array(11),
    ]);
    const list = buildSignatureList(guidBytes(guidNamed("EFI_CERT_SHA256")), new Uint8Array(0), 48, [
      signature(MICROSOFT_OWNER, known),
      signature(guidNamed("EFI_CERT_SVN"), svn),
    ]);
    const path = put(folder, "dbx.vars", makeBlob([makeSignatureVariable("dbx", list)]));
    const { stdout } = run(["inspect", path]);
    expect(stdout).toContain("e14c88dc4833…1d40478bd47c  bootx64.efi, IGEL, 2025-09-02 · x64  Microsoft");
    expect(stdout).toContain("SVN 7.0 of bootmgfw.efi  EFI_CERT_SVN");
    expect(run(["inspect", path, "--all"]).stdout).toContain("· in 2025-10, 2026-06a, 2026-06b");
    const [first, second] = inspected(path).variables[0]?.signatureLists?.[0]?.signatures ?? [];
    expect(first?.revokes?.images[0]).toMatchObject({ company: "IGEL" });
    expect(second?.svn).toMatchObject({ fileName: "bootmgfw.efi", version: "7.0" });
  });
});

describe("inspect --variable", () => {
  it("shows one variable with all that is known of it", () => {
    const { stdout } = run(["inspect", incident, "--variable", "dbx"]);
    expect(stdout).toContain("read: 7 variables");
    expect(stdout).toContain("GUID d719b2cb-3d3a-4596-a3bc-dad00e67656f (EFI_IMAGE_SECURITY_DATABASE)");
    expect(stdout).toMatch(/attributes 0x27: NON_VOLATILE, BOOTSERVICE_ACCESS/);
    expect(stdout).not.toContain("BootOrder");
    const { variables, variableCount, byteAccount } = inspected(incident, "--variable", "dbx");
    expect([variables.length, variableCount]).toEqual([1, 7]);
    expect(byteAccount.every(({ path }) => path.startsWith("variables[6]."))).toBe(true);
    expect(byteAccount[0]?.start).toBe(variables[0]?.span?.start);
    expect(byteAccount.at(-1)?.end).toBe(variables[0]?.span?.end);
  });

  it("takes a GUID behind the name, as efivarfs has it", () => {
    const twice = put(
      folder,
      "twice.vars",
      makeBlob([
        makeVariable("Lang", Uint8Array.of(1)),
        makeVariable("Lang", Uint8Array.of(2), { guid: SHIM_LOCK }),
      ]),
    );
    expect(inspected(twice, "--variable", "Lang").variables).toHaveLength(2);
    const [one, ...more] = inspected(twice, "--variable", `Lang-${SHIM_LOCK.toUpperCase()}`).variables;
    expect([one?.index, more]).toEqual([1, []]);
    expect(inspected(twice, "--variable", `Lang-${EFI_GLOBAL_VARIABLE}`).variables[0]?.index).toBe(0);
  });

  it("ends with 2 for a name that is not there, and tells a near one", () => {
    const { status, stderr } = run(["inspect", incident, "--variable", "BootOrdre"]);
    expect(status).toBe(2);
    expect(stderr).toContain('There is no variable "BootOrdre". Did you mean BootOrder?');
  });

  it("shows only the copies that have it, and --vm only those of one VM", () => {
    const path = put(
      folder,
      "two.xva",
      xvaOf(
        { uuid: UUID_A, name: "a", blob: healthyBlob() },
        { uuid: UUID_B, name: "b", blob: makeBlob(bootVariables()) },
      ),
    );
    const vms = (...args: string[]): unknown =>
      JSON.parse(run(["inspect", path, ...args, "--format", "json"]).stdout).inputs[0].vms.map(
        ({ uuid }: { uuid: string }) => uuid,
      );
    expect(vms("--variable", "dbx")).toEqual([UUID_A]);
    expect(vms("--vm", UUID_B)).toEqual([UUID_B]);
    expect(run(["inspect", path, "--vm", "2c6f4e60-af31-4e79-9d50-7c4d813e9f23"]).status).toBe(2);
  });
});

describe("inspect --hex and --bytes", () => {
  it("dump the data of each variable with its offsets", () => {
    const { stdout } = run(["inspect", incident, "--variable", "Timeout", "--hex"]);
    expect(stdout).toMatch(/^Timeout \(#0\) {2}data at byte 322 \(0x142\) of the blob$/m);
    expect(stdout).toMatch(/^000000 {2}03 00 +\.\.$/m);
  });

  it("dump a part of much data, and all of it with --all", () => {
    const path = put(folder, "long.vars", makeBlob([makeVariable("X", new Uint8Array(1030).fill(0x41))]));
    const lines = (text: string): number => text.match(/^[0-9a-f]{6} {2}/gm)?.length ?? 0;
    const short = run(["inspect", path, "--hex"]).stdout;
    expect([lines(short), short.includes("… 6 more bytes; --all shows them")]).toEqual([64, true]);
    expect(lines(run(["inspect", path, "--hex", "--all"]).stdout)).toBe(65);
  });

  it("sum the bytes up by what they are, and name each range", () => {
    const blob = makeBlob([makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 3))]);
    const path = put(folder, "account.vars", concatBytes([blob, Uint8Array.of(1, 2)]));
    const short = run(["inspect", path]).stdout.replaceAll(/\s+/g, " ");
    expect(short).toContain(
      `${blob.length + 2} bytes: 24 header, 268 mor_key and ppi_vdata, 84 other fields of the records, 6 names, 28 headers of signature lists, 144 signatures, 2 not decoded`,
    );
    const { stdout } = run(["inspect", path, "--bytes"]);
    expect(stdout).toMatch(/^0x000000 +0x000004 +4 +magic +header\.magic$/m);
    expect(stdout).toMatch(
      /^0x000156 +0x0001e6 +144 +signatures +variables\[0\]\.data\.lists\[0\]\.signatures\[0\.\.2\]$/m,
    );
    expect(stdout).toMatch(/ 2 +not-decoded +rest$/m);
  });

  it("cover every byte of the blob in JSON", () => {
    const { byteAccount, bytes } = inspected(incident);
    expect(byteAccount[0]?.start).toBe(0);
    expect(byteAccount.at(-1)?.end).toBe(bytes);
    expect(byteAccount.every(({ start }, i) => start === (byteAccount[i - 1]?.end ?? 0))).toBe(true);
  });
});

describe("what a hostile guest calls its variables", () => {
  const name = "\u001b[31m\u202eX\u0007";
  const hostile = put(
    folder,
    "hostile.vars",
    makeBlob([
      makeVariable(name, ascii(`${name}\0`)),
      makeVariable("Boot0000", diskOption(`\u001b]0;owned\u0007${name}`)),
      makeVariable("Lang", ascii("\u001b[2J")),
      makeVariable("md", char16Bytes(name), { guid: guidNamed("SHELL_ALIAS") }),
    ]),
  );
  const plain = put(folder, "plain.vars", makeBlob([makeVariable("Boot0000", diskOption("a"))]));

  it.each([
    { title: "inspect", args: ["inspect", hostile, "--hex", "--bytes"] },
    { title: "inspect --format json", args: ["inspect", hostile, "--format", "json"] },
    { title: "diff", args: ["diff", hostile, plain] },
    { title: "diff --format json", args: ["diff", plain, hostile, "--format", "json"] },
  ])("never reaches the terminal from $title", ({ args }) => {
    const { stdout } = run(args);
    expect(stdout).toContain("owned");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("inspect as JSON", () => {
  it("is indented as any JSON is, with copies and without", () => {
    const two = put(
      folder,
      "pool.xva",
      xvaOf({ uuid: UUID_A, name: "a", blob: healthyBlob() }, { uuid: UUID_B, name: "b", blob: null }),
    );
    for (const path of [two, put(folder, "note.txt", "a note")]) {
      const { stdout } = run(["inspect", path, "--format", "json"]);
      const document = JSON.parse(stdout);
      expect(stdout).toBe(`${JSON.stringify(document, null, 2)}\n`);
      expect(run(["inspect", path, "--format", "ndjson"]).stdout).toBe(
        `${JSON.stringify(document.inputs[0])}\n`,
      );
    }
  });
});

describe("inspect of more variables than a daemon holds", () => {
  it.each([0, 1])("shows 1024 of them, and says that %i are left out", (beyond) => {
    const variables = Array.from({ length: 1024 + beyond }, (_, i) =>
      makeVariable(`V${i}`, Uint8Array.of(1)),
    );
    const path = put(folder, `many-${beyond}.vars`, makeBlob(variables));
    const { stdout } = run(["inspect", path]);
    expect(stdout).toMatch(/^1023 +V1023 /m);
    expect(stdout.includes("… 1 more variables; --format json has more")).toBe(beyond === 1);
    expect(inspected(path).variables).toHaveLength(1024 + beyond);
  });
});

describe.skipIf(!hasSharedData)("inspect of the real daemon's blobs", () => {
  it("knows Microsoft's certificates, hashes and numbers by name", () => {
    const { stdout } = run(["inspect", join(SHARED_NVRAM, "15-pca2011-revoked-svn.vars")]);
    expect(stdout).toContain("well known: signs Microsoft's updates of db and dbx from September 2026 on");
    expect(stdout).toContain("80b4d96931bf…411f92659f0a  shim.efi, 2018-04-01 · x64");
    expect(stdout).toContain("SVN 9.0 of bootmgfw.efi");
  });
});
