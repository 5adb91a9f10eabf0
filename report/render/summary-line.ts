/** The totals of a run in one sentence. */
import type { Verdict } from "../../rules/engine/rule.ts";
import type { RunSummary, Summary } from "../summary.ts";
import { counted } from "./text.ts";
import { countedVerdict, VERDICTS } from "./verdicts.ts";

/** VMs by what a start or the newest restore takes, and what else is bad. */
export function summaryLine(summary: RunSummary): string {
  const { inputs, machines, sources, byMachine, byVerdict, failed, unrecognised } = summary;
  const folders = summary.foldersWithoutDumps ?? 0;
  const unread = failed - folders;
  const copies = sources === (machines ?? -1) ? "" : ` in ${counted(sources, "copy", "copies")}`;
  const vms = machines === null ? "more VMs than are counted" : counted(machines, "VM");
  const told = machines === 0 || byMachine === null ? byVerdict : byMachine;
  const verdicts = countedVerdicts(told);
  const parts = [
    `${counted(inputs - folders, "input")}, ${vms}${copies}${verdicts.length === 0 ? "" : `: ${verdicts.join(", ")}`}`,
    ...otherCopies(byVerdict, told),
    ...(unread === 0 ? [] : [`${unread} not read`]),
    ...(folders === 0 ? [] : [`${counted(folders, "folder")} without a dump`]),
    ...(unrecognised === 0 ? [] : [`${counted(unrecognised, "file")} not recognised as a dump`]),
  ];
  return `${parts.join("; ")}.`;
}

/** VMs alone, as a screen begins: `500 VMs: 110 will not start, 390 healthy; …`. */
export function machinesLine({ machines, byMachine, byVerdict, sources }: RunSummary): string {
  if (machines === null || machines === 0 || byMachine === null)
    return `${counted(sources, "copy", "copies")} of an NVRAM: ${countedVerdicts(byVerdict).join(", ")}.`;
  const parts = [countedVerdicts(byMachine).join(", "), ...otherCopies(byVerdict, byMachine)];
  return `${counted(machines, "VM")}: ${parts.join("; ")}.`;
}

function countedVerdicts(counts: Summary["byVerdict"]): string[] {
  return VERDICTS.flatMap((verdict) => {
    const count = counts[verdict] ?? 0;
    return count === 0 ? [] : [`${count} ${countedVerdict(verdict)}`];
  });
}

const BAD: readonly Verdict[] = ["unbootable", "unreadable", "at-risk"];

/** A snapshot or an older backup may be worse than its VM is. */
function otherCopies(byVerdict: Summary["byVerdict"], told: Summary["byVerdict"]): string[] {
  const hidden = BAD.filter((verdict) => told[verdict] === undefined && (byVerdict[verdict] ?? 0) > 0);
  const counts = Object.fromEntries(hidden.map((verdict) => [verdict, byVerdict[verdict] ?? 0]));
  const words = countedVerdicts(counts);
  return words.length === 0
    ? []
    : [`of other copies (snapshots, templates, older backups) ${words.join(", ")}`];
}
