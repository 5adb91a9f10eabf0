/** The built program on a pseudo-terminal, as people see it. */
import { spawn, spawnSync } from "node:child_process";
import { fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATH } from "./run.ts";
import { WarmProgram } from "./warm.ts";

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

/** A terminal on which the program runs many times (`warm-program.mjs`), and the file of what it showed. */
interface Terminal {
  readonly program: WarmProgram;
  readonly shown: number;
}

function openTerminal(): Terminal {
  const folder = mkdtempSync(join(tmpdir(), "varscope-terminal-"));
  const path = join(folder, "shown");
  const shown = openSync(path, "w+");
  rmSync(folder, { recursive: true });
  const program = new WarmProgram((args) =>
    spawn(
      "script",
      ["--quiet", "--command", [process.execPath, ...args].map(quoted).join(" "), "/dev/null"],
      { stdio: ["ignore", shown, "inherit"], env: { PATH, TERM: "xterm", SHELL: "/bin/sh" } },
    ).unref(),
  );
  return { program, shown };
}

let terminal: Terminal | null = null;
let runs = 0;

/** What was shown up to this mark, which script(1) passes on a little later than the program wrote it. */
function shownUntil(mark: string, descriptor: number, start: number): string {
  for (;;) {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(size - start);
    readSync(descriptor, bytes, 0, bytes.length, start);
    const text = bytes.toString("utf8");
    if (text.endsWith(mark)) return text.slice(0, -mark.length);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** Standard output is a terminal; so is standard error, unless it is kept apart. */
export function runOnTerminal(
  args: readonly string[],
  folder: string,
  { apart = false, columns = 140 }: { readonly apart?: boolean; readonly columns?: number } = {},
): TerminalRun {
  terminal ??= openTerminal();
  const { program, shown } = terminal;
  const start = fstatSync(shown).size;
  const mark = `\u001eend of run ${runs++}\u001e`;
  const { status, stderr } = program.run({
    args,
    cwd: folder,
    env: { PATH, TERM: "xterm", COLUMNS: String(columns), NO_COLOR: "1", SHELL: "/bin/sh" },
    terminal: apart ? "output" : "both",
    mark,
  });
  return { shown: shownUntil(mark, shown, start), stderr, status };
}
