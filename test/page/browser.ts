/** The built page in a real Chromium; tests of it are skipped plainly where there is none. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const CHROMIUM: string | null =
  process.env["VARSCOPE_CHROMIUM"] ?? PROGRAMS.find((path) => existsSync(path)) ?? null;
export const PAGE: string = fileURLToPath(new URL("../../dist/varscope.html", import.meta.url));

export function buildPage(): void {
  execFileSync(process.execPath, ["scripts/build-page.mjs"], { cwd: ROOT, stdio: "ignore" });
}

export async function startBrowser(): Promise<Browser> {
  // Without a sandbox, as tests in a container run as root.
  return chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
}

export interface Opened {
  readonly page: Page;
  /** What the page asked for beside itself and its worker, and what it complained of. */
  readonly heard: string[];
}

export interface View {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
}

export async function openPage(
  browser: Browser,
  { width = 1400, colorScheme = "light" }: View = {},
): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const heard: string[] = [];
  const own = pathToFileURL(PAGE).href;
  page.on("request", (request) => {
    const url = request.url();
    if (url.split("#")[0] !== own && !url.startsWith("blob:")) heard.push(`request ${url}`);
  });
  page.on("console", (message) => heard.push(`console ${message.text()}`));
  page.on("pageerror", (error) => heard.push(`error ${error.message}`));
  page.on("dialog", (dialog) => {
    heard.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(own);
  return { page, heard };
}

/** Chooses files and waits for their report. */
export async function choose(page: Page, files: string | string[]): Promise<void> {
  await page.setInputFiles("#files", files);
  await page.waitForSelector("#report h1");
}

/** What the button named so saves. */
export async function saved(page: Page, button: string | RegExp): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).first().click(),
  ]);
  return { name: download.suggestedFilename(), path: await download.path() };
}
