/** The file that is started: loads the program, with the code that V8 made of it before. */
import { join } from "node:path";
import { THREAD_MARK } from "./batch/thread-mark.ts";
import { loadWithCodeCache } from "./code-cache.ts";
import { codeCacheFolder } from "./code-cache-folder.ts";

// A thread takes part in the work of its command: what it compiles is not the whole of it.
const isThread = process.env[THREAD_MARK] !== undefined;
const folder = process.env["NODE_DISABLE_COMPILE_CACHE"] === undefined ? codeCacheFolder() : null;
const program = loadWithCodeCache(join(__dirname, "program.cjs"), {
  folder,
  isAdded: !isThread,
  command: process.argv[2] ?? "",
});
(program as typeof import("./main.ts")).start();
