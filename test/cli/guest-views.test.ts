/** What a guest shows of its variables, as inputs of the commands. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { DiffReport } from "../../report/difference.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
} from "../builders/blob.ts";
import { efivarfsFiles, secureBootFlag, variablesJson } from "../builders/guest.ts";
import { makeXva } from "../builders/tar.ts";
import { hasSharedData, SHARED_NVRAM } from "../shared-data.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const dbx = sha256List(MICROSOFT_OWNER, 20);
const variables = [...bootVariables(), ...keyVariables(MICROSOFT_OWNER, dbx)];
const dump = put(folder, "dump.vars", healthyBlob());

function putFolder(
  name: string,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const file of files) writeFileSync(join(path, file.name), file.bytes);
  return path;
}

const guest = putFolder("guest", efivarfsFiles([...variables, secureBootFlag(1)]));
const archive = put(
  folder,
  "guest.tar.gz",
  gzipSync(makeXva(efivarfsFiles([...variables, secureBootFlag(1)], "sys/firmware/efi/efivars/"))),
);
const json = put(folder, "guest.json", new TextEncoder().encode(variablesJson(variables)));
const lists = put(folder, "vm-dbx.bin", dbx);
const single = join(guest, "KEK-8be4df61-93ca-11d2-aa0d-00e098032b8c");

function report(...args: string[]) {
  return JSON.parse(run(["analyze", ...args, "--format", "json"]).stdout);
}

function difference(...args: string[]): DiffReport {
  return JSON.parse(run(["diff", ...args, "--format", "json"]).stdout);
}

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);

describe("a guest's view", () => {
  it.each([
    ["a folder", guest, "efivarfs", 8],
    ["an archive", archive, "efivarfs", 8],
    ["one file", single, "efivarfs-file", 1],
    ["lists", lists, "signature-lists", 1],
    ["JSON", json, "uefi-json", 7],
  ])("is judged by what is there: %s", (_name, path, source, count) => {
    const { inputs } = report(path);
    const vms = inputs.flatMap((input: { vms: unknown[] }) => input.vms);
    expect(vms).toHaveLength(1);
    expect(vms[0]).toMatchObject({ source, verdict: "unknown", findings: [] });
    expect(vms[0].nvram).toMatchObject({
      state: "present",
      version: null,
      bytes: null,
      loads: null,
      refusal: null,
    });
    expect(vms[0].nvram.variableCount).toBe(count);
    const { status, stdout } = run([path]);
    expect(status).toBe(0);
    expect(stdout).toContain("not known from here");
    expect(stdout).not.toMatch(/will not start|HEALTHY/i);
  });

  it("takes Secure Boot from what the firmware tells its guest", () => {
    const state = (...flags: readonly ReturnType<typeof secureBootFlag>[]): unknown =>
      report(putFolder(`flag-${flags.length}`, efivarfsFiles([...variables, ...flags]))).inputs[0].vms[0]
        .secureBoot;
    expect(report(guest).inputs[0].vms[0].secureBoot).toBe(true);
    expect(state()).toBeNull();
    const setup = makeVariable("SetupMode", Uint8Array.of(0), { attributes: 6 });
    expect(state(secureBootFlag(0), setup)).toBe(false);
  });

  it("of the incident shows duplicates and owners, and says nothing of a start", () => {
    const [, , , , , , dbxOfIncident] = [...bootVariables(), ...keyVariables(MICROSOFT_OWNER, incidentDbx())];
    const path = putFolder("incident", efivarfsFiles([...variables.slice(0, 6), dbxOfIncident!]));
    const [vm] = report(path).inputs[0].vms;
    expect(vm.verdict).toBe("at-risk");
    const rules = vm.findings.map(({ ruleId, breaks }: { ruleId: string; breaks: string }) => [
      ruleId,
      breaks,
    ]);
    expect(rules).toContainEqual(["duplicate-signature", null]);
    expect(rules).toContainEqual(["wrong-signature-owner", "update"]);
    expect(rules).toContainEqual(["variable-data-over-limit", null]);
    for (const { repair } of vm.findings) expect(repair?.applicability ?? "manual").toBe("manual");
    expect(run([path]).stdout).toMatch(/^AT RISK/m);
  });

  it("is a folder among others, beside files that are none of its variables", () => {
    const path = putFolder("mixed", efivarfsFiles(variables));
    writeFileSync(join(path, "dump.vars"), healthyBlob());
    const { inputs, summary } = report(path);
    expect(inputs.map((input: { format: string }) => input.format)).toEqual(["efivarfs", "vars"]);
    expect(summary.unrecognised).toBe(0);
  });

  it("near misses: random files with UUIDs in their names, and names of variables on other bytes", () => {
    const random = putFolder("random", [
      { name: "backup-00000000-0000-4000-8000-000000000001", bytes: healthyBlob() },
      { name: "notes-00000000-0000-4000-8000-000000000002", bytes: Uint8Array.of(7, 0, 0, 0, 1) },
    ]);
    expect(report(random).inputs.map((input: { format: string }) => input.format)).toEqual(["vars", null]);
    const text = putFolder("text", [
      { name: "dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f", bytes: new TextEncoder().encode("nothing") },
    ]);
    const { status, stderr } = run([text]);
    expect(status).toBe(3);
    expect(stderr).toContain("none of them a dump");
  });

  it("tells which of its files could not be read", () => {
    const path = putFolder("cut", efivarfsFiles(variables));
    writeFileSync(join(path, "dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f"), "");
    const { status, stdout, stderr } = run([path]);
    expect(status).toBe(3);
    expect(stderr).toContain("dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
    expect(stdout).toContain("NOT KNOWN");
  });

  it("is bounded in variables and bytes, at the limit and one above", () => {
    const many = (count: number): string =>
      put(
        folder,
        `many-${count}.tar`,
        makeXva(
          efivarfsFiles([
            ...variables.slice(0, 1),
            ...Array.from({ length: count - 1 }, (_, i) => makeVariable(`v${i}`, Uint8Array.of(1))),
          ]),
        ),
      );
    const { maxSeenVariables } = PARSER_LIMITS;
    const viewIn = (path: string) =>
      report(path).inputs.find(({ format }: { format: string }) => format === "efivarfs");
    expect(viewIn(many(maxSeenVariables))).toMatchObject({ error: null });
    expect(viewIn(many(maxSeenVariables + 1)).error.code).toBe("over-limit");
  });
});

function incidentDbx(): Uint8Array {
  const path = put(folder, "incident.vars", incidentBlob());
  const out = join(folder, "incident-out");
  run(["extract", path, "--out", out]);
  return new Uint8Array(readFileSync(join(out, "incident.dbx.esl")));
}

describe("diff of a dump and a guest's view", () => {
  it.each([
    ["a folder", guest, ["SecureBoot"], 0],
    ["an archive", archive, ["SecureBoot"], 0],
    ["one file", single, [], 6],
    ["lists", lists, [], 6],
    ["JSON", json, [], 0],
  ])("finds no difference where there is none: %s", (_name, path, notInDump, notInView) => {
    const { isSame, notHeldByA, notHeldByB, onlyInA, onlyInB, changed } = difference(dump, path);
    expect([isSame, onlyInA, onlyInB, changed]).toEqual([true, [], [], []]);
    expect(names(notHeldByA)).toEqual(notInDump);
    expect(notHeldByB).toHaveLength(notInView);
    expect(run(["diff", dump, path]).status).toBe(0);
    expect(run(["diff", path, dump]).status).toBe(0);
  });

  it("finds what differs in data and attributes, and what one lacks that it could hold", () => {
    const [timeout, ...rest] = variables;
    const other = putFolder(
      "other",
      efivarfsFiles([
        { ...timeout!, attributes: 6 },
        ...rest
          .slice(1)
          .map((one) => ({ ...one, data: one.data.map((byte, i) => (i > 100 ? byte ^ 1 : byte)) })),
        makeVariable("Mine", Uint8Array.of(1)),
      ]),
    );
    const { isSame, onlyInA, onlyInB, changed } = difference(dump, other);
    expect(isSame).toBe(false);
    expect(names(onlyInA)).toEqual(["BootOrder"]);
    expect(names(onlyInB)).toEqual(["Mine"]);
    expect(changed[0]?.fields).toEqual([{ field: "attributes", a: "7", b: "6" }]);
    expect(changed.length).toBeGreaterThan(3);
    expect(run(["diff", dump, other]).status).toBe(1);
  });

  it("leaves out what a guest cannot see, and of namesakes all but the last", () => {
    const hidden = makeVariable("Hidden", Uint8Array.of(1), { attributes: 3 });
    const stale = { ...variables[0]!, data: Uint8Array.of(9, 9) };
    const full = put(folder, "full.vars", makeBlob([stale, ...variables, hidden]));
    const { isSame, notHeldByB } = difference(full, guest);
    expect(isSame).toBe(true);
    expect(names(notHeldByB)).toEqual(["Hidden", "Timeout"]);
  });
});

describe("the other commands and a guest's view", () => {
  it("inspect decodes all of it, and tells no place in a blob that there is not", () => {
    const { inputs } = JSON.parse(run(["inspect", archive, "--format", "json"]).stdout);
    const { blob } = inputs[0].vms[0].nvram;
    expect(blob).toMatchObject({
      version: null,
      bytes: null,
      sha256: null,
      variableCount: 8,
      byteAccount: [],
    });
    expect(blob.variables.every(({ span }: { span: unknown }) => span === null)).toBe(true);
    const { stdout } = run(["inspect", lists, "--hex", "--variable", "dbx"]);
    expect(stdout).toContain("attributes are not told here");
    expect(stdout).toContain("dbx (#0)  data");
  });

  it("extract writes lists, certificates and JSON, which is an input again; no blob", () => {
    const out = join(folder, "out");
    expect(run(["extract", guest, "--out", out]).status).toBe(0);
    const files = readdirSync(out);
    expect(files.filter((file) => file.endsWith(".vars"))).toEqual([]);
    expect(difference(guest, join(out, "guest.efivarfs.json")).isSame).toBe(true);
    expect(difference(dump, join(out, "guest.efivarfs.dbx.esl")).isSame).toBe(true);
  });

  it("repair and forecast refuse it by name, and say what they take", () => {
    for (const path of [guest, archive, lists, json]) {
      const repaired = run(["repair", path]);
      // Of a folder or an archive every copy is told by itself, as those of any other.
      expect(repaired.status).toBe(path === guest || path === archive ? 4 : 2);
      expect((repaired.stdout + repaired.stderr).replaceAll(/\s+/g, " ")).toContain(
        "not the NVRAM that the host keeps",
      );
      const forecast = run(["forecast", path, "--update", lists, "--variable", "dbx", "--append"]);
      expect([forecast.status, forecast.stderr]).toEqual([
        2,
        expect.stringContaining("the NVRAM that the host keeps"),
      ]);
    }
  });

  it("corpus add takes JSON, also redacted, and refuses what only its name tells", () => {
    const to = join(folder, "cases");
    expect(run(["corpus", "add", json, "--to", to, "--redact"]).status).toBe(0);
    const { status, stderr } = run(["corpus", "add", lists, "--to", to]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("varscope extract")]);
    expect(run(["corpus", "run", to]).status).toBe(0);
  });
});

const SHARED_GUESTS = fileURLToPath(new URL("../../../shared/cases/foreign/", import.meta.url));

describe.skipIf(!hasSharedData || !existsSync(SHARED_GUESTS))("what a real guest wrote", () => {
  const at = (name: string): string => join(SHARED_GUESTS, name);
  it.each([
    ["02-healthy-windows-updated.vars", "efivarfs-02"],
    ["02-healthy-windows-updated.vars", "qemu-varstore-02.json"],
    ["02-healthy-windows-updated.vars", "Get-SecureBootUEFI-02-KEK.bin"],
    ["05-affected-dbx-60440.vars", "efivarfs-05.tar.gz"],
    ["05-affected-dbx-60440.vars", "Get-SecureBootUEFI-05-dbx.bin"],
  ])("%s equals %s", (name, view) => {
    expect(difference(join(SHARED_NVRAM, name), at(view)).isSame).toBe(true);
  });

  it("05 shows its duplicates", () => {
    for (const name of ["efivarfs-05.tar.gz", "Get-SecureBootUEFI-05-dbx.bin"])
      expect(run([at(name)]).stdout).toContain("dbx repeats 431 entries");
  });
});
