/** Starts the built program, and makes what it is given. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { makeXva } from "../builders/tar.ts";
import { runWarm } from "./warm.ts";

export const PROGRAM: string = fileURLToPath(new URL("../../dist/varscope.cjs", import.meta.url));

export interface RunSettings {
  readonly cwd?: string;
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

/** With a `varscope` in it, so that printed commands are the same wherever the tests run. */
export const PATH: string = `${fileURLToPath(new URL("bin", import.meta.url))}:${process.env["PATH"]}`;

/** Only what a program may count on, so that the tester's own terminal decides nothing. */
function environment(extra: RunSettings["env"]): NodeJS.ProcessEnv {
  return { PATH, ...extra };
}

/** What a run needs a process of its own for: standard input, and what is looked at before the program starts. */
function isOfItsProcess(args: readonly string[], { input, env = {} }: RunSettings): boolean {
  return (
    input !== undefined ||
    args.some((arg) => arg === "-" || arg.startsWith("/dev/")) ||
    Object.keys(env).some((name) => name === "HOME" || name.startsWith("XDG_") || name.startsWith("NODE_"))
  );
}

/** The program with these arguments: its exit code and what it prints through pipes. Most runs share a process (`warm-program.mjs`). */
export function run(args: readonly string[], settings: RunSettings = {}): SpawnSyncReturns<string> {
  if (isOfItsProcess(args, settings)) return runProcess(args, settings);
  const { cwd, env } = settings;
  return runWarm({ args, cwd, env: environment(env) });
}

/** The same in a process of its own. */
export function runProcess(
  args: readonly string[],
  { cwd, input, env }: RunSettings = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    env: environment(env),
    maxBuffer: 1 << 28,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
  });
}

/** `$0` is the program, as in `$0 analyze x | head -1`. */
export function runInShell(command: string, { cwd, env }: RunSettings = {}): SpawnSyncReturns<string> {
  const line = command.replaceAll("$0", `'${process.execPath}' '${PROGRAM}'`);
  return spawnSync("bash", ["--norc", "-c", line], {
    encoding: "utf8",
    env: environment(env),
    maxBuffer: 1 << 28,
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** A folder that goes away after the tests of a file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "varscope-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a new file with these bytes. */
export function put(folder: string, name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

export interface ExportedVm {
  readonly uuid: string;
  readonly name: string;
  readonly blob: Uint8Array | null;
}

/** An export with these VMs in its ova.xml, and no disks. */
export function xvaOf(...vms: readonly ExportedVm[]): Uint8Array {
  const objects = vms.map(({ uuid, name, blob }, i) =>
    vmObject(`Ref:${i}`, {
      uuid,
      name_label: name,
      NVRAM: blob === null ? {} : { "EFI-variables": base64(blob) },
    }),
  );
  return makeXva([{ name: "ova.xml", bytes: makeOvaXml(objects) }]);
}

export const UUID_A = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
export const UUID_B = "1b5e3d5f-9e20-4d68-8c4f-6b3c702d8e12";
