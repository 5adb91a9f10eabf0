/** Every report for people and the JSON tell the same steps, for everything in the corpus. */
import { describe, expect, it } from "vitest";
import { RECOVERY } from "../../report/remedies/host-steps.ts";
import type { NextStepsReport } from "../../report/remedies/next-steps.ts";
import type { NextStep } from "../../report/remedies/remedy.ts";
import type { Report } from "../../report/report.ts";
import { sharedFolder } from "../shared-data.ts";
import { run } from "./run.ts";

const CORPUS = "./corpus";
const AS_OF = ["--as-of", "2026-09-01"];

const reports = new Map<string, string>();

/** What is told of the whole corpus; several tests look at one report. */
function told(format: string): string {
  const text = reports.get(format) ?? toldOf([CORPUS], format);
  reports.set(format, text);
  return text;
}

function toldOf(paths: readonly string[], format: string): string {
  return run([...paths, ...AS_OF, "--format", format], { env: { COLUMNS: "100" } }).stdout;
}

const report = JSON.parse(told("json")) as Report;
const steps = (report.nextSteps ?? []) as readonly Omit<NextStepsReport, "names">[];
const commands = steps.flatMap((one) => one.steps.flatMap((step) => step.commands));

/** What texts tell: a step that an earlier way of the same remedy has is named by its place there. */
const toldSteps = steps.flatMap((one, i) => {
  const key = (step: NextStep): string => JSON.stringify([step.where, step.title, step.commands]);
  const isSame = (other: (typeof steps)[number]): boolean =>
    JSON.stringify([other.title, other.for]) === JSON.stringify([one.title, one.for]);
  const before = new Set(
    steps
      .slice(0, i)
      .filter(isSame)
      .flatMap((other) => other.steps.map(key)),
  );
  return one.steps.filter((step) => !before.has(key(step)));
});
const toldCommands = toldSteps.flatMap((step) => step.commands);

/** Each behind the one before: all are there, in this order. */
function missingFrom(text: string, wanted: readonly string[]): string[] {
  let from = 0;
  return wanted.filter((one) => {
    const at = text.indexOf(one, from);
    if (at !== -1) from = at + one.length;
    return at === -1;
  });
}

function spoken(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

const UNESCAPED: Readonly<Record<string, (text: string) => string>> = {
  table: (text) => text,
  markdown: (text) => text,
  html: (text) =>
    text
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&"),
};

describe("next steps of the whole corpus", () => {
  it.each(Object.keys(UNESCAPED))("are the same in JSON and as %s", (format) => {
    const text = UNESCAPED[format]?.(told(format)) ?? "";
    const from = text.lastIndexOf(format === "html" ? 'id="next-steps"' : "Next steps");
    expect(from).toBeGreaterThan(0);
    expect(commands.length).toBeGreaterThan(300);
    expect(missingFrom(text.slice(from), toldCommands)).toEqual([]);
  });

  it.each(["table", "html"])("have the same cautions beside their commands as %s", (format) => {
    // What the vTPM has to do with it is said once; from then on its key is named.
    const cautions = toldSteps.flatMap(({ caution }) => caution ?? []).map(spoken);
    const text = spoken(UNESCAPED[format]?.(told(format)) ?? "");
    expect(
      missingFrom(
        text,
        cautions.map((caution) => caution.replace(RECOVERY, "").trim()),
      ),
    ).toEqual([]);
    expect(text.split(RECOVERY)).toHaveLength(2);
    const ofKey = cautions.filter((caution) => caution.includes(RECOVERY)).length;
    expect(text.split("It changes PCR 7, as above")).toHaveLength(ofKey);
  });

  it("leave out no copy that is not healthy, no finding that is loud, no input that was not read", () => {
    expect(withoutStep(report)).toEqual([]);
  });

  it("hold nothing that a shell would read as more than one command's words", () => {
    for (const command of commands) expect(command).not.toMatch(/<[A-Za-z ]+>/);
  });

  it("stand in the order of verdicts", () => {
    const order = ["unbootable", "unreadable", "at-risk", "unknown", "no-nvram", "healthy"];
    const worst = steps
      .filter(({ for: places }) => places.every(({ vm }) => vm !== null))
      .map(({ for: places }) =>
        Math.min(
          ...places.map(({ input, vm }) => order.indexOf(report.inputs[input]?.vms[vm ?? 0]?.verdict ?? "")),
        ),
      );
    expect(worst).toEqual(worst.toSorted((a, b) => a - b));
  });

  it("warn beside what cannot be taken back", () => {
    const dangerous = /snapshot-revert|snapshot-uninstall|force=true|vm-param-remove .*EFI-variables$/;
    for (const one of steps)
      for (const step of one.steps)
        if (step.commands.some((command) => dangerous.test(command)))
          expect(step.caution, step.title).not.toBeNull();
  });
});

describe("inputs as people sent them", () => {
  const folders = ["cases/public", "cases/foreign", "cases/attack", "cases/daemon", "data/nvram"].map(
    (name) => sharedFolder(name),
  );

  it.skipIf(folders.includes(null))("leave nobody without a step", () => {
    const all = folders.flatMap((folder) => folder ?? []);
    expect(withoutStep(JSON.parse(toldOf(all, "json")) as Report)).toEqual([]);
  });
});

function withoutStep({ inputs, nextSteps = [] }: Report): string[] {
  const served = new Set(nextSteps.flatMap((one) => one.for.map(({ input, vm }) => `${input} ${vm}`)));
  return inputs.flatMap(({ path, findings, error, vms }, input) => {
    const isLoud = findings.some(({ severity, breaks }) => severity !== "info" || breaks !== null);
    // Another hypervisor's: what is told of the file is all there is to do.
    const isForeign =
      error?.message.includes("There is nothing to import") === true && served.has(`${input} null`);
    const asks = isLoud || (error !== null && error.code !== "unrecognised");
    return [
      ...(asks && !served.has(`${input} null`) ? [path] : []),
      ...vms.flatMap(({ verdict, source }, vm) =>
        verdict !== "healthy" && !isForeign && !served.has(`${input} ${vm}`)
          ? [`${path} ${source} ${verdict}`]
          : [],
      ),
    ];
  });
}

describe("certificates of 2023", () => {
  const vars = sharedFolder("data/nvram");

  it.skipIf(vars === null)("are named where there is nothing to repair, and in what explain says", () => {
    const { stdout } = run(["repair", `${vars}/11-only-2011-certificates.vars`, "--dry-run"]);
    expect(stdout).toContain("NOTHING TO REPAIR");
    expect(stdout).toContain("--add-certificates DIR");
    expect(run(["explain", "kek-2023-missing"]).stdout).toContain("--add-certificates");
    expect(run(["repair", `${vars}/02-healthy-windows-updated.vars`, "--dry-run"]).stdout).not.toContain(
      "--add-certificates",
    );
  });
});
