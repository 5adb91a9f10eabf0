/** What a browser has to load of the library: each door by itself, nothing of Node, and none of what only the program needs. */
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { PORTABLE } from "../../scripts/portable.mjs";

/** Bytes, minified: what a door takes now, and a tenth for what comes. */
const BUDGETS: Readonly<Record<string, number>> = {
  rules: 270_000,
  forecast: 660_000,
  render: 560_000,
  repair: 830_000,
  inspect: 810_000,
  analyze: 1_030_000,
  "analyze, inspect, repair, forecast, render, rules": 1_220_000,
};

/** What users hand over is checked by the program, which alone has tables, too. */
const FOREIGN = /^report\/(?:saved|schemas)\/|^cli\/|cli-table3|yargs|\/ajv\//;

async function bundleOf(names: string) {
  const options = {
    stdin: { contents: `export { ${names} } from "./platform/portable/index.ts"`, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
    legalComments: "none",
    logLevel: "silent",
    ...PORTABLE,
  } as const;
  const { metafile, outputFiles } = await build(options);
  const [output] = Object.values(metafile.outputs);
  const inside = Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  );
  return { bytes: outputFiles[0]?.contents.length ?? 0, imports: output?.imports ?? [], inside, metafile };
}

describe("a bundle for browsers", () => {
  it.each(Object.entries(BUDGETS))("of %s stays below %i bytes", async (names, budget) => {
    const { bytes, inside } = await bundleOf(names);
    expect(bytes).toBeGreaterThan(budget / 2);
    expect(bytes).toBeLessThanOrEqual(budget);
    expect(inside.filter((path) => FOREIGN.test(path))).toEqual([]);
  });

  it("asks for no module of Node, but for what its packages do without", async () => {
    const { imports, metafile } = await bundleOf(Object.keys(BUDGETS).at(-1) ?? "");
    // sax tries, and does without (lib/sax.js, `catch`).
    expect(imports.map(({ path }) => path)).toEqual(["stream"]);
    // tar-stream says so itself (package.json, `browser`): it takes the numbers of file types from there, and has its own.
    const absent = Object.keys(metafile.inputs).filter((path) => path.startsWith("(disabled)"));
    expect(absent).toEqual(["(disabled):fs"]);
    const asked = Object.values(metafile.inputs).flatMap(({ imports: of }) => of.map(({ path }) => path));
    expect(asked.filter((path) => path.startsWith("node:"))).toEqual([]);
  });
});
