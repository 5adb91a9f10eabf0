/** The report inside the page, by the renderer of the command line's HTML report, and the report as a file. */
import type { PeopleReport } from "../library/api/analyze.ts";
import { writeReport } from "../library/api/render.ts";
import { writesWhole } from "../library/api/repair.ts";
import type { Report } from "../library/api/types.ts";
import { portableMachine } from "../platform/portable/machine.ts";
import { repairedPath } from "../report/output-names.ts";
import { htmlWriter, type PageSettings } from "../report/render/html-writer.ts";
import { markdownWriter } from "../report/render/markdown-writer.ts";
import { type Markup, markup, NOTHING } from "../report/render/markup.ts";
import type { Output } from "../report/render/output.ts";
import { jsonReportWriter, type ReportWriter } from "../report/render/report-writer.ts";
import { memorySpool } from "../report/render/spool.ts";
import { vmName } from "../report/render/vm-block.ts";
import type { VmReport } from "../report/vm.ts";
import type { PageSource, ReportForm, SavedFile } from "./protocol.ts";

const TOOLS = { sha256: portableMachine.platform.sha256, newSpool: memorySpool };

class Pieces implements Output {
  readonly isTerminal = false;
  readonly columns = undefined;
  readonly #pieces: string[] = [];
  readonly write = async (text: string): Promise<void> => void this.#pieces.push(text);
  readonly finish = async (): Promise<void> => {};
  text(): string {
    return this.#pieces.join("");
  }
}

export async function reportView(
  { report, causes }: PeopleReport,
  sources: readonly PageSource[],
): Promise<string> {
  const output = new Pieces();
  const page = { repairAction: await repairActions(report, sources), ending: ending(report, sources) };
  const settings = { asOf: report.asOf, quiet: false, page };
  await writeReport(htmlWriter(output, settings, TOOLS), report, causes);
  return output.text();
}

/** What pictures need is in no report of the command line, unless it is asked for. */
function plain(report: Report): Report {
  const inputs = report.inputs.map((input) => ({
    ...input,
    vms: input.vms.map(({ detail: _, ...vm }) => vm),
  }));
  return { ...report, inputs };
}

const ENDINGS: Readonly<Record<ReportForm, string>> = { html: "html", json: "json", markdown: "md" };

export async function exportedReport({ report, causes }: PeopleReport, form: ReportForm): Promise<SavedFile> {
  const output = new Pieces();
  await writeReport(
    writerOf(report, form, output),
    form === "html" ? report : plain(report),
    form === "json" ? null : causes,
  );
  return { name: `varscope-report.${ENDINGS[form]}`, parts: [output.text()] };
}

function writerOf({ schemaVersion, tool, asOf }: Report, form: ReportForm, output: Output): ReportWriter {
  switch (form) {
    case "json":
      return jsonReportWriter(output, { schemaVersion, tool, asOf });
    case "markdown":
      return markdownWriter(output, { asOf, quiet: false });
    case "html":
      return htmlWriter(output, { asOf, quiet: false }, TOOLS);
    default:
      return form satisfies never;
  }
}

/** How a packed file begins: gzip (RFC 1952 §2.3.1), zstd (RFC 8878 §3.1.1), bzip2. */
const PACKED = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x42, 0x5a, 0x68],
];

async function isPacked({ file }: PageSource): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return PACKED.some((magic) => magic.every((byte, i) => head[i] === byte));
}

/** The buttons in the box about a repair. Of a member of an archive the command line can do more. */
async function repairActions(
  report: Report,
  sources: readonly PageSource[],
): Promise<PageSettings["repairAction"]> {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const actions = new Map<VmReport, Markup>();
  for (const { path, format, vms } of report.inputs) {
    const source = byName.get(path);
    const repairable = vms.filter(({ detail }) => detail?.repair != null);
    if (repairable.length === 0) continue;
    const note =
      source === undefined || !writesWhole(format)
        ? TEXT_ALONE
        : (await isPacked(source))
          ? PACKED_FILE
          : null;
    for (const vm of repairable)
      actions.set(vm, source === undefined ? MEMBER : buttons(path, vms.indexOf(vm), vm, note));
  }
  return (_, vm) => actions.get(vm) ?? NOTHING;
}

const MEMBER = markup`<p class="dim">This is a member of an archive: unpack it and open it here by itself, or let <code>varscope repair</code> write it.</p>`;

/** Nothing of an export may stand in memory, and a packed one has no slices to be copied. */
const PACKED_FILE = markup`<p class="dim">This file is packed, and the page does not write it as a whole: unpack it (<code>gunzip</code>, <code>zstd -d</code>, <code>bunzip2</code>) and open it again, or let <code>varscope repair</code> write it. The NVRAM as a text is what a host restores.</p>`;
const TEXT_ALONE = markup`<p class="dim">No repair is put back into a file of this kind: the NVRAM as a text is what a host restores.</p>`;

/** `note`: why the file as a whole is not offered; null where it is. */
function buttons(path: string, copy: number, vm: VmReport, note: Markup | null): Markup {
  const strategy = vm.detail?.repair?.strategy ?? "merge";
  const button = (form: string, text: string, className: string): Markup =>
    markup`<button class="${className}" type="button" data-repair="${form}" data-name="${path}" data-number="${copy}" data-strategy="${strategy}">${text}</button>\n`;
  const isWhole = note === null;
  const whole = isWhole ? button("same", `Save ${repairedPath(path)}`, "button main") : NOTHING;
  return markup`<div class="row page-only">${whole}${button("text", "Save the NVRAM as a text for the host", isWhole ? "button" : "button main")}${button("runbook", "Save the runbook", "button")}${button("plan", "Show plan and proof", "button")}</div>${note ?? NOTHING}`;
}

/** Inputs that can be chosen to look into; a browser's list of more is of no use. */
const MAX_CHOICES = 2000;

function ending(report: Report, sources: readonly PageSource[]): Markup {
  const names = new Set(sources.map(({ name }) => name));
  const choices = report.inputs
    .filter(({ path, vms }) => vms.length > 0 && names.has(path))
    .slice(0, MAX_CHOICES);
  const options = choices.map(
    ({ path, vms }) =>
      markup`<option value="${path}">${vms.length === 1 && vms[0] !== undefined && vmName(path, vms[0]) !== path ? `${vmName(path, vms[0])}, ${path}` : path}</option>`,
  );
  const further =
    choices.length === 0
      ? NOTHING
      : markup`<section id="further" class="page-only"><h2>Look further</h2>
<p><label for="chosen">Input</label> <select id="chosen">${options}</select></p>
<div class="row"><button class="button" type="button" data-look="inspect">Show all variables, decoded</button><button class="button" type="button" data-look="boot">Does it start from its disks?</button><label class="button file" data-drop="forecast">Try an update (DBXUpdate.bin) <input type="file" multiple data-forecast></label><label class="button file" data-drop="compare">Compare with another dump <input type="file" data-compare></label></div>
<p class="dim">An update or another dump can be dropped onto its button as well.</p>
<section id="shown" tabindex="-1" aria-label="What was asked for" hidden></section></section>\n`;
  return markup`${further}<section id="keep" class="page-only"><h2>Keep this report</h2>
<div class="row"><button class="button" type="button" data-export="html">Save the report as HTML</button><button class="button" type="button" data-export="json">Save the report as JSON</button><button class="button" type="button" data-export="markdown">Save the report as Markdown</button></div></section>\n`;
}
