/** The one file that is published, and what it loads. */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeBlob } from "../builders/blob.ts";
import { PROGRAM, put, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();

/**
 * Runs the program and tells of each script that it compiles whether V8 took the compiled code that came with it; null where
 * none was given.
 */
const WATCH = `
const vm = require("node:vm");
const taken = [];
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    taken.push(options.cachedData === undefined ? null : !this.cachedDataRejected);
  }
};
process.on("exit", () => require("node:fs").writeSync(2, JSON.stringify(taken)));
`;

function scriptsOf(...args: readonly string[]): unknown {
  return scriptsAs({}, ...args);
}

/** As on a Node of which these properties of `process` are others. */
function scriptsAs(node: Readonly<Record<string, string>>, ...args: readonly string[]): unknown {
  const watch = join(folder, "watch.cjs");
  const others = Object.entries(node).map(
    ([name, value]) => `Object.defineProperty(process, "${name}", { value: "${value}" });`,
  );
  writeFileSync(watch, `${others.join("\n")}${WATCH}`);
  const { stderr } = spawnSync(process.execPath, ["--require", watch, PROGRAM, ...args], {
    encoding: "utf8",
  });
  return JSON.parse(stderr);
}

describe("the published file", () => {
  const blob = put(folder, "vm.vars", makeBlob([]));

  it("is of ASCII, so that Node keeps one byte for each character", () => {
    expect(readFileSync(PROGRAM).every((byte) => byte < 0x80)).toBe(true);
  });

  it("compiles one section to judge a dump, and V8 takes the compiled code of it", () => {
    expect(scriptsOf("analyze", blob, "--format", "json", "--fail-on", "never")).toEqual([true]);
  });

  it("compiles another for a table, and the last for other commands", () => {
    expect(scriptsOf("analyze", blob, "--fail-on", "never")).toEqual([true, true]);
    expect(scriptsOf("schema")).toEqual([true, true]);
  });

  it.each([{ version: "v20.0.0" }, { arch: "sparc" }, { platform: "sunos" }])(
    "gives V8 no compiled code of another Node, of which V8 dies (%o)",
    (node) => {
      expect(scriptsAs(node, "analyze", blob, "--fail-on", "never")).toEqual([null, null]);
    },
  );

  it.each(["yargs", "tar-stream", "streamx", "b4a", "cli-table3", "string-width", "xxhash-wasm"])(
    "has the licence of %s at its end",
    (name) => {
      const nodeModules = new URL("../../node_modules/", import.meta.url);
      const file = readdirSync(new URL(name, nodeModules)).find((entry) => /^licen[cs]e/i.test(entry));
      const licence = readFileSync(new URL(`${name}/${file}`, nodeModules), "utf8");
      const lines = licence.split("\n").map((line) => line.replace("\u00a9", "(c)").trimEnd());
      const copyright = lines.filter((line) => /^\s*Copyright\b/.test(line));
      expect(copyright).not.toEqual([]);
      const published = readFileSync(PROGRAM, "utf8");
      for (const line of copyright) expect(published).toContain(`\n// ${line}\n`);
    },
  );

  it("fails wherever its program was cut", () => {
    const text = readFileSync(PROGRAM, "latin1");
    const end = text.lastIndexOf("demand(");
    const lines = [...text.slice(0, end).matchAll(/\n/g)].slice(-3).map(({ index }) => index + 1);
    const cuts = [...[1, 2, 3].map((quarter) => (end * quarter) >> 2), ...lines, end, end + "demand".length];
    for (const cut of [...cuts, text.indexOf("\n", end) + 1]) {
      const path = put(folder, "cut.cjs", text.slice(0, cut));
      // Node prints the line, which may have a megabyte.
      const { status, stdout } = spawnSync(process.execPath, [path, blob], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      expect([cut, status, stdout.length]).toEqual([cut, 1, 0]);
    }
  });

  it("runs alone, wherever it lies and whatever its name", () => {
    const alone = join(folder, "tool");
    copyFileSync(PROGRAM, alone);
    const { status, stderr } = spawnSync(alone, ["inspect", blob], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });
});
