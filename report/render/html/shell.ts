/** The frame of a page: its head with the policy, the bar at the top, the contents, and what stands at the end. */
import { type Markup, markup, Markup as Raw } from "../markup.ts";
import { SHAPES } from "./picture.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

export interface ShellHead {
  readonly title: string;
  /** Of the ticket; "" where nothing was given. */
  readonly heading: string;
  /** What made the report, with which tables, and as of which day it was judged. */
  readonly madeBy: string;
  /** Of a text as base64: for the policy (CSP Level 3, §6.7.3.3). */
  readonly sha256: (text: string) => string;
}

/**
 * Up to where the contents begin. The policy lets a browser use the one style and run the one script of this file, and load or
 * send nothing.
 */
export function shellHead({ title, heading, madeBy, sha256 }: ShellHead): string {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${sha256(STYLE)}'`,
    `script-src 'sha256-${sha256(SCRIPT)}'`,
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
<title>${title}</title>
<style>${new Raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">To the report</a>
${SHAPES}
<div class="frame"><header class="top"><b>${heading === "" ? "varscope" : heading}</b><span>${madeBy}</span><span class="tools"><button class="button" type="button" data-open>Open or close all</button><button class="button" type="button" data-theme>Light or dark</button></span></header>
`.text;
}

export interface Contents {
  readonly id: string;
  readonly text: string;
}

/** The contents, and the beginning of what they lead to. */
export function shellContents(contents: readonly Contents[]): Markup {
  return markup`<nav class="contents" aria-label="Contents"><ul>
${contents.map(({ id, text }) => markup`<li><a href="#${id}">${text}</a></li>\n`)}</ul></nav>
<main id="main" aria-label="Report">
`;
}

export const SHELL_END: string = markup`</main></div>
<script>${new Raw(SCRIPT)}</script>
</body>
</html>
`.text;
