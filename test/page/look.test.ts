/** How the page is seen and used: contrast, names, keyboard, narrow screens. */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPage, CHROMIUM, choose, openPage, startBrowser } from "./browser.ts";

const ONE = "corpus/sample-incident/input.xva";
const MANY = ["corpus/healthy-xva/input.xva", "corpus/duplicate-signature/input.vars"];

/** What axe-core finds, with everything that is folded open. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200) + ' ' + nodes[0].failureSummary))",
  );
  return found as string[];
}

async function overflow(page: Page): Promise<unknown> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

describe.skipIf(CHROMIUM === null)("the page as it is seen", () => {
  let browser: Browser;
  beforeAll(async () => {
    buildPage();
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ["light", 1400],
    ["dark", 1400],
    ["light", 360],
  ] as const)("has nothing that axe-core objects to: %s, %i wide", async (colorScheme, width) => {
    const { page } = await openPage(browser, { colorScheme, width });
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await choose(page, ONE);
    await page.getByRole("button", { name: "Show all variables, decoded" }).click();
    await page.waitForSelector("#shown details");
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.click("#again");
    await choose(page, MANY);
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.close();
  });

  it("is used by keyboard alone, and what happens is where the reader is", async () => {
    const { page } = await openPage(browser);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.id")).toBe("skip");
    await choose(page, ONE);
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.getByRole("button", { name: "Show plan and proof" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("#shown h3");
    expect(await page.evaluate("document.activeElement.id")).toBe("shown");
    await page.close();
  });
});
