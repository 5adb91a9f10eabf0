import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { readXml } from "../builders/xml.ts";
import { base64, put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const EVIL = `<img src=x onerror=alert(1)>|\`@x\`\u001b[31m`;
const exported = put(
  folder,
  "two.xva",
  xvaOf(
    { uuid: UUID_A, name: "files", blob: incidentBlob() },
    { uuid: UUID_B, name: "mail", blob: healthyBlob() },
  ),
);
const json = JSON.stringify({
  uuid: UUID_A,
  name_label: EVIL,
  NVRAM: { "EFI-variables": base64(incidentBlob(4, 3)) },
});
const evil = put(folder, "evil.json", json);
const note = put(folder, "note.txt", "a note");
const FORMATS = ["markdown", "html", "sarif", "junit"] as const;

describe.each(FORMATS)("analyze --format %s", (format) => {
  it("has the exit code of every other format", () => {
    expect(run([exported, "--format", format]).status).toBe(1);
    expect(run([exported, "--format", format, "--fail-on", "never"]).status).toBe(0);
    expect(run([exported, note, "--format", format]).status).toBe(3);
  });

  it("goes into a file with --output, the same as to standard output", () => {
    const path = join(folder, `report.${format}`);
    expect(run([exported, "--format", format, "--output", path])).toMatchObject({ status: 1, stdout: "" });
    const text = readFileSync(path, "utf8");
    expect(text).toBe(run([exported, "--format", format]).stdout);
    expect(text.endsWith("\n")).toBe(true);
    expect(text).toContain("files");
  });

  it("obeys nothing that a dump says", () => {
    const { stdout } = run([evil, "--format", format]);
    expect(stdout).not.toContain("\u001b");
    if (format === "html" || format === "junit") expect(stdout).not.toContain("<img");
    if (format === "markdown") expect(stdout.replaceAll(/`[^`]*`/g, "")).not.toMatch(/@x|(?<!\\)<img/);
    if (format === "sarif") expect(stdout).toContain("\\\\x1b[31m");
  });

  it("reads a folder with threads as without them", () => {
    const dumps = join(folder, `dumps-${format}`);
    mkdirSync(dumps);
    for (let i = 0; i < 40; i++) put(dumps, `${i}.vars`, i % 3 === 0 ? incidentBlob(4, i) : healthyBlob());
    put(dumps, "note.txt", "a note");
    const one = run([dumps, "--format", format, "--jobs", "1"]).stdout;
    expect(run([dumps, "--format", format, "--jobs", "2"]).stdout).toBe(one);
  });
});

describe("what is written of an export", () => {
  it("is JUnit with a case a VM", () => {
    const root = readXml(run([exported, "--format", "junit"]).stdout);
    const cases = root.children[0]?.children.map(({ attributes, children }) => [
      attributes["name"],
      children.some(({ name }) => name === "failure"),
    ]);
    expect(cases).toEqual([
      [`files ${UUID_A} NVRAM`, true],
      [`mail ${UUID_B} NVRAM`, false],
    ]);
  });

  it("is SARIF with the findings that JSON has", () => {
    const sarif = JSON.parse(run([exported, "--format", "sarif"]).stdout);
    const report = JSON.parse(run([exported, "--format", "json"]).stdout);
    const ids = (of: { ruleId: string }[]): string[] => of.map(({ ruleId }) => ruleId);
    const vms: { findings: { ruleId: string }[] }[] = report.inputs[0].vms;
    expect(ids(sarif.runs[0].results)).toEqual(vms.flatMap(({ findings }) => ids(findings)));
    expect(sarif.runs[0].properties.summary).toEqual(report.summary);
  });

  it("says in Markdown and HTML what to type next", () => {
    for (const format of ["markdown", "html"]) {
      const { stdout } = run([exported, "--format", format]);
      expect(stdout).toContain(`varscope repair ${exported}`);
      expect(run([exported, "--format", format, "--quiet"]).stdout).not.toContain("varscope repair");
    }
  });
});

describe("explain --format markdown", () => {
  it("is a page with a section for each rule, and with the evidence of a dump where one is named", () => {
    const page = run(["explain", "--format", "markdown"]).stdout.split("\n");
    for (const { meta } of RULES) expect(page).toContain(`## ${meta.id}`);
    const { stdout } = run(["explain", "wrong-signature-owner", exported, "--format", "markdown"]);
    expect(stdout).toMatch(/^## wrong-signature-owner\n/);
    expect(stdout).toMatch(/\n```\nEvidence\n.*\n```\n$/s);
  });
});

describe("a report that waits on the disk for its totals", () => {
  it("ends in plain words where there is no room for it", () => {
    const dumps = join(folder, "many");
    mkdirSync(dumps);
    for (let i = 0; i < 200; i++) put(dumps, `${i}.vars`, incidentBlob(4, 3));
    const nowhere = { TMPDIR: join(folder, "none") };
    const { status, stderr } = run([dumps, "--format", "html", "--jobs", "1"], { env: nowhere });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(
        /^varscope: A temporary file in .* was not written: its folder does not exist\./,
      ),
    });
    expect(run([dumps, "--format", "html"]).status).toBe(1);
  });
});
