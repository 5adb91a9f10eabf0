/** The example of the library in a page, in a real Chromium. */
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { PORTABLE } from "../../scripts/portable.mjs";
import { CHROMIUM, startBrowser } from "./browser.ts";

const ADDRESS = "http://varscope.test/";
const LIBRARY = /"varscope": "\.\/(node_modules\/varscope\/dist\/library\/portable\/index\.js)"/;

describe.skipIf(CHROMIUM === null)("the example for browsers", () => {
  it("judges the files that are chosen", async () => {
    const html = readFileSync("examples/browser.html", "utf8");
    const { outputFiles } = await build({
      entryPoints: ["platform/portable/index.ts"],
      bundle: true,
      format: "esm",
      write: false,
      logLevel: "silent",
      ...PORTABLE,
    });
    const served = new Map([
      [ADDRESS, { contentType: "text/html", body: html }],
      [
        `${ADDRESS}${LIBRARY.exec(html)?.[1]}`,
        { contentType: "text/javascript", body: outputFiles[0]?.text ?? "" },
      ],
    ]);
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      await page.route("**", (route) => {
        const file = served.get(route.request().url());
        return file === undefined ? route.abort() : route.fulfill(file);
      });
      await page.goto(ADDRESS);
      await page.setInputFiles("input", "corpus/sample-incident/input.xva");
      await page.waitForFunction('document.querySelector("output").value !== ""');
      expect(await page.textContent("output")).toBe("input.xva: fileserver-02: unbootable");
    } finally {
      await browser.close();
    }
  });
});
