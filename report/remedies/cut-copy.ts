/** A copy that was cut on its way looks just like an NVRAM that is cut: the whole one is got first. */
import { saveCommand, textBytes } from "../runbook/host-commands.ts";
import { factOf, hasRule, type NextStep, type Patient, type Subject, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

/** What remains is no more than the beginning of the header. */
export function isBeginningAlone(patient: Pick<Patient, "symptoms">): boolean {
  return factOf(patient, "blob-too-short", "isBeginning") === true;
}

/** What they find is a copy that is shorter than it says. */
export const CUT_RULES: readonly string[] = ["truncated-blob", "missing-variables"];

/** Something of it is not there. */
export function isCut(patient: Pick<Patient, "symptoms">): boolean {
  return CUT_RULES.some((id) => hasRule(patient, id)) || isBeginningAlone(patient);
}

/** Said wherever a repair is offered without its steps. */
export const AGAIN_FIRST =
  "First get it again, whole: a copy that was cut on its way looks just like this one. Repair it only if the fresh copy has the same length.";

/** Those that need these steps stand apart from others. */
export function cutGroup(patient: Patient): string {
  return isBeginningAlone(patient) ? " beginning" : isCut(patient) ? " cut" : "";
}

/** Where a copy is cut: the whole one from the host, and whether it is longer; else none. */
export function wholeCopySteps(subject: Subject): NextStep[] {
  const [first] = subject.patients;
  if (!isCut(first)) return [];
  const { each, prelude } = targetsOf(subject, recordOf(first));
  return [
    step(
      "pool-master",
      "First get it again, whole: a copy that was cut on its way looks just like this one",
      [
        ...prelude.flatMap(({ commands }) => commands),
        each((uuid) => saveCommand(uuid, undefined, recordOf(first))),
        "wc -c /root/*.efivars.b64",
      ],
      { expect: lengthText(subject) },
    ),
    step("here", "Copy it here (HOST is the master's address) and analyze that one", [
      "scp 'root@HOST:/root/*.efivars.b64' .",
      `${subject.program} ./*.efivars.b64`,
    ]),
  ];
}

const LOST_THERE =
  " If it is as short, the host has no more: look for an older one in the VM's backups (varscope extract BACKUPS --out good --last-good).";

/** Before the title of what changes or drops something. */
export const ONLY_IF_SAME = "Only if the fresh copy has the same length";

function recordOf({ place }: Patient): "vm" | "template" {
  return place === "template" ? "template" : "vm";
}

function lengthText({ patients, more }: Subject): string {
  const bytes = patients.length + more === 1 ? bytesOf(patients[0]) : null;
  const here = bytes === null ? "this copy" : `this copy, whose text has ${textBytes(bytes)} characters`;
  return `A length in bytes. If it is longer than ${here}, the copy was cut: go on with the fresh one, and repair nothing here.${isBeginningAlone(patients[0]) ? LOST_THERE : ""}`;
}

function bytesOf(patient: Patient): number | null {
  for (const rule of ["truncated-blob", "missing-variables", "blob-too-short"]) {
    const bytes = factOf(patient, rule, "bytes");
    if (typeof bytes === "number") return bytes;
  }
  return null;
}

/** How many of the variables that the header counts are not there, besides what a repair says that it deletes. */
export function missingText({ patients, more }: Subject): string | null {
  if (!isCut(patients[0])) return null;
  const several =
    "Variables that the header counts are not there (whole): a repair does not bring them back.";
  if (patients.length + more > 1) return several;
  const missing = missingOf(patients[0]);
  if (missing === null) return several;
  return missing === 1
    ? "1 variable that the header counts is not there (whole): a repair does not bring it back."
    : `${missing} variables that the header counts are not there (whole): a repair does not bring them back.`;
}

function missingOf(patient: Patient): number | null {
  const missing = factOf(patient, "truncated-blob", "missing");
  if (typeof missing === "number" && missing > 0) return missing;
  const declared = factOf(patient, "missing-variables", "declared");
  const present = factOf(patient, "missing-variables", "present");
  return typeof declared === "number" && typeof present === "number" ? declared - present : null;
}
