/**
 * The page in a real browser: the answers of the command line, how it is seen and used, and that nothing leaves it. One browser
 * serves all of it, and what waits for it waits side by side.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  x509List,
} from "../builders/blob.ts";
import { makeBootDisk, makeProgram, signProgram } from "../builders/boot-disk.ts";
import { makeOvaXml, vmObject } from "../builders/ova-xml.ts";
import { poolOf500 } from "../builders/pool-of-500.ts";
import { makeIdentity } from "../builders/signing.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { put, run, temporaryFolder } from "../cli/run.ts";
import { sharedFolder } from "../shared-data.ts";
import {
  buildPage,
  CHROMIUM,
  choose,
  copyCorpus,
  drop,
  type Opened,
  openPage,
  saved,
  says,
  startBrowser,
  type View,
} from "./browser.ts";

const SAMPLE = resolve("corpus/sample-incident/input.xva");
const HEALTHY = resolve("corpus/healthy-xva/input.xva");
const folder = temporaryFolder();
/** Of a browser that prints. */
const MARGINS = { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" };

/** Every input of the corpus in one folder, and in it one of a guest. */
function corpusFolder(): string {
  const corpus = copyCorpus(folder);
  // What a guest shows of itself is one input, whatever lies beside it.
  const guest = join(corpus, "guest");
  mkdirSync(guest);
  put(guest, "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", Uint8Array.of(6, 0, 0, 0, 1));
  put(guest, "SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", Uint8Array.of(6, 0, 0, 0, 0));
  put(guest, "a-note.txt", "copied on Monday");
  return corpus;
}

describe.skipIf(CHROMIUM === null).concurrent("the page in Chromium", () => {
  let browser: Browser;
  let path = "";
  let corpus = "";
  let pool = "";
  beforeAll(async () => {
    path = buildPage(folder);
    corpus = corpusFolder();
    pool = put(folder, "state.db", poolOf500());
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  const open = (view: View = {}): Promise<Opened> => openPage(browser, path, view);

  /** The page's report as JSON, and the program's over the same path as of the same day. */
  async function bothReports(page: Page, input: string): Promise<{ json: string; stdout: string }> {
    const json = readFileSync((await saved(page, "Save the report as JSON")).path, "utf8");
    const { asOf } = JSON.parse(json) as { asOf: string };
    const args = ["analyze", basename(input), "--format", "json", "--as-of", asOf, "--fail-on", "never"];
    return { json, stdout: run(args, { cwd: dirname(input) }).stdout };
  }

  it("is a file that goes by mail", () => {
    expect(statSync(path).size).toBeLessThan(614_400);
  });

  it("reports of the whole corpus what the program reports, byte for byte, and asks for nothing", async () => {
    expect(readdirSync(corpus).length).toBeGreaterThan(250);
    const { page, heard } = await open();
    await page.setInputFiles("#choose-folder", corpus);
    await page.waitForSelector("#report h1");
    const { json, stdout } = await bothReports(page, corpus);
    expect(json).toBe(stdout);
    expect(json).toContain('"path": "corpus/guest"');
    expect(await page.locator("#causes").count()).toBe(1);
    expect(heard).toEqual([]);
    await page.close();
  });

  const shared = ["data/nvram", "cases"].flatMap((name) => sharedFolder(name) ?? []);
  it.skipIf(shared.length === 0)("reports of what is shared what the program reports", async () => {
    // Where nobody else writes, under a name that is the same on both sides.
    const input = join(folder, "shared");
    for (const one of shared) cpSync(one, join(input, basename(one)), { recursive: true });
    const { page, heard } = await open();
    await page.setInputFiles("#choose-folder", input);
    await page.waitForSelector("#report h1");
    const { json, stdout } = await bothReports(page, input);
    expect(json).toBe(stdout);
    expect(heard).toEqual([]);
    await page.close();
  });

  it("takes what is dropped: files, a folder, an update and another dump onto their buttons", async () => {
    const { page, heard } = await open();
    const backups = join(folder, "dropped", "xo-vm-backups");
    mkdirSync(backups, { recursive: true });
    copyFileSync("corpus/xo-delta-backup-affected/input.json", join(backups, "20251023T101112Z.json"));
    copyFileSync(HEALTHY, join(backups, "whole.xva"));
    await drop(page, ".drop", [backups]);
    await page.waitForSelector("#report h1");
    const { json, stdout } = await bothReports(page, backups);
    expect(json).toBe(stdout);
    expect(json).toContain('"path": "xo-vm-backups/whole.xva"');
    await drop(page, "header", [SAMPLE, HEALTHY]);
    await says(page.locator("#report h1"), "2 inputs");
    await page.selectOption("#chosen", { index: 1 });
    const shown = page.locator("#shown");
    await drop(page, "[data-drop=forecast]", [resolve("corpus/healthy-auth-file/input.auth")]);
    await says(shown, "What the daemon of the host would answer");
    await drop(page, "[data-drop=compare]", [HEALTHY]);
    await says(shown, "What differs");
    expect(heard).toEqual([]);
    await page.close();
  });

  it("saves files repaired as the program does", async () => {
    const whole = join(folder, "whole");
    mkdirSync(whole);
    const names = [
      "sample-incident.xva",
      "wrong-signature-owner.vars",
      "duplicate-signature.vars",
      "snapshot-metadata-affected.xml",
      "xo-delta-backup-affected.json",
    ];
    for (const name of names) copyFileSync(join(corpus, name), join(whole, name));
    const { page, heard } = await open();
    await choose(
      page,
      names.map((name) => join(whole, name)),
    );
    const { status } = run(["repair", ...names, "--emit", "same", "--out", "repaired"], { cwd: whole });
    expect(status).toBe(0);
    for (const name of names) {
      const button = page.locator(`[data-repair=same][data-name="${name}"]`).first();
      expect(await button.getAttribute("data-strategy")).toBe("merge");
      await page.evaluate(
        `for (let one = document.querySelector('[data-repair=same][data-name="${name}"]'); one !== null; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true`,
      );
      const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
      const written = join(whole, "repaired", download.suggestedFilename());
      expect(Buffer.compare(readFileSync(await download.path()), readFileSync(written))).toBe(0);
    }
    expect(heard).toEqual([]);
    await page.close();
  });

  it("saves text, runbook and reports, and shows plan, variables, forecast and difference", async () => {
    const { page, heard } = await open();
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
    await says(shown, "431 stored once less");
    await page.getByRole("button", { name: "Show all variables, decoded" }).click();
    await says(shown, "1\u202f258 entries in 2 lists");
    await page.setInputFiles("[data-forecast]", "corpus/healthy-auth-file/input.auth");
    await says(shown, "What the daemon of the host would answer");
    await page.setInputFiles("[data-compare]", HEALTHY);
    await says(shown, "What differs");
    expect(heard).toEqual([]);
    await page.close();
  });

  it("answers whether a VM starts from its disks what boot answers", async () => {
    const signer = makeIdentity("test CA");
    const keys = x509List(MICROSOFT_OWNER, signer.certificate);
    const blob = makeBlob([
      ...bootVariables(),
      makeSignatureVariable("PK", keys),
      makeSignatureVariable("db", keys),
    ]);
    const vm = {
      uuid: "6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c02",
      name_label: "booted",
      platform: { secureboot: "true" },
      HVM_boot_params: { firmware: "uefi", order: "cdn" },
      NVRAM: { "EFI-variables": Buffer.from(blob).toString("base64") },
    };
    const disk = makeBootDisk(signProgram(makeProgram(1), signer));
    const input = put(folder, "booted.xva", makeXva(exportMembers(vm, [diskOf("Ref:7", disk)])));
    const { page, heard } = await open();
    await choose(page, [input, "corpus/duplicate-signature/input.vars"]);
    await page.selectOption("#chosen", "booted.xva");
    const shown = page.locator("#shown");
    const ask = page.getByRole("button", { name: "Does it start from its disks?" });
    await ask.click();
    await shown.locator("pre").waitFor();
    const { stdout } = run(["boot", "booted.xva"], { cwd: folder });
    const words = (text: string | null): string => (text ?? "").replace(/\s+/g, " ").trim();
    expect(words(await shown.locator("pre").textContent())).toBe(words(stdout));
    expect(stdout).toContain("STARTS  booted");
    await page.selectOption("#chosen", "input.vars");
    await ask.click();
    await says(shown, "expected");
    expect(heard).toEqual([]);
    await page.close();
  });

  it("offers of a database and of a packed appliance the texts alone, and says why; unpacked it is saved", async () => {
    const packed = resolve("corpus/ova-signed-affected/input.ova.gz");
    const { page } = await open();
    await choose(page, ["corpus/xapi-db-affected/input.xml", packed]);
    expect(await page.locator("[data-repair=text]").count()).toBeGreaterThan(1);
    expect(await page.locator("button[data-repair=same]").count()).toBe(0);
    const told = await page.locator("#report").textContent();
    expect(told).toContain("This file is packed, and the page does not write it as a whole: unpack it");
    expect(told).toContain("No repair is put back into a file of this kind");
    await page.click("#again");
    const unpacked = put(folder, "unpacked.ova", gunzipSync(readFileSync(packed)));
    await choose(page, unpacked);
    const { name, path: file } = await saved(page, /^Save/);
    expect(name).toBe("unpacked.repaired.ova");
    const strategy = (await page.locator("[data-repair=same]").first().getAttribute("data-strategy")) ?? "";
    expect(run(["repair", "unpacked.ova", "--strategy", strategy], { cwd: folder }).status).toBe(0);
    expect(Buffer.compare(readFileSync(file), readFileSync(join(folder, name)))).toBe(0);
    await page.close();
  });

  it("reads of an export of 10 GiB what it needs", async () => {
    const large = put(folder, "large.xva", readFileSync(SAMPLE));
    truncateSync(large, 10 * 2 ** 30);
    const { page } = await open();
    await choose(page, large);
    expect(await page.locator("#report h1").textContent()).toContain("WILL NOT START");
    await page.close();
  });

  it("tells a pool of 500 VMs as the program does, finds one of them, and prints three pages at most", async () => {
    const { page, heard } = await open();
    await choose(page, pool);
    const { json, stdout } = await bothReports(page, pool);
    expect(json).toBe(stdout);
    const rows = page.locator("#copies tbody tr:not([hidden])");
    expect(await rows.count()).toBe(502);
    await page.fill("#filter", "desktop-077");
    expect(await rows.count()).toBe(1);
    await page.fill("#filter", "");
    expect(await rows.count()).toBe(502);
    const printed = (await page.pdf({ format: "A4", margin: MARGINS })).toString("latin1");
    expect(printed.match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(3);
    expect(heard).toEqual([]);
    await page.close();
  });

  it("holds what every rule is about, and an address leads to each", async () => {
    const { page, heard } = await open({ hash: "#rule-duplicate-signature" });
    await page.waitForSelector("#rule-duplicate-signature[open]");
    expect(await page.locator("#all-rules > details").count()).toBe(RULES.length);
    expect(await page.locator("#rule-duplicate-signature").isVisible()).toBe(true);
    // The report has places of the same names.
    await choose(page, [SAMPLE, HEALTHY]);
    expect(await page.locator("#rule-duplicate-signature").count()).toBe(1);
    expect(heard).toEqual([]);
    await page.close();
  });

  it("leaves text what an input says", async () => {
    const name = `<img src=x onerror=alert(1)><script>alert(2)</script>"'><svg onload=alert(3)>`;
    const uuid = "6b1d0a3e-0000-4a53-8a52-7d0f3a1b9c01";
    const vm = vmObject("Ref:1", { uuid, name_label: name, NVRAM: { "EFI-variables": "AAAA" } });
    const input = put(folder, "<b onmouseover=alert(4)>x.xml", makeOvaXml([vm]));
    const { page, heard } = await open();
    await choose(page, [input, SAMPLE]);
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
    const { page, heard } = await open();
    await page.click("summary");
    await page.fill("#pasted", readFileSync("corpus/incident-2025-10/input.vars", "base64"));
    await page.click("#paste");
    await page.waitForSelector("#report h1");
    expect(await page.locator("#report").textContent()).toContain("incident-2025-10");
    await page.click("#again");
    await page.setInputFiles("#choose-files", put(folder, "noise.bin", new Uint8Array(5000).fill(7)));
    await page.waitForSelector("#not-read");
    await page.click("#again");
    // At once: it may be done before a click from here arrives.
    await page.evaluate(
      "document.querySelector('#choose-folder').addEventListener('change', () => setTimeout(() => document.querySelector('#cancel').click()))",
    );
    await page.setInputFiles("#choose-folder", corpus);
    await says(page.locator("#message"), "Cancelled");
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
    const { page } = await open({ offline: false });
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

  it("is used by keyboard alone, and what happens is where the reader is", async () => {
    const { page } = await open();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.id")).toBe("skip");
    await choose(page, SAMPLE);
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.getByRole("button", { name: "Show plan and proof" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("#shown h3");
    expect(await page.evaluate("document.activeElement.id")).toBe("shown");
    await page.close();
  });
});
