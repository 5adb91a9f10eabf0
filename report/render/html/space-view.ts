/** How full the store is: all variables in their limit; the dbx now, after the repair, and with the next update. */
import { largest } from "../../../parsers/arrays.ts";
import { VARSTORED_LIMITS } from "../../../parsers/limits.ts";
import type { DatabaseLayout } from "../../detail/database-layout.ts";
import type { DetailReport, UpdateDetail } from "../../detail/detail.ts";
import type { NvramReport } from "../../vm.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { counted } from "../text.ts";
import { ownerFill, ownerName } from "./owner.ts";
import { axis, bar, grouped, type Segment, swatch } from "./picture.ts";

const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;
const TOTAL_STEP = 32_768;
const DATA_STEP = 16_384;
/** A little room behind the longest bar, so that its end is seen. */
const MARGIN = 1.035;

type Nvram = NvramReport;

/** Empty where no variable was read. */
export function spaceView(nvram: Nvram | null, detail: DetailReport): Markup {
  if (nvram === null || nvram.variables.length === 0) return NOTHING;
  const used = nvram.usedBytes + nvram.runtimeBytes;
  const layouts = new Map(detail.databases.map((layout) => [layout.name, layout]));
  const dbx = layouts.get("dbx") ?? null;
  const rows = dbx === null ? [] : dbxRows(dbx, detail);
  const scale = MARGIN * Math.max(DATA_LIMIT, largest(rows.map(({ bytes }) => bytes)));
  const label = [
    `Space in bytes. All variables: ${used} of ${TOTAL_LIMIT}${overText(used, TOTAL_LIMIT)}.`,
    ...rows.map(({ title, bytes }) => `${title}: ${bytes} of ${DATA_LIMIT}${overText(bytes, DATA_LIMIT)}.`),
  ].join(" ");
  return markup`<div class="plot" role="group" aria-label="${label}">
${rowLabel("All variables", "as varstored counts them")}${bar(allSegments(nvram, dbx, layouts), { scale: Math.max(TOTAL_LIMIT, used), height: 18, limit: TOTAL_LIMIT })}${figures(used, TOTAL_LIMIT)}
${axis(Math.max(TOTAL_LIMIT, used), TOTAL_STEP, TOTAL_LIMIT)}
<span class="rule"></span>
${rows.map(({ title, note, bytes, segments, added, height }) => markup`${rowLabel(title, note)}${bar(segments, { scale, height, limit: DATA_LIMIT, added })}${figures(bytes, DATA_LIMIT)}\n`)}${rows.length === 0 ? NOTHING : axis(scale, DATA_STEP, DATA_LIMIT)}</div>
${legend(detail, rows)}${dbx === null ? NOTHING : ownersNote(dbx)}`;
}

interface Row {
  readonly title: string;
  readonly note: string;
  /** Of the dbx, with what would be added. */
  readonly bytes: number;
  readonly segments: readonly Segment[];
  readonly added: number;
  readonly height: number;
}

function dbxRows(dbx: DatabaseLayout, { repair, updates }: DetailReport): Row[] {
  const after = repair?.databases.find(({ name }) => name === "dbx") ?? null;
  const rows: Row[] = [
    {
      title: "dbx now",
      note: `${counted(dbx.lists, "list")}, ${dbx.entries === 1 ? "1 entry" : `${grouped(dbx.entries)} entries`}`,
      bytes: dbx.bytes,
      segments: segmentsOf(dbx),
      added: 0,
      height: 30,
    },
  ];
  const killer = updates.find(({ effect }) => effect !== "fits");
  if (dbx.bytes <= DATA_LIMIT && killer !== undefined)
    rows.push(updateRow(dbx, killer, `with update ${killer.id}`, "as it is"));
  if (after !== null)
    rows.push({
      title: "dbx repaired",
      note: repair?.strategy ?? "",
      bytes: after.bytes,
      segments: segmentsOf(after),
      added: 0,
      height: 30,
    });
  const later = repair?.updates ?? updates;
  const next = later.find(({ effect }) => effect === "fits");
  const base = after ?? (dbx.bytes <= DATA_LIMIT ? dbx : null);
  if (next !== undefined && base !== null)
    rows.push(
      updateRow(base, next, `${after === null ? "with" : "then"} update ${next.id}`, "the newest that fits"),
    );
  return rows;
}

function updateRow(
  base: DatabaseLayout,
  { addedBytes, dbxBytesAfter }: UpdateDetail,
  title: string,
  note: string,
): Row {
  return { title, note, bytes: dbxBytesAfter, segments: segmentsOf(base), added: addedBytes, height: 26 };
}

function segmentsOf({ runs }: DatabaseLayout): Segment[] {
  return runs.map(({ owner, repeats, bytes }) => ({ size: bytes, fill: ownerFill(owner), repeats }));
}

/** Signature databases by their owners, then the others, then what varstored adds at each start. */
function allSegments(
  nvram: Nvram,
  dbx: DatabaseLayout | null,
  layouts: ReadonlyMap<string, DatabaseLayout>,
): Segment[] {
  const keys = ["PK", "KEK", "db", "dbt"].flatMap((name) => layouts.get(name) ?? []);
  const shown = [...(dbx === null ? [] : [dbx]), ...keys];
  const bytes = shown.flatMap(({ runs }) => runs).reduce((sum, run) => sum + run.bytes, 0);
  return [
    ...shown.flatMap(segmentsOf),
    { size: Math.max(0, nvram.usedBytes - bytes), fill: "o-rest" },
    { size: nvram.runtimeBytes, fill: "o-start" },
  ];
}

function rowLabel(title: string, note: string): Markup {
  return markup`<span class="label">${title}<small>${note}</small></span>`;
}

function figures(used: number, limit: number): Markup {
  return used > limit
    ? markup`<span class="figure">${grouped(used)}<small class="bad"><b>${grouped(used - limit)} OVER</b></small></span>`
    : markup`<span class="figure">${grouped(used)}<small>${grouped(limit - used)} left</small></span>`;
}

function overText(used: number, limit: number): string {
  return used > limit ? `, ${used - limit} over the limit` : `, ${limit - used} left`;
}

function legend({ databases }: DetailReport, rows: readonly Row[]): Markup {
  const owners = new Map(
    databases.flatMap(({ runs }) => runs.map(({ owner }) => [owner.guid, owner] as const)),
  );
  const MAX_OWNERS = 6;
  const shown = [...owners.values()].slice(0, MAX_OWNERS);
  const repeats = databases.some(({ runs }) => runs.some((run) => run.repeats));
  const items = [
    ...shown.map((owner) => markup`<li>${swatch(ownerFill(owner))}owner ${ownerName(owner)}</li>`),
    ...(owners.size > MAX_OWNERS
      ? [markup`<li>${swatch("o-other")}${owners.size - MAX_OWNERS} more owners</li>`]
      : []),
    ...(repeats ? [markup`<li>${swatch("o-ms", true)}hatched: stands there before already</li>`] : []),
    markup`<li>${swatch("o-rest")}other variables</li>`,
    markup`<li>${swatch("o-start")}added by varstored at each start</li>`,
    ...(rows.some(({ added }) => added > 0) ? [markup`<li>${swatch("ghost")}what an update adds</li>`] : []),
  ];
  return markup`<ul class="legend">${items}</ul>\n`;
}

/** What the owners share, where two of them stand in one dbx. */
function ownersNote(dbx: DatabaseLayout): Markup {
  const { owners, runs, distinct } = dbx;
  const repeats = runs.filter((run) => run.repeats);
  const count = repeats.reduce((sum, run) => sum + run.count, 0);
  if (count === 0) return NOTHING;
  const bytes = repeats.reduce((sum, run) => sum + run.bytes, 0);
  const MAX_OWNERS = 6;
  const rows = owners.slice(0, MAX_OWNERS).map(
    ({ owner, count: has, alone }) =>
      markup`${rowLabel(`owner ${ownerName(owner)}`, has === 1 ? "1 entry" : `${grouped(has)} entries`)}${bar(
        [
          { size: alone, fill: ownerFill(owner) },
          { size: has - alone, fill: ownerFill(owner), repeats: true },
        ],
        { scale: distinct, height: 18, limit: null },
      )}<span class="figure">${grouped(alone)}<small>under no other owner</small></span>\n`,
  );
  return markup`<h3>Entries that are there twice</h3>
<div class="plot">${rows}</div>
<p class="note">The dbx has ${grouped(distinct)} different entries. ${count === 1 ? "1 entry is a repeat" : `${grouped(count)} entries are repeats`}: ${grouped(bytes)} bytes for nothing.</p>
`;
}
