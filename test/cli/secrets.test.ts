import { describe, expect, it } from "vitest";
import { guidNamed, SHIM_LOCK } from "../../parsers/guids.ts";
import { bootVariables, makeBlob, makeVariable } from "../builders/blob.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const SECRET = "correct-horse-battery";
const bytes = Uint8Array.from(SECRET, (character) => character.charCodeAt(0));
const blob = (data: Uint8Array) =>
  makeBlob([
    ...bootVariables(),
    makeVariable("MokPW", data, { guid: SHIM_LOCK }),
    makeVariable("MokAuth", data, { guid: SHIM_LOCK }),
    makeVariable("Attempt 1", data, { guid: guidNamed("ISCSI_CONFIG") }),
  ]);
const path = put(folder, "vm.vars", blob(bytes));
const other = put(folder, "other.vars", blob(bytes.toReversed()));

describe("data that is a password, or tells it", () => {
  it.each([
    ["analyze", path],
    ["analyze", path, "--format", "json"],
    ...["markdown", "html", "sarif", "junit"].map((format) => ["analyze", path, "--format", format]),
    ["inspect", path],
    ["inspect", path, "--hex", "--all"],
    ["inspect", path, "--format", "json"],
    ["inspect", path, "--variable", "MokPW"],
    ["diff", path, other],
    ["diff", path, other, "--format", "json"],
    ["repair", path, "--dry-run", "--format", "json"],
  ])("is printed by no command: %s", (...args) => {
    const { stdout, stderr } = run(args);
    const printed = (stdout + stderr).toLowerCase();
    expect(printed.length).toBeGreaterThan(0);
    expect(printed).not.toContain(SECRET);
    expect(printed).not.toContain(Buffer.from(SECRET).toString("hex").slice(0, 16));
    expect(printed).not.toContain("63 6f 72 72");
  });
});
