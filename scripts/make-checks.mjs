/**
 * Compiles the schemas of what users hand over: node scripts/make-checks.mjs. What it writes is part of the project, so that neither a
 * build nor a test needs it; test/scripts/checks.test.ts fails where it is not what the schemas come to.
 */
import { writeFileSync } from "node:fs";
import { build } from "esbuild";
import { CHECKS, checksText } from "./checks.mjs";

for (const { source, name, target, misfit } of CHECKS) {
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false });
  const module = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  writeFileSync(target, checksText(module[name], source, misfit));
}
