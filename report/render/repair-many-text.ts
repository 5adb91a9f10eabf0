/** A repair of many for people: how many, what is refused and what would do, then one line of proof for each result. */

import { STRATEGIES, type Strategy } from "../../rules/engine/strategy.ts";
import { programCall } from "../program-call.ts";
import { type ManyCopy, proofText, type RepairSummary, refusedGroups } from "../repair/many.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { shellPath } from "./shell.ts";
import { counted, moreLine, wrap } from "./text.ts";
import { countedVerdict } from "./verdicts.ts";
import { vmName } from "./vm-block.ts";

export interface ManySituation {
  readonly dryRun: boolean;
  readonly out: string | null;
  /** Where all steps were written; null where they were not. */
  readonly runbookFile: string | null;
  /** True where each copy that changes or is refused was printed before. */
  readonly inFull: boolean;
  /** What was typed, as far as another call repeats it. */
  readonly command: {
    readonly paths: readonly string[];
    readonly emit: string;
    readonly out: string | null;
    readonly strategy: Strategy;
  };
}

const MAX_ROWS = 1000;
const MAX_REFUSED = 200;
const MAX_REASON = 300;
const MAX_PATHS = 4;
const MAX_ALONE = 3;

export function repairManyLines(
  copies: readonly ManyCopy[],
  summary: RepairSummary,
  situation: ManySituation,
  look: Look,
): string[] {
  if (look.quiet) return quietLines(copies);
  const { style, columns } = look;
  const sections = [
    headLines(summary, situation, look),
    ...refusedGroups(copies, STRATEGIES).map((group) => refusedLines(group, situation, look)),
    heldLines(copies, look),
    situation.inFull ? [] : proofLines(copies, look),
    situation.runbookFile === null
      ? nextLines(summary, situation, look)
      : wrap(`All steps, in the order of work: ${printable(situation.runbookFile)}`, columns),
    [style.bold(lastLine(summary, situation))],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

/** The steps of many are too much for a screen: a file takes them. */
function nextLines(
  { repairable, written }: RepairSummary,
  { dryRun }: ManySituation,
  { columns }: Look,
): string[] {
  if (repairable === 0 || (!dryRun && written === 0)) return [];
  const how = dryRun
    ? "prints the steps here; without --dry-run it writes them into FILE.md"
    : "and --force writes the steps";
  return wrap(
    `What comes next, command by command (back up, write to the host, check, roll back): the same call with --runbook FILE.md ${how}.`,
    columns,
  );
}

/** The files, and what is refused. */
function quietLines(copies: readonly ManyCopy[]): string[] {
  const lines = copies.map(({ path, nameLabel, output, refused }) => {
    if (refused !== null)
      return `refused: ${vmName(path, { nameLabel })}: ${clip(printable(refused.reason), MAX_REASON)}`;
    return output === null ? "" : printable(output);
  });
  return [...new Set(lines)].filter((line) => line !== "");
}

function headLines(
  summary: RepairSummary,
  { dryRun, out }: ManySituation,
  { style, columns }: Look,
): string[] {
  const { copies, written, files, repairable, refused, nothingToRepair } = summary;
  if (copies === 0) return ["There is no NVRAM in it to repair."];
  const where = out === null || files === 0 ? "" : ` below ${printable(out)}`;
  const done = dryRun
    ? `${repairable} can be repaired`
    : written === 0
      ? "none was repaired"
      : `${written} repaired, in ${counted(files, "file")}${where}`;
  const lost = dryRun ? 0 : repairable - written;
  const parts = [
    done,
    ...(lost > 0 ? [`${lost} could be and ${lost === 1 ? "is" : "are"} not written`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(nothingToRepair > 0 ? [`${nothingToRepair} with nothing to repair`] : []),
  ];
  return [
    ...wrap(`Of ${counted(copies, "copy", "copies")} of an NVRAM: ${parts.join("; ")}.`, columns).map(
      style.bold,
    ),
    ...(repairable === 0
      ? []
      : wrap(
          "Each result was opened, judged and compared with its input before anything was written. No input was changed.",
          columns,
        )),
  ];
}

function refusedLines(
  { strategy, copies }: ReturnType<typeof refusedGroups>[number],
  situation: ManySituation,
  { style, columns }: Look,
): string[] {
  const count = counted(copies.length, "copy", "copies");
  const what =
    strategy === null
      ? "no strategy repairs them. Look for older backups or exports, or see the reason."
      : `--strategy ${strategy} can repair them; see first what it deletes:`;
  const reasons = new Map<string, string[]>();
  for (const copy of copies.slice(0, MAX_REFUSED)) {
    const reason = clip(printable(copy.refused?.reason ?? ""), MAX_REASON);
    reasons.set(reason, [...(reasons.get(reason) ?? []), nameOf(copy)]);
  }
  const told = [...reasons].flatMap(([reason, names]) => [
    ...wrap(reason, columns, 2),
    ...wrap(names.join(", "), columns, 4).map(style.dim),
  ]);
  return [
    ...headed(style.bold(style.red("REFUSED")), "REFUSED", `${count}: ${what}`, columns),
    ...(strategy === null ? [] : strategyCommands(strategy, copies, situation)),
    ...(situation.inFull ? [] : told),
    ...(situation.inFull ? [] : moreLine(copies.length - MAX_REFUSED, "refused; --format json has all")),
  ];
}

/** For few of many each alone; else the same call with the other strategy, which repairs the others as well. */
function strategyCommands(
  strategy: Strategy,
  copies: readonly ManyCopy[],
  { command: { paths, emit, out } }: ManySituation,
): string[] {
  const inputs = [...new Set(copies.map(({ path }) => path))];
  const named = inputs.length <= MAX_PATHS ? inputs : paths;
  const alone =
    copies.length <= MAX_ALONE && inputs.length === 1
      ? copies.flatMap(({ uuid }) => (uuid === null ? [] : [` --vm ${shellPath(uuid)}`]))
      : [];
  const folder = out === null ? "" : `${emit} --out ${shellPath(`${out.replace(/\/+$/, "")}-${strategy}`)}`;
  const words = `${programCall()} repair ${named.map(shellPath).join(" ")}${folder} --strategy ${strategy}`;
  const calls = alone.length === copies.length ? alone : [""];
  return calls.map((vm) => `    ${words}${vm} --dry-run`);
}

function heldLines(copies: readonly ManyCopy[], { style, columns }: Look): string[] {
  const held = copies.filter(({ result }) => result === "held");
  if (held.length === 0) return [];
  const text = `${counted(held.length, "copy", "copies")} could be repaired, but another copy of the same file is refused, and no file is written in which only a part is repaired. --emit efivars writes them as texts.`;
  return headed(style.bold(style.yellow("NOT WRITTEN")), "NOT WRITTEN", text, columns);
}

/** `word` as it is shown, and without its colours. */
function headed(word: string, plain: string, text: string, columns: number): string[] {
  const [first = "", ...rest] = wrap(`${"_".repeat(plain.length)} ${text}`, columns);
  return [`${word} ${first.slice(plain.length)}`, ...rest.map((line) => `  ${line}`)];
}

type Named = Pick<ManyCopy, "path" | "nameLabel" | "uuid" | "source">;

/** A result in one sentence, and its file. */
function proofLines(copies: readonly ManyCopy[], { columns, style }: Look): string[] {
  const shown = copies.filter(({ proof, result }) => proof !== null && result === "repaired");
  if (shown.length === 0) return [];
  return [
    style.bold("Results"),
    ...shown.slice(0, MAX_ROWS).flatMap(({ proof, before, after, output, ...copy }) => {
      if (proof === null) return [];
      const verdict = `${countedVerdict(before)} → ${countedVerdict(after)}`;
      const text = `${nameOf(copy)}: ${verdict}; ${proof.bytesBefore} → ${proof.bytesAfter} bytes; signatures: ${proofText(proof)}.`;
      return [...wrap(text, columns, 2), ...(output === null ? [] : [style.dim(`    ${printable(output)}`)])];
    }),
    ...moreLine(shown.length - MAX_ROWS, "results; --format json has all"),
  ];
}

function nameOf({ path, nameLabel, uuid, source }: Named): string {
  const copy = source === "NVRAM" ? "" : ` (${printable(source)})`;
  const name = vmName(path.slice(path.lastIndexOf("!") + 1), { nameLabel });
  return `${name}${copy}${nameLabel === null && uuid !== null ? ` ${printable(uuid)}` : ""}`;
}

function lastLine({ files, failed, refused }: RepairSummary, { dryRun }: ManySituation): string {
  const what = dryRun
    ? "Nothing was written: --dry-run."
    : files === 0
      ? "Nothing was written."
      : `${counted(files, "file")} written.`;
  const more = [
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(failed > 0 ? [`${counted(failed, "input")} not read`] : []),
  ];
  return more.length === 0 ? what : `${what} ${more.join(", ")}.`;
}
