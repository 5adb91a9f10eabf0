import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArguments, readWithYargs } from "../../cli/args.ts";
import { COMMANDS, optionsOf } from "../../cli/command-line/index.ts";
import type { CommandName } from "../../cli/command-line/line.ts";
import { UsageError } from "../../cli/errors.ts";
import { type Options, SCHEMA_NAMES } from "../../cli/options.ts";
import { readPlainLine } from "../../cli/plain-line.ts";
import { UUID_A } from "./run.ts";

const SETTINGS = { today: "2026-11-22", exists: (path: string) => path === "there" };

async function options(...argv: string[]): Promise<Options> {
  const parsed = await parseArguments(argv, SETTINGS);
  if (parsed.kind !== "run") throw new Error(`printed instead: ${parsed.text}`);
  return parsed.options;
}

function printed(...argv: string[]): Promise<string> {
  return printedAt(undefined, ...argv);
}

/** So wide that nothing has to be wrapped. */
const WIDE = 1000;

/** On a terminal of so many columns. */
async function printedAt(columns: number | undefined, ...argv: string[]): Promise<string> {
  const parsed = await parseArguments(argv, { ...SETTINGS, columns });
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

  it("takes options before and after paths, with a space or =", async () => {
    expect(await options("x.vars", "--output", "-")).toMatchObject({ output: null });
    expect(await options("x.vars", "--output", "./-")).toMatchObject({ output: "./-" });
    expect(await options("--format", "json", "x.vars")).toMatchObject({ format: "json", paths: ["x.vars"] });
    expect(await options("x.vars", "--format=json", "-q")).toMatchObject({ format: "json", quiet: true });
    expect(await options("x.vars", "-o", "report.txt")).toMatchObject({ output: "report.txt" });
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

const EMPTY_NAME = "The name of a file is empty: is it a variable of the shell that is not set?";

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
    [["x.vars", "-o"], "The option -o needs a value."],
    [["x.vars", "--output="], "The option --output needs the name of a file."],
    [["x.vars", "--reference", ""], "The option --reference needs the name of a file."],
    [["forecast", "x", "--update", "a", "--update", ""], "The option --update needs the name of a file."],
    [[""], EMPTY_NAME],
    [["x.vars", ""], EMPTY_NAME],
    [["repair", ""], EMPTY_NAME],
    [["diff", "a", ""], EMPTY_NAME],
    [["explain", "wrong-signature-owner", ""], EMPTY_NAME],
    [["corpus", "run", ""], EMPTY_NAME],
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
    [["repair"], "repair needs the name of a file or folder, or - for standard input."],
    [["inspect", "a", "b"], "inspect takes one file, not 2."],
    [["repair", "a", "--emit", "efivars"], "--emit efivars needs a folder: --emit efivars --out DIR."],
    [["repair", "a", "b", "--emit", "same"], "--emit same needs a folder: --emit same --out DIR."],
    [["repair", "a", "--emit", "xva"], '--emit takes one of efivars, same, not "xva".'],
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

  it.each(["page"])("%s is no command of this version, even where a file has that name", async (word) => {
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

/** What `--help` says behind its examples is left out: they may show any option. */
function optionLines(help: string): string {
  return help
    .split("\n")
    .filter((line) => /^ +(-\w, )?(-\w, )?--/.test(line))
    .join("\n");
}

function meansSomething(name: CommandName, option: string): boolean {
  const { options: own, common } = COMMANDS[name];
  return option === "format" || Object.hasOwn(own, option) || common.includes(option);
}

/** Operands that each command takes. */
const OPERANDS: Readonly<Record<CommandName, readonly string[]>> = {
  analyze: ["x"],
  ask: [],
  convert: ["x"],
  repair: ["x"],
  inspect: ["x"],
  diff: ["x", "y"],
  extract: ["x", "--out", "d"],
  forecast: ["x", "--update", "u"],
  verify: ["x"],
  boot: ["x"],
  explain: [],
  corpus: ["run", "x"],
  schema: [],
  completion: ["bash"],
};

describe("an option that is given twice", () => {
  const all = (Object.keys(COMMANDS) as CommandName[]).flatMap((name) =>
    Object.entries(optionsOf(name)).map(([option, definition]) => ({ name, option, ...definition })),
  );
  const SECOND = ["--quiet"];

  it.each(all.filter(({ type }) => type === "string"))(
    "is wrong usage where it takes one value: $name --$option",
    async ({ name, option, alias, choices = ["1"] }) => {
      const [first = "1", second = first] = choices;
      const spellings = [
        [`--${option}`, first, `--${option}`, second],
        [`--${option}`, first, `--${option}`, first],
        [`--${option}=${first}`, "--force", `--${option}=${second}`],
        ...(alias === undefined ? [] : [[`-${alias}`, first, `--${option}`, second]]),
      ];
      for (const words of spellings) {
        const without = OPERANDS[name].filter(
          (word, i, line) => option !== "out" || (word !== "--out" && line[i - 1] !== "--out"),
        );
        expect(await complaint(name, ...without, ...words)).toBe(
          `--${option} takes one value, and is given 2 times.`,
        );
        if (name === "analyze")
          expect(await complaint(...words, ...without)).toBe(
            `--${option} takes one value, and is given 2 times.`,
          );
      }
    },
  );

  it.each(all.filter(({ type }) => type === "list"))(
    "adds up where it is a list: $name --$option",
    async ({ name, option }) => {
      const line = [name, ...OPERANDS[name].filter((word) => !word.startsWith("--update") && word !== "u")];
      const more = name === "forecast" && option !== "update" ? ["--update", "u"] : [];
      const once = await options(...line, ...more, `--${option}`, "a", "b", "c");
      const field = option === "update" ? "updates" : "references";
      expect(once).toMatchObject({ [field]: ["a", "b", "c"] });
      const spellings = [
        [`--${option}`, "a", `--${option}`, "b", "c"],
        [`--${option}`, "a", "b", ...SECOND, `--${option}`, "c"],
        [`--${option}=a`, `--${option}=b`, `--${option}`, "c"],
      ];
      for (const words of spellings)
        expect({ ...(await options(...line, ...more, ...words)), quiet: false }).toEqual(once);
    },
  );

  it.each(all.filter(({ type }) => type === "boolean"))(
    "is as good as once where it is a flag: $name --$option",
    async ({ name, option, alias = option }) => {
      const short = alias.length === 1 ? `-${alias}` : `--${alias}`;
      const line = option === "last-good" ? [name, "x", "--out", "d"] : [name, ...OPERANDS[name]];
      const more = name === "corpus" && option === "redact" ? ["corpus", "add", "x", "--to", "d"] : line;
      if (name === "forecast" && option === "replace") more.push("--replace");
      expect(await complaint(...more, `--${option}`, short)).toBe(await complaint(...more, `--${option}`));
      expect(await complaint(...more, `--${option}`, `--${option}=false`)).toBe(
        `--${option} is given both as true and as false.`,
      );
    },
  );
});

describe("what --output is called", () => {
  it.each([
    ["r.html", "html"],
    ["r.md", "markdown"],
    ["r.json", "json"],
    ["r.ndjson", "ndjson"],
    ["r.sarif", "sarif"],
    ["r.xml", "junit"],
    ["R.HTML", "html"],
    ["a.json/r.txt", "table"],
    ["r.txt", "table"],
    ["r", "table"],
    [".html", "table"],
    ["-", "table"],
  ])("%s chooses the format %s, where --format does not say it", async (output, format) => {
    expect(await options("x.vars", "--output", output)).toMatchObject({
      output: output === "-" ? null : output,
      format,
    });
    expect(await options("x.vars", "-o", output, "--format", format)).toMatchObject({ format });
  });

  it("is wrong usage where --format says otherwise, or where the command has no such format", async () => {
    expect(await complaint("x.vars", "--output", "r.html", "--format", "json")).toBe(
      'By its ending --output "r.html" is to be html, and --format says json: leave out --format, or give the file another name.',
    );
    expect(await complaint("x.vars", "-o", "r.html", "--format", "table")).toMatch(/^By its ending/);
    expect(await complaint("diff", "x", "y", "-o", "r.html")).toBe(
      'By its ending --output "r.html" is to be html, and diff prints table, json, ndjson: give it another name.',
    );
    expect(await complaint("schema", "--output", "r.xml")).toMatch(/^By its ending/);
    expect(await options("x.vars", "--output", "r.txt", "--format", "html")).toMatchObject({
      format: "html",
    });
  });

  it.each((Object.keys(COMMANDS) as CommandName[]).filter((name) => name !== "completion"))(
    "chooses among the formats of %s alone",
    async (name) => {
      const endings = {
        html: "html",
        markdown: "md",
        json: "json",
        ndjson: "ndjson",
        sarif: "sarif",
        junit: "xml",
      };
      for (const [format, ending] of Object.entries(endings)) {
        const line = [name, ...OPERANDS[name], "--output", `r.${ending}`];
        if (COMMANDS[name].formats.includes(format)) expect(await options(...line)).toMatchObject({ format });
        else expect(await complaint(...line)).toMatch(/^By its ending/);
      }
    },
  );
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
    for (const option of Object.keys(optionsOf(name)))
      expect({ option, isShown: new RegExp(`--${option}(?![\\w-])`).test(optionLines(help)) }).toEqual({
        option,
        isShown: meansSomething(name, option),
      });
    for (const [example] of COMMANDS[name].examples) expect(help).toContain(example);
  });

  it.each(Object.keys(COMMANDS) as CommandName[])("of %s fits any terminal", async (name) => {
    const words = (text: string) => text.split(/\s+/);
    const wide = await printedAt(WIDE, name, "--help");
    const commands = new Set(COMMANDS[name].examples.map(([command]) => command));
    for (const columns of [undefined, 40, 80, 100, 174]) {
      const help = await printedAt(columns, name, "--help");
      // A command is never broken: it is there to be copied; nor is a word.
      const lines = help.split("\n").filter((line) => !commands.has(line.trim()));
      const tooLong = lines.filter((line) => line.length > (columns ?? 80) && line.trim().includes(" "));
      expect(tooLong).toEqual([]);
      expect(words(help)).toEqual(words(wide));
    }
  });

  it.each(Object.keys(COMMANDS) as CommandName[])("of %s names its formats", async (name) => {
    const { formats } = COMMANDS[name];
    const [line = ""] = (await printedAt(WIDE, name, "--help"))
      .split("\n")
      .filter((text) => text.includes("--format  "));
    const choices = formats.map((format) => `"${format}"`).join(", ");
    expect(line).toContain(formats.length === 0 ? "" : `[choices: ${choices}]`);
    expect(line === "").toBe(formats.length === 0);
  });

  it("names without a command the formats of analyze", async () => {
    const formats = COMMANDS.analyze.formats;
    expect(await printedAt(WIDE, "--help")).toContain(
      `[choices: ${formats.map((format) => `"${format}"`).join(", ")}]`,
    );
    expect(await complaint("--get-yargs-completions", "varscope")).toBe(
      "There is no option --get-yargs-completions.",
    );
  });

  it.each(["--version", "-V"])("is a version, too: %s", async (option) => {
    expect(await printed(option)).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("stands behind the word help, too", async () => {
    expect(await printed("help")).toBe(await printed("--help"));
    for (const name of Object.keys(COMMANDS)) {
      expect(await printed("help", name)).toBe(await printed(name, "--help"));
      expect(await printed("help", name, "--fail-on", "error")).toBe(await printed(name, "--help"));
    }
    expect(await printed("help", "corpus", "run")).toBe(await printed("corpus", "--help"));
    expect(await complaint("help", "repiar")).toBe('There is no command "repiar". Did you mean repair?');
    expect(await complaint("-q", "help", "repair")).toBe("help stands in front: varscope help COMMAND.");
    expect(await options("./help")).toMatchObject({ paths: ["./help"] });
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

  it("leaves to yargs what may be a command behind other words", () => {
    expect(readPlainLine(["--group", "json", "completion"])).toBeNull();
    expect(readPlainLine(["a.xva", "repair"])).toBeNull();
    expect(readPlainLine(["analyze", "a.xva", "repair"])?.operands).toEqual(["a.xva", "repair"]);
  });

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
      { numRuns: 1500 },
    );
    expect(plain).toBeGreaterThan(200);
  });
});
