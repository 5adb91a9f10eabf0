/** The file that is started: says where Node may keep the compiled code of the program, and loads the program. */
import module from "node:module";
import { compileCacheFolder } from "./compile-cache.ts";

/** Missing before Node 22.8, and so in the types of Node 20. */
const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };

if (enableCompileCache !== undefined) {
  const folder = compileCacheFolder();
  if (folder !== null) enableCompileCache(folder);
}

const { start } = require("./program.cjs") as typeof import("./main.ts");
start();
