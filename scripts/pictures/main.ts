/** See scripts/pictures.mjs, which bundles and starts this. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Inputs, makeInputs } from "./inputs.ts";
import { terminalHtml } from "./terminal.ts";

const [scratch = "", ...args] = process.argv.slice(2);
const isWhole = args.includes("--whole");
const out = resolve(args.find((one) => !one.startsWith("-")) ?? "docs/pictures");

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env["VARSCOPE_CHROMIUM"] ?? PROGRAMS.find((path) => existsSync(path));
if (executablePath === undefined) throw new Error("There is no Chromium here: apt-get install chromium");

const WIDTHS = [1400, 400];
const SCHEMES = ["light", "dark"] as const;
const HEIGHT = 900;
/** Colours of a picture: letters and areas are few, and a file is a third of what it would be. */
const COLOURS = "64";

type View = (page: Page, inputs: Inputs) => Promise<void>;

async function choose(page: Page, input: string, files: string): Promise<void> {
  await page.setInputFiles(input, files);
  await page.waitForSelector("#report h1");
}

async function at(page: Page, selector: string): Promise<void> {
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollIntoView()`);
}

/** What is shown on demand, once it is there. */
async function shown(page: Page, ask: () => Promise<unknown>): Promise<void> {
  await ask();
  await page.waitForSelector("#shown:not([hidden]) :is(h3, h4, details)");
  await at(page, "#shown");
}

const button = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name }).first().click();

const VIEWS: Readonly<Record<string, View>> = {
  start: async () => {},
  incident: (page, { backup }) => choose(page, "#choose-files", backup),
  space: async (page, { backup }) => {
    await choose(page, "#choose-files", backup);
    await at(page, "#space");
  },
  findings: async (page, { backup }) => {
    await choose(page, "#choose-files", backup);
    await page.evaluate("document.querySelector('#findings details').open = true");
    await at(page, "#findings");
  },
  plan: async (page, { backup }) => {
    await choose(page, "#choose-files", backup);
    await shown(page, () => button(page, "Show plan and proof"));
  },
  variables: async (page, { backup }) => {
    await choose(page, "#choose-files", backup);
    await shown(page, () => button(page, "Show all variables, decoded"));
  },
  difference: async (page, { backup, healthy }) => {
    await choose(page, "#choose-files", backup);
    await shown(page, () => page.setInputFiles("[data-compare]", healthy));
  },
  backups: async (page, { remote }) => {
    await choose(page, "#choose-folder", remote);
    if (!isWhole) await at(page, "#history");
  },
  fleet: (page, { fleet }) => choose(page, "#choose-files", fleet),
};

async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate("document.activeElement.blur()");
  write(name, await page.screenshot({ fullPage: isWhole, animations: "disabled" }));
}

function write(name: string, png: Uint8Array): void {
  const { stdout, status } = spawnSync("pngquant", [COLOURS, "--speed", "1", "--strip", "-"], {
    input: png,
    maxBuffer: 1 << 28,
  });
  writeFileSync(join(out, `${name}.png`), status === 0 ? stdout : png);
}

async function ofPage(browser: Browser, inputs: Inputs): Promise<void> {
  const url = pathToFileURL("dist/varscope.html").href;
  for (const width of WIDTHS)
    for (const colorScheme of SCHEMES)
      for (const [name, show] of Object.entries(VIEWS)) {
        const page = await browser.newPage({ viewport: { width, height: HEIGHT }, colorScheme });
        await page.goto(url);
        await show(page, inputs);
        await picture(page, `${name}-${width}-${colorScheme}`);
        await page.close();
      }
}

/** What a person types first, and the same as a file. */
async function ofProgram(browser: Browser): Promise<void> {
  const program = resolve("dist/varscope.cjs");
  const command = "stty cols 120 rows 60; exec varscope backup.xva";
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
    cwd: scratch,
    encoding: "utf8",
    // With a `varscope` on it, so that printed steps call the program by its name.
    env: { PATH: `${resolve("test/cli/bin")}:${process.env["PATH"]}`, TERM: "xterm-256color" },
  });
  const page = await browser.newPage({ viewport: { width: 1100, height: 700 } });
  await page.setContent(terminalHtml("varscope backup.xva", stdout));
  write("terminal", await page.locator("pre").screenshot());
  await page.close();
  const report = join(scratch, "report.html");
  const args = [program, "backup.xva", "--output", report, "--fail-on", "never"];
  execFileSync(process.execPath, args, { cwd: scratch });
  const read = await browser.newPage({ viewport: { width: 1400, height: HEIGHT } });
  await read.goto(pathToFileURL(report).href);
  await picture(read, "report");
  await read.close();
}

mkdirSync(out, { recursive: true });
const inputs = makeInputs(scratch);
// Without a sandbox, as a container runs as root.
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  await ofPage(browser, inputs);
  await ofProgram(browser);
} finally {
  await browser.close();
}
