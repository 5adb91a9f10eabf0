import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import type { FailOn } from "../../../report/exit-codes.ts";
import type { JudgedInput } from "../../../report/render/report-writer.ts";
import { artifactUri } from "../../../report/render/sarif-result.ts";
import { sarifText } from "../../../report/render/sarif-rules.ts";
import { sarifWriter } from "../../../report/render/sarif-writer.ts";
import { RULES } from "../../../rules/index.ts";
import {
  findingReportOf,
  HOSTILE_TEXTS,
  hostileInput,
  judgedInputOf,
  vmReportOf,
  writtenBy,
} from "../../builders/judged.ts";
import { WRITER_TOOLS } from "../../builders/writer-tools.ts";

const object = (required: Record<string, unknown>, optional: Record<string, unknown> = {}) => ({
  type: "object",
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});
const text = { type: "string", minLength: 1 };
const anyText = { type: "string" };
const count = { type: "integer", minimum: 0 };
const bag = { type: "object" };
const level = { enum: ["none", "note", "warning", "error"] };
const message = object({ text: anyText });
/** SARIF §3.10: an absolute URI, or a reference that no character makes anything else. */
const uri = { type: "string", pattern: "^(file:///)?([A-Za-z0-9._~!*'()/-]|%[0-9A-F]{2})*$" };
const artifactLocation = object({ uri });
const physicalLocation = object(
  { artifactLocation },
  {
    region: object({ byteOffset: count, byteLength: count }),
    address: object({ kind: text, fullyQualifiedName: anyText, offsetFromParent: count, length: count }),
  },
);
const logicalLocation = object(
  { kind: { enum: ["resource", "variable", "object"] }, fullyQualifiedName: anyText },
  { name: anyText },
);
const rule = object({
  id: { type: "string", pattern: "^[a-z0-9-]+$" },
  name: { type: "string", pattern: "^([A-Z0-9][a-z0-9]*)+$" },
  // Absolute (§3.49.12), and a page that is there: test/docs compares those with the rules.
  helpUri: { type: "string", pattern: "^[a-z]+:(//[a-z0-9.-]+/(.+/)?)?docs/rules/[a-z0-9-]+\\.md$" },
  shortDescription: message,
  fullDescription: message,
  help: object({ text, markdown: text }),
  defaultConfiguration: object({ level }),
  properties: object({
    tags: { type: "array", items: text, uniqueItems: true },
    repairable: { enum: ["never", "sometimes", "always"] },
    since: text,
  }),
});
const result = object({
  ruleId: text,
  ruleIndex: count,
  level,
  message,
  locations: {
    type: "array",
    minItems: 1,
    items: object({
      physicalLocation,
      logicalLocations: { type: "array", items: logicalLocation, uniqueItems: true },
    }),
  },
  partialFingerprints: object({ "varscope/v1": { type: "string", pattern: "^[0-9a-f]{32}$" } }),
  properties: bag,
});
const invocation = object({
  executionSuccessful: { type: "boolean" },
  exitCode: count,
  exitCodeDescription: text,
  toolExecutionNotifications: {
    type: "array",
    items: object({
      descriptor: object({ id: text }),
      level,
      message,
      locations: { type: "array", items: object({ physicalLocation: object({ artifactLocation }) }) },
    }),
  },
});
const run = object({
  tool: object({
    driver: object({
      name: text,
      fullName: text,
      version: text,
      semanticVersion: text,
      rules: { type: "array", items: rule },
    }),
  }),
  results: { type: "array", items: result },
  invocations: { type: "array", minItems: 1, maxItems: 1, items: invocation },
  artifacts: {
    type: "array",
    items: object(
      { location: artifactLocation },
      { length: count, lastModifiedTimeUtc: text, hashes: object({ "sha-256": text }) },
    ),
  },
  properties: bag,
});
/** What SARIF 2.1.0 asks of the parts that are used here; names and kinds are those of its JSON Schema. */
const validate = new Ajv({ allErrors: true, strict: true }).compile(
  object({
    $schema: { const: "https://json.schemastore.org/sarif-2.1.0.json" },
    version: { const: "2.1.0" },
    runs: { type: "array", minItems: 1, items: run },
  }),
);

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly Result[];
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly exitCode: number;
      readonly toolExecutionNotifications: readonly unknown[];
    }[];
  }[];
}
interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation: unknown; readonly logicalLocations: unknown }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

async function read(inputs: readonly JudgedInput[], failOn: FailOn = "warning") {
  const settings = { asOf: "2026-11-22", failOn };
  const written = await writtenBy((output) => sarifWriter(output, settings, WRITER_TOOLS), inputs);
  const document = JSON.parse(written) as Sarif;
  expect(validate(document) ? [] : validate.errors).toEqual([]);
  const [only] = document.runs;
  const [invocation] = only?.invocations ?? [];
  if (only === undefined || invocation === undefined) throw new Error("no run");
  return { ...only, invocation };
}

const atRisk = (fields: Parameters<typeof judgedInputOf>[0] = {}) =>
  judgedInputOf({ vms: [vmReportOf({ findings: [findingReportOf()] })], ...fields });

describe("SARIF", () => {
  it("is a valid document without any input, with all rules", async () => {
    const { results, invocation, tool } = await read([]);
    expect(results).toEqual([]);
    expect(invocation).toMatchObject({
      exitCode: 0,
      executionSuccessful: true,
      toolExecutionNotifications: [],
    });
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(RULES.map(({ meta }) => meta.id));
  });

  it("has a result for each finding, of inputs and of copies, at its rule", async () => {
    const info = findingReportOf({ ruleId: "dbx-flat-hashes", severity: "info", variable: null, span: null });
    const { results, tool } = await read([atRisk({ findings: [info] }), atRisk()]);
    expect(results.map(({ ruleId, level: said }) => [ruleId, said])).toEqual([
      ["dbx-flat-hashes", "note"],
      ["wrong-signature-owner", "error"],
      ["wrong-signature-owner", "error"],
    ]);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  });

  it("names the VM and the variable", async () => {
    const [found] = (await read([atRisk()])).results;
    expect(found?.locations[0]?.logicalLocations).toEqual([
      { name: "files", fullyQualifiedName: "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01/NVRAM", kind: "resource" },
      {
        name: "db",
        fullyQualifiedName:
          "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01/NVRAM/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f",
        kind: "variable",
      },
    ]);
  });

  it("gives bytes of the file only where the file is the blob, else an address in what is decoded", async () => {
    const place = async (format: "vars" | "xva") =>
      (await read([atRisk({ format })])).results[0]?.locations[0]?.physicalLocation;
    const artifactLocation = { uri: "files.xva" };
    expect(await place("vars")).toEqual({ artifactLocation, region: { byteOffset: 512, byteLength: 300 } });
    expect(await place("xva")).toEqual({
      artifactLocation,
      address: {
        kind: "data",
        fullyQualifiedName: "vms[0].NVRAM.EFI-variables.variables[3].data",
        offsetFromParent: 512,
        length: 300,
      },
    });
  });

  it("ends with the exit code of the run, and a notification for each input that could not be opened", async () => {
    const error = { code: "not-found", message: "no such file", path: "", offset: null };
    expect((await read([atRisk()])).invocation).toMatchObject({ exitCode: 1, executionSuccessful: true });
    expect((await read([atRisk()], "never")).invocation).toMatchObject({ exitCode: 0 });
    const failed = await read([judgedInputOf({ error, path: "a b" }), atRisk(), judgedInputOf({ error })]);
    expect(failed.invocation).toMatchObject({ exitCode: 3, executionSuccessful: false });
    expect(failed.invocation.toolExecutionNotifications).toHaveLength(2);
    expect(failed.invocation.toolExecutionNotifications[0]).toMatchObject({
      descriptor: { id: "not-found" },
      message: { text: "no such file" },
      locations: [{ physicalLocation: { artifactLocation: { uri: "a%20b" } } }],
    });
    const other = await read([
      judgedInputOf({ error: { ...error, code: "unrecognised" } }, { failed: false }),
    ]);
    expect(other.invocation).toMatchObject({ exitCode: 0, toolExecutionNotifications: [] });
    const defect = await read([judgedInputOf({ error: { ...error, code: "defect" } })]);
    expect(defect.invocation).toMatchObject({ exitCode: 70 });
  });

  it("has fingerprints that sizes and places do not change, and that tell all else apart", async () => {
    const fingerprints = async (...inputs: JudgedInput[]) =>
      (await read(inputs)).results.map(({ partialFingerprints }) => partialFingerprints["varscope/v1"]);
    const one = (fields: Parameters<typeof findingReportOf>[0], path = "files.xva") =>
      judgedInputOf({ path, vms: [vmReportOf({ findings: [findingReportOf(fields)] })] });
    const [first] = await fingerprints(one({}));
    const later = one({
      message: "grown",
      span: { start: 1, end: 2 },
      path: "vms[7].NVRAM.EFI-variables.variables[9].data",
    });
    expect(await fingerprints(later)).toEqual([first]);
    expect(await fingerprints(one({}, "/elsewhere/files.xva"))).toEqual([first]);
    const others = await fingerprints(
      one({ ruleId: "dbx-behind" }),
      one({ variable: { name: "db", guid: null } }),
      one({ variable: null }),
      judgedInputOf({ vms: [vmReportOf({ uuid: null, findings: [findingReportOf()] })] }),
      judgedInputOf({
        vms: [vmReportOf({ source: "snapshot_metadata.NVRAM", findings: [findingReportOf()] })],
      }),
      judgedInputOf({ vms: [vmReportOf({ findings: [findingReportOf(), findingReportOf()] })] }),
    );
    expect(others.filter((other) => other === first)).toHaveLength(1);
    expect(new Set([first, ...others]).size).toBe(7);
  });

  it.each(HOSTILE_TEXTS)("stays valid whatever names say: %j", async (hostile) => {
    const { results } = await read([hostileInput(hostile)]);
    expect(results).toHaveLength(4);
    for (const { message: said } of results) expect(said.text).not.toMatch(/[\p{Cc}\p{Cs}]|\]\(/u);
  });

  it("takes braces and links of a message for text", () => {
    expect(sarifText("{0} [x](http://evil)")).toBe("{{0}} [x] (http://evil)");
  });
});

describe("the address of a file", () => {
  it.each([
    ["a/b.xva", "a/b.xva"],
    ["../a b#c?d%.xva", "../a%20b%23c%3Fd%25.xva"],
    ["c:evil", "c%3Aevil"],
    ["bug.tar.bz2!xapi-db.xml", "bug.tar.bz2!xapi-db.xml"],
    ["/dumps/ü.vars", "file:///dumps/%C3%BC.vars"],
    ["/a\n?b", "file:///a%0A%3Fb"],
    ["\ud800", "%EF%BF%BD"],
    ["-", "-"],
    ["/a [b]|~c", "file:///a%20%5Bb%5D%7C%7Ec"],
    ["/a//b/../c/", "file:///a/c/"],
  ])("%j is %s", (path, uri) => expect(artifactUri(path)).toBe(uri));
});
