/** A record of a backup, an ova.xml, an NVRAM as text: the file takes the place of the input, the VM gets its NVRAM by itself. */

import { programCall } from "../program-call.ts";
import { shellPath } from "../render/shell.ts";
import { STANDARD_INPUT } from "../standard-streams.ts";
import { nvramSteps, templateSteps } from "./nvram-steps.ts";
import { snapshotSteps } from "./snapshot-steps.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";

export function recordSteps(subject: RunbookSubject): RunbookStep[] {
  return [...placeSteps(subject), ...poolSteps(subject)];
}

function placeSteps({ path, file, format }: RunbookSubject): RunbookStep[] {
  if (path === STANDARD_INPUT) return [];
  const keep = shellPath(`${path}.before-repair`);
  const note =
    format === "nvram-json"
      ? "Of Xen Orchestra's backups: a delta backup is restored from the record in this file, a full one from the .xva beside it, which is repaired by itself."
      : null;
  return [
    {
      title: "Put the repaired file in the place of the input, and keep the old one",
      machine: "workstation",
      commands: [
        `cp -p ${shellPath(path)} ${keep}`,
        `cp ${shellPath(file)} ${shellPath(path)}`,
        `${programCall()} ${shellPath(path)}`,
      ],
      note,
    },
    {
      title: "To roll back that file",
      machine: "workstation",
      commands: [`cp -p ${keep} ${shellPath(path)}`],
      note: null,
    },
  ];
}

/** What stands in a file changes no VM of a pool. */
function poolSteps(subject: RunbookSubject): RunbookStep[] {
  const { kind, source } = subject.vm;
  if (kind === "snapshot" || (source !== "NVRAM" && source !== "vm.NVRAM")) return snapshotSteps(subject);
  return kind === "template" ? templateSteps(subject) : nvramSteps(subject);
}
