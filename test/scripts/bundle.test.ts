/** What the build refuses to cut into pieces, because the program would be another one. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../cli/run.ts";

const folder = temporaryFolder();
const PIECES = new URL("../../scripts/bundle/pieces.mjs", import.meta.url);
const SCRIPT = `
const { bundledPieces } = await import("${PIECES}");
const { pieces, licences } = await bundledPieces();
const exportsOf = {};
const demand = (name) => (exportsOf[name] ??= new Function("require", "demandLater", pieces[name])(demand, demand));
demand("./main.js");
console.log(licences.join("\\n"));
`;

/** Bundles a program of these files, by path, and runs it. */
function bundled(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(folder, "program-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const args = ["--input-type=module", "--eval", SCRIPT];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return stdout + (/^Error: .*/m.exec(stderr)?.[0] ?? stderr);
}

/** Imported by both, so that it becomes a piece of its own. */
function sharedBy(shared: string, use: string): string {
  return bundled({
    "cli/shared.ts": shared,
    "cli/main.ts": `import { a } from "./shared.ts"; ${use} import("./later.ts");`,
    "cli/later.ts": 'import { a } from "./shared.ts"; console.log("later", a);',
  });
}

function ofPackage(use: string, licence: Readonly<Record<string, string>>): string {
  return bundled({
    "cli/main.ts": use,
    "node_modules/pack/index.js": 'exports.one = "one";',
    "node_modules/pack/package.json": '{ "name": "pack", "version": "1.2.3", "license": "MIT" }',
    ...licence,
  });
}

const LICENCE = { "node_modules/pack/LICENSE": "Copyright \u00a9 2020 Somebody\n" };

describe("the pieces of the program", () => {
  it("share what they export", () => {
    expect(sharedBy("export const a = Math.min(7, 8);", 'console.log("first", a);')).toBe(
      "first 7\nlater 7\n\n",
    );
  });

  it.each([
    "export let a = 1; globalThis.add = () => { a += 1; };",
    "export let a: number; export const set = () => { a = 1; };",
    "export let a = 1; globalThis.count = () => a++;",
    "export let a = 1; globalThis.last = (all) => { for (a of all); };",
    "export function a() {} globalThis.other = () => { a = null; };",
  ])("export nothing that changes later: %s", (shared) => {
    expect(sharedBy(shared, "console.log(a);")).toMatch(/^Error: .*: what it exports may change: a$/);
  });

  it("are none where a text looks like an import", () => {
    const text = 'console.log(`import{a}from"node:fs"`, a);';
    expect(sharedBy("export const a = Math.min(7, 8);", text)).toMatch(
      /^Error: \.\/main\.js: imports .* were found, but esbuild tells of /,
    );
  });

  const later = (names: string, one: string): string =>
    ofPackage(`(async () => { const ${names} = await import("pack"); console.log(${one}); })();`, LICENCE);

  it("import of a package of CommonJS nothing but its default later", () => {
    expect(later("{ default: pack }", "pack.one")).toMatch(/\none\n$/);
    expect(later("{ one }", "one")).toMatch(
      /^Error: \.\/main\.js imports more of \.\/pack-\w+\.js than its default$/,
    );
  });

  it("carry the licence of each package, in ASCII, and none without", () => {
    const use = 'import pack from "pack"; console.log(pack.one);';
    expect(ofPackage(use, LICENCE)).toBe("one\npack 1.2.3 (MIT):\n\nCopyright (c) 2020 Somebody\n\n");
    expect(ofPackage(use, {})).toBe("Error: node_modules/pack has no file with its licence");
  });
});
