/** --fail-on never: what was found is told, and the exit code is 0, of every command that ends with 1 for what it finds. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { makeXva } from "../builders/tar.ts";
import { put, run, temporaryFolder, UUID_A } from "./run.ts";

const folder = temporaryFolder();
put(folder, "a.vars", healthyBlob());
put(folder, "b.vars", incidentBlob(10, 3));
const ovaXml = makeOvaXml([vmObject("Ref:1", { uuid: UUID_A, name_label: "web" })]);
put(folder, "cut.xva", makeXva([{ name: "ova.xml", bytes: ovaXml }]).slice(0, -512));
mkdirSync(join(folder, "cases/one"), { recursive: true });
put(folder, "cases/one/input.vars", healthyBlob());

describe("--fail-on never", () => {
  it.each([
    ["analyze", ["analyze", "b.vars"]],
    ["diff", ["diff", "a.vars", "b.vars"]],
    ["verify", ["verify", "cut.xva"]],
    ["corpus run", ["corpus", "run", "cases"]],
  ])("of %s", (_, args) => {
    const usual = run(args, { cwd: folder });
    expect(usual.status).toBe(1);
    expect(run([...args, "--fail-on", "error"], { cwd: folder }).status).toBe(1);
    const never = run([...args, "--fail-on", "never"], { cwd: folder });
    expect(never.status).toBe(0);
    expect(never.stdout).toBe(usual.stdout);
  });
});
