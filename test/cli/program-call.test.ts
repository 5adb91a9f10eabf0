import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { callOf } from "../../cli/program-call.ts";
import { incidentBlob } from "../builders/blob.ts";
import { PROGRAM, put, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
put(folder, "vm.vars", incidentBlob());
const NODE = dirname(process.execPath);

/** A folder with an executable of this name, which is the program. */
function folderWith(name: string, ...parts: readonly string[]): string {
  const path = join(folder, ...parts);
  mkdirSync(path, { recursive: true });
  symlinkSync(PROGRAM, join(path, name));
  return path;
}

const INSTALLED = folderWith("varscope", "bin");
const OF_NPX = folderWith("varscope", "npx", "node_modules", ".bin");
const ELSEWHERE = join(folder, "tools it");
cpSync(dirname(PROGRAM), ELSEWHERE, { recursive: true });
chmodSync(join(ELSEWHERE, "varscope.cjs"), 0o755);

function shell(command: string, path: string): string {
  const { stdout } = spawnSync("bash", ["--norc", "-c", command], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: path },
  });
  return stdout;
}

describe("a command that is printed to be typed here", () => {
  const plain = `${NODE}:/usr/bin:/bin`;

  it.each([
    ["varscope", `${INSTALLED}:${plain}`, "varscope"],
    [`node ${PROGRAM}`, `${INSTALLED}:${plain}`, "varscope"],
    [`node ${PROGRAM}`, plain, `node ${PROGRAM}`],
    ["node 'tools it/varscope.cjs'", plain, "node 'tools it/varscope.cjs'"],
    ["'./tools it/varscope.cjs'", plain, "node 'tools it/varscope.cjs'"],
    ["bin/varscope", plain, "node bin/varscope"],
    ["varscope", `${OF_NPX}:${plain}`, "node npx/node_modules/.bin/varscope"],
    [`${process.execPath} bin/varscope`, plain, `${process.execPath} bin/varscope`],
  ])("begins as this program is found: %s with PATH %s", (command, path, call) => {
    const text = shell(`${command} vm.vars`, path);
    const [line = ""] = text.split("\n").filter((one) => one.includes(" repair vm.vars"));
    expect(line.trim()).toMatch(/repair vm\.vars/);
    expect(line.trim().startsWith(`${call} repair vm.vars`)).toBe(true);
    // And what is printed works, where it is typed in the same folder with the same PATH; npx took its own away.
    if (path.includes(".bin")) return;
    expect(shell(`${line.trim()} --dry-run`, path)).toMatch(/REPAIRED|REFUSED/);
  });

  it("begins so for a lost NVRAM, too, whose older copy stands beside it or elsewhere", () => {
    const uuid = "00000000-0000-4000-8000-000000000001";
    const lost = { uuid, name_label: "x", HVM_boot_params: { firmware: "uefi" }, NVRAM: {} };
    put(folder, "lost.json", JSON.stringify(lost));
    const commands = shell(`node ${PROGRAM} lost.json`, plain)
      .split("\n")
      .filter((line) => line.includes(" extract "));
    expect(commands.map((line) => line.trim())).toEqual([
      `node ${PROGRAM} extract BACKUPS --out good --last-good`,
    ]);
  });

  it("is the name where the program is part of another, as in tests and in a library", () => {
    const start = { node: "node", path: "/usr/bin", folder: "/" };
    expect(callOf({ ...start, script: "/x/vitest.mjs" })).toBe("varscope");
    expect(callOf({ ...start, script: undefined })).toBe("varscope");
    expect(callOf({ ...start, script: "/x/varscope.cjs" })).toBe("node x/varscope.cjs");
    expect(callOf({ ...start, script: "/x/varscope.cjs", folder: "/y" })).toBe("node /x/varscope.cjs");
  });
});
