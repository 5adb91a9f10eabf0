/** The built page in a real Chromium; tests of it are skipped plainly where there is none. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const CHROMIUM: string | null =
  process.env["VARSCOPE_CHROMIUM"] ?? PROGRAMS.find((path) => existsSync(path)) ?? null;

/** Builds the page and copies it, alone, into an empty folder, as somebody carries it to where the dump is. */
export function buildPage(folder: string): string {
  execFileSync(process.execPath, ["scripts/build-page.mjs"], { cwd: ROOT, stdio: "ignore" });
  const alone = join(folder, "alone");
  mkdirSync(alone);
  const page = join(alone, "varscope.html");
  copyFileSync(join(ROOT, "dist/varscope.html"), page);
  return page;
}

/**
 * Copies every input of the corpus into a new folder `corpus` of this one, named after its case, and says where that is. What a
 * browser gives are names alone, and all inputs of the corpus have the same one.
 */
export function copyCorpus(folder: string): string {
  const copies = join(folder, "corpus");
  mkdirSync(copies);
  const corpus = join(ROOT, "corpus");
  for (const name of readdirSync(corpus))
    for (const file of name.includes(".") ? [] : readdirSync(join(corpus, name), { withFileTypes: true }))
      if (file.isFile() && file.name.startsWith("input."))
        copyFileSync(
          join(corpus, name, file.name),
          join(copies, `${name}${file.name.slice("input".length)}`),
        );
  return copies;
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
  /** Behind the address of the page. */
  readonly hash?: string;
  readonly offline?: boolean;
}

/** Opens it from the disk; the network is cut, unless said. */
export async function openPage(
  browser: Browser,
  path: string,
  { width = 1400, colorScheme = "light", hash = "", offline = true }: View = {},
): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, offline });
  page.setDefaultTimeout(120_000);
  const heard: string[] = [];
  const own = pathToFileURL(path).href;
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
  await page.goto(own + hash);
  return { page, heard };
}

/** Chooses files and waits for their report. */
export async function choose(page: Page, files: string | string[]): Promise<void> {
  await page.setInputFiles("#choose-files", files);
  await page.waitForSelector("#report h1");
}

/** Drops files and folders of this computer onto what the selector finds, as a hand does (Chrome DevTools Protocol, Input). */
export async function drop(page: Page, selector: string, files: string[]): Promise<void> {
  const target = page.locator(selector).first();
  await target.scrollIntoViewIfNeeded();
  const box = await target.boundingBox();
  if (box === null) throw new Error(`${selector} is not shown`);
  const session = await page.context().newCDPSession(page);
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", {
      type,
      ...place,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  await session.detach();
}

/** What the button named so saves. */
export async function saved(page: Page, button: string | RegExp): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).first().click(),
  ]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

/** Waits for it: `expect.poll` knows only one test at a time. */
export async function says(part: Locator, text: string): Promise<void> {
  await part.filter({ hasText: text }).waitFor();
}
