/** The house as CONTRIBUTING.md draws it: floors that import only downward, and no circle of imports. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** From the ground up: each imports its own files and those of the floors before it. */
const FLOORS = ["parsers", "daemon", "firmware", "rules", "report", "library", "platform", "cli", "page"];
/** Side by side: what both need lies below. */
const TOPS = ["cli", "page"];

const files = FLOORS.flatMap((floor) =>
  readdirSync(join(ROOT, floor), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(floor, name)),
).sort();

/** Imports of types count; those at run time (`import()`) as well. */
const importsOf = new Map(
  files.map((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const paths = [...text.matchAll(/\b(?:from|import\()\s*"(\.[^"]+\.ts)"/g)].map(([, path]) => path ?? "");
    return [file, paths.map((path) => normalize(join(dirname(file), path)))] as const;
  }),
);

function floorOf(file: string): number {
  return FLOORS.indexOf(file.split("/")[0] ?? "");
}

/** Groups of files that all lead to each other (Tarjan, Depth-first search and linear graph algorithms, 1972). */
function circles(): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    order.set(file, order.size);
    let low = order.get(file) ?? 0;
    path.push(file);
    for (const next of importsOf.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (path.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    lowest.set(file, low);
    if (low === order.get(file)) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1) found.push(circle.sort());
    }
    return low;
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

/** What of cli works with words alone, and why no page and no other program needs it. A folder stands for its files. */
const COMMAND_LINE: Readonly<Record<string, string>> = {
  "cli/options.ts": "types of what a command line asks for",
  "cli/context.ts": "type of what each command gets",
  "cli/corpus/case-work.ts": "types of what threads are sent",
  "cli/batch/thread-mark.ts": "how a thread knows that it is one",
  "cli/errors.ts": "exit codes 2 and 3",
  "cli/command-line": "commands and their options as data, and their checks",
  "cli/help-text.ts": "what --help prints",
  "cli/plain-line.ts": "reading of a command line",
  "cli/nearest.ts": "what somebody may have meant who typed a wrong word",
  "cli/option-values.ts": "checks of what options are given",
  "cli/output-format.ts": "what the ending of --output means",
  "cli/make-options.ts": "options out of what was typed",
  "cli/commands/completion.ts": "prints what shells read",
  "cli/commands/schema.ts": "prints a schema",
  "cli/completion": "what shells read",
  "cli/batch/run.ts":
    "lines on standard error, --quiet and the exit code of a run, over the totals of library/judge",
};

/** Whoever imports no more than these of Node works for another machine as well, once that is handed in. */
const HANDED_IN = /^(?:platform\/node\/|cli\/io\/world\.ts$)/;
/** Paths as words are not Node's: parsers/paths.ts. */
const NODE =
  /"node:(?!path")|"(?:yargs|cli-table3|xxhash-wasm)|\b(?:process|Buffer|setTimeout|setInterval|setImmediate)\b[.(]/;

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** By itself, or by a module of cli that it imports; a type makes nothing impure. */
function touchesNode(file: string, seen: Set<string>): boolean {
  if (!file.startsWith("cli/") || HANDED_IN.test(file) || seen.has(file)) return false;
  seen.add(file);
  const code = textOf(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  if (NODE.test(code)) return true;
  const values = code.matchAll(
    /^(?:import|export) (?!type\b)[^;]*?from "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gms,
  );
  return [...values].some(([, still = "", late = ""]) =>
    touchesNode(normalize(join(dirname(file), still === "" ? late : still)), seen),
  );
}

describe("the house", () => {
  it("is read whole", () => {
    expect(files.length).toBeGreaterThan(400);
    const targets = [...importsOf.values()].flat();
    expect(targets.filter((file) => !importsOf.has(file) && !file.endsWith("program.cjs"))).toEqual([]);
  });

  it("has no import upward", () => {
    const upward = [...importsOf].flatMap(([file, targets]) =>
      targets.filter((target) => floorOf(target) > floorOf(file)).map((target) => `${file} -> ${target}`),
    );
    expect(upward).toEqual([]);
  });

  it("has two tops that know nothing of each other", () => {
    const across = [...importsOf].flatMap(([file, targets]) =>
      targets.filter((target) => {
        const [from = "", to = ""] = [file.split("/")[0], target.split("/")[0]];
        return from !== to && TOPS.includes(from) && TOPS.includes(to);
      }),
    );
    expect(across).toEqual([]);
  });

  it("is drawn in docs/architecture.md as it is", () => {
    const picture = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
    const drawn = [...picture.matchAll(/^ {2}(\w+) --> (.+)$/gm)].flatMap(([, from = "", to = ""]) =>
      to.split(" & ").map((one) => `${from} -> ${one}`),
    );
    const built = [...importsOf].flatMap(([file, targets]) =>
      targets.map((target) => `${file.split("/")[0]} -> ${target.split("/")[0]}`),
    );
    const between = built.filter((arrow) => {
      const [from, to] = arrow.split(" -> ");
      return from !== to && FLOORS.includes(to ?? "");
    });
    expect(drawn.sort()).toEqual([...new Set(between)].sort());
  });

  it("is listed in CONTRIBUTING.md as it is", () => {
    const table = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
    const rows = [...table.matchAll(/^\| `(\w+)\/` \| (.*) \| .* \|$/gm)];
    expect(rows.map(([, floor]) => floor).filter((floor) => FLOORS.includes(floor ?? ""))).toEqual(FLOORS);
    const rooms = readdirSync(join(ROOT, "parsers"), { withFileTypes: true }).filter((one) =>
      one.isDirectory(),
    );
    const [, , listed = ""] = rows.find(([, floor]) => floor === "parsers") ?? [];
    expect(rooms.map(({ name }) => name).filter((name) => !listed.includes(`\`${name}/\``))).toEqual([]);
  });

  it("is pure but for cli, page and Node's platform", () => {
    const impure = files.filter(
      (file) =>
        !/^(?:cli|platform\/node)\//.test(file) && /"node:/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(impure).toEqual([]);
  });

  it("has in cli what touches the world, and of the rest what only a command line asks for", () => {
    const pure = files.filter(
      (file) => file.startsWith("cli/") && !HANDED_IN.test(file) && !touchesNode(file, new Set()),
    );
    const named = Object.keys(COMMAND_LINE);
    const isNamed = (file: string, name: string): boolean => file === name || file.startsWith(`${name}/`);
    expect(pure.filter((file) => !named.some((name) => isNamed(file, name)))).toEqual([]);
    expect(named.filter((name) => !pure.some((file) => isNamed(file, name)))).toEqual([]);
    const lines = (floor: string): number =>
      files
        .filter((file) => file.startsWith(floor) && !file.endsWith(".generated.ts"))
        .reduce((sum, file) => sum + textOf(file).split("\n").length, 0);
    expect(lines("cli/") / lines("")).toBeLessThan(0.2);
  });

  it("has no circle of imports", () => {
    expect(circles()).toEqual([]);
  });
});
