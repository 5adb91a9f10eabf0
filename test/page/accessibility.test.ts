/**
 * Every view of the page, and every report in HTML: nothing that axe-core objects to (WCAG 2.0 to 2.2, A and AA, and its best
 * practices), in light and dark, wide and narrow; nothing wider than the screen; no place that is there twice, no link to none.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PRINTED_ROWS } from "../../report/render/html/copies-table.ts";
import { healthyBlob } from "../builders/blob.ts";
import { makeDatabase, vmRow } from "../builders/xapi-db.ts";
import { put, run, temporaryFolder } from "../cli/run.ts";
import { buildPage, CHROMIUM, choose, openPage, says, startBrowser } from "./browser.ts";

const SAMPLE = resolve("corpus/sample-incident/input.xva");
const HEALTHY = resolve("corpus/healthy-xva/input.xva");
const WITH_DISKS = resolve("corpus/boot-image-refused/input.xva.zst");
/** Causes, timelines, a pool, what was not read, a foreign file: the parts that one copy has not. */
const MANY = [
  "corpus/duplicate-signature/input.vars",
  "corpus/not-portable/input.vars",
  "corpus/xo-cache-affected/input.json.gz",
  "corpus/bug-report-affected/input.zip",
  "corpus/xapi-db-affected/input.xml",
  "corpus/error-unrecognised/input.txt",
].map((path) => resolve(path));
const PARTS = ["#causes", "#history", "#inputs", "#not-read", "#next-steps", "#copies", "#files"];

/** More rows than are printed: then a report folds its next steps. */
function longPool(): Uint8Array {
  const text = Buffer.from(healthyBlob()).toString("base64");
  const vms = Array.from({ length: 1 + PRINTED_ROWS }, (_, i) => ({
    uuid: `0a4f2c4e-8d1f-4c57-9b3e-${String(i).padStart(12, "0")}`,
    name_label: `web-${i}`,
    platform: { secureboot: "true", "device-model": "qemu-upstream-uefi" },
    NVRAM: { "EFI-variables": text },
  }));
  return makeDatabase({ VM: vms.map((vm) => vmRow(vm)) });
}

const WIDE = { width: 1400, height: 900 };
const NARROW = { width: 360, height: 900 };

/**
 * What is seen in the dark differs in its colours alone, and on a narrow screen in its places. What a browser leaves out while it is
 * not on the screen has no place, and is taken to lie on something else: it is all drawn, and all that is folded is open.
 */
const LOOKS = [
  { colorScheme: "light", viewport: WIDE, rules: [] },
  { colorScheme: "dark", viewport: WIDE, rules: ["color-contrast"] },
  { colorScheme: "dark", viewport: NARROW, rules: ["target-size", "scrollable-region-focusable"] },
] as const;

async function expectReadable(page: Page, part = "html"): Promise<void> {
  await page
    .evaluate(`typeof axe === "undefined" ? ${JSON.stringify(axe.source)} : ""`)
    .then(async (source) => {
      if (source !== "") await page.evaluate(source as string);
    });
  await page.evaluate(
    `for (const one of document.querySelectorAll('${part} :is(details, tr)')) { if (one.tagName === 'DETAILS') one.open = true; one.style.contentVisibility = 'visible'; }`,
  );
  for (const { colorScheme, viewport, rules } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    const options = rules.length === 0 ? {} : { runOnly: rules };
    const found = await page.evaluate(
      `axe.run(${JSON.stringify(part)}, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200) + ' ' + nodes[0].failureSummary))`,
    );
    expect(found, `${part}, ${colorScheme}, ${viewport.width} wide`).toEqual([]);
    expect(
      await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
    ).toBe(0);
  }
  await page.setViewportSize(WIDE);
  const ids = "[...document.querySelectorAll('[id]')].map(({ id }) => id)";
  expect(await page.evaluate(`${ids}.filter((id, i, all) => all.indexOf(id) !== i)`)).toEqual([]);
  const links = "[...document.querySelectorAll('a[href^=\"#\"]')].map(({ hash }) => hash.slice(1))";
  expect(await page.evaluate(`${links}.filter((id) => document.getElementById(id) === null)`)).toEqual([]);
}

describe.skipIf(CHROMIUM === null).concurrent("everybody can read", () => {
  const folder = temporaryFolder();
  let browser: Browser;
  let path = "";
  beforeAll(async () => {
    path = buildPage(folder);
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  const open = async (hash = ""): Promise<Page> => (await openPage(browser, path, { hash })).page;

  it("the page's start, a rule that its address names, and what it complains of", async () => {
    const page = await open("#rule-duplicate-signature");
    await page.waitForSelector("#rule-duplicate-signature[open]");
    await page.evaluate("document.querySelector('#paste').click()");
    await says(page.locator("#message"), "Paste a text first.");
    await expectReadable(page);
    await page.close();
  });

  it("one export, and all that can be asked of it", async () => {
    const page = await open();
    await choose(page, SAMPLE);
    await expectReadable(page);
    const button = (name: string) => page.getByRole("button", { name }).first().click();
    const shows: readonly (readonly [string, () => Promise<void>])[] = [
      ["All variables", () => button("Show all variables, decoded")],
      ["Plan and proof", () => button("Show plan and proof")],
      ["What the daemon", () => page.setInputFiles("[data-forecast]", "corpus/healthy-auth-file/input.auth")],
      ["What differs", () => page.setInputFiles("[data-compare]", HEALTHY)],
      ["Start from the disks", () => button("Does it start from its disks?")],
    ];
    for (const [heading, show] of shows) {
      await show();
      await page.locator("#shown h3", { hasText: heading }).waitFor();
      await expectReadable(page, "#shown");
    }
    await page.setInputFiles("[data-compare]", "corpus/error-unrecognised/input.txt");
    await page.waitForSelector("#message:not([hidden])");
    await expectReadable(page, "#message");
    await page.click("#again");
    await choose(page, WITH_DISKS);
    await button("Does it start from its disks?");
    await page.waitForSelector("#shown pre");
    await expectReadable(page, "#shown");
    await page.close();
  });

  it("many inputs of every kind, a backup and its repair", async () => {
    const page = await open();
    const many = join(folder, "many");
    mkdirSync(many);
    run(["repair", SAMPLE, "--out", join(many, "repaired.xva")]);
    const pool = put(many, "state.db", longPool());
    await choose(page, [...MANY, HEALTHY, join(many, "repaired.xva"), pool]);
    for (const part of PARTS) expect(await page.locator(part).first().isVisible()).toBe(true);
    await expectReadable(page);
    await page.close();
  });

  it.each([
    ["of one export with its disks", ["analyze", WITH_DISKS, "--boot"]],
    ["of a start", ["boot", WITH_DISKS, SAMPLE]],
  ])("a report in HTML %s, which else has the sections of the page's", async (name, args) => {
    const file = join(folder, `${name}.html`);
    run([...args, "--format", "html", "--output", file, "--fail-on", "never"]);
    const page = await browser.newPage({ viewport: WIDE });
    await page.goto(pathToFileURL(file).href);
    await expectReadable(page);
    await page.close();
  });
});
