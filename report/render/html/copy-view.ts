/** One copy of an NVRAM: what happens, whether it can be repaired, its space, findings, keys, hosts and variables. */
import type { RuleMeta } from "../../../rules/engine/rule.ts";
import type { DetailReport, RepairDetail } from "../../detail/detail.ts";
import { shownFindings } from "../../finding.ts";
import { AGAIN_FIRST, isCut } from "../../remedies/cut-copy.ts";
import type { VmReport } from "../../vm.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { secureBootFact } from "../secure-boot-text.ts";
import { bootView } from "./boot-view.ts";
import { findingsView, hostsView, variablesView } from "./copy-sections.ts";
import { keysView } from "./keys-view.ts";
import { grouped } from "./picture.ts";
import { spaceView } from "./space-view.ts";
import { badge, TONES } from "./words.ts";

/** What is told of a copy in words that all reports share. */
export interface CopyWords {
  readonly name: string;
  /** The verdict in a word, and as one sentence about the VM. */
  readonly label: string;
  readonly sentence: string;
  /** The verdict's word after a repair. */
  readonly repairedLabel: string;
}

export interface CopyView {
  readonly path: string;
  readonly vm: VmReport;
  /** Null where it was not made, since there are too many copies. */
  readonly detail: DetailReport | null;
  readonly words: CopyWords;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** Rules that are explained beside their findings; the page explains the others once for all copies. */
  readonly rules: ReadonlyMap<string, RuleMeta>;
  /** In front of the ids of its parts, so that no two copies share one. */
  readonly id: string;
  /** What stands in the box about the repair: the command, or the page's buttons. */
  readonly repairAction: Markup;
}

export interface CopySection {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export function copyHead(view: CopyView): Markup {
  const { path, vm, words } = view;
  const tone = TONES[vm.verdict];
  return markup`<div class="head ${tone}"><h1><span>${words.name}</span><span class="${tone}">${words.label}</span></h1><p class="lead">${words.sentence}</p></div>
${factsList(path, vm)}${repairBox(view)}`;
}

/** The same where the copy is one of many: its name and verdict stand in the line above. */
export function copyBrief(view: CopyView): Markup {
  const { path, vm, words } = view;
  return markup`<p class="lead">${words.sentence}</p>
${factsList(path, vm)}${repairBox(view)}`;
}

function factsList(path: string, vm: VmReport): Markup {
  const { uuid, source, nvram } = vm;
  const size =
    nvram === null || nvram.bytes === null
      ? "none"
      : `${grouped(nvram.bytes)} bytes${nvram.version === null ? "" : `, version ${nvram.version}`}, ${nvram.variableCount === 1 ? "1 variable" : `${grouped(nvram.variableCount)} variables`}`;
  const firmware = secureBootFact(vm);
  const facts: readonly (readonly [string, string | null, string])[] = [
    ["UUID", uuid, "mono"],
    ["Read from", `${path}, ${source}`, ""],
    ["NVRAM", size, ""],
    ["SHA-256 of the NVRAM", nvram?.sha256 ?? null, "mono"],
    ["Firmware", firmware === "" ? null : firmware, ""],
    ["Secure Boot readiness, as XAPI calls it", vm.readiness, "mono"],
    ["Certificates, as XAPI has them on record", vm.xapiState, "mono"],
  ];
  const rows = facts.flatMap(([term, value, className]) =>
    value === null
      ? []
      : [
          markup`<div><dt>${term}</dt><dd${className === "" ? NOTHING : markup` class="${className}"`}>${value}</dd></div>\n`,
        ],
  );
  return markup`<dl class="facts">${rows}</dl>\n`;
}

/** Empty where there is nothing to repair, or nobody tried. */
function repairBox({ detail, words, vm, repairAction: action }: CopyView): Markup {
  if (detail === null) return NOTHING;
  const { repair, beyondRepair } = detail;
  const again = isCut({ symptoms: vm.findings }) ? markup`<p>${AGAIN_FIRST}</p>\n` : NOTHING;
  if (repair !== null)
    return markup`<div class="deal"><h2>${repairTitle(repair)}</h2>
${again}<ul class="tally"><li><b>${grouped(repair.kept)}</b> kept as they are</li><li><b>${grouped(repair.reowned)}</b> given to their owner</li><li><b>${grouped(repair.merged)}</b> repeats merged</li><li><b>${grouped(repair.removed)}</b> removed</li></ul>
<p>Counted in signatures. Afterwards varstored ${repair.loads ? "loads" : "does not load"} the NVRAM, and the verdict is ${badge(TONES[repair.verdict], words.repairedLabel)}. The input is never changed; the repaired NVRAM is opened, judged and compared again before it is written.</p>${action}</div>
`;
  if (beyondRepair === null) return NOTHING;
  return markup`<div class="deal"><h2>No repair mends it</h2>${again}<p>${beyondRepair} Look for an older backup or export of this VM.</p></div>\n`;
}

function repairTitle({ removed, strategy }: RepairDetail): string {
  if (removed === 0) return "It can be repaired, and no signature is lost";
  return `It can be repaired by "${strategy}", which removes ${removed === 1 ? "1 item" : `${grouped(removed)} items`}`;
}

/** Sections that have something to tell, in their order. */
export function copySections({ vm, detail, asOf, rules, id }: CopyView): CopySection[] {
  const evidence = detail?.evidence ?? [];
  const sections = [
    { key: "space", title: "Space", body: detail === null ? NOTHING : spaceView(vm.nvram, detail) },
    {
      key: "findings",
      title: `Findings (${shownFindings(vm.findings).length})`,
      body: findingsView(vm.findings, evidence, rules, id, vm.firmware),
    },
    { key: "boot", title: "Start from the disks", body: bootView(vm.boot) },
    { key: "keys", title: "Keys", body: detail === null ? NOTHING : keysView(detail, vm.findings, asOf) },
    { key: "hosts", title: "Hosts", body: detail === null ? NOTHING : hostsView(detail) },
    {
      key: "variables",
      title: `Variables (${vm.nvram?.variableCount ?? 0})`,
      body: detail === null ? NOTHING : variablesView(detail),
    },
  ];
  return sections
    .filter(({ body }) => body.text !== "")
    .map(({ key, title, body }) => ({ id: `${id}${key}`, title, body }));
}
