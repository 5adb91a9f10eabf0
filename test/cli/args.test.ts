import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArguments, readWithYargs } from "../../cli/args.ts";
import { COMMANDS, type CommandName, optionsOf } from "../../cli/command-table.ts";
import { UsageError } from "../../cli/errors.ts";
import { CORPUS_ACTIONS, type Options, SCHEMA_NAMES } from "../../cli/options.ts";
import { readPlainLine } from "../../cli/plain-line.ts";
import { UUID_A } from "./run.ts";

const SETTINGS = { today: "2026-11-22", exists: (path: string) => path === "there" };

async function options(...argv: string[]): Promise<Options> {
  const parsed = await parseArguments(argv, SETTINGS);
  if (parsed.kind !== "run") throw new Error(`printed instead: ${parsed.text}`);
  return parsed.options;
}

async function printed(...argv: string[]): Promise<string> {
  const parsed = await parseArguments(argv, SETTINGS);
  return parsed.kind === "print" ? parsed.text : "";
}

function complaint(...argv: string[]): Promise<string> {
  return options(...argv).then(
    (understood) => `understood: ${JSON.stringify(understood)}`,
    (error) => {
      if (!(error instanceof UsageError)) throw error;
      return error.message;
    },
  );
}

describe("a command line", () => {
  it("that names only paths means analyze, with the defaults", async () => {
    const common = { format: "table", output: null, force: false, failOn: "warning", asOf: "2026-11-22" };
    const expected = {
      command: "analyze",
      paths: ["a.xva", "b.vars"],
      ...common,
      progress: true,
      quiet: false,
    };
    expect(await options("a.xva", "b.vars")).toMatchObject(expected);
    expect(await options("analyze", "a.xva", "b.vars")).toEqual(await options("a.xva", "b.vars"));
  });

  it("takes - as standard input, and everything behind -- as a path", async () => {
    expect(await options("-")).toMatchObject({ paths: ["-"] });
    expect(await options("analyze", "--quiet", "--", "-x", "--force", "--")).toMatchObject({
      paths: ["-x", "--force", "--"],
      quiet: true,
      force: false,
    });
    expect(await options("repair", "--", "-x")).toMatchObject({ command: "repair", path: "-x" });
  });

  it("takes options before and after paths, with a space or =, the last one counting", async () => {
    expect(await options("x.vars", "--output", "-")).toMatchObject({ output: null });
    expect(await options("x.vars", "--output", "./-")).toMatchObject({ output: "./-" });
    expect(await options("--format", "json", "x.vars")).toMatchObject({ format: "json", paths: ["x.vars"] });
    expect(await options("x.vars", "--format=json", "-q")).toMatchObject({ format: "json", quiet: true });
    expect(await options("x.vars", "--format", "json", "--format", "ndjson")).toMatchObject({
      format: "ndjson",
    });
  });

  it("takes true and false for a flag, as parsers of options do", async () => {
    expect(await options("repair", "a", "--dry-run=true")).toMatchObject({ dryRun: true });
    expect(await options("repair", "a", "--dry-run=false")).toMatchObject({ dryRun: false });
    expect(await options("analyze", "--", "--quiet=1")).toMatchObject({ paths: ["--quiet=1"], quiet: false });
  });

  it("finds the command behind options as well", async () => {
    expect(await options("--format", "json", "repair", "x.vars", "--dry-run")).toMatchObject({
      command: "repair",
      path: "x.vars",
      dryRun: true,
    });
  });

  it("reads every option of repair", async () => {
    const line = [
      "repair",
      "x.xva",
      "--emit",
      "efivars",
      "--out",
      "d",
      "--strategy",
      "remove",
      "--vm",
      UUID_A.toUpperCase(),
    ];
    expect(await options(...line)).toMatchObject({
      command: "repair",
      path: "x.xva",
      strategy: "remove",
      emitEfivars: true,
      out: "d",
      vmUuid: UUID_A,
      dryRun: false,
    });
  });

  it("reads what a run is asked for besides its findings", async () => {
    expect(await options("x.db")).toMatchObject({ group: false, baseline: null });
    const line = ["x.db", "--group", "--baseline", "then.json"];
    expect(await options(...line)).toMatchObject({ group: true, baseline: "then.json", paths: ["x.db"] });
    expect(await complaint(...line, "--format", "ndjson")).toBe(
      "--group needs a report with an end, which lines have not: take --format json.",
    );
  });

  it("keeps numbers, hexadecimal and dots in operands as they were typed", async () => {
    expect(await options("007", "0x10", "1e3", "a.b=c")).toMatchObject({
      paths: ["007", "0x10", "1e3", "a.b=c"],
    });
  });

  it("reads the operands of explain and schema", async () => {
    expect(await options("explain")).toMatchObject({ ruleId: null, path: null });
    expect(await options("explain", "r", "p")).toMatchObject({ ruleId: "r", path: "p" });
    expect(await options("schema")).toMatchObject({ name: "report" });
    expect(await options("schema", "repair")).toMatchObject({ name: "repair" });
    expect(await options("inspect", "p", "--all")).toMatchObject({
      command: "inspect",
      path: "p",
      all: true,
    });
  });
});

describe("wrong usage", () => {
  it.each([
    [["x.vars", "--fomat", "json"], "There is no option --fomat."],
    [["x.vars", "-z"], "There is no option -z."],
    [["x.vars", "--dry-run"], "There is no option --dry-run."],
    [
      ["x.vars", "--format", "xml"],
      '--format takes one of table, json, ndjson, markdown, html, sarif, junit, not "xml".',
    ],
    [["repair", "x", "--format", "sarif"], '--format takes one of table, json, ndjson, not "sarif".'],
    [["--format", "html", "diff", "a", "b"], '--format takes one of table, json, ndjson, not "html".'],
    [["explain", "--format", "html"], '--format takes one of table, json, ndjson, markdown, not "html".'],
    [["schema", "--format", "table"], '--format takes one of json, not "table".'],
    [["x.vars", "--fail-on", "all"], '--fail-on takes one of error, warning, info, never, not "all".'],
    [["x.vars", "--output"], "The option --output needs a value."],
    [["x.vars", "--output="], "The option --output needs the name of a file."],
    [
      ["repair", "a", "--out", "-"],
      "--out takes a name: only reports go to standard output. For one named - write ./-.",
    ],
    [
      ["a.vars", "--format", "ndjson", "--as-of", "2026-01-01", "--resume", "-"],
      "--resume takes a name: only reports go to standard output. For one named - write ./-.",
    ],
    [
      ["repair", "a", "--runbook", "-"],
      "--runbook takes a name: only reports go to standard output. For one named - write ./-.",
    ],
    [["x.vars", "--as-of", "2026-02-30"], '--as-of needs a day as YYYY-MM-DD, not "2026-02-30".'],
    [["x.vars", "--as-of", "22.11.2026"], '--as-of needs a day as YYYY-MM-DD, not "22.11.2026".'],
    [["x.vars", "--jobs", "many"], '--jobs takes a number from 1 to 256, not "many".'],
    [[], "Name at least one file or folder, or - for standard input."],
    [["repair"], "repair needs the name of a file, or - for standard input."],
    [["repair", "a", "b"], "repair takes one file, not 2."],
    [["repair", "a", "--emit", "efivars"], "--emit efivars needs a folder: --emit efivars --out DIR."],
    [["repair", "a", "--emit", "xva"], '--emit takes one of efivars, not "xva".'],
    [["repair", "a", "--dry-run=yes"], '--dry-run takes no value: leave out "=yes".'],
    [["--dry-run=", "repair", "a"], '--dry-run takes no value: leave out "=".'],
    [["x.vars", "-q=1"], '--quiet takes no value: leave out "=1".'],
    [["repair", "a", "--in-place"], "There is no option --in-place."],
    [["repair", "a", "--vm", "../x"], '--vm needs a UUID, not "../x".'],
    [["inspect"], "inspect needs the name of a file, or - for standard input."],
    [["explain", "a", "b", "c"], "explain takes a rule and one file."],
    [["schema", "nothing"], `schema takes one of ${SCHEMA_NAMES.join(", ")}, not "nothing".`],
    [["analyse", "x.vars"], 'There is no command and no file "analyse". Did you mean analyze?'],
  ])("%j is told in plain words", async (argv, message) => {
    expect(await complaint(...argv)).toBe(message);
  });

  it.each(["help"])("%s is no command of this version, even where a file has that name", async (word) => {
    expect(await complaint(word, "x")).toBe(
      `This version has no command ${word}. For a file of this name write ./${word}.`,
    );
    expect(await options(`./${word}`)).toMatchObject({ paths: [`./${word}`] });
    expect(await options("analyze", word)).toMatchObject({ paths: [word] });
  });

  it("does not take a word for a command where a file has that name", async () => {
    expect(await options("there")).toMatchObject({ command: "analyze", paths: ["there"] });
  });

  it("repeats nothing that a terminal would obey", async () => {
    expect(await complaint("x.vars", "--format", "\u001b[31m")).not.toMatch(/\u001b/);
    expect(await complaint("x.vars", "--\u001b[31m")).not.toMatch(/\u001b/);
  });

  it.each(["__proto__", "constructor", "toString"])("%s is no option like any other", async (name) => {
    expect(await complaint("x.vars", `--${name}`)).toMatch(/There is no option/);
    expect(await complaint("x.vars", `--${name}`, "y")).toMatch(/There is no option/);
  });
});

describe("help", () => {
  it("lists the commands, the options and the exit codes", async () => {
    const help = await printed("--help");
    for (const name of [...Object.keys(COMMANDS), "completion"]) expect(help).toContain(`varscope ${name}`);
    expect(help).toContain("Exit codes:");
    expect(await printed("-h")).toBe(help);
  });

  it.each(Object.keys(COMMANDS) as CommandName[])("of %s has its options and examples", async (name) => {
    const help = await printed(name, "--help");
    for (const option of Object.keys(optionsOf(name))) expect(help).toContain(`--${option}`);
    for (const [example] of COMMANDS[name].examples) expect(help).toContain(example);
  });

  it.each(Object.keys(COMMANDS) as CommandName[])(
    "of %s and its completion name its formats",
    async (name) => {
      const { formats } = COMMANDS[name];
      const [line] = (await printed(name, "--help"))
        .split("\n")
        .filter((text) => text.includes("--format  "));
      expect(line).toContain(`[choices: ${formats.map((format) => `"${format}"`).join(", ")}]`);
      const completions = await printed("--get-yargs-completions", "varscope", name, "--format", "");
      expect(completions.split("\n")).toEqual(formats);
    },
  );

  it("names without a command the formats of analyze", async () => {
    const formats = COMMANDS.analyze.formats;
    expect(await printed("--help")).toContain(
      `[choices: ${formats.map((format) => `"${format}"`).join(", ")}]`,
    );
    const completions = await printed("--get-yargs-completions", "varscope", "--format", "");
    expect(completions.split("\n")).toEqual(formats);
  });

  it.each([
    ["corpus", CORPUS_ACTIONS],
    ["schema", SCHEMA_NAMES],
  ] as const)("completes the first word behind %s", async (command, words) => {
    const completions = await printed("--get-yargs-completions", "varscope", command, "");
    expect(completions.split("\n").map((line) => line.split(":")[0])).toEqual(words);
    const [word = ""] = words;
    const behind = await printed("--get-yargs-completions", "varscope", command, word, "--f");
    expect(behind.split("\n")).toEqual(expect.arrayContaining(["--format", "--force", "--fail-on"]));
  });

  it("is a version and a completion script, too", async () => {
    expect(await printed("--version")).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await printed("completion")).toContain("complete -o bashdefault");
    expect((await printed("--get-yargs-completions", "varscope", "re")).split("\n")).toContain("repair");
    expect((await printed("--get-yargs-completions", "varscope", "repair", "--d")).split("\n")).toContain(
      "--dry-run",
    );
  });
});

describe("the reader of plain lines", () => {
  const names = [
    ...new Set((Object.keys(COMMANDS) as CommandName[]).flatMap((name) => Object.keys(optionsOf(name)))),
  ];
  const word = fc.oneof(
    fc.constantFrom(...Object.keys(COMMANDS), ...names.map((name) => `--${name}`)),
    fc.constantFrom(
      "json",
      "never",
      "merge",
      "remove",
      "efivars",
      "2026-01-02",
      "x.vars",
      "-",
      "007",
      "",
      " ",
      "a b",
    ),
    fc.constantFrom(
      "-q",
      "-h",
      "--help",
      "--version",
      "--format=json",
      "--quiet=false",
      "--no-quiet",
      "-x",
      "completion",
    ),
    fc.string({ maxLength: 6 }).filter((text) => text !== "--" && !text.includes("\0")),
  );

  it("reads what it reads as yargs does", async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (argv) => {
        const line = readPlainLine(argv);
        if (line === null) return;
        plain++;
        const read = await readWithYargs(argv);
        if (typeof read === "string") throw new Error(`yargs prints: ${read}`);
        const { values, ...rest } = read;
        const known = Object.keys(optionsOf(line.command));
        expect({ ...rest, values: Object.fromEntries(known.map((name) => [name, values[name]])) }).toEqual(
          line,
        );
      }),
      { numRuns: 1500, seed: 20251023 },
    );
    expect(plain).toBeGreaterThan(200);
  });
});
