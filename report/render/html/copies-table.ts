/** All copies in one table, the worst first, to be filtered and sorted where the script runs. */
import { VARSTORED_LIMITS } from "../../../parsers/limits.ts";
import type { Verdict } from "../../../rules/engine/rule.ts";
import { shownFindings } from "../../finding.ts";
import type { VmReport } from "../../vm.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { bar, type Fill, grouped } from "./picture.ts";
import { badge, TONES } from "./words.ts";

const { DATA_LIMIT } = VARSTORED_LIMITS;
/** What the small bar of a dbx stands for: a little more than the limit, so that what is over it is seen. */
const MINI_SCALE = DATA_LIMIT * 1.16;
const NEARLY_FULL = 0.9;

export interface CopyRow {
  readonly path: string;
  /** As the page calls it. */
  readonly name: string;
  readonly vm: VmReport;
  /** The verdict's word. */
  readonly word: string;
  /** 0 is the worst. */
  readonly rank: number;
  /** In a word what repairs it; "" where nothing does or is known to. */
  readonly repair: string;
  /** Id of its details; null where they are not in the page. */
  readonly target: string | null;
}

/** In front of the rows. `counts`: copies of each verdict, the worst first. */
export function tableHead(
  caption: string,
  counts: readonly { readonly verdict: Verdict; readonly word: string; readonly count: number }[],
): Markup {
  const boxes = counts.map(
    ({ verdict, word, count }) =>
      markup`<label><input type="checkbox" value="${verdict}" checked data-filter> ${word} ${grouped(count)}</label>`,
  );
  return markup`<div class="tools"><input type="search" id="filter" data-filter placeholder="Filter: name, UUID, rule, file ( / )" aria-label="Filter the table by name, UUID, rule or file"><fieldset class="chips"><legend class="unseen">Verdicts that are shown</legend>${boxes}</fieldset><span class="dim" id="filter-count" role="status"></span></div>
<div class="scroll"><table class="cards long" id="copies"><caption>${caption}</caption><thead><tr>${sortable("rank", "Verdict")}${sortable("name", "VM")}${sortable("why", "Why")}<th scope="col">dbx of ${grouped(DATA_LIMIT)}</th>${sortable("dbx", "Bytes", "number")}${sortable("all", "All variables", "number")}${sortable("repair", "Repair")}</tr></thead><tbody>
`;
}

export const TABLE_END: Markup = markup`</tbody></table></div>\n`;

/** Rows that a printed page shows; the others are in the file. */
export const PRINTED_ROWS = 25;

function sortable(key: string, title: string, className = ""): Markup {
  return markup`<th scope="col"${className === "" ? NOTHING : markup` class="${className}"`}><button type="button" data-sort="${key}">${title}</button><span>${title}</span></th>`;
}

export function tableRow({ path, name, vm, word, rank, repair, target }: CopyRow): Markup {
  const { nvram, verdict, findings, uuid, source } = vm;
  const layout = vm.detail?.databases.find((one) => one.name === "dbx");
  const dbx = layout?.bytes ?? nvram?.variables.find((one) => one.name === "dbx")?.bytes ?? null;
  const all = nvram === null || nvram.variables.length === 0 ? null : nvram.usedBytes + nvram.runtimeBytes;
  const shown = shownFindings(findings);
  const rules = [...new Set(shown.map(({ ruleId }) => ruleId))];
  const cause = (shown.find(({ breaks }) => breaks !== null) ?? shown[0])?.ruleId ?? "";
  const words = [name, uuid ?? "", path, source, verdict, ...rules].join(" ").toLowerCase();
  const title = target === null ? markup`${name}` : markup`<a href="#${target}">${name}</a>`;
  const others = rules.length > 1 ? markup` <small>+${rules.length - 1}</small>` : NOTHING;
  return markup`<tr data-verdict="${verdict}" data-rank="${rank}" data-name="${name}" data-why="${cause}" data-dbx="${dbx ?? -1}" data-all="${all ?? -1}" data-repair="${repair}" data-words="${words}"><td>${badge(TONES[verdict], word)}</td><th scope="row">${title}<br><small>${source}</small></th><td data-label="why">${cause !== "" ? cause : findings.length === 0 ? "nothing found" : "not told"}${others}</td><td>${dbx === null ? NOTHING : miniBar(dbx)}</td><td class="number" data-label="dbx">${dbx === null ? "" : grouped(dbx)}${dbx !== null && dbx > DATA_LIMIT ? markup` <b class="bad">OVER</b>` : NOTHING}</td><td class="number" data-label="all">${all === null ? "" : grouped(all)}</td><td data-label="repair">${repair}</td></tr>
`;
}

function miniBar(dbx: number): Markup {
  const fill: Fill = dbx > DATA_LIMIT ? "v-bad" : dbx > NEARLY_FULL * DATA_LIMIT ? "v-warn" : "o-start";
  const options = { scale: Math.max(MINI_SCALE, dbx), height: 12, limit: DATA_LIMIT };
  return markup`<span class="mini">${bar([{ size: dbx, fill }], options)}</span>`;
}
