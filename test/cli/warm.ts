/** Runs of the built program in one process for each file of tests (`warm-program.mjs`), which is started by the first run. */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("warm-program.mjs", import.meta.url));

export interface WarmRun {
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface WarmAnswer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Files that the run opened and did not close, and what else of it is not over. */
  readonly left: readonly string[];
}

export class WarmProgram {
  readonly #requests: number;
  readonly #answers: number;

  /** `begin` starts a process with these arguments for Node, and does not wait for it. */
  constructor(begin: (args: readonly string[]) => void) {
    const folder = mkdtempSync(join(tmpdir(), "varscope-warm-"));
    const [requests, answers] = [join(folder, "requests"), join(folder, "answers")];
    spawnSync("mkfifo", [requests, answers]);
    begin([SERVER, requests, answers]);
    // Each waits until the other end is open.
    this.#requests = openSync(requests, "w");
    this.#answers = openSync(answers, "r");
    rmSync(folder, { recursive: true });
  }

  /** Throws where something of the run is left when it has its exit code. */
  run(request: WarmRun & { readonly terminal?: "both" | "output"; readonly mark?: string }): WarmAnswer {
    const bytes = Buffer.from(`${JSON.stringify(request)}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#requests, bytes, at);
    const answer = JSON.parse(this.#line()) as WarmAnswer;
    if (answer.left.length > 0) throw new Error(`${request.args.join(" ")} leaves ${answer.left.join(", ")}`);
    return answer;
  }

  #line(): string {
    const chunks: Buffer[] = [];
    for (;;) {
      const chunk = Buffer.allocUnsafe(65_536);
      const length = readSync(this.#answers, chunk);
      if (length === 0) throw new Error("The program ended without an exit code of its own.");
      chunks.push(chunk.subarray(0, length));
      if (chunk[length - 1] === 0x0a) return Buffer.concat(chunks).toString("utf8");
    }
  }
}

let warm: WarmProgram | null = null;

/** As `spawnSync` answers. */
export function runWarm(run: WarmRun): SpawnSyncReturns<string> {
  warm ??= new WarmProgram((args) =>
    spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] }).unref(),
  );
  const { status, stdout, stderr } = warm.run(run);
  return { pid: 0, status, signal: null, stdout, stderr, output: [null, stdout, stderr] };
}
