/** All copies at a glance, the worst first. */

import { breakingRules } from "../../report/overview/causes.ts";
import { findingCounts } from "../../report/render/finding-groups.ts";
import type { Look } from "../../report/render/look.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { counted, moreLine } from "../../report/render/text.ts";
import { isShownInFull, verdictWords } from "../../report/render/verdicts.ts";
import { vmName } from "../../report/render/vm-block.ts";
import { MAX_TOLD_IN_FULL } from "../../report/told-in-full.ts";
import type { VmReport } from "../../report/vm.ts";
import { renderTable } from "./table.ts";

const MAX_HEALTHY_ROWS = 12;
const MAX_ROWS = 400;
const MAX_NAME = 60;
const MIN_NAME = 20;
/** What verdict and reason take beside a name. */
const BESIDE_NAME = 54;
/** `YYYY-MM-DDThh:mm` */
const MINUTE_LENGTH = 16;

interface Copy {
  readonly path: string;
  readonly vm: VmReport;
}

export function overviewLines(
  copies: readonly Copy[],
  manyInputs: boolean,
  { style, columns, quiet }: Look,
): string[] {
  const healthy = copies.filter(isHealthy);
  const counts = quiet || healthy.length > MAX_HEALTHY_ROWS;
  const shown = counts ? copies.filter((copy) => !isHealthy(copy)) : copies;
  const isMany = copies.length > MAX_TOLD_IN_FULL;
  const toldApart = isMany ? new ToldApart(shown) : null;
  const width = Math.max(MIN_NAME, Math.min(MAX_NAME, columns - BESIDE_NAME));
  const rows = shown.slice(0, MAX_ROWS).map((copy) => {
    const { path, vm } = copy;
    const verdict = verdictWords(vm.verdict, style, vm);
    if (toldApart !== null) {
      const place = toldApart.placeOf(copy).map((text) => style.dim(clip(text, width)));
      return [verdict, [shortName(copy, width), ...place].join("\n"), whyText(vm)];
    }
    const where = manyInputs && vm.nameLabel !== null ? [style.dim(clip(printable(path), MAX_NAME))] : [];
    const uuid = vm.uuid === null ? [] : [style.dim(clip(printable(vm.uuid), MAX_NAME))];
    const source = vm.source === "NVRAM" ? [] : [style.dim(printable(vm.source))];
    return [verdict, [vmName(path, vm), ...uuid, ...source, ...where].join("\n"), findingCounts(vm.findings)];
  });
  const head = ["Verdict", "VM", isMany ? "Why" : "Findings"];
  const table = renderTable({ head, rows, flexible: isMany ? 2 : 1, columns });
  const more = moreLine(shown.length - MAX_ROWS, "copies with findings; --format ndjson has all");
  const rest = counts && !quiet ? [`and ${counted(healthy.length, "copy", "copies")} without findings`] : [];
  return [...table, ...more, ...rest];
}

/** Name, time and copy, on one line of so many columns. */
function shortName({ path, vm }: Copy, width = Number.POSITIVE_INFINITY): string {
  const { source, backup } = vm;
  const time =
    backup?.timestamp == null
      ? ""
      : ` ${printable(backup.timestamp).slice(0, MINUTE_LENGTH).replace("T", " ")}`;
  const copy = source === "NVRAM" ? "" : ` (${printable(source).replace(/\.NVRAM$/, "")})`;
  const rest = time + copy;
  const name = vmName(path, vm);
  return Number.isFinite(width)
    ? clip(name, Math.max(MIN_NAME / 2, width - rest.length)) + rest
    : name + rest;
}

/** What tells copies of one name apart: the UUID, or where that is the same, the end of the path. */
class ToldApart {
  readonly #names = new Map<string, number>();

  constructor(copies: readonly Copy[]) {
    for (const copy of copies)
      for (const key of keysOf(copy)) this.#names.set(key, (this.#names.get(key) ?? 0) + 1);
  }

  placeOf(copy: Copy): string[] {
    const [name, withUuid] = keysOf(copy);
    if (this.#names.get(name) === 1) return [];
    const { uuid } = copy.vm;
    if (uuid !== null && this.#names.get(withUuid) === 1) return [printable(uuid)];
    return [printable(copy.path.split("/").slice(-PLACE_PARTS).join("/"))];
  }
}

const PLACE_PARTS = 2;

function keysOf(copy: Copy): readonly [name: string, withUuid: string] {
  const name = shortName(copy);
  return [name, `${name}\n${copy.vm.uuid ?? ""}`];
}

/** What breaks it, the worst rule first; of what breaks nothing how much was found. */
function whyText({ findings }: VmReport): string {
  const [first, ...others] = breakingRules(findings);
  if (first === undefined) return findings.length === 0 ? "" : findingCounts(findings);
  return others.length === 0 ? first : `${first} +${others.length}`;
}

/** Nothing is to be said of it, not even that it got better. */
function isHealthy({ vm }: Copy): boolean {
  const isFine = vm.verdict === "healthy" || vm.findings.length === 0;
  return !isShownInFull(vm) && isFine && vm.since?.status !== "changed";
}
