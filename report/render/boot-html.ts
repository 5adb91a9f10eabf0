/** The answer of `varscope boot` for a browser: one file that loads nothing, a section for each VM. */
import { encodeBase64 } from "../../parsers/text/base64.ts";
import { decodeLatin1, encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import type { BootInput, BootVm } from "../boot.ts";
import { judgedBy } from "../provenance.ts";
import { TOOL } from "../tool.ts";
import { bootParts } from "./boot-text.ts";
import { SHELL_END, shellContents, shellHead } from "./html/shell.ts";
import { badge, type Tone } from "./html/words.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import { counted } from "./text.ts";

export interface BootHtmlSettings {
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
}

const WORDS: ReadonlyMap<boolean | null, readonly [Tone, string]> = new Map([
  [true, ["good", "STARTS"]],
  [false, ["bad", "DOES NOT START"]],
  [null, ["warn", "NOT KNOWN"]],
]);

export function bootHtml(entries: readonly BootInput[], { asOf, sha256 }: BootHtmlSettings): string {
  const sections = entries.flatMap((entry) =>
    entry.error === null
      ? entry.vms.map((vm) => ({ title: bootParts(vm).head, body: vmView(vm, entry) }))
      : [
          {
            title: entry.path,
            body: markup`<p>${badge("bad", "NOT READ")} ${entry.error.message}</p>\n`,
          },
        ],
  );
  const contents = sections.map(({ title }, i) => ({ id: `vm-${i}`, text: title }));
  return [
    shellHead({
      title: "Does it start: varscope boot",
      heading: "",
      madeBy: judgedBy(TOOL, asOf, null),
      sha256: (text) => decodeLatin1(encodeBase64(sha256(encodeUtf8(text)))),
    }),
    shellContents(contents).text,
    markup`<h1>${headline(entries)}</h1>\n`.text,
    ...sections.map(
      ({ title, body }, i) => markup`<section id="vm-${i}"><h2>${title}</h2>\n${body}</section>\n`.text,
    ),
    SHELL_END,
  ].join("");
}

function headline(entries: readonly BootInput[]): string {
  const vms = entries.flatMap((entry) => (entry.error === null ? entry.vms : []));
  const starts = vms.map((vm) => bootParts(vm).starts);
  const count = (answer: boolean | null): number => starts.filter((one) => one === answer).length;
  const [yes, no, unknown] = [count(true), count(false), count(null)];
  const told = [
    ...(yes > 0 ? [`${yes} ${yes === 1 ? "starts" : "start"}`] : []),
    ...(no > 0 ? [`${no} ${no === 1 ? "does" : "do"} not start`] : []),
    ...(unknown > 0 ? [`${unknown} not known`] : []),
  ];
  const failed = entries.filter(({ error }) => error !== null).length;
  const notRead = failed === 0 ? "" : `; ${counted(failed, "input")} not read`;
  return `${counted(vms.length, "VM")}${told.length === 0 ? "" : `: ${told.join(", ")}`}${notRead}.`;
}

function vmView(vm: BootVm, { path, bytesRead }: BootInput): Markup {
  const { starts, more, attempts, loaders } = bootParts(vm);
  const [tone, word] = WORDS.get(starts)!;
  return markup`<p>${badge(tone, word)} <span class="dim">${path}, ${bytesRead} bytes read</span></p>
${list("Questions", more)}${list(
  "Attempts",
  attempts.map((lines) => lines.join("; ")),
)}${list("Programs on the system partition, each as the firmware itself would take it", loaders)}`;
}

function list(title: string, texts: readonly string[]): Markup {
  return texts.length === 0
    ? NOTHING
    : markup`<h3>${title}</h3>\n<ul>${texts.map((text) => markup`<li class="any">${text}</li>`)}</ul>\n`;
}
