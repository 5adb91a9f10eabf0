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

  it("has no circle of imports", () => {
    expect(circles()).toEqual([]);
  });
});
