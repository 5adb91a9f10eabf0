/** A start of the program, the reading of one dump and the report, against the start of Node itself. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noDurations, ratio, timed } from "./measure.ts";
import { type Sample, textOf } from "./samples.ts";

export const PROGRAM = "dist/varscope.cjs";

export interface WholeProcessResult {
  readonly sample: string;
  /** Times `node -e 0`. */
  readonly version: number;
  readonly json: number;
  readonly table: number;
}

export function measureWholeProcess({ name, blob }: Sample, starts: number): WholeProcessResult {
  const folder = mkdtempSync(join(tmpdir(), "varscope-bench-"));
  try {
    const path = join(folder, "dump.efivars.b64");
    writeFileSync(path, textOf(blob));
    const commands = {
      node: ["-e", "0"],
      version: [PROGRAM, "--version"],
      json: [PROGRAM, "analyze", path, "--format", "json", "--fail-on", "never"],
      table: [PROGRAM, "analyze", path, "--format", "table", "--fail-on", "never"],
    };
    const kinds = ["node", "version", "json", "table"] as const;
    const durations = noDurations(kinds);
    for (let start = 0; start < starts; start++)
      for (const kind of kinds) timed(durations[kind], () => runNode(commands[kind]));
    const { node, version, json, table } = durations;
    return {
      sample: name,
      version: ratio(version, node),
      json: ratio(json, node),
      table: ratio(table, node),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Throws where the process does not end with 0: a figure of a failure would be worth nothing. */
export function runNode(args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
}
