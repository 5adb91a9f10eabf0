/** No command writes through a link that has the name of its output: whoever may write into a folder could lead it anywhere. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { incidentBlob } from "../builders/blob.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const dump = put(folder, "vm.vars", incidentBlob());
const target = join(folder, "precious");
const DAY = ["--as-of", "2026-11-22"];

describe("an output whose name is a link", () => {
  it.each([
    ["repair", ["repair", dump, "--output", "LINK"]],
    ["repair --runbook", ["repair", dump, "--output", "new.vars", "--runbook", "LINK"]],
    ["analyze --output", ["analyze", dump, "--format", "json", "--output", "LINK"]],
    ["inspect --output", ["inspect", dump, "--format", "json", "--output", "LINK"]],
    ["diff --output", ["diff", dump, dump, "--output", "LINK"]],
  ])("is refused by %s with --force", (name, args) => {
    writeFileSync(target, "precious");
    const cwd = join(folder, name.replaceAll(" ", ""));
    mkdirSync(cwd);
    symlinkSync(target, join(cwd, "LINK"));
    const { status, stderr } = run([...args, "--force", ...DAY], { cwd });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("LINK is a link") });
    expect(readFileSync(target, "utf8")).toBe("precious");
    expect(readdirSync(cwd)).toEqual(["LINK"]);
  });

  it("is refused by extract --out, for every file of it", () => {
    expect(run(["extract", dump, "--out", join(folder, "first")]).status).toBe(0);
    const out = join(folder, "second");
    mkdirSync(out);
    writeFileSync(target, "precious");
    for (const name of readdirSync(join(folder, "first"))) symlinkSync(target, join(out, name));
    const { status, stderr } = run(["extract", dump, "--out", out, "--force"]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("is a link") });
    expect(readFileSync(target, "utf8")).toBe("precious");
  });
});
