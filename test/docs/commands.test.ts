/** Every command of varscope that README.md and docs/ show is typed as it stands there, in one folder, in their order. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { put, run, temporaryFolder } from "../cli/run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = fileURLToPath(new URL("../cli/bin", import.meta.url));
const folder = temporaryFolder();
/** docs/scale.md is about many machines: test/cli/scale.test.ts types what of it can be typed on one. */
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md") && name !== "scale.md")
    .sort()
    .map((name) => `docs/${name}`),
];

/** Lines of shell blocks, and what stands as code in tables; what another program does with the output is left out. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, body = ""]) => body.split("\n"));
  const cells = text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => [...line.matchAll(/`(varscope [^`]+)`/g)].map(([, code = ""]) => code));
  return [...blocks, ...cells]
    .filter((line) => line.startsWith("varscope "))
    .map((line) => line.replace(/\s+#.*$/, "").replace(/\s*\\\|.*$/, ""));
}

const commands = [...new Set(PAGES.flatMap((page) => commandsOf(readFileSync(join(ROOT, page), "utf8"))))];

/** What the commands name, out of the corpus. */
const FILES: Readonly<Record<string, string>> = {
  "backup.xva": "sample-incident/input.xva",
  "dumps/one.vars": "incident-2025-10/input.vars",
  "dumps/two.vars": "duplicate-signature/input.vars",
  "varstored/dbx.auth": "auth-file-affected/input.auth",
  "bug-report.tar.bz2": "bug-report-affected/input.zip",
  "state.db": "xapi-db-affected/input.xml",
  "vm.vars": "incident-2025-10/input.vars",
  "before.vars": "duplicate-signature-near-miss/input.vars",
  "after.vars": "duplicate-signature/input.vars",
  "DBXUpdate.bin": "healthy-auth-file/input.auth",
  "remote/cache.json.gz": "xo-cache-affected/input.json.gz",
};
/** Folders of the root, below the test's own. */
const ROOTED = / \/(dumps|remote)\b/g;
/** That end with something else than 0 or 1, and why. */
const OTHERS: Readonly<Record<string, number>> = {
  // Microsoft's certificates are in no file of the project.
  "varscope repair vm.vars --add-certificates certs/": 2,
};

function makeFolder(): void {
  for (const [name, source] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(ROOT, "corpus", source), join(folder, name));
  }
  mkdirSync(join(folder, "certs"));
  put(folder, "vm.efivars.b64", readFileSync(join(folder, "vm.vars"), "base64"));
  // Results of the other machines.
  for (const shard of [1, 3, 4]) {
    const args = ["dumps", "--format", "ndjson", "--as-of", "2026-11-22", "--shard", `${shard}/4`];
    put(folder, `${shard}.ndjson`, run(args, { cwd: folder }).stdout);
  }
}

describe("the commands of the documentation", () => {
  it("are many", () => {
    expect(commands.length).toBeGreaterThan(40);
  });

  it("can be typed as they stand", () => {
    makeFolder();
    const lines = commands.map((command) => {
      const typed = command.replace(ROOTED, " $1").replace("/var/lib/varstored", "varstored");
      return `{ ${typed}; } >output 2>errors </dev/null || status=$?; echo "$status $(grep -cE '^ +at .*:[0-9]+:[0-9]+\\)?$' errors output | tr '\\n' ' ')"; status=0`;
    });
    // Redirections of a command are its own: what it prints goes nowhere else.
    const { stdout } = spawnSync("bash", ["--norc", "-c", `status=0\n${lines.join("\n")}`], {
      cwd: folder,
      encoding: "utf8",
      // A cache folder of its own halves the time of many starts (cli/compile-cache.ts).
      env: { PATH: `${BIN}:${process.env["PATH"]}`, NO_COLOR: "1", XDG_CACHE_HOME: join(folder, "cache") },
    });
    const ended = stdout.trim().split("\n");
    const told = commands.map((command, i) => ({ command, ended: ended[i] }));
    const wrong = told.filter(({ command, ended: line = "" }) => {
      const status = Number(line.split(" ")[0]);
      return !/errors:0 output:0/.test(line) || (OTHERS[command] ?? Math.min(status, 1)) !== status;
    });
    expect(wrong).toEqual([]);
  });
});
