/** The two files that are published, and what they load. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileCacheFolder } from "../../cli/compile-cache.ts";
import { makeBlob } from "../builders/blob.ts";
import { PROGRAM, put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const BUNDLE = join(dirname(PROGRAM), "program.cjs");
const blob = put(folder, "vm.vars", makeBlob([]));

/** A copy of both files. */
function copyOfProgram(name: string): { started: string; bundle: string } {
  const [started, bundle] = [join(folder, name, "tool"), join(folder, name, "program.cjs")];
  mkdirSync(dirname(started));
  copyFileSync(PROGRAM, started);
  copyFileSync(BUNDLE, bundle);
  return { started, bundle };
}

describe("the published program", () => {
  it("is of ASCII, so that Node keeps one byte for each character", () => {
    for (const file of [PROGRAM, BUNDLE]) expect(readFileSync(file).every((byte) => byte < 0x80)).toBe(true);
  });

  it.each(["yargs", "tar-stream", "streamx", "b4a", "cli-table3", "string-width", "xxhash-wasm"])(
    "has the licence of %s at its end",
    (name) => {
      const nodeModules = new URL("../../node_modules/", import.meta.url);
      const file = readdirSync(new URL(name, nodeModules)).find((entry) => /^licen[cs]e/i.test(entry));
      const licence = readFileSync(new URL(`${name}/${file}`, nodeModules), "utf8");
      const lines = licence.split("\n").map((line) => line.replace("\u00a9", "(c)").trimEnd());
      const copyright = lines.filter((line) => /^\s*Copyright\b/.test(line));
      expect(copyright).not.toEqual([]);
      const published = readFileSync(BUNDLE, "utf8");
      for (const line of copyright) expect(published).toContain(`\n// ${line}\n`);
    },
  );

  it("fails wherever one of its files was cut", () => {
    const { started, bundle } = copyOfProgram("cut");
    for (const file of [bundle, started]) {
      const whole = readFileSync(file, "latin1");
      const end = /(?=\n(?:\/\/[^\n]*\n)*$)/.exec(whole)?.index ?? Number.NaN;
      const statements = [...whole.slice(0, end).matchAll(/;/g)].map(({ index }) => index + 1);
      const between = [1, 2, 3, 4, 5].map((part) => statements[Math.floor((statements.length * part) / 6)]!);
      const last = statements.slice(-4, -1);
      for (const cut of [end >> 2, end >> 1, end - 2, ...between, ...last]) {
        put(dirname(file), file === bundle ? "program.cjs" : "tool", whole.slice(0, cut));
        // Node prints the line, which may have a megabyte.
        const { status, stdout } = spawnSync(process.execPath, [started, blob], {
          stdio: ["ignore", "pipe", "ignore"],
        });
        expect([file, cut, status, stdout.length]).toEqual([file, cut, 1, 0]);
      }
      put(dirname(file), file === bundle ? "program.cjs" : "tool", whole);
    }
  });

  it("runs wherever it lies, whatever the name of what is started", () => {
    const { started } = copyOfProgram("alone");
    chmodSync(started, 0o755);
    const link = join(folder, "linked");
    symlinkSync(started, link);
    for (const path of [started, link]) {
      const { status, stderr } = spawnSync(path, ["inspect", blob], { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
    }
  });
});

describe("V8's compiled code", () => {
  // Below the folder for temporary files it is off, so these need a real home.
  const base = join(homedir(), ".cache");
  const isHere = process.getuid !== undefined && existsSync(base);

  it.skipIf(!isHere)("is kept in the user's own folder, that nobody else can enter", () => {
    expect(compileCacheFolder({ XDG_CACHE_HOME: base })).toBe(join(base, "varscope"));
    expect(compileCacheFolder({ HOME: homedir() })).toMatch(/varscope$/);
  });

  it("is not kept below the folder for temporary files, nor where no home can be written", () => {
    expect(compileCacheFolder({ XDG_CACHE_HOME: folder })).toBeNull();
    expect(compileCacheFolder({ HOME: join(folder, "nowhere") })).toBeNull();
    expect(compileCacheFolder({ HOME: "/dev/null" })).toBeNull();
  });

  it("is not needed", () => {
    const { status, stderr } = run(["inspect", blob], { env: { HOME: join(folder, "nowhere") } });
    expect([status, stderr]).toEqual([0, ""]);
  });
});
