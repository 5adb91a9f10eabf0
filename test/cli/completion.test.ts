/** What TAB gives in the real shells; each is skipped where it is not installed. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS, optionsOf } from "../../cli/command-line/index.ts";
import type { CommandName } from "../../cli/command-line/line.ts";
import { SHELLS, type Shell } from "../../cli/options.ts";
import { RULES } from "../../rules/index.ts";
import { put, run, temporaryFolder } from "./run.ts";
import { hasTerminal } from "./terminal.ts";

const folder = temporaryFolder();
put(folder, "backup one.xva", "");
put(folder, "report.html", "");
mkdirSync(join(folder, "parts"));
for (const shell of SHELLS) put(folder, `completion.${shell}`, run(["completion", shell]).stdout);

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ["--version"], { encoding: "utf8" }).status === 0;
}

/** Stands for the program: writes down with what it was called. */
const SPY = `varscope() { printf '%s\\n' "$@" >"$RESULT"; }`;
put(folder, "bashrc", `PS1=\nsource '${folder}/completion.bash'\n${SPY}\n`);
mkdirSync(join(folder, "zsh"));
put(
  join(folder, "zsh"),
  ".zshrc",
  `PS1=\nautoload -Uz compinit && compinit -u -d '${folder}/zsh/dump'\nsource '${folder}/completion.zsh'\n${SPY}\n`,
);

const INTERACTIVE: Readonly<Record<"bash" | "zsh", string>> = {
  bash: `bash --noprofile --rcfile '${folder}/bashrc' -i`,
  zsh: "zsh -i",
};

/** The words of a line in which every TAB was completed, as the program would get them. */
function typed(shell: "bash" | "zsh", line: string): string[] {
  const result = put(folder, "result", "");
  spawnSync("script", ["--quiet", "--command", INTERACTIVE[shell], "/dev/null"], {
    cwd: folder,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      TERM: "xterm",
      SHELL: "/bin/sh",
      ZDOTDIR: join(folder, "zsh"),
      RESULT: result,
    },
    input: `${line}\nexit\n`,
  });
  return readFileSync(result, "utf8").split("\n").slice(0, -1);
}

/** All that fish offers for the last word. */
function offered(line: string): string[] {
  const { stdout } = spawnSync(
    "fish",
    ["--no-config", "-c", `source '${folder}/completion.fish'; complete -C "$LINE"`],
    { cwd: folder, encoding: "utf8", env: { PATH: process.env["PATH"], HOME: folder, LINE: line } },
  );
  return stdout
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => text.split("\t")[0] ?? "");
}

/** A line with one way to complete each TAB, and what it comes to. */
const LINES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ["varscope repa\tback\t", ["repair", "backup one.xva"]],
  ["varscope back\t", ["backup one.xva"]],
  ["varscope analyze --bas\trep\t", ["analyze", "--baseline", "report.html"]],
  ["varscope repair x --strat\tmer\t", ["repair", "x", "--strategy", "merge"]],
  ["varscope repair x --strategy=com\t", ["repair", "x", "--strategy=compact"]],
  ["varscope -q --format jun\t", ["-q", "--format", "junit"]],
  ["varscope inspect --format nd\tback\t", ["inspect", "--format", "ndjson", "backup one.xva"]],
  ["varscope explain incident-\tback\t", ["explain", "incident-2025-10", "backup one.xva"]],
  ["varscope extract back\t--out pa\t", ["extract", "backup one.xva", "--out", "parts/"]],
  ["varscope corpus upd\tpar\t", ["corpus", "update", "parts/"]],
  ["varscope schema fore\t", ["schema", "forecast"]],
  ["varscope completion fi\t", ["completion", "fish"]],
  ["varscope help ver\t", ["help", "verify"]],
  ["varscope diff -- back\t", ["diff", "--", "backup one.xva"]],
  // A word that is no option there, no rule, no file is left as it was.
  ["varscope verify --strat\tx", ["verify", "--stratx"]],
  ["varscope schema cas\tback\t", ["schema", "case", "back"]],
];

describe.each(["bash", "zsh"] as const)("TAB in %s", (shell) => {
  it.skipIf(!hasTerminal || !isInstalled(shell)).each(LINES)("%j", (line, words) => {
    // zsh takes back the slash behind a folder that was completed.
    const bare = (all: readonly string[]): string[] => all.map((word) => word.replace(/\/$/, ""));
    expect(bare(typed(shell, line))).toEqual(bare(words));
  });
});

describe.skipIf(!isInstalled("fish"))("TAB in fish", () => {
  it.each(Object.keys(COMMANDS) as CommandName[])("offers the options of %s that mean something", (name) => {
    const common = Object.keys(optionsOf(name)).filter(
      (option) =>
        option === "format" || option in COMMANDS[name].options || COMMANDS[name].common.includes(option),
    );
    expect(offered(`varscope ${name} --`).sort()).toEqual(
      [...common, "help", ...(name === "analyze" ? ["version"] : [])].map((option) => `--${option}`).sort(),
    );
  });

  it("offers rules, words and files where each belongs", () => {
    const ids = RULES.map(({ meta }) => meta.id).sort();
    expect(offered("varscope explain ").sort()).toEqual(ids);
    expect(offered("varscope explain incident-2025-10 back")).toEqual(["backup one.xva"]);
    expect(offered("varscope repair x --strategy ").sort()).toEqual(["compact", "merge", "remove"]);
    expect(offered("varscope extract x --out pa")).toEqual(["parts/"]);
    expect(offered("varscope repair x --out rep")).toEqual(["report.html"]);
    expect(offered("varscope schema ").sort()).toEqual([
      "ask",
      "boot",
      "case",
      "forecast",
      "repair",
      "report",
      "verify",
    ]);
    expect(offered("varscope completion ").sort()).toEqual(["bash", "fish", "zsh"]);
    expect(offered("varscope rep").sort()).toEqual(["repair", "report.html"]);
    expect(offered("varscope -q --format jun")).toEqual(["junit"]);
    expect(offered("varscope help ver")).toEqual(["verify"]);
  });
});

describe("varscope completion", () => {
  it("takes the shell of the one who asks where none is named", () => {
    for (const shell of SHELLS)
      expect(run(["completion"], { env: { SHELL: `/usr/bin/${shell}` } }).stdout).toBe(
        run(["completion", shell]).stdout,
      );
    const { status, stderr } = run(["completion"], { env: { SHELL: "/usr/bin/tcsh" } });
    expect(status).toBe(2);
    expect(stderr).toContain("completion needs the name of your shell: bash, zsh, fish.");
    expect(run(["completion", "powershell"]).status).toBe(2);
  });

  it.each(SHELLS)("prints a script that %s can read", (shell) => {
    if (!isInstalled(shell)) return;
    expect(spawnSync(shell, ["-n", join(folder, `completion.${shell}`)], { encoding: "utf8" }).stderr).toBe(
      "",
    );
  });
});
