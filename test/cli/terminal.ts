/** The built program on a pseudo-terminal, as people see it. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATH, PROGRAM } from "./run.ts";
import { isWarm, WarmProgram } from "./warm-program.ts";

/** util-linux's script(1); that of BSD takes no command as one text. */
export const hasTerminal: boolean = /util-linux/.test(
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "",
);

export interface TerminalRun {
  /** All that the terminal showed: both outputs, unless standard error was kept apart. */
  readonly shown: string;
  /** Empty unless it was kept apart. */
  readonly stderr: string;
  readonly status: number | null;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** script(1) with this in its terminal. Its shell hands the other files of this process on. */
function scriptOf(line: string): readonly string[] {
  return ["--quiet", "--return", "--command", line, "/dev/null"];
}

const ENVIRONMENT = { PATH, TERM: "xterm", NO_COLOR: "1", SHELL: "/bin/sh" };

/** What the terminal of the shared process shows. */
let screen = -1;
const warm = new WarmProgram((command, pipes) => {
  const folder = mkdtempSync(join(tmpdir(), "varscope-terminal-"));
  const path = join(folder, "screen");
  const shown = openSync(path, "w");
  screen = openSync(path, "r");
  rmSync(folder, { recursive: true });
  const line = command.map(quoted).join(" ");
  // Standard input stays open: at its end script(1) types an end of file into the terminal, whatever runs there.
  const child = spawn("script", scriptOf(line), {
    env: ENVIRONMENT,
    stdio: ["pipe", shown, "inherit", ...pipes],
  });
  closeSync(shown);
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
});
let runs = 0;

/** All up to the mark, which script(1) passes on a moment later than the program's answer. */
function shownUpTo(mark: string): string {
  const pieces: Buffer[] = [];
  const piece = Buffer.alloc(1 << 16);
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const length = readSync(screen, piece);
    if (length === 0) Atomics.wait(nothing, 0, 0, 1);
    else pieces.push(Buffer.from(piece.subarray(0, length)));
    const shown = Buffer.concat(pieces).toString("utf8");
    if (shown.endsWith(mark)) return shown.slice(0, -mark.length);
  }
}

interface TerminalSettings {
  readonly apart?: boolean;
  readonly input?: string;
  readonly columns?: number;
}

/**
 * Standard output is a terminal; so is standard error, unless it is kept apart. Without input to read, the runs of a test file
 * share one terminal and one process.
 */
export function runOnTerminal(
  args: readonly string[],
  folder: string,
  settings: TerminalSettings = {},
): TerminalRun {
  const { apart = false, input, columns = 140 } = settings;
  if (!isWarm || input !== undefined) return runOnOwnTerminal(args, folder, settings);
  const mark = `\x1b[0mend of run ${++runs}\x1b[0m`;
  const env = { ...ENVIRONMENT, COLUMNS: String(columns) };
  const terminal = apart ? "output" : "both";
  const { status, stderr } = warm.run({ args, cwd: folder, env, terminal, mark });
  return { shown: shownUpTo(mark), stderr, status };
}

/** On a terminal of its own, in a process of its own. */
export function runOnOwnTerminal(
  args: readonly string[],
  folder: string,
  { apart = false, input = "", columns = 140 }: TerminalSettings = {},
): TerminalRun {
  const errors = join(folder, `stderr-${process.pid}.txt`);
  const line = [process.execPath, PROGRAM, ...args].map(quoted).join(" ");
  const { stdout, status } = spawnSync("script", scriptOf(apart ? `${line} 2>${quoted(errors)}` : line), {
    cwd: folder,
    encoding: "utf8",
    env: { ...ENVIRONMENT, COLUMNS: String(columns) },
    input,
    maxBuffer: 1 << 28,
  });
  const stderr = apart ? readFileSync(errors, "utf8") : "";
  if (apart) rmSync(errors);
  return { shown: stdout, stderr, status };
}
