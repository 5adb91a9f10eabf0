/**
 * Pages that are made from the code: those of the rules, and the manual page. UPDATE_DOCS=1 writes them, for review; a page that
 * is missing, or not what the code says, fails.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TOOL } from "../../report/tool.ts";
import { RULES } from "../../rules/index.ts";
import { manPage } from "./man-page.ts";
import { ruleList, rulePage } from "./rule-page.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));
const UPDATE = process.env["UPDATE_DOCS"] === "1";
const UPDATES = "run UPDATE_DOCS=1 npx vitest run test/docs";

/** Cases named after the rule: on those that end in `-near-miss` it is silent. */
const cases = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const casesOf = (id: string): string[] =>
  cases.filter((name) => (name === id || name.startsWith(`${id}-`)) && !name.includes("near-miss"));

const metas = RULES.map(({ meta }) => meta);
const pages = new Map<string, string>([
  ["rules/README.md", ruleList(metas)],
  ...metas.map((meta) => [`rules/${meta.id}.md`, rulePage(meta, casesOf(meta.id))] as const),
  ["varscope.1", manPage(TOOL.version)],
]);

if (UPDATE) {
  rmSync(`${DOCS}rules`, { recursive: true, force: true });
  mkdirSync(`${DOCS}rules`, { recursive: true });
  for (const [name, text] of pages) writeFileSync(`${DOCS}${name}`, text);
}

describe("the pages that are made from the code", () => {
  it.each([...pages])("%s is what the code says", (name, text) => {
    const path = `${DOCS}${name}`;
    const onDisk = existsSync(path) ? readFileSync(path, "utf8") : "";
    expect(onDisk, `docs/${name} is missing or stale: ${UPDATES}`).toBe(text);
  });

  it("are one for each rule", () => {
    const files = readdirSync(`${DOCS}rules`).sort();
    expect(files, UPDATES).toEqual(["README.md", ...metas.map(({ id }) => `${id}.md`)].sort());
  });

  it("have no line that roff takes for a request it does not know", () => {
    const requests = manPage(TOOL.version)
      .split("\n")
      .filter((line) => /^[.']/.test(line))
      .map((line) => /^\.[A-Za-z]*/.exec(line)?.[0]);
    for (const request of requests)
      expect([".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".nf", ".fi"]).toContain(request);
  });
});
