/** Runs every command over an input that was made to break it, with a small heap: what is bound by it needs no clock. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { makeBlob, makeVariable } from "../builders/blob.ts";
import { PROGRAM, put } from "./run.ts";

/** Megabytes of V8's old space. With what stands beside it (input, output, young objects) a run stays below 512 MB. */
const HEAP = 256;
/** Only a hang reaches it. */
const SECONDS = 240;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ends with an exit code of its own, or the test fails. */
export function runSmall(
  args: readonly string[],
  { heap = HEAP, cwd }: { heap?: number; cwd?: string } = {},
): Ended {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${heap}`, PROGRAM, ...args],
    {
      encoding: "utf8",
      timeout: SECONDS * 1000,
      maxBuffer: 1 << 30,
      env: { PATH: process.env["PATH"], NO_COLOR: "1" },
      ...(cwd === undefined ? {} : { cwd }),
    },
  );
  const what = `${args.join(" ").slice(0, 200)}: ${signal ?? status}\n${stderr.slice(0, 2000)}`;
  expect([0, 1, 2, 3, 4], what).toContain(status);
  expect(stderr, what).not.toMatch(/\n\s+at /);
  return { status, stdout, stderr };
}

type Command =
  | "analyze"
  | "json"
  | "inspect"
  | "repair"
  | "extract"
  | "diff"
  | "forecast"
  | "explain"
  | "verify"
  | "add"
  | "run";

/** By its name: the end of each command over the input, or of `wanted`. `corpus run` judges the case that `corpus add` made of it. */
export function runAll(
  folder: string,
  input: string,
  wanted: readonly Command[] | null = null,
): Readonly<Partial<Record<Command, Ended>>> {
  const cwd = mkdtempSync(join(folder, "out-"));
  const other = put(cwd, "other.vars", makeBlob([makeVariable("Other", Uint8Array.of(1))]));
  const commands: Readonly<Record<Command, readonly string[]>> = {
    analyze: ["analyze", input, "--jobs", "1"],
    json: ["analyze", input, "--jobs", "1", "--format", "json"],
    inspect: ["inspect", input],
    repair: ["repair", input, "--dry-run"],
    extract: ["extract", input, "--out", "extracted"],
    diff: ["diff", input, other],
    forecast: ["forecast", input, "--update", other],
    explain: ["explain", "duplicate-signature", input],
    verify: ["verify", input],
    add: ["corpus", "add", input, "--to", "cases"],
    run: ["corpus", "run", "cases", "--jobs", "1"],
  };
  const names = (Object.keys(commands) as Command[]).filter((name) => wanted?.includes(name) ?? true);
  const ended = names.map((name) => [name, runSmall(commands[name], { cwd })] as const);
  rmSync(cwd, { recursive: true });
  return Object.fromEntries(ended);
}
