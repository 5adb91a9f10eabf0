/** The page in a real Firefox, by WebDriver BiDi: the same answers, the same repaired export, saved to a disk; nothing asked for. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, temporaryFolder } from "../cli/run.ts";
import { buildPage, copyCorpus } from "./browser.ts";

const PROGRAMS = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const FIREFOX = process.env["VARSCOPE_FIREFOX"] ?? PROGRAMS.find((path) => existsSync(path)) ?? "";

const folder = temporaryFolder();
const downloads = join(folder, "downloads");

describe.skipIf(FIREFOX === "")("the page in Firefox", () => {
  let browser: Browser;
  let page: Page;
  const heard: string[] = [];
  beforeAll(async () => {
    const path = buildPage(folder);
    mkdirSync(downloads);
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: FIREFOX,
      // Into this folder, without asking (2: into the folder of the next line).
      extraPrefsFirefox: { "browser.download.folderList": 2, "browser.download.dir": downloads },
    });
    page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    const own = pathToFileURL(path).href;
    page.on("request", (request) => {
      if (request.url() !== own && !/^(blob|data):/.test(request.url()))
        heard.push(`request ${request.url()}`);
    });
    page.on("console", (message) => heard.push(`console ${message.text()}`));
    page.on("pageerror", (error) => heard.push(`error ${String(error)}`));
    await page.goto(own);
  });
  afterAll(() => browser?.close());

  async function choose(files: readonly string[]): Promise<void> {
    if ((await page.$("#again")) !== null && (await page.$eval("#again", (one) => one.checkVisibility())))
      await page.$eval("#again", (one) => one.click());
    const input = (await page.$("input#choose-files")) as Awaited<ReturnType<typeof page.$<"input#files">>>;
    await input?.uploadFile(...files);
    await page.waitForSelector("#report h1");
  }

  /** The bytes that a press of the button writes under this name. */
  async function saved(selector: string, name: string): Promise<Buffer> {
    await page.$eval(selector, (button) => (button as { click(): void }).click());
    const path = join(downloads, name);
    // Firefox makes an empty file of that name, writes another one beside it, and renames that.
    while (!existsSync(path) || statSync(path).size === 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return readFileSync(path);
  }

  async function sameReport(cwd: string, names: readonly string[]): Promise<void> {
    await choose(names.map((name) => join(cwd, name)));
    const json = (await saved("[data-export=json]", "varscope-report.json")).toString("utf8");
    const { asOf } = JSON.parse(json) as { asOf: string };
    const options = ["--format", "json", "--as-of", asOf, "--fail-on", "never"];
    expect(json).toBe(run(["analyze", ...names, ...options], { cwd }).stdout);
  }

  it("reports of the whole corpus what the program reports, byte for byte", async () => {
    const corpus = copyCorpus(folder);
    const names = readdirSync(corpus);
    expect(names.length).toBeGreaterThan(250);
    await sameReport(corpus, names);
  });

  it("saves the export repaired as the program does", async () => {
    const sample = resolve("corpus/sample-incident/input.xva");
    await choose([sample]);
    const name = "input.repaired.xva";
    const bytes = await saved("[data-repair=same]", name);
    expect(run(["repair", sample, "--out", join(folder, name)]).status).toBe(0);
    expect(Buffer.compare(bytes, readFileSync(join(folder, name)))).toBe(0);
  });

  it("asks for nothing beside itself, and complains of nothing", () => {
    expect(heard).toEqual([]);
  });
});
