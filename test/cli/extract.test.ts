import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import type { Extraction } from "../../report/extracted.ts";
import {
  EFI_IMAGE_SECURITY_DATABASE,
  healthyBlob,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  noise,
  sha256List,
  x509List,
} from "../builders/blob.ts";
import { SAMPLE_DB, SAMPLE_KEK } from "../builders/sample-keys.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
let folders = 0;
const freshFolder = (): string => join(folder, `out-${folders++}`);

function filesOf(blob: Uint8Array): string[] {
  const out = freshFolder();
  const { status } = run(["extract", put(folder, "x.vars", blob), "--out", out]);
  expect(status).toBe(0);
  return readdirSync(out).sort();
}

describe("extract", () => {
  const incident = put(folder, "vm.efivars.b64", base64(incidentBlob(20, 3)));

  it("writes the blob, the signature lists, the certificates and the variables as JSON", () => {
    const out = freshFolder();
    const { status, stdout, stderr } = run(["extract", incident, "--out", out]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(readdirSync(out).sort()).toEqual([
      expect.stringMatching(/^vm\.KEK\.0\.[0-9a-f]{8}\.der$/),
      "vm.KEK.esl",
      expect.stringMatching(/^vm\.PK\.0\.[0-9a-f]{8}\.der$/),
      "vm.PK.esl",
      expect.stringMatching(/^vm\.db\.0\.[0-9a-f]{8}\.der$/),
      "vm.db.esl",
      "vm.dbx.esl",
      "vm.json",
      "vm.vars",
    ]);
    expect(stdout).toContain(`${out}/vm.vars`);
    expect(stdout).toContain("9 files written.");
  });

  it("writes bytes that are those of the NVRAM", () => {
    const out = freshFolder();
    run(["extract", incident, "--out", out]);
    const blob = incidentBlob(20, 3);
    expect(readFileSync(join(out, "vm.vars")).equals(blob)).toBe(true);
    const { variables } = openBlob(blob);
    for (const { name, data } of variables.slice(3))
      expect(readFileSync(join(out, `vm.${name}.esl`)).equals(data)).toBe(true);
    const der = readdirSync(out).find((name) => name.startsWith("vm.db.") && name.endsWith(".der")) ?? "";
    const certificate = new X509Certificate(readFileSync(join(out, der)));
    expect(certificate.raw.equals(SAMPLE_DB)).toBe(true);
    expect(der).toBe(
      `vm.db.0.${certificate.fingerprint256.replaceAll(":", "").slice(0, 8).toLowerCase()}.der`,
    );
    const json = JSON.parse(readFileSync(join(out, "vm.json"), "utf8"));
    expect(json.version).toBe(2);
    expect(json.variables.map(({ name }: { name: string }) => name)).toEqual(
      variables.map(({ name }) => name),
    );
    expect(json.variables[6]).toMatchObject({ guid: EFI_IMAGE_SECURITY_DATABASE, attr: 39 });
  });

  it("counts certificates among all entries, and leaves out what is none", () => {
    const db = concatBytes([
      sha256List(MICROSOFT_OWNER, 3),
      x509List(MICROSOFT_OWNER, SAMPLE_KEK),
      x509List(MICROSOFT_OWNER, noise(300, 1)),
      x509List(MICROSOFT_OWNER, SAMPLE_DB),
    ]);
    const names = filesOf(makeBlob([makeSignatureVariable("db", db)]));
    expect(names.filter((name) => name.endsWith(".der")).map((name) => name.split(".").slice(0, 3))).toEqual([
      ["x", "db", "3"],
      ["x", "db", "5"],
    ]);
  });

  it("gives variables of one name names of their own", () => {
    const db = makeSignatureVariable("db", sha256List(MICROSOFT_OWNER, 1));
    expect(filesOf(makeBlob([db, db, makeVariable("db", Uint8Array.of(1))]))).toEqual([
      "x.db.2.esl",
      "x.db.esl",
      "x.json",
      "x.vars",
    ]);
  });

  it("names the files of an export by UUID", () => {
    const path = put(
      folder,
      "e.xva",
      xvaOf(
        { uuid: UUID_A, name: "../../a", blob: healthyBlob() },
        { uuid: UUID_B, name: "b", blob: healthyBlob() },
      ),
    );
    const all = freshFolder();
    expect(run(["extract", path, "--out", all]).status).toBe(0);
    expect(readdirSync(all).filter((name) => name.endsWith(".vars"))).toEqual([
      `${UUID_A}.vars`,
      `${UUID_B}.vars`,
    ]);
    const one = freshFolder();
    expect(run(["extract", path, "--out", one, "--vm", UUID_B]).status).toBe(0);
    expect(readdirSync(one).every((name) => name.startsWith(UUID_B))).toBe(true);
    expect(run(["extract", path, "--out", one, "--source", "snapshot_metadata.NVRAM"]).status).toBe(2);
  });

  it("makes names of plain characters alone", () => {
    const out = freshFolder();
    expect(run(["extract", put(folder, "Büro $(x) 'v'.vars", healthyBlob()), "--out", out]).status).toBe(0);
    expect(readdirSync(out).every((name) => /^B_ro___x___v_\.[A-Za-z0-9._-]+$/.test(name))).toBe(true);
  });

  it("writes nothing where one of the files is there, but for --force", () => {
    const out = freshFolder();
    run(["extract", incident, "--out", out]);
    for (const name of readdirSync(out)) if (name !== "vm.db.esl") writeFileSync(join(out, name), "");
    const { status, stderr } = run(["extract", incident, "--out", out]);
    expect(status).toBe(2);
    expect(stderr).toContain("exists. Nothing was written; --force writes over it.");
    expect(readFileSync(join(out, "vm.json")).length).toBe(0);
    expect(run(["extract", incident, "--out", out, "--force"]).status).toBe(0);
    expect(readFileSync(join(out, "vm.json")).length).toBeGreaterThan(0);
  });

  it("never writes over its input", () => {
    const path = put(folder, "input.vars", healthyBlob());
    const { status, stderr } = run(["extract", path, "--out", folder, "--force"]);
    expect(status).toBe(2);
    expect(stderr).toContain("is an input, which is never written to");
    expect(readFileSync(path).equals(healthyBlob())).toBe(true);
  });

  it("says the same as JSON", () => {
    const out = freshFolder();
    const { stdout } = run(["extract", incident, "--out", out, "--format", "json"]);
    const { extracted }: { extracted: Extraction[] } = JSON.parse(stdout);
    expect(extracted).toHaveLength(1);
    expect(extracted[0]).toMatchObject({ path: incident, vm: { uuid: null }, source: "NVRAM" });
    for (const { path, bytes } of extracted[0]?.files ?? []) expect(readFileSync(path).length).toBe(bytes);
    const ndjson = run(["extract", incident, "--out", out, "--force", "--format", "ndjson"]).stdout;
    expect(JSON.parse(ndjson)).toEqual(extracted[0]);
  });

  it("reads standard input", () => {
    const out = freshFolder();
    expect(run(["extract", "-", "--out", out], { input: healthyBlob() }).status).toBe(0);
    expect(existsSync(join(out, "stdin.vars"))).toBe(true);
  });

  it.each([
    { title: "no dump", content: "a note" },
    {
      title: "a redacted record",
      content: JSON.stringify({ uuid: UUID_A, NVRAM: { "EFI-variables": "REMOVED" } }),
    },
    { title: "a record without NVRAM", content: JSON.stringify({ uuid: UUID_A, NVRAM: {} }) },
  ])("ends with 3 and writes nothing for $title", ({ content }) => {
    const out = freshFolder();
    const { status, stderr } = run(["extract", put(folder, "bad", content), "--out", out]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^varscope: .*bad: /);
    expect(existsSync(out)).toBe(false);
  });

  it("takes what a damaged blob still has", () => {
    expect(filesOf(incidentBlob(20, 3).subarray(0, 2500))).toContain("x.PK.esl");
  });

  it("ends with 2 without a folder to write to, and for a folder to read", () => {
    expect(run(["extract", incident]).status).toBe(2);
    expect(run(["extract", folder, "--out", freshFolder()]).status).toBe(2);
  });
});
