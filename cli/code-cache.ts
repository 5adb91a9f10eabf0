/**
 * Loads a program of one file together with the code that V8 made of it in earlier runs. Compiling takes a third of a short run.
 * Node's own cache (node:module, enableCompileCache) is missing in Node 20, and is written before anything has run: without the
 * functions that are compiled when they are first called, which are nearly all. This one is written when a run ends
 * (node:vm, `cachedData` and `createCachedData`).
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import { crc32 } from "node:zlib";

/** The first runs of a command each add what they compiled; afterwards there is hardly anything to add. */
const RUNS_THAT_ADD = 4;
/** A line of text stands before the code. V8 wants its code at a multiple of 8 bytes. */
const HEAD_BYTES = 128;

export interface CodeCacheSettings {
  /** Null: nothing is kept. */
  readonly folder: string | null;
  /** Each has a file of its own, for what it calls. */
  readonly command: string;
  /** Whether this run may write. */
  readonly isAdded: boolean;
}

/** What the file at `path` exports. */
export function loadWithCodeCache(path: string, { folder, isAdded, command }: CodeCacheSettings): unknown {
  const source = readFileSync(path);
  const cache = folder === null ? null : new CodeCache(join(folder, cacheName(command)), source);
  const script = new vm.Script(`(function (exports, require, module) {${source.toString("utf8")}\n})`, {
    filename: path,
    ...(cache?.code === null || cache === null ? {} : { cachedData: cache.code }),
  });
  // V8 refuses code of another version or other flags.
  if (cache !== null && isAdded && (script.cachedDataRejected === true || cache.runs < RUNS_THAT_ADD))
    process.once("exit", (exitCode) => {
      // A run that failed called little of the program.
      if (exitCode === 0 || exitCode === 1) cache.write(script.createCachedData());
    });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module);
  return module.exports;
}

function cacheName(command: string): string {
  const word = /^[a-z]{1,16}$/.test(command) ? command : "other";
  return `${word}-${process.version}-${process.arch}.code`;
}

class CodeCache {
  /** How many runs wrote it. */
  readonly runs: number = 0;
  /** Null where there is none for this very program, or where it was damaged: V8 would run what it is given. */
  readonly code: Buffer | null = null;
  readonly #path: string;
  readonly #program: string;

  constructor(path: string, source: Buffer) {
    this.#path = path;
    this.#program = `${source.length} ${crc32(source)}`;
    const file = readIfThere(path);
    if (file === null) return;
    const code = file.subarray(HEAD_BYTES);
    const runs = Number(file.toString("latin1", 0, 2));
    if (!file.subarray(0, HEAD_BYTES).equals(this.#head(runs, code))) return;
    this.runs = runs;
    this.code = code;
  }

  #head(runs: number, code: Buffer): Buffer {
    const line = `${runs} runs of ${this.#program}, code ${code.length} ${crc32(code)}`;
    return Buffer.from(`${line.padEnd(HEAD_BYTES - 1)}\n`, "latin1");
  }

  /** A run beside this one may do the same: each writes a file of its own, and the last one stays. */
  write(code: Buffer): void {
    const temporary = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(temporary, Buffer.concat([this.#head(this.runs + 1, code), code]), {
        mode: 0o600,
        flag: "wx",
      });
      renameSync(temporary, this.#path);
    } catch {
      // The disk is full, or the folder went: the next run is slower, and no worse.
      rmSync(temporary, { force: true });
    }
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
