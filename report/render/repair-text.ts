/** A repair for humans: what was done, the proof, and how a host takes the result back. */

import { NAMELESS } from "../../parsers/efi/short-name.ts";
import type { Proof } from "../../rules/engine/repair-types.ts";
import { programCall } from "../program-call.ts";
import { AGAIN_FIRST } from "../remedies/cut-copy.ts";
import type { PlannedRepair, RepairEntry } from "../repair-entry.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { type RunbookSection, runbookLines } from "./runbook-text.ts";
import { shellPath } from "./shell.ts";
import { counted, wrap } from "./text.ts";
import { verdictWords } from "./verdicts.ts";
import { vmName } from "./vm-block.ts";

/** A planned repair with its element of the report. */
export interface ShownRepair {
  readonly plan: PlannedRepair;
  readonly entry: RepairEntry;
}

export interface RepairSituation {
  readonly dryRun: boolean;
  /** Any repair was refused, so that nothing at all was written. */
  readonly refused: boolean;
  /** What is typed next, one section a VM. */
  readonly runbook: readonly RunbookSection[];
  /** Where that was written in full; null where it was not. */
  readonly runbookFile: string | null;
}

const INDENT = 2;
const MAX_TEXT = 300;
const MAX_STEPS = 12;
const MAX_REMOVED = 12;
const MAX_UNTOUCHED = 12;

export function repairLines(
  repairs: readonly ShownRepair[],
  situation: RepairSituation,
  look: Look,
): string[] {
  const changed = repairs.filter(({ plan }) => plan.outcome.kind !== "nothing-to-repair");
  const untouched = repairs.filter(({ plan }) => plan.outcome.kind === "nothing-to-repair");
  if (look.quiet) return [...new Set(changed.map(quietLine))].filter((line) => line !== "");
  const sections = [
    ...changed.map((repair) => repairBlock(repair, situation, look)),
    untouchedLines(untouched, look),
    situation.refused
      ? [look.style.bold(nothingWritten(repairs))]
      : runbookLines(situation.runbook, situation.runbookFile, look),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

/** One refusal keeps everything from being written; the others can still be had one by one. What cannot be read keeps all. */
function nothingWritten(repairs: readonly ShownRepair[]): string {
  const kinds = new Set(repairs.map(({ plan }) => plan.outcome.kind));
  const others = kinds.has("repaired") && kinds.has("refused");
  return `Nothing was written.${others ? " --vm UUID repairs one of the others alone." : ""}`;
}

function quietLine({ entry }: ShownRepair): string {
  if (entry.refused !== null) return `refused: ${printable(entry.refused.reason)}`;
  return entry.output === null ? "" : printable(entry.output);
}

function nameOf({ entry, plan }: ShownRepair): string {
  const uuid = entry.vm.uuid === null ? "" : ` ${printable(entry.vm.uuid)}`;
  const copy = entry.source === "NVRAM" ? "" : ` (${printable(entry.source)})`;
  return `${vmName(entry.path, plan.vm)}${uuid}${copy}`;
}

function repairBlock(repair: ShownRepair, situation: RepairSituation, look: Look): string[] {
  const { style, columns } = look;
  const { outcome } = repair.plan;
  if (outcome.kind === "refused") return refusedBlock(repair, look);
  if (outcome.kind !== "repaired") return [];
  const word = situation.dryRun || situation.refused ? "CAN BE REPAIRED" : "REPAIRED";
  const { before, after, steps } = outcome;
  const titles = steps.slice(0, MAX_STEPS).map(({ title }) => `- ${clip(printable(title), MAX_TEXT)}`);
  return [
    `${style.bold(style.green(word))}  ${style.bold(nameOf(repair))}`,
    `  before: ${verdictWords(before.verdict, style)}, after: ${verdictWords(after.verdict, style)}`,
    "",
    `  ${style.bold("What is done")}`,
    ...titles.flatMap((title) => wrap(title, columns, INDENT)),
    ...(steps.length > MAX_STEPS ? [`  … ${steps.length - MAX_STEPS} more`] : []),
    "",
    `  ${style.bold("Proof: the result was opened, judged and compared again")}`,
    ...proofLines(repair, columns),
    ...(repair.entry.output === null
      ? []
      : ["", `  ${style.bold("Written to")} ${printable(repair.entry.output)}`]),
  ];
}

function refusedBlock({ plan, entry }: ShownRepair, { style, columns }: Look): string[] {
  const { reason = "", strategy = null } = entry.refused ?? {};
  const vm = entry.vm.uuid === null ? "" : ` --vm ${shellPath(entry.vm.uuid)}`;
  const other =
    strategy === null
      ? entry.loadsAfterwards === true
        ? "The NVRAM as it is loads; nothing was changed."
        : "No strategy can repair it. Look for an older backup or export."
      : `--strategy ${strategy} can; see first what it deletes:`;
  return [
    `${style.bold(style.red("REFUSED"))}  ${style.bold(nameOf({ plan, entry }))}`,
    ...wrap(clip(printable(reason), MAX_TEXT), columns, INDENT),
    ...(isCutBlob(plan) ? wrap(AGAIN_FIRST, columns, INDENT) : []),
    ...wrap(other, columns, INDENT),
    ...(strategy === null
      ? []
      : [`    ${programCall()} repair ${shellPath(entry.path)} --strategy ${strategy}${vm} --dry-run`]),
  ];
}

function isCutBlob({ vm }: ShownRepair["plan"]): boolean {
  return vm.nvram?.blob?.stop?.code === "cut-record";
}

function proofLines({ plan, entry }: ShownRepair, columns: number): string[] {
  if (plan.outcome.kind !== "repaired") return [];
  const { proof } = plan.outcome;
  const changes = proof.changedVariables.map(
    ({ variable, bytesBefore, bytesAfter }) =>
      `${clip(printable(variable.name || NAMELESS), 40)} ${bytesBefore} -> ${bytesAfter} bytes`,
  );
  const removed = proof.removed.slice(0, MAX_REMOVED).map(({ variable, type, sha256, reason }) => {
    const what = `${variable === null ? "" : `${clip(printable(variable.name || NAMELESS), 40)} `}${type === null ? "" : `${printable(type)} `}`;
    return `removed: ${what}${sha256}: ${printable(reason)}`;
  });
  const signatures = `${proof.kept} kept, ${proof.merged} stored once less, ${proof.reowned} moved to Microsoft's owner GUID`;
  const lines = [
    `varstored loads the result: ${entry.loadsAfterwards ? "yes" : "no"}`,
    `signatures: ${signatures}, ${proof.removed.filter(({ type }) => type !== null).length} removed`,
    `variables: ${proof.unchangedVariables} unchanged byte for byte${changes.length === 0 ? "" : `; ${changes.join(", ")}`}`,
    ...(proof.changedAttributes.length === 0
      ? []
      : [
          `attributes: ${proof.changedAttributes.map(({ variable, before, after }) => `${clip(printable(variable.name), 40)} 0x${before.toString(16)} -> 0x${after.toString(16)}`).join(", ")} (4 bytes each)`,
        ]),
    ...(proof.added.length === 0
      ? []
      : [`${counted(proof.added.length, "certificate")} added, each of them supplied`]),
    ...removed,
    ...(proof.removed.length > MAX_REMOVED ? [`… ${proof.removed.length - MAX_REMOVED} more removed`] : []),
    accountLine(proof.account),
    `blob before: ${entry.bytesBefore} bytes, SHA-256 ${entry.sha256Before}`,
    `blob after:  ${entry.bytesAfter} bytes, SHA-256 ${entry.sha256After}`,
  ];
  return lines.flatMap((line) => wrap(line, columns, INDENT));
}

/** All bytes of the input, so that the sum can be checked by hand. */
function accountLine({ before, kept, merged, lists, removed, added }: Proof["account"]): string {
  const parts = [
    `${kept} kept`,
    ...(merged > 0 ? [`${merged} stored once less`] : []),
    ...(lists > 0 ? [`${lists} of list headers no longer needed`] : []),
    `${removed} removed`,
  ];
  return `every byte: ${before} = ${parts.join(" + ")}${added > 0 ? `; ${added} added` : ""}`;
}

const ADD_CERTIFICATES =
  "KEK or db lack Microsoft's certificates of 2023: --add-certificates DIR adds them, where DIR holds them as DER or PEM. varscope analyze tells where to get them.";

function untouchedLines(repairs: readonly ShownRepair[], { style, columns }: Look): string[] {
  const shown = repairs.slice(0, MAX_UNTOUCHED).map((repair) => {
    const verdict = verdictWords(repair.entry.verdictAfterwards, style);
    return `NOTHING TO REPAIR  ${style.bold(nameOf(repair))}  ${verdict}: nothing is written.`;
  });
  const isLacking = repairs.some(
    ({ plan: { outcome } }) => outcome.kind === "nothing-to-repair" && outcome.lacksCertificates,
  );
  const more = repairs.length - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`… ${counted(more, "more copy", "more copies")} with nothing to repair`] : []),
    ...(isLacking ? wrap(ADD_CERTIFICATES, columns) : []),
  ];
}
