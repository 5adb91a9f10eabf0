/** The built program on a pseudo-terminal, as people see it. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PATH, PROGRAM } from "./run.ts";

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

/** Standard output is a terminal; so is standard error, unless it is kept apart in a file of `folder`. */
export function runOnTerminal(
  args: readonly string[],
  folder: string,
  {
    apart = false,
    input = "",
    columns = 140,
  }: { readonly apart?: boolean; readonly input?: string; readonly columns?: number } = {},
): TerminalRun {
  const errors = join(folder, `stderr-${process.pid}.txt`);
  const line = [process.execPath, PROGRAM, ...args].map(quoted).join(" ");
  const { stdout, status } = spawnSync(
    "script",
    ["--quiet", "--return", "--command", apart ? `${line} 2>${quoted(errors)}` : line, "/dev/null"],
    {
      cwd: folder,
      encoding: "utf8",
      env: { PATH, TERM: "xterm", COLUMNS: String(columns), NO_COLOR: "1", SHELL: "/bin/sh" },
      input,
      maxBuffer: 1 << 28,
    },
  );
  const stderr = apart ? readFileSync(errors, "utf8") : "";
  if (apart) rmSync(errors);
  return { shown: stdout, stderr, status };
}
