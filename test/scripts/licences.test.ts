/** The licences that the published program carries. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
// @ts-expect-error: plain JavaScript, which the build runs on any Node.
import { licenceLines } from "../../scripts/licences.mjs";
import { temporaryFolder } from "../cli/run.ts";

const folder = temporaryFolder();

/** A package's file, as esbuild names what it read. */
function inputOf(name: string, licence: string | null): Record<string, unknown> {
  const root = join(folder, "node_modules", name);
  mkdirSync(root, { recursive: true });
  const about = { name, version: "1.2.3", license: "MIT" };
  writeFileSync(join(root, "package.json"), JSON.stringify(about));
  if (licence !== null) writeFileSync(join(root, "LICENSE"), licence);
  return { [join(root, "index.js")]: {} };
}

it("are those of the packages inside, in ASCII, each text once", () => {
  const inputs = {
    ...inputOf("one", "Copyright \u00a9 2020 Somebody\n"),
    ...inputOf("two", "Copyright (c) 2020 Somebody"),
  };
  expect(licenceLines({ "cli/main.ts": {}, ...inputs })).toEqual([
    "one 1.2.3 (MIT), two 1.2.3 (MIT):",
    "",
    "Copyright (c) 2020 Somebody",
    "",
  ]);
});

it("stop the build where a package has none, or one that is no ASCII", () => {
  expect(() => licenceLines(inputOf("none", null))).toThrow(/none has no file with its licence$/);
  expect(() => licenceLines(inputOf("other", "\u4e2d"))).toThrow(/^no ASCII for /);
});
