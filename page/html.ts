/** The page's own text: what stands there before a file is opened, and the frame around a report. */
import { SHAPES } from "../report/render/html/picture.ts";
import { SCRIPT } from "../report/render/html/script.ts";
import { STYLE } from "../report/render/html/style.ts";
import { type Markup, markup, Markup as Raw } from "../report/render/markup.ts";
import { TOOL } from "../report/tool.ts";
import { TABLES_DATE } from "../rules/knowledge/tables-date.ts";
import { packedText } from "./packed-text.ts";
import { PAGE_STYLE } from "./style.ts";

export interface PagePrograms {
  readonly main: string;
  /** As gzip. */
  readonly worker: Uint8Array;
  /** Of a text as base64: for the policy (CSP Level 3, §6.7.3.3). */
  readonly sha256: (text: string) => string;
}

/** The policy lets a browser run the scripts of this file alone, and load or send nothing. */
export function pageHtml({ main, worker, sha256 }: PagePrograms): string {
  const style = STYLE + PAGE_STYLE;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${sha256(style)}'`,
    `script-src 'sha256-${sha256(SCRIPT)}' 'sha256-${sha256(main)}'`,
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>varscope</title>
<style>${new Raw(style)}</style>
</head>
<body>
<a class="skip" id="skip" href="#start">To the content</a>
${SHAPES}
<div class="frame"><header class="top"><b>varscope</b><span>${TOOL.version}, tables of ${TABLES_DATE}</span><span>works offline, nothing leaves this computer</span><span class="tools"><button class="button" type="button" id="again" hidden>Open other files</button><button class="button" type="button" id="open-all" data-open hidden>Open or close all</button><button class="button" type="button" data-theme>Light or dark</button></span></header>
<p id="message" class="message" role="alert" hidden></p>
${START}
${WORKING}
<div id="report" hidden></div>
</div>
<script type="text/plain" id="worker" data-bytes="${worker.length}">${new Raw(packedText(worker))}</script>
<script>${new Raw(SCRIPT)}</script>
<script>${new Raw(main)}</script>
</body>
</html>
`.text;
}

const START: Markup = markup`<main id="start" tabindex="-1" aria-label="Open files">
<h1>Will this VM start, and what is wrong with its NVRAM?</h1>
<p class="lead">Open an export, a backup folder or a dump. It is read here, by this page; of an export of any size only the beginning.</p>
<noscript><p class="message">This page needs its script to read files. The HTML report that <code>varscope analyze --format html</code> writes needs none.</p></noscript>
<div class="drop">
<p class="big">Drop files or a folder here</p>
<p class="dim">.xva, .ova, .ovf, .efivars.b64, .vars, ova.xml, pool databases, bug reports, folders of Xen Orchestra; packed by gzip, bzip2 or zstd, too</p>
<div class="row"><label class="button main file">Choose files <input type="file" id="choose-files" multiple></label><label class="button file">Choose a folder <input type="file" id="choose-folder" webkitdirectory></label></div>
</div>
<details><summary>Paste a text: a record of xe, a base64 text, a log</summary><div><p><label for="pasted">Text</label></p><textarea id="pasted" rows="8" spellcheck="false"></textarea><p><button class="button" type="button" id="paste">Judge this text</button></p></div></details>
<details id="about"><summary><h2>What is looked for: every rule, why it matters, and where that is known from</h2></summary><div id="all-rules"></div></details>
<div class="columns"><div><h2>Nothing is sent</h2><p>The policy of this page forbids it to load or send anything. Cut the network: it works the same.</p></div><div><h2>One file</h2><p>Save this page, carry it to where the dump is, and open it from the disk. Nothing is installed.</p></div><div><h2>The same answers</h2><p>Rules, repair and report are those of the command line, <code>varscope analyze</code> and <code>varscope repair</code>.</p></div></div>
</main>`;

const WORKING: Markup = markup`<main id="working" tabindex="-1" aria-label="Progress" hidden><h1>Reading</h1><p id="status" role="status"></p><p><button class="button" type="button" id="cancel">Cancel</button></p></main>`;
