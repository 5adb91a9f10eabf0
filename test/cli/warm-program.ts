/**
 * The built program, kept warm: many runs of it in one process, see warm-program.mjs. VARSCOPE_TEST_PROCESSES=1 starts a process
 * for each run instead, as CI does on one of its versions of Node: what tests see is the same.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("warm-program.mjs", import.meta.url));
const dist = (name: string): string => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

export const PROGRAM: string = dist("varscope.cjs");

export interface WarmRun {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What is a terminal: nothing, standard output, or standard error as well. */
  readonly terminal: "none" | "output" | "both";
  /** Is written to the terminal behind all else. */
  readonly mark?: string;
}

export interface Ended {
  readonly status: number;
  /** The program ended its process, so that no other run can follow in it. */
  readonly gone: boolean;
  /** What did not go to a terminal. */
  readonly stdout: string;
  readonly stderr: string;
}

/** False where one asks for processes, and where the system has no pipes with names. */
export const isWarm: boolean =
  process.env["VARSCOPE_TEST_PROCESSES"] === undefined && process.platform !== "win32";

/** How the program is started: its command line, with the two pipes as 3 and 4. */
export type Starter = (
  command: readonly string[],
  pipes: readonly [asked: number, answered: number],
) => ChildProcess;

export const startWithoutTerminal: Starter = ([node = "", ...args], pipes) =>
  spawn(node, args, { stdio: ["ignore", "ignore", "inherit", ...pipes] });

export class WarmProgram {
  private readonly start: Starter;
  private pipes: { readonly asked: number; readonly answered: number } | null = null;
  private rest: Buffer = Buffer.alloc(0);

  constructor(start: Starter) {
    this.start = start;
  }

  /** Waits for the end. */
  run(what: WarmRun): Ended {
    this.pipes ??= this.open();
    const question = Buffer.from(`${JSON.stringify(what)}\n`);
    for (let at = 0; at < question.length; ) at += writeSync(this.pipes.asked, question, at);
    const answer = this.answer(this.pipes.answered);
    if (answer === null || answer.gone) this.close();
    if (answer === null) throw new Error(`The process ended without an answer: ${what.args.join(" ")}`);
    return answer;
  }

  /** The next run gets a new process. */
  close(): void {
    if (this.pipes !== null) for (const pipe of Object.values(this.pipes)) closeSync(pipe);
    this.pipes = null;
    this.rest = Buffer.alloc(0);
  }

  /** Each side holds only its own end, so that each reads the other's end as an end of file. */
  private open(): { asked: number; answered: number } {
    const folder = mkdtempSync(join(tmpdir(), "varscope-warm-"));
    const [asked, answered] = [join(folder, "asked"), join(folder, "answered")];
    spawnSync("mkfifo", [asked, answered]);
    // Opened for both, a pipe is open at once; the other opening of it finds a partner.
    const ask = openSync(asked, "r+");
    const toBeAsked = openSync(asked, "r");
    const toAnswer = openSync(answered, "r+");
    const answers = openSync(answered, "r");
    rmSync(folder, { recursive: true });
    const settings = JSON.stringify({ program: PROGRAM, bundle: dist("program.cjs") });
    const child = this.start([process.execPath, SERVER, settings], [toBeAsked, toAnswer]);
    child.unref();
    closeSync(toBeAsked);
    closeSync(toAnswer);
    return { asked: ask, answered: answers };
  }

  private answer(pipe: number): Ended | null {
    const pieces = [this.rest];
    const piece = Buffer.alloc(1 << 16);
    for (;;) {
      const length = readSync(pipe, piece);
      if (length === 0) return null;
      const read = Buffer.from(piece.subarray(0, length));
      const end = read.indexOf("\n");
      if (end < 0) {
        pieces.push(read);
        continue;
      }
      pieces.push(read.subarray(0, end));
      this.rest = read.subarray(end + 1);
      return JSON.parse(Buffer.concat(pieces).toString("utf8")) as Ended;
    }
  }
}
