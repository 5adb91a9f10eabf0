/** What `extract` wrote, for humans. */

import type { ExtractedEntry, Extraction } from "../../report/extracted.ts";
import { clip, printable } from "../../report/render/printable.ts";
import type { Style } from "../../report/render/style.ts";
import { counted } from "../../report/render/text.ts";
import { countedVerdict } from "../../report/render/verdicts.ts";
import { vmName } from "../../report/render/vm-block.ts";
import { renderTable } from "./table.ts";

interface ExtractionLook {
  readonly style: Style;
  readonly columns: number;
}

const MAX_NAME = 60;
const MAX_PROBLEM = 160;
const MAX_PASSED = 3;
const WHAT: Readonly<Record<ExtractedEntry["kind"], string>> = {
  "restore-text": "the NVRAM as a host restores it",
  nvram: "the NVRAM as it is",
  variables: "all variables as JSON",
  "signature-lists": "signature lists",
  certificate: "certificate",
};

export function extractionLines(extracted: readonly Extraction[], look: ExtractionLook): string[] {
  const blocks = extracted.flatMap(({ path, vm, source, backup, files }) => [
    `${look.style.bold(vmName(path, vm))}  ${look.style.dim(printable(source))}`,
    ...(backup === null ? [] : backupLines(path, backup)),
    ...renderTable({
      head: ["Written", "Bytes", "What"],
      // The longest column is not the one to be wrapped: somebody will copy a name.
      rows: files.map((file) => [printable(file.path), String(file.bytes), whatText(file)]),
      flexible: 2,
      columns: look.columns,
    }),
    "",
  ]);
  const count = extracted.reduce((sum, { files }) => sum + files.length, 0);
  return [...blocks, `${counted(count, "file")} written.`];
}

function backupLines(
  path: string,
  { timestamp, verdict, restorable, passedOver }: NonNullable<Extraction["backup"]>,
): string[] {
  const [why = ""] = restorable.problems;
  return [
    `  ${countedVerdict(verdict)}, backup of ${timestamp}`,
    `  ${printable(path)}`,
    ...(restorable.ok === null
      ? [`  Not known whether it can be restored: ${clip(printable(why), MAX_PROBLEM)}.`]
      : []),
    ...passedOver.slice(-MAX_PASSED).map((lost) => {
      const [problem = ""] = lost.problems;
      return `  Not the one of ${lost.timestamp}, which cannot be restored: ${clip(printable(problem), MAX_PROBLEM)}.`;
    }),
  ];
}

function whatText({ kind, variable, commonName }: ExtractedEntry): string {
  const of = variable === null ? "" : ` of ${variable.name}`;
  return `${WHAT[kind]}${of}${commonName === null ? "" : `: ${clip(printable(commonName), MAX_NAME)}`}`;
}
