/** What the documentation links to is there, and pictures stay small enough for a clone. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PICTURES = join(ROOT, "docs/pictures");
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
  (readdirSync(join(ROOT, "docs"), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

describe("the documentation", () => {
  it("links to what is there", () => {
    const dead = pages.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/`[^`]*`/g, "");
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link.replace(/#.*$/, ""));
      return links
        .filter((link) => link !== "" && !/^[a-z]+:/.test(link))
        .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(dead).toEqual([]);
  });

  it("shows at least eight views of the page, each wide and narrow, light and dark", () => {
    const names = readdirSync(PICTURES).filter((name) => name.endsWith(".png"));
    const views = names.filter((name) => name.endsWith("-1400-light.png")).map((name) => name.slice(0, -15));
    expect(views.length).toBeGreaterThanOrEqual(8);
    for (const view of views)
      for (const look of ["1400-light", "1400-dark", "400-light", "400-dark"])
        expect(names).toContain(`${view}-${look}.png`);
    expect(Math.max(...names.map((name) => statSync(join(PICTURES, name)).size))).toBeLessThan(100_000);
  });
});
