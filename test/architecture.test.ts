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

/** Options and what is said of them, words of types alone, and tables over cli-table3. */
const COMMAND_LINE =
  /^cli\/(?:(?:command-table|context|corpus-options|errors|help-text|nearest|option-values|options|plain-line)\.ts$|batch\/thread-mark\.ts|commands\/|completion\/|corpus\/case-work\.ts|table\/)/;

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** By itself or by a module of cli that it imports; what it takes of a type alone makes nothing of it impure. */
function touchesNode(file: string, seen: Set<string>): boolean {
  if (!file.startsWith("cli/")) return file.startsWith("platform/node/");
  if (seen.has(file)) return false;
  seen.add(file);
  const code = textOf(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  if (/"node:|\b(?:process|Buffer|setTimeout|setInterval|setImmediate)\b[.(]/.test(code)) return true;
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

  it("is pure but for cli, page and Node's platform", () => {
    const impure = files.filter(
      (file) =>
        !/^(?:cli|platform\/node)\//.test(file) && /"node:/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(impure).toEqual([]);
  });

  it("has in cli what touches the world, and of the rest what only a command line asks for", () => {
    const pure = files.filter((file) => file.startsWith("cli/") && !touchesNode(file, new Set()));
    expect(pure.filter((file) => !COMMAND_LINE.test(file))).toEqual([]);
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
