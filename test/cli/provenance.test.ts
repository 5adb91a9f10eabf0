/** What a report says of the files that it was made of, of itself, and of the ticket that it is for. */
import { createHash } from "node:crypto";
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DBX_DATA } from "../../rules/knowledge/dbx-data.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { makeXva } from "../builders/tar.ts";
import { base64, put, run, temporaryFolder, UUID_A, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const blob = incidentBlob(20, 3);
const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

function reportOf(...args: string[]) {
  return JSON.parse(run([...args, "--format", "json", "--fail-on", "never"]).stdout);
}

describe("the file behind an input", () => {
  it("is told with its size, time and digest", () => {
    const path = put(folder, "vm.vars", blob);
    utimesSync(path, 1_763_812_800.9, 1_763_812_800.9);
    const { file, vms } = reportOf(path).inputs[0];
    expect(file).toStrictEqual({
      bytes: blob.length,
      modified: "2025-11-22T12:00:00Z",
      sha256: sha256(blob),
    });
    expect(vms[0].nvram.sha256).toBe(sha256(blob));
  });

  it("has its own digest, and the NVRAM the blob's", () => {
    const text = base64(blob);
    const { file, vms } = reportOf(put(folder, "vm.b64", text)).inputs[0];
    expect(file).toMatchObject({ bytes: text.length, sha256: sha256(text) });
    expect(vms[0].nvram.sha256).toBe(sha256(blob));
  });

  it("is the compressed one where it is compressed", () => {
    const packed = gzipSync(blob);
    const { file } = reportOf(put(folder, "vm.vars.gz", packed)).inputs[0];
    expect(file).toMatchObject({ bytes: packed.length, sha256: sha256(packed) });
  });

  it("is read through a pipe", () => {
    const { stdout } = run(["-", "--format", "json", "--fail-on", "never"], { input: blob });
    expect(JSON.parse(stdout).inputs[0].file).toStrictEqual({
      bytes: blob.length,
      modified: null,
      sha256: sha256(blob),
    });
  });

  it("has no digest where only a part is read", () => {
    const path = put(folder, "vm.xva", xvaOf({ uuid: UUID_A, name: "a", blob }));
    const { file, vms } = reportOf(path).inputs[0];
    expect(file).toMatchObject({ bytes: statSync(path).size, sha256: null });
    expect(vms[0].nvram.sha256).toBe(sha256(blob));
  });

  it("is the archive for each of its members, and told once", () => {
    const tar = makeXva([
      { name: "a.vars", bytes: blob },
      { name: "b.vars", bytes: healthyBlob() },
    ]);
    const path = put(folder, "two.tar", tar);
    const { inputs } = reportOf(path);
    expect(inputs).toHaveLength(3);
    for (const { file } of inputs) expect(file).toMatchObject({ bytes: tar.length, sha256: null });
    const sarif = JSON.parse(run([path, "--format", "sarif"]).stdout);
    expect(sarif.runs[0].artifacts).toMatchObject([{ length: tar.length }]);
  });

  it("is null where there is none", () => {
    expect(reportOf(join(folder, "nothing.vars")).inputs[0].file).toBeNull();
  });

  it("stands in every report", () => {
    const path = put(folder, "told.vars", blob);
    for (const format of ["table", "markdown", "html", "sarif", "ndjson"])
      expect(run([path, "--format", format]).stdout).toContain(sha256(blob));
  });
});

describe("the report itself", () => {
  const path = put(folder, "named.vars", blob);

  it("says how new its tables are", () => {
    const newest = DBX_DATA.releases
      .map(({ date }) => date)
      .sort()
      .at(-1);
    expect(reportOf(path).tool).toMatchObject({ name: "varscope", tables: newest });
    for (const format of ["markdown", "html", "sarif"])
      expect(run([path, "--format", format]).stdout).toContain(newest);
  });

  it("bears the title and the ticket that it is given", () => {
    const given = ["--title", "VM <files> *down*", "--reference-id", "CASE-7"];
    expect(reportOf(path, ...given)).toMatchObject({ title: "VM <files> *down*", referenceId: "CASE-7" });
    const textOf = (format: string): string => run([path, ...given, "--format", format]).stdout;
    expect(textOf("table")).toMatch(/^VM <files> \*down\* \(CASE-7\)\nJudged by varscope /);
    expect(textOf("markdown")).toMatch(/^# VM .{1,9}files.{1,9} \\\*down\\\* \(CASE-7\)\n/);
    expect(textOf("html")).toContain("VM &lt;files&gt; *down* (CASE-7)");
    expect(JSON.parse(textOf("sarif")).runs[0].properties).toMatchObject({ referenceId: "CASE-7" });
  });

  it("has neither where none is given", () => {
    expect(reportOf(path)).not.toHaveProperty("title");
    expect(reportOf(path)).not.toHaveProperty("referenceId");
  });

  it("refuses a title of nothing", () => {
    const { status, stderr } = run([path, "--title", ""]);
    expect(status).toBe(2);
    expect(stderr).toContain("--title needs a text");
  });
});
