/**
 * The page: takes files, lets the worker judge them, shows its report, and writes what is asked for. It holds no knowledge of
 * NVRAMs, and nothing leaves it.
 */

import type { Strategy } from "../rules/engine/strategy.ts";
import { type Chosen, chosenSources, droppedSources } from "./folder.ts";
import { unpackedText } from "./packed-text.ts";
import type { Answer, PageSource, ReportForm, Request, SavedFile, SaveForm } from "./protocol.ts";

const TOO_MANY = "These are more than 200,000 files. Choose a folder further down.";
const NO_FILES = "There was no file in it.";
/** What a browser keeps of a file that was written is let go then: milliseconds. */
const KEPT_AFTER_SAVING = 600_000;

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

const start = element("start");
const working = element("working");
const report = element("report");
const status = element("status");
const message = element("message");
const filesInput = element<HTMLInputElement>("choose-files");
const folderInput = element<HTMLInputElement>("choose-folder");
const about = element<HTMLDetailsElement>("about");
const pasted = element<HTMLTextAreaElement>("pasted");

/** With what is asked of it now; it answers one question at a time. */
interface Working {
  readonly worker: Worker;
  settle: ((answer: Answer) => void) | null;
}

/** Started before it is asked anything: reading its program takes a while. */
let current: Working | null = null;
/** Counts what was opened: an answer to an earlier question is nobody's any more. */
let judged = 0;
let sources = new Map<string, PageSource>();

/** The address of the worker's program, which stands in the page as gzip: half of its size, and the page is one file. */
const workerUrl: Promise<string> = (async () => {
  const { textContent, dataset } = element("worker");
  const packed = unpackedText(textContent ?? "", Number(dataset["bytes"]));
  const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return URL.createObjectURL(new Blob([await new Response(text).blob()], { type: "text/javascript" }));
})();

async function ready(): Promise<Working> {
  const url = await workerUrl;
  current ??= startWorker(url);
  return current;
}
void ready();

function startWorker(url: string): Working {
  const started: Working = { worker: new Worker(url), settle: null };
  const settle = (answer: Answer): void => {
    const waiting = started.settle;
    started.settle = null;
    waiting?.(answer);
  };
  started.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (data.kind === "progress") tellProgress(data);
    else settle(data);
  };
  started.worker.onerror = () => {
    if (current === started) current = null;
    settle({
      kind: "failed",
      message: "The browser ended the work. Try fewer files at once, or the command line.",
    });
  };
  return started;
}

/** Null where it still works at another question, or was cancelled. */
async function ask(request: Request): Promise<Answer | null> {
  const asked = await ready();
  if (asked.settle !== null) return null;
  return new Promise((resolve) => {
    asked.settle = resolve;
    asked.worker.postMessage(request);
  });
}

/** Ends the work at once: a worker that computes hears nothing. */
function cancel(): void {
  const ended = current;
  current = null;
  ended?.worker.terminate();
  ended?.settle?.({ kind: "failed", message: "Cancelled. Nothing was judged." });
  void ready();
}

function tellProgress({ done, of, bytesRead }: Extract<Answer, { kind: "progress" }>): void {
  status.textContent = `${done} of ${of} files judged, ${sizeText(bytesRead)} read`;
}

function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function view(name: "start" | "working" | "report"): void {
  for (const [key, part] of Object.entries({ start, working, report })) part.hidden = key !== name;
  element("again").hidden = name !== "report";
  element("open-all").hidden = name !== "report";
  element<HTMLAnchorElement>("skip").hash = name === "report" ? "main" : name;
}

function tell(text: string): void {
  message.textContent = text;
  message.hidden = text === "";
}

async function judge(chosen: Chosen | null): Promise<void> {
  if (chosen === null) return tell(TOO_MANY);
  if (chosen.sources.length === 0) return tell(NO_FILES);
  if (current?.settle != null) cancel();
  const run = ++judged;
  tell("");
  sources = new Map(chosen.sources.map((source) => [source.name, source]));
  status.textContent = `0 of ${chosen.sources.length} files judged`;
  view("working");
  working.focus();
  const answer = await ask({ kind: "judge", sources: chosen.sources, folder: chosen.folder });
  if (run !== judged) return;
  if (answer?.kind === "report") showReport(answer);
  else if (answer?.kind === "failed") {
    view("start");
    tell(answer.message);
  }
}

function showReport({ html, title }: Extract<Answer, { kind: "report" }>): void {
  // The report has places of the same names.
  element("all-rules").replaceChildren();
  about.open = false;
  // The renderer escapes all that comes from an input, and the policy runs no script but the page's own.
  report.innerHTML = html;
  document.title = title;
  view("report");
  // Counts the rows of the table, as a report's own script does when it is opened.
  report.querySelector("[data-filter] input")?.dispatchEvent(new Event("change", { bubbles: true }));
  scrollTo(0, 0);
  const main = element("main");
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
}

async function done(request: Request, input: PageSource | null): Promise<void> {
  document.body.classList.add("busy");
  const answer = await ask(request);
  document.body.classList.remove("busy");
  if (answer === null) return;
  tell(answer.kind === "failed" ? answer.message : "");
  if (answer.kind === "failed") message.scrollIntoView({ block: "center" });
  if (answer.kind === "file") download(answer.file, input);
  if (answer.kind === "shown") {
    const shown = element("shown");
    shown.innerHTML = answer.html;
    shown.hidden = false;
    shown.focus({ preventScroll: true });
    shown.scrollIntoView();
  }
}

/** The browser copies slices of the input itself: nothing of them stands in memory. */
function download({ name, parts }: SavedFile, input: PageSource | null): void {
  const pieces = parts.map((part): BlobPart => {
    if (typeof part === "string") return part;
    if (part instanceof Uint8Array) return part as Uint8Array<ArrayBuffer>;
    if (input === null) throw new Error("a part of no input");
    return input.file.slice(part.start, part.end);
  });
  const url = URL.createObjectURL(new Blob(pieces, { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_AFTER_SAVING);
}

function sourceNamed(name: string | undefined): PageSource | null {
  return sources.get(name ?? "") ?? null;
}

function chosenSource(): PageSource | null {
  return sourceNamed(element<HTMLSelectElement>("chosen").value);
}

function lookWith(kind: string | undefined, files: readonly File[]): void {
  const source = chosenSource();
  const given = files.map((file) => ({ name: file.name, file }));
  const [first] = given;
  if (source === null || first === undefined) return;
  if (kind === "forecast") void done({ kind: "forecast", source, updates: given }, source);
  if (kind === "compare") void done({ kind: "compare", source, other: first }, source);
}

filesInput.addEventListener("change", () => {
  if (filesInput.files !== null) void judge(chosenSources(filesInput.files));
});
folderInput.addEventListener("change", () => {
  if (folderInput.files !== null) void judge(chosenSources(folderInput.files));
});
/** The texts of docs/rules/, which stand in the worker's program: the page holds them offline. */
async function tellRules(): Promise<void> {
  const rules = element("all-rules");
  if (rules.childElementCount > 0) return;
  const answer = await ask({ kind: "rules" });
  if (answer?.kind === "shown") rules.innerHTML = answer.html;
  // To the one that the address names.
  dispatchEvent(new Event("hashchange"));
}
about.addEventListener("toggle", () => {
  // A report opens all that is folded, what is not shown too.
  if (about.open && !start.hidden) void tellRules();
});
about.open = location.hash.startsWith("#rule-");

element("paste").addEventListener("click", () => {
  if (pasted.value === "") return tell("Paste a text first.");
  void judge({ sources: [{ name: "pasted.txt", file: new Blob([pasted.value]) }], folder: null });
});
element("cancel").addEventListener("click", cancel);
element("again").addEventListener("click", () => {
  tell("");
  view("start");
  report.replaceChildren();
  about.open = false;
  // The same file can be chosen again.
  filesInput.value = "";
  folderInput.value = "";
  document.title = "varscope";
  start.focus();
});

report.addEventListener("click", ({ target }) => {
  const button = (target as Element).closest("button");
  if (button === null) return;
  const { repair, export: form, look, name, number, strategy } = button.dataset;
  const source = sourceNamed(name);
  if (repair !== undefined && source !== null) {
    const asked = { form: repair as SaveForm, copy: Number(number), strategy: strategy as Strategy };
    void done({ kind: "repair", source, ...asked }, source);
  }
  if (form !== undefined) void done({ kind: "export", form: form as ReportForm }, null);
  const chosen = look === undefined ? null : chosenSource();
  if (chosen !== null) void done({ kind: look as "inspect" | "boot", source: chosen }, chosen);
});
report.addEventListener("change", ({ target }) => {
  const input = target as HTMLInputElement;
  if (input.type !== "file") return;
  lookWith("forecast" in input.dataset ? "forecast" : "compare", [...(input.files ?? [])]);
  input.value = "";
});

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const { dataTransfer, target } = event;
  if (dataTransfer === null) return;
  const zone = target instanceof Element ? target.closest<HTMLElement>("[data-drop]") : null;
  if (zone !== null) lookWith(zone.dataset["drop"], [...dataTransfer.files]);
  else
    void droppedSources(dataTransfer).then(judge, () => tell("The browser could not read what was dropped."));
});
