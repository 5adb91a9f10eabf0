/** Steps that need no host are typed as they are printed, one of each kind, beside copies of the inputs: each ends as it promises. */
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NextStepsReport } from "../../report/remedies/next-steps.ts";
import type { Report } from "../../report/report.ts";
import { sharedFolder } from "../shared-data.ts";
import { run, runInShell, temporaryFolder } from "./run.ts";

const FOLDER = temporaryFolder();
cpSync("corpus", join(FOLDER, "corpus"), { recursive: true });
const nvram = sharedFolder("data/nvram");
const microsoft = sharedFolder("data/microsoft");
if (nvram !== null && microsoft !== null) {
  cpSync(nvram, join(FOLDER, "nvram"), { recursive: true });
  // What the step before gets from Microsoft.
  mkdirSync(join(FOLDER, "certs"));
  for (const name of readdirSync(microsoft).filter((one) => one.endsWith("-ca-2023.der")))
    cpSync(join(microsoft, name), join(FOLDER, "certs", name));
}

const told = run(
  ["./corpus", ...(nvram === null ? [] : ["./nvram"]), "--as-of", "2026-09-01", "--format", "json"],
  { cwd: FOLDER },
);
const { nextSteps = [] } = JSON.parse(told.stdout) as Report;
const commands = (nextSteps as readonly NextStepsReport[])
  .flatMap(({ steps }) => steps)
  .filter(({ where }) => where === "here")
  .flatMap((step) => step.commands)
  .filter((command) => command.startsWith("varscope "));

/** Words that whoever types it has to put something else for. */
const PLACEHOLDER = /\b(?:UUID|NAME|FILE|BACKUPS|UPDATE\.bin|EXPORT)\b|\.\/\*/;

/** The command and its options, and what kind of file it is typed for. */
function kindOf(command: string): string {
  const words = command.replaceAll(/'[^']*'/g, "x").split(" ");
  const options = words.filter((word, i) => word.startsWith("--") || words[i - 1] === "--strategy");
  const path = words.find((word) => word.includes("/")) ?? "";
  return [words[1], ...options, path.slice(path.lastIndexOf("."))].join(" ");
}

const kinds = new Map<string, string>();
for (const command of commands)
  if (!PLACEHOLDER.test(command) && !kinds.has(kindOf(command))) kinds.set(kindOf(command), command);

/** A repair that was tried out is written; one that was not may be refused; what looks at an input may find something. */
function endsOf(command: string): readonly number[] {
  if (command.includes(" repair ")) return command.includes("--dry-run") ? [0, 4] : [0];
  if (/^varscope (?:ask|extract|inspect|explain|forecast)\b/.test(command)) return [0];
  // An export of metadata alone has no disks, as the step says.
  return command.includes(" boot ") ? [0, 1, 3] : [0, 1];
}

describe("a step that needs no host", () => {
  it("is printed for many kinds of inputs", () => {
    expect(told.status).toBe(3);
    expect(kinds.size).toBeGreaterThan(8);
    expect([...kinds.values()].some((command) => command.includes(" --strategy compact"))).toBe(true);
  });

  it.each([...kinds])("%s", (_, command) => {
    const { status, stderr } = runInShell(command, { cwd: FOLDER });
    expect(endsOf(command), `${command}\n${stderr}`).toContain(status);
  });
});
