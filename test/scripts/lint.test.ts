/** What the rules of our own find, and what they let pass. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../cli/run.ts";

const folder = temporaryFolder();
const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const PLUGIN = file("scripts/lint/no-spread-arguments.grit");
const BIOME = file("node_modules/@biomejs/biome/bin/biome");

/** Lines of the text that the rule names. */
function found(lines: readonly string[]): number[] {
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ plugins: [PLUGIN] }));
  writeFileSync(join(folder, "text.ts"), `${lines.join("\n")}\n`);
  const args = [BIOME, "lint", "text.ts", "--max-diagnostics=100"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const places = `${stdout}${stderr}`.matchAll(/^text\.ts:(\d+):\d+ plugin/gm);
  return Array.from(places, ([, line]) => Number(line)).sort((a, b) => a - b);
}

describe("an array spread into arguments", () => {
  it("is found wherever it is called, made or applied", () => {
    const lines = [
      "export const a = (all: number[], xs: number[]) => all.push(...xs);",
      "export const b = (xs: number[]) => Math.max(0, ...xs.map((x) => x + 1));",
      "export const c = (xs: number[]) => new Date(...(xs as [number, number]));",
      "export const d = (xs: number[]) => String.fromCharCode.apply(null, xs);",
      "export const e = (all: number[], xs: number[]) => all.splice(0, 1, ...xs);",
    ];
    expect(found(lines)).toEqual([1, 2, 3, 4, 5]);
  });

  it("is let be in arrays, objects and parameters", () => {
    const lines = [
      "export const a = (xs: number[]) => Math.abs([1, ...xs].length);",
      "export const b = (x: object) => Object.keys({ ...x });",
      "export const c = (...xs: number[]) => new Set([...xs, ...xs.map((x) => [...[x]])]);",
    ];
    expect(found(lines)).toEqual([]);
  });
});
