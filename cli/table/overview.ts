/** All copies at a glance, the worst first. */

import { findingCounts } from "../../report/render/finding-groups.ts";
import type { Look } from "../../report/render/look.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { counted, moreLine } from "../../report/render/text.ts";
import { isShownInFull, verdictWords } from "../../report/render/verdicts.ts";
import { vmName } from "../../report/render/vm-block.ts";
import type { VmReport } from "../../report/vm.ts";
import { renderTable } from "./table.ts";

const MAX_HEALTHY_ROWS = 12;
const MAX_ROWS = 400;
const MAX_NAME = 60;

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
  const rows = shown.slice(0, MAX_ROWS).map(({ path, vm }) => {
    const where = manyInputs && vm.nameLabel !== null ? [style.dim(clip(printable(path), MAX_NAME))] : [];
    const uuid = vm.uuid === null ? [] : [style.dim(clip(printable(vm.uuid), MAX_NAME))];
    const copy = vm.source === "NVRAM" ? [] : [style.dim(printable(vm.source))];
    const name = [vmName(path, vm), ...uuid, ...copy, ...where].join("\n");
    return [verdictWords(vm.verdict, style, vm), name, findingCounts(vm.findings)];
  });
  const table = renderTable({ head: ["Verdict", "VM", "Findings"], rows, flexible: 1, columns });
  const more = moreLine(shown.length - MAX_ROWS, "copies with findings; --format ndjson has all");
  const rest = counts && !quiet ? [`and ${counted(healthy.length, "copy", "copies")} without findings`] : [];
  return [...table, ...more, ...rest];
}

/** Nothing is to be said of it, not even that it got better. */
function isHealthy({ vm }: Copy): boolean {
  const isFine = vm.verdict === "healthy" || vm.findings.length === 0;
  return !isShownInFull(vm) && isFine && vm.since?.status !== "changed";
}
