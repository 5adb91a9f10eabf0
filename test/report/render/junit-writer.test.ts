import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FailOn } from "../../../report/exit-codes.ts";
import { junitWriter } from "../../../report/render/junit-writer.ts";
import type { JudgedInput } from "../../../report/render/report-writer.ts";
import {
  findingReportOf,
  HOSTILE_TEXTS,
  hostileInput,
  judgedInputOf,
  vmReportOf,
  writtenBy,
} from "../../builders/judged.ts";
import { readXml, type XmlElement } from "../../builders/xml.ts";

async function read(inputs: readonly JudgedInput[], failOn: FailOn = "warning"): Promise<XmlElement> {
  return readXml(await writtenBy((output) => junitWriter(output, failOn), inputs));
}

const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["testsuite"],
  testsuite: ["testcase"],
  testcase: ["skipped", "error", "failure", "system-out"],
  skipped: [],
  error: [],
  failure: [],
  "system-out": [],
};
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["name"],
  testsuite: ["name", "tests", "failures", "errors", "skipped", "time"],
  testcase: ["classname", "name", "time"],
  skipped: ["message"],
  error: ["type", "message"],
  failure: ["type", "message"],
  "system-out": [],
};

/** The elements and attributes that the schemas of Jenkins and Surefire share, and counts that are true. */
function expectJunit(element: XmlElement): void {
  expect(Object.keys(element.attributes)).toEqual(ATTRIBUTES[element.name]);
  for (const child of element.children) {
    expect(CHILDREN[element.name]).toContain(child.name);
    expectJunit(child);
  }
  if (element.name === "testcase") {
    const results = element.children.filter(({ name }) => name !== "system-out");
    expect(results.length).toBeLessThanOrEqual(1);
  }
  if (element.name !== "testsuite") return;
  const having = (name: string): string =>
    String(element.children.filter(({ children }) => children.some((child) => child.name === name)).length);
  expect(element.attributes).toMatchObject({
    tests: String(element.children.length),
    failures: having("failure"),
    errors: having("error"),
    skipped: having("skipped"),
  });
}

const told = (element: XmlElement | undefined) =>
  element?.children.map(({ name, attributes }) => [name, attributes["type"] ?? attributes["message"] ?? ""]);

describe("JUnit", () => {
  const findings = [
    findingReportOf(),
    findingReportOf({ ruleId: "dbx-behind", severity: "warning", message: "old" }),
    findingReportOf({ ruleId: "dbx-flat-hashes", severity: "info", message: "dead <weight>", span: null }),
  ];
  const input = judgedInputOf({
    vms: [vmReportOf({ findings }), vmReportOf({ verdict: "healthy", uuid: null })],
  });

  it("has a suite an input, a case a copy, and one failure with all findings at or above --fail-on", async () => {
    const root = await read([input]);
    expectJunit(root);
    const [suite] = root.children;
    expect(suite?.attributes).toMatchObject({ name: "files.xva", tests: "2", failures: "1", errors: "0" });
    const [first, second] = suite?.children ?? [];
    expect(first?.attributes["name"]).toBe("files 0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01 NVRAM");
    expect(told(first)).toEqual([
      ["failure", "wrong-signature-owner"],
      ["system-out", ""],
    ]);
    expect(first?.children[0]?.attributes["message"]).toMatch(/ \(and 1 more\)$/);
    expect(first?.children[0]?.text).toMatch(
      /^ERROR wrong-signature-owner: .* \(vms\[0\]\.NVRAM\.EFI-variables\.variables\[3\]\.data, bytes 512 to 812\)\nWARNING dbx-behind: old \(/,
    );
    expect(first?.children[1]?.text).toContain("INFO dbx-flat-hashes: dead <weight> (vms[0]");
    expect(told(second)).toEqual([["system-out", ""]]);
  });

  it.each([
    ["error", 1],
    ["warning", 2],
    ["info", 3],
    ["never", 0],
  ] as const)("tells with --fail-on %s %d failures", async (failOn, count) => {
    const root = await read([input], failOn);
    const failures = root.children[0]?.children[0]?.children.filter(({ name }) => name === "failure");
    expect(failures).toHaveLength(Math.min(1, count));
    expect(failures?.[0]?.text.split("\n") ?? []).toHaveLength(count);
    expectJunit(root);
  });

  it("has an error for an input that could not be read, and skips a file of a folder that is no dump", async () => {
    const error = { code: "unrecognised", message: "found text", path: "", offset: 0 };
    const root = await read([judgedInputOf({ error }), judgedInputOf({ error }, { failed: false })]);
    expectJunit(root);
    expect(told(root.children[0]?.children[0])).toEqual([["error", "unrecognised"]]);
    expect(told(root.children[1]?.children[0])).toEqual([["skipped", "found text"]]);
  });

  it("says both where an input was read in part", async () => {
    const error = { code: "truncated", message: "cut", path: "", offset: 9 };
    const [suite] = (await read([judgedInputOf({ error, vms: [vmReportOf()] })])).children;
    expect(suite?.attributes).toMatchObject({ tests: "2", errors: "1", failures: "0" });
    const findings = [findingReportOf({ variable: null })];
    const root = await read([judgedInputOf({ error, findings, vms: [vmReportOf()] })]);
    expectJunit(root);
    expect(root.children[0]?.attributes).toMatchObject({ tests: "3", errors: "1", failures: "1" });
  });

  it("is ASCII, whatever names say", async () => {
    const vms = [vmReportOf({ nameLabel: "Büro \u{1f5a8} \ufffd" })];
    const text = await writtenBy((output) => junitWriter(output, "error"), [judgedInputOf({ vms })]);
    expect(text).toMatch(/^[\n -~]*$/);
    expect(readXml(text).children[0]?.children[0]?.attributes["name"]).toContain("Büro \u{1f5a8} \ufffd");
  });

  it("has a case for what is wrong with a pool as a whole, and skips what cannot be known", async () => {
    const vms = [vmReportOf({ verdict: "unknown" })];
    const root = await read([judgedInputOf({ findings: [findingReportOf({ variable: null })], vms })]);
    expectJunit(root);
    expect(root.children[0]?.attributes).toMatchObject({ tests: "2", failures: "1", skipped: "1" });
  });

  it("is a document without any input", async () => {
    expect((await read([])).children).toEqual([]);
  });

  it.each(HOSTILE_TEXTS)("is well-formed whatever names say: %j", async (text) => {
    expectJunit(await read([hostileInput(text)], "error"));
  });

  it("never has a character in it that XML forbids", async () => {
    const unit = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    });
    await fc.assert(
      fc.asyncProperty(unit, async (text) => expectJunit(await read([hostileInput(text)]))),
      { numRuns: 200 },
    );
  });
});
