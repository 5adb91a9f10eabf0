import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import { CUSTOM_OWNER, MICROSOFT_OWNER, sha256List, x509List } from "../builders/blob.ts";
import { HEALTHY_FILES, hostArchive, PLANTED_FILES } from "../builders/certificates.ts";
import { listOf } from "../builders/daemon.ts";
import { makeIdentity, signedUpdate } from "../builders/signing.ts";
import { makeDatabase, poolRow } from "../builders/xapi-db.ts";
import { base64, put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const signer = makeIdentity("Test signer");
const UPDATE = signedUpdate("dbx", sha256List(MICROSOFT_OWNER, 5), signer, { append: true });
const fileOf = (files: typeof HEALTHY_FILES, name: string): Uint8Array =>
  files.find((file) => file.name === name)?.bytes ?? new Uint8Array(0);

// biome-ignore lint/suspicious/noExplicitAny: the report as a script sees it.
function analyzed(path: string, input?: Uint8Array): any {
  const { stdout } = run(["analyze", path, "--format", "json"], input === undefined ? {} : { input });
  return JSON.parse(stdout).inputs[0];
}

describe("a .auth file by itself", () => {
  it.each(["PK", "KEK", "db"])("is told by its name where nothing signed it: %s.auth", (variable) => {
    const bytes = fileOf(HEALTHY_FILES, `${variable}.auth`);
    const input = analyzed(put(folder, `${variable}.auth`, bytes));
    expect(input).toMatchObject({
      format: "auth-file",
      error: null,
      findings: [],
      certificates: [
        {
          source: "file",
          file: { name: `${variable}.auth`, signed: false, target: { variable, append: false, by: "name" } },
          plants: [{ name: variable, signatures: 1 }],
        },
      ],
    });
  });

  it("is for an unknown variable where neither name nor signature tells it, and nothing is said against it", () => {
    const { certificates, findings } = analyzed("-", fileOf(PLANTED_FILES, "KEK.auth"));
    expect(certificates).toMatchObject([{ file: { name: "", target: null }, plants: [] }]);
    expect(findings).toEqual([]);
    expect(analyzed("-", fileOf(PLANTED_FILES, "dbx.auth")).certificates[0].file.target.by).toBe("content");
  });

  it("is an error under XCP-ng's owner, unless it is PK.auth", () => {
    const rules = (name: string) =>
      analyzed(put(folder, name, fileOf(PLANTED_FILES, name))).findings.map(
        ({ ruleId }: { ruleId: string }) => ruleId,
      );
    for (const name of ["KEK.auth", "db.auth", "dbx.auth"])
      expect(rules(name)).toEqual(["pool-certificates-wrong-owner"]);
    expect(rules("PK.auth")).toEqual([]);
  });

  it.each([
    ["lists are cut", fileOf(HEALTHY_FILES, "db.auth").subarray(0, 500)],
    ["lists are missing", fileOf(HEALTHY_FILES, "db.auth").subarray(0, 40)],
    ["signature is said to be longer than the file", withLength(99_999)],
    ["signature is said to be shorter than its header", withLength(3)],
  ])("cannot be used where its %s", (_, bytes) => {
    const input = analyzed(put(folder, "db.auth", bytes));
    expect(input.error).toBeNull();
    expect(input.findings).toMatchObject([{ ruleId: "pool-certificates-unusable" }]);
  });

  it("ends varstored where the whole file is over its limit, and only under a host's name", () => {
    const db = fileOf(HEALTHY_FILES, "db.auth").subarray(0, 40);
    const sized = (length: number) =>
      concatBytes([db, x509List(MICROSOFT_OWNER, new Uint8Array(length - 84))]);
    const found = (name: string, length: number) => analyzed(put(folder, name, sized(length))).findings;
    expect(found("db.auth", 57_344)).toEqual([]);
    expect(found("db.auth", 57_345)).toMatchObject([
      {
        ruleId: "auth-file-over-limit",
        severity: "error",
        breaks: "start",
        facts: { bytes: 57_345, limit: 57_344 },
      },
    ]);
    // 57344 bytes of lists behind 40 of a header: the variable would take them, the loader does not.
    expect(found("db.auth", 57_384)).toMatchObject([{ ruleId: "auth-file-over-limit" }]);
    expect(found("update.bin", 57_384)).toEqual([]);
  });

  it("is an input that cannot be read where its header is wrong and nothing tells what it is", () => {
    expect(analyzed("-", withLength(99_999)).error).toMatchObject({ code: "bad-structure", offset: 16 });
  });

  it("is one, too, where its lists are cut", () => {
    const cut = fileOf(HEALTHY_FILES, "db.auth").subarray(0, 500);
    const path = put(folder, "copy of db.bin", cut);
    expect(analyzed(path)).toMatchObject({ error: { code: "bad-structure", offset: 56 }, findings: [] });
    expect(run(["analyze", path]).status).toBe(3);
  });

  it("has nothing to repair, whatever is to be written", () => {
    const path = put(folder, "set.auth", fileOf(PLANTED_FILES, "db.auth"));
    const out = join(folder, "emitted");
    for (const more of [[], ["--emit", "efivars", "--out", out], ["--dry-run"]]) {
      const { status, stderr } = run(["repair", path, ...more]);
      expect(status).toBe(2);
      expect(stderr).toContain("There is no NVRAM in it to repair");
    }
    expect(existsSync(out)).toBe(false);
  });

  it("is one element of many in a folder that was copied from a host", () => {
    const host = join(folder, "varstored");
    mkdirSync(host);
    for (const { name, bytes } of PLANTED_FILES) put(host, name, bytes);
    const { stdout, status } = run(["analyze", host, "--format", "json"]);
    expect(status).toBe(1);
    const { inputs, summary } = JSON.parse(stdout);
    expect(inputs).toHaveLength(4);
    expect(summary.byRule).toEqual({ "pool-certificates-wrong-owner": 3 });
    expect(run(["analyze", host]).stdout).toContain(
      "KEK.auth gives VMs that start for the first time their KEK",
    );
  });
});

describe("a folder of a host's files", () => {
  let count = 0;
  function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
    const host = join(folder, `host-${count++}`);
    mkdirSync(host);
    for (const [name, bytes] of Object.entries(files)) put(host, name, bytes);
    return host;
  }
  // biome-ignore lint/suspicious/noExplicitAny: the report as a script sees it.
  const told = (path: string): any => {
    const { inputs } = JSON.parse(run(["analyze", path, "--format", "json"]).stdout);
    return inputs.flatMap(({ findings }: { findings: unknown[] }) => findings);
  };
  const healthy = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, fileOf(HEALTHY_FILES, name)]));
  const ALL = ["PK.auth", "KEK.auth", "db.auth", "dbx.auth"];

  it.each([
    ["PK.auth alone", ["PK.auth"], ["KEK.auth", "db.auth"]],
    ["no PK.auth", ["KEK.auth", "db.auth", "dbx.auth"], ["PK.auth"]],
    ["no db.auth", ["PK.auth", "KEK.auth", "dbx.auth"], ["db.auth"]],
  ])("is told once where it has %s", (_, names, missing) => {
    expect(told(folderOf(healthy(...names)))).toMatchObject([
      { ruleId: "pool-certificates-unusable", severity: "warning", facts: { missing } },
    ]);
  });

  it("has no finding without dbx.auth, as what a set is made of, and of one file that is named", () => {
    for (const names of [ALL, ["PK.auth", "KEK.auth", "db.auth"], ["KEK.auth", "db.auth"], ["dbx.auth"]])
      expect(told(folderOf(healthy(...names)))).toEqual([]);
    expect(told(join(folderOf(healthy("PK.auth")), "PK.auth"))).toEqual([]);
  });

  it.each([
    ["no bytes", new Uint8Array(0)],
    ["zeros", new Uint8Array(3000)],
    ["another file", new TextEncoder().encode("driver = sqlite\n")],
  ])("knows a db.auth of %s by its name, beside others or where it is named", (_, bytes) => {
    const unusable = [
      { ruleId: "pool-certificates-unusable", severity: "error", facts: { place: "db.auth" } },
    ];
    const host = folderOf({ ...healthy(...ALL), "db.auth": bytes });
    expect(told(host)).toMatchObject(unusable);
    expect(told(join(host, "db.auth"))).toMatchObject(unusable);
    // Any program may have a file of that name.
    expect(run(["analyze", folderOf({ "db.auth": bytes })]).status).toBe(3);
  });
});

describe("a signed update", () => {
  it("is what its signature says, whatever it is called, and nothing is wrong with it", () => {
    for (const name of ["DBXUpdate.bin", "db.auth", "dbx.auth"]) {
      const { certificates, findings } = analyzed(put(folder, name, UPDATE));
      expect(findings).toEqual([]);
      expect(certificates[0]).toMatchObject({
        file: { signed: true, target: { variable: "dbx", append: true, by: "signature" } },
        plants: [{ name: "dbx", signatures: 5 }],
      });
    }
    const { stdout, status } = run(["analyze", put(folder, "DBXUpdate.bin", UPDATE)]);
    expect(status).toBe(0);
    expect(stdout).toContain("A signed update for dbx, added to what dbx holds: 5 signatures.");
  });

  it("of nothing empties its variable, which is no fault", () => {
    const path = put(folder, "noPK.auth", signedUpdate("PK", new Uint8Array(0), signer));
    expect(analyzed(path)).toMatchObject({
      findings: [],
      certificates: [{ file: { target: { variable: "PK", by: "signature" } } }],
    });
  });

  it("for dbt is planted by no host", () => {
    const update = signedUpdate("dbt", sha256List(CUSTOM_OWNER, 1), signer);
    expect(analyzed(put(folder, "x.bin", update))).toMatchObject({
      findings: [],
      certificates: [{ file: { target: { variable: "dbt" } }, plants: [] }],
    });
  });
});

describe("inspect", () => {
  it("shows the lists and certificates of a .auth file", () => {
    const path = put(folder, "signed.auth", signedUpdate("db", listOf(signer), signer));
    const { stdout, status } = run(["inspect", path]);
    expect(status).toBe(0);
    expect(stdout).toContain("Secure Boot certificates of signed.auth");
    expect(stdout).toContain("for db, to replace it (it was signed for that)");
    expect(stdout).toContain("subject CN=Test signer");
    const [input] = JSON.parse(run(["inspect", path, "--format", "json"]).stdout).inputs;
    const [file] = input.certificates[0].files;
    expect(file).toMatchObject({ target: { variable: "db", by: "signature" }, signatureFault: null });
    expect(file.signatureBytes).toBeGreaterThan(100);
    expect(file.signatureLists[0].span).toEqual({ start: 40 + file.signatureBytes, end: file.bytes });
    expect(file.signatureLists[0].signatures[0].certificate.commonName).toBe("Test signer");
  });

  it("shows every file of an archive, and the sets of a database", () => {
    const archive = hostArchive(HEALTHY_FILES);
    const names = ["PK.auth", "KEK.auth", "db.auth", "dbx.auth"];
    const database = makeDatabase({ pool: [poolRow({ hosts: base64(archive) })] });
    for (const path of [put(folder, "set.tar", archive), put(folder, "state.db", database)]) {
      const { stdout } = run(["inspect", path]);
      for (const name of names) expect(stdout).toContain(`${name}: 1 list`);
      const [input] = JSON.parse(
        run(["inspect", path, "--format", "ndjson"]).stdout.split("\n", 1)[0] ?? "",
      ).certificates;
      expect(input.files.map(({ name }: { name: string }) => name)).toEqual(names);
    }
  });

  it("says of a file that is damaged what is wrong with it", () => {
    const { stdout } = run(["inspect", put(folder, "KEK.auth", withLength(99_999))]);
    expect(stdout).toContain("its header does not fit the file");
  });
});

/** A healthy db.auth whose header tells another length of its signature. */
function withLength(length: number): Uint8Array {
  const bytes = fileOf(HEALTHY_FILES, "db.auth").slice();
  new DataView(bytes.buffer).setUint32(16, length, true);
  return bytes;
}

const MICROSOFT = fileURLToPath(new URL("../../../shared/data/microsoft/", import.meta.url));

describe.skipIf(!existsSync(MICROSOFT))("Microsoft's own updates", () => {
  it("are told by their signatures, and no rule speaks against them", () => {
    const { inputs, summary } = JSON.parse(run(["analyze", MICROSOFT, "--format", "json"]).stdout);
    const updates = inputs.filter(({ format }: { format: string }) => format === "auth-file");
    expect(updates.length).toBeGreaterThan(3);
    for (const { path, error, certificates } of updates) {
      expect(error).toBeNull();
      const [{ file }] = certificates;
      expect(file).toMatchObject({ signed: true, target: { append: true, by: "signature" } });
      if (/dbx/i.test(file.name)) expect([path, file.target.variable]).toEqual([path, "dbx"]);
    }
    expect(summary.byRule).toEqual({});
  });
});
