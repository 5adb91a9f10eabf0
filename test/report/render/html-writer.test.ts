import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { htmlWriter } from "../../../report/render/html-writer.ts";
import type { JudgedInput } from "../../../report/render/report-writer.ts";
import type { Verdict } from "../../../rules/engine/rule.ts";
import {
  findingReportOf,
  HOSTILE_TEXTS,
  hostileInput,
  judgedInputOf,
  vmReportOf,
  writtenBy,
} from "../../builders/judged.ts";
import { WRITER_TOOLS } from "../../builders/writer-tools.ts";

function write(inputs: readonly JudgedInput[], quiet = false): Promise<string> {
  return writtenBy(
    (output) => htmlWriter(output, { asOf: "2026-11-22", quiet }, WRITER_TOOLS),
    inputs,
    quiet,
  );
}

const atRisk = (path: string) =>
  judgedInputOf({ path, vms: [vmReportOf({ findings: [findingReportOf()] })] });

/** HTML without a closing tag (HTML Standard §13.1.2). */
const VOID = new Set(["meta", "br", "input"]);

/** Names of all elements in their order; throws where one is not closed, or an attribute is not quoted. */
function elementsOf(html: string): string[] {
  const markupAlone = html
    .replace(/<style>[^<]*<\/style>/, "")
    .replace(/<script>.*?<\/script>/s, "")
    .replace(/^<!DOCTYPE html>\n/, "");
  const open: string[] = [];
  const seen: string[] = [];
  for (const token of markupAlone.match(/<.*?>|[^<]+/gs) ?? []) {
    if (!token.startsWith("<")) {
      expect(token).not.toMatch(/>|&(?!(amp|lt|gt|quot|#39);)/);
      continue;
    }
    const [, closing, name = ""] =
      /^<(\/?)([a-z][a-zA-Z0-9]*)(?: [a-z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*>$/.exec(token) ?? [];
    if (name === "") throw new Error(`no tag: ${token}`);
    if (closing === "/") expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (!VOID.has(name)) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return seen;
}

describe("the report in HTML", () => {
  it("is one file that loads nothing, and its policy allows no more than its own style and script", async () => {
    const html = await write([atRisk("a.xva")]);
    const hash = (text: string): string => createHash("sha256").update(text).digest("base64");
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? "";
    const script = /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    expect(html).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash(style)}&#39;; script-src &#39;sha256-${hash(script)}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(html.indexOf("Content-Security-Policy")).toBeLessThan(html.indexOf("<style>"));
    expect(style).not.toMatch(/url\(|@import|</);
    expect(script).not.toMatch(/<\/|<!--|innerHTML|fetch|XMLHttpRequest|eval|import\(/);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<(link|img|iframe|object|embed|form|base)\b|\s(src|style|on[a-z]+)=/);
    for (const [, target] of html.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/);
  });

  it("leads nowhere that is not in it, and no two of its places have one name", async () => {
    const error = { code: "not-found", message: "no such file", path: "", offset: null };
    const html = await write([atRisk("a.xva"), judgedInputOf({ error })]);
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });

  it("is accessible: a language, one first heading, captions and scopes, words beside every colour", async () => {
    for (const inputs of [[atRisk("a.xva")], [atRisk("a.xva"), atRisk("b.xva")]]) {
      const html = await write(inputs);
      const elements = elementsOf(html);
      expect(html).toContain('<html lang="en">');
      expect(elements.filter((name) => name === "h1")).toHaveLength(1);
      const tables = elements.filter((name) => name === "table").length;
      expect(elements.filter((name) => name === "caption")).toHaveLength(tables);
      expect(html).not.toMatch(/<th(?! scope="(row|col|rowgroup)")[ >]/);
      for (const [, word] of html.matchAll(/<b class="badge [a-z]+">([^<]*)<\/b>/g))
        expect(word).toMatch(/[A-Z]{4}/);
    }
  });

  it("fills the page with one copy, and lists several in a table, the worst first", async () => {
    const one = await write([atRisk("a.xva")]);
    expect(one).toMatch(/<h1><span>files<\/span><span class="warn">STARTS, BUT AT RISK/);
    expect(one).not.toContain('id="copies"');
    const named = (nameLabel: string, verdict: Verdict) =>
      judgedInputOf({ vms: [vmReportOf({ nameLabel, verdict })] });
    const html = await write([
      named("fine", "healthy"),
      atRisk("a.xva"),
      judgedInputOf({
        vms: [vmReportOf({ nameLabel: "dead", verdict: "unbootable" })],
        findings: [findingReportOf({ ruleId: "pool-certificates-unusable" })],
      }),
    ]);
    expect([...html.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, text]) => text)).toEqual([
      "Next steps",
      "All copies (3)",
      "Will not start (1)",
      "At risk (1)",
      "Pools and hosts (1)",
      "Files (1)",
      "Rules",
    ]);
    const rows = [...html.matchAll(/<tr data-verdict="([^"]*)" data-rank="\d" data-name="([^"]*)"/g)];
    expect(rows.map(([, verdict, name]) => [verdict, name])).toEqual([
      ["unbootable", "dead"],
      ["at-risk", "files"],
      ["healthy", "fine"],
    ]);
    const quiet = await write([named("fine-1", "healthy"), named("fine-2", "healthy")], true);
    expect(quiet).not.toContain("fine-");
  });

  it("says in which file a copy without a name is", async () => {
    const vms = [vmReportOf({ nameLabel: null, findings: [findingReportOf()] })];
    const html = await write([
      judgedInputOf({ path: "dumps/a/vm.vars", vms }),
      judgedInputOf({ path: "b.vars", vms }),
    ]);
    expect(html).toContain(
      '<b>vm.vars</b> <span class="dim">NVRAM · dumps/a/vm.vars · findings: 1 error</span>',
    );
    expect(html).toContain('<b>b.vars</b> <span class="dim">NVRAM · findings: 1 error</span>');
  });

  it("opens copies where they are few, and folds them where they are many", async () => {
    const opened = async (count: number): Promise<number> => {
      const html = await write(Array.from({ length: count }, (_, i) => atRisk(`${i}.xva`)));
      expect(html.match(/<details class="copy/g) ?? []).toHaveLength(count);
      return html.match(/<details class="copy[^>]* open>/g)?.length ?? 0;
    };
    expect(await opened(2)).toBe(2);
    expect(await opened(3)).toBe(3);
    expect(await opened(4)).toBe(0);
  });

  it("says what to type, and why an input was not read, but not each file of a folder that is no dump", async () => {
    const error = { code: "unrecognised", message: "found <text>", path: "", offset: 0 };
    const advice = [
      { kind: "repair", strategy: "merge", bytes: 100, scriptRestores: true, deletes: [] },
    ] as const;
    const html = await write([
      { ...atRisk("a 'b'.vars"), advice },
      judgedInputOf({ error, path: "notes" }),
      judgedInputOf({ error, path: "readme" }, { failed: false }),
    ]);
    expect(html).toContain('<pre tabindex="0">varscope repair');
    expect(html).toContain("found &lt;text&gt;");
    expect(html).toContain("<li>notes ");
    expect(html).not.toContain("readme");
  });

  it.each(HOSTILE_TEXTS)("takes nothing of an input for markup: %j", async (hostile) => {
    for (const times of [1, 2]) {
      const html = await write(Array.from({ length: times }, () => hostileInput(hostile)));
      const plain = await write(Array.from({ length: times }, () => hostileInput("plain")));
      expect(elementsOf(html)).toEqual(elementsOf(plain));
      expect(html).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}]/u);
    }
  });
});
