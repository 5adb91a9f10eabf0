/** The recipes of docs/scale.md, run as they stand there. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { base64, PROGRAM, put, run, temporaryFolder } from "./run.ts";

const DOCUMENT = readFileSync(fileURLToPath(new URL("../../docs/scale.md", import.meta.url)), "utf8");
const hasParallel = spawnSync("parallel", ["--version"]).status === 0;

const folder = temporaryFolder();
const dumps = join(folder, "dumps");
const bin = join(folder, "bin");
mkdirSync(dumps);
mkdirSync(bin);
for (let i = 0; i < 40; i++) {
  const text = i % 9 === 4 ? "notes" : base64(i % 5 === 0 ? incidentBlob() : healthyBlob());
  put(dumps, `${i}.efivars.b64`, text);
}
chmodSync(put(bin, "varscope", `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`), 0o755);

const unsharded = run([dumps, "--format", "ndjson", "--as-of", "2026-11-22", "--fail-on", "never"]).stdout;

function recipe(name: string): string {
  const start = DOCUMENT.indexOf(`<!-- recipe: ${name} -->`);
  const block = /```sh\n(?<script>.*?)```/s.exec(DOCUMENT.slice(start))?.groups;
  expect(start, `docs/scale.md has a recipe ${name}`).toBeGreaterThan(-1);
  return block?.["script"] ?? "";
}

/** `merges` is true of a script that ends with the findings of the whole run. */
function shell(script: string, results: string, env: Readonly<Record<string, string>>, merges = false): void {
  const { status, stderr } = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    // GNU parallel keeps its notes there.
    env: {
      PATH: `${bin}:${process.env["PATH"]}`,
      HOME: folder,
      DUMPS: dumps,
      RESULTS: results,
      DAY: "2026-11-22",
      ...env,
    },
  });
  expect({ status, stderr }).toEqual({ status: merges ? 1 : 0, stderr: "" });
}

/** What the parts come to together, and that none is all. */
function merged(results: string): string {
  const parts = [1, 2, 3, 4].map((index) => join(results, `${index}.ndjson`));
  for (const part of parts) expect(readFileSync(part).length).toBeLessThan(unsharded.length);
  return run(["corpus", "merge", ...parts]).stdout;
}

describe("the recipes for other machines", () => {
  it.skipIf(!hasParallel)("GNU parallel: four parts merged are the whole run", () => {
    const results = join(folder, "parallel");
    mkdirSync(results);
    shell(recipe("parallel"), results, {}, true);
    expect(readFileSync(join(results, "all.ndjson"), "utf8") === unsharded).toBe(true);
  });

  it("Slurm: the index of the array is the part", () => {
    const results = join(folder, "slurm");
    mkdirSync(results);
    for (const index of ["1", "2", "3", "4"])
      shell(recipe("slurm"), results, { SLURM_ARRAY_TASK_ID: index, SLURM_ARRAY_TASK_COUNT: "4" });
    expect(merged(results) === unsharded).toBe(true);
  });

  it("Kubernetes: the index of an Indexed Job, which counts from 0", () => {
    const results = join(folder, "kubernetes");
    mkdirSync(results);
    for (const index of ["0", "1", "2", "3"])
      shell(recipe("kubernetes"), results, { JOB_COMPLETION_INDEX: index, SHARDS: "4" });
    expect(merged(results) === unsharded).toBe(true);
  });

  it("a part that is run again changes nothing", () => {
    const results = join(folder, "again");
    mkdirSync(results);
    const env = { SLURM_ARRAY_TASK_ID: "2", SLURM_ARRAY_TASK_COUNT: "4" };
    shell(recipe("slurm"), results, env);
    const once = readFileSync(join(results, "2.ndjson"));
    shell(recipe("slurm"), results, env);
    expect(readFileSync(join(results, "2.ndjson")).equals(once)).toBe(true);
  });
});
