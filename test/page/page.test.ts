/** The page in a real browser: the answers of the command line, and nothing leaves it. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { put, run, temporaryFolder } from "../cli/run.ts";
import { buildPage, CHROMIUM, choose, openPage, PAGE, saved, startBrowser } from "./browser.ts";

const SAMPLE = "corpus/sample-incident/input.xva";
const folder = temporaryFolder();

/** Every input of the corpus in one folder, named after its case. */
function corpusFolder(): string {
  mkdirSync(join(folder, "corpus"));
  for (const name of readdirSync("corpus"))
    for (const file of name.includes(".") ? [] : readdirSync(join("corpus", name), { withFileTypes: true }))
      if (file.isFile() && file.name.startsWith("input."))
        copyFileSync(
          join("corpus", name, file.name),
          join(folder, "corpus", `${name}${file.name.slice("input".length)}`),
        );
  // What a guest shows of itself is one input, whatever lies beside it.
  const guest = join(folder, "corpus", "guest");
  mkdirSync(guest);
  put(guest, "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", Uint8Array.of(6, 0, 0, 0, 1));
  put(guest, "SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", Uint8Array.of(6, 0, 0, 0, 0));
  put(guest, "a-note.txt", "copied on Monday");
  return join(folder, "corpus");
}

describe.skipIf(CHROMIUM === null)("the page in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    buildPage();
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it("is a file that goes by mail", () => {
    expect(statSync(PAGE).size).toBeLessThan(614_400);
  });

  it("reports of the whole corpus what the program reports, byte for byte, and asks for nothing", async () => {
    const path = corpusFolder();
    expect(readdirSync(path).length).toBeGreaterThan(250);
    const { page, heard } = await openPage(browser);
    await page.setInputFiles("#folder", path);
    await page.waitForSelector("#report h1");
    const { path: report } = await saved(page, "Save the report as JSON");
    const json = readFileSync(report, "utf8");
    const { asOf } = JSON.parse(json) as { asOf: string };
    const args = ["analyze", "corpus", "--format", "json", "--as-of", asOf, "--fail-on", "never"];
    const { stdout } = run(args, { cwd: folder });
    expect(json).toBe(stdout);
    expect(json).toContain('"path": "corpus/guest"');
    expect(await page.locator("#causes").count()).toBe(1);
    expect(heard).toEqual([]);
    await page.close();
  });

  it.each([
    SAMPLE,
    "corpus/wrong-signature-owner/input.vars",
    "corpus/duplicate-signature/input.vars",
    "corpus/snapshot-metadata-affected/input.xml",
    "corpus/xo-delta-backup-affected/input.json",
  ])("saves %s repaired as the program does", async (path) => {
    const { page, heard } = await openPage(browser);
    await choose(page, path);
    const { name, path: file } = await saved(page, /^Save/);
    const strategy = (await page.locator("[data-repair=same]").first().getAttribute("data-strategy")) ?? "";
    const written = join(folder, "repaired", name);
    mkdirSync(join(folder, "repaired"), { recursive: true });
    const { status, stderr } = run(["repair", path, "--strategy", strategy, "--out", written, "--force"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(Buffer.compare(readFileSync(file), readFileSync(written))).toBe(0);
    expect(heard).toEqual([]);
    await page.close();
  });

  it("saves text, runbook and reports, and shows plan, variables, forecast and difference", async () => {
    const { page, heard } = await openPage(browser);
    await choose(page, SAMPLE);
    const text = await saved(page, "Save the NVRAM as a text for the host");
    run(["repair", SAMPLE, "--emit", "efivars", "--out", join(folder, "texts")]);
    expect(readFileSync(text.path, "utf8")).toBe(readFileSync(join(folder, "texts", text.name), "utf8"));
    const runbook = await saved(page, "Save the runbook");
    expect(runbook.name).toBe("input.repaired.xva.runbook.md");
    expect(readFileSync(runbook.path, "utf8")).toContain("xe vm-import filename=./input.repaired.xva");
    expect(readFileSync((await saved(page, "Save the report as HTML")).path, "utf8")).toContain(
      "WILL NOT START",
    );
    expect(readFileSync((await saved(page, "Save the report as Markdown")).path, "utf8")).toContain(
      "WILL NOT START",
    );
    const shown = page.locator("#shown");
    await page.getByRole("button", { name: "Show plan and proof" }).click();
    await expect.poll(() => shown.textContent()).toContain("431 stored once less");
    await page.getByRole("button", { name: "Show all variables, decoded" }).click();
    await expect.poll(() => shown.textContent()).toContain("All variables, decoded");
    await page.setInputFiles("[data-forecast]", "corpus/healthy-auth-file/input.auth");
    await expect.poll(() => shown.textContent()).toContain("What the daemon of the host would answer");
    await page.setInputFiles("[data-compare]", "corpus/healthy-xva/input.xva");
    await expect.poll(() => shown.textContent()).toContain("What differs");
    expect(heard).toEqual([]);
    await page.close();
  });

  it("offers of a database and of a packed export the texts alone", async () => {
    const { page } = await openPage(browser);
    await choose(page, ["corpus/xapi-db-affected/input.xml", "corpus/ova-signed-affected/input.ova.gz"]);
    expect(await page.locator("[data-repair=text]").count()).toBeGreaterThan(1);
    expect(await page.locator("button[data-repair=same]").count()).toBe(0);
    await page.close();
  });

  it("reads of an export of 10 GiB what it needs", async () => {
    const large = put(folder, "large.xva", readFileSync(SAMPLE));
    truncateSync(large, 10 * 2 ** 30);
    const { page } = await openPage(browser);
    await choose(page, large);
    expect(await page.locator("#report h1").textContent()).toContain("WILL NOT START");
    await page.close();
  });

  it("leaves text what an input says", async () => {
    const name = `<img src=x onerror=alert(1)><script>alert(2)</script>"'><svg onload=alert(3)>`;
    const uuid = "6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c01";
    const vm = vmObject("Ref:1", { uuid, name_label: name, NVRAM: { "EFI-variables": "AAAA" } });
    const path = put(folder, "<b onmouseover=alert(4)>x.xml", makeOvaXml([vm]));
    const { page, heard } = await openPage(browser);
    await choose(page, [path, SAMPLE]);
    expect(await page.locator("#report").textContent()).toContain("<img src=x onerror=alert(1)>");
    await page.selectOption("#chosen", { index: 0 });
    await page.getByRole("button", { name: "Show all variables, decoded" }).click();
    await page.waitForSelector("#shown h4");
    expect(
      await page.locator("#report :is(img, script, iframe, [onerror], [onload], [onmouseover])").count(),
    ).toBe(0);
    expect(heard).toEqual([]);
    await page.close();
  });

  it("takes a pasted text, tells what it cannot read, and can be cancelled", async () => {
    const { page, heard } = await openPage(browser);
    await page.click("summary");
    await page.fill("#pasted", readFileSync("corpus/incident-2025-10/input.vars", "base64"));
    await page.click("#paste");
    await page.waitForSelector("#report h1");
    expect(await page.locator("#report").textContent()).toContain("incident-2025-10");
    await page.click("#again");
    await page.setInputFiles("#files", put(folder, "noise.bin", new Uint8Array(5000).fill(7)));
    await page.waitForSelector("#not-read");
    await page.click("#again");
    await page.setInputFiles("#folder", join(folder, "corpus"));
    await page.click("#cancel");
    expect(await page.locator("#message").textContent()).toContain("Cancelled");
    expect(await page.locator("#start").isVisible()).toBe(true);
    expect(heard).toEqual([]);
    await page.close();
  });

  it("cannot send anything, even if its own code tried", async () => {
    const requests: string[] = [];
    const server = createServer(({ url = "" }, response) => {
      requests.push(url);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { page } = await openPage(browser);
    const refused = await page.evaluate(`(async () => {
      const url = "http://127.0.0.1:${port}/";
      const refused = [];
      await fetch(url, { mode: "no-cors" }).catch(() => refused.push("fetch"));
      new Image().src = url;
      navigator.sendBeacon(url, "x");
      try { new WebSocket(url.replace("http", "ws")).onerror = () => refused.push("socket"); } catch { refused.push("socket"); }
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url });
      const script = Object.assign(document.createElement("script"), { src: url });
      const frame = Object.assign(document.createElement("iframe"), { src: url });
      document.body.append(link, script, frame);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return refused;
    })()`);
    expect(refused).toContain("fetch");
    expect(requests).toEqual([]);
    server.close();
    await page.close();
  });
});
