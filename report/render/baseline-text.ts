/** What changed since an earlier report, for people. */
import type { BaselineReport } from "../baseline/report.ts";
import { TOOL } from "../tool.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { counted, moreLine, wrap } from "./text.ts";
import { countedVerdict } from "./verdicts.ts";

const MAX_GONE = 10;
const MAX_NAME = 60;
const INDENT = 2;

export function baselineLines(baseline: BaselineReport, { columns }: Look): string[] {
  const { copies, worse } = baseline;
  const findings = `Findings: ${baseline.new} new, ${baseline.fixed} fixed, ${baseline.unchanged} unchanged.`;
  const gotWorse = worse === 0 ? "" : ` ${counted(worse, "verdict")} got worse.`;
  const ofCopies = `Copies: ${copies.new} new, ${copies.changed} changed, ${copies.unchanged} as before.`;
  return [
    ...wrap(`${findings}${gotWorse} ${ofCopies}`, columns, INDENT),
    ...versionLines(baseline, columns),
    ...goneLines(baseline, columns),
  ];
}

/** A rule that an older version did not have finds nothing but new things. */
function versionLines({ version }: BaselineReport, columns: number): string[] {
  if (version === null || version === TOOL.version) return [];
  const text = `It was written by ${TOOL.name} ${printable(version)}, this is ${TOOL.version}: what only the newer rules find counts as new.`;
  return wrap(text, columns, INDENT);
}

/** One line about what is gone, for formats that have no place for it; null where nothing is. */
export function goneLine({ file, gone }: BaselineReport, format: string): string | null {
  if (gone === null) return `What is gone since ${printable(file)} cannot be told of one part of a run.`;
  if (gone.count === 0) return null;
  const copies = `${gone.count} ${gone.count === 1 ? "copy" : "copies"} of ${printable(file)}`;
  const [are, them] = gone.count === 1 ? ["is", "it"] : ["are", "them"];
  return `${copies} ${are} gone. --format ${format} has no place for that; --format json names ${them}.`;
}

function goneLines({ gone }: BaselineReport, columns: number): string[] {
  if (gone === null) return wrap("What is gone cannot be told of one part of a run.", columns, INDENT);
  if (gone.count === 0) return [];
  const shown = gone.copies.slice(0, MAX_GONE).map(({ uuid, nameLabel, source, path, verdict }) => {
    const name = nameLabel ?? uuid;
    const whose = name === null ? "" : `${clip(printable(name), MAX_NAME)}, ${printable(source)}, in `;
    return `${" ".repeat(INDENT * 2)}${whose}${clip(printable(path), MAX_NAME)} (was ${countedVerdict(verdict)})`;
  });
  return [
    `${" ".repeat(INDENT)}${counted(gone.count, "copy is", "copies are")} gone:`,
    ...shown,
    ...moreLine(gone.count - shown.length, "copies; --format json names the first hundred").map(
      (line) => " ".repeat(INDENT * 2) + line,
    ),
  ];
}
