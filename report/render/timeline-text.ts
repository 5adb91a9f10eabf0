/** The backups of VMs in the order of time, for humans: since when it is bad, what changed, how to get the good one. */

import { largest } from "../../parsers/arrays.ts";
import { dirname } from "../../parsers/paths.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import { programCall } from "../program-call.ts";
import type { VariableChange } from "../timeline/changes.ts";
import type { TimelineBackupReport, TimelineCopyReport, TimelineReport } from "../timeline/report.ts";
import { isHeldBesideOthers, knownGood, SNAPSHOT } from "../timeline/timeline.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { shellPath } from "./shell.ts";
import { counted, moreLine, padEnd, wrap } from "./text.ts";
import { countedVerdict, VERDICTS } from "./verdicts.ts";

const MAX_TIMELINES = 10;
const MAX_ROWS = 12;
const MAX_CHANGES = 6;
const MAX_NAME = 60;
const MAX_PROBLEM = 160;
const MAX_VARIABLE = 24;
const INDENT = 4;
const LOSS_INDENT = 8;
/** `YYYY-MM-DDThh:mm` */
const MINUTE_LENGTH = 16;

/** One block for each VM that went bad, or of which a backup cannot be restored. A VM with a single backup has no timeline to show. */
export function timelineLines(timelines: readonly TimelineReport[], look: Look): string[] {
  const several = timelines.filter(
    ({ backups, current, notRead = [] }) => backups.length + notRead.length > 1 || current !== undefined,
  );
  const bad = several.filter(hasGoneBad);
  const others = several.filter((timeline) => !hasGoneBad(timeline) && timeline.lastGood !== null).length;
  const blocks = [
    ...bad.slice(0, MAX_TIMELINES).map((timeline) => blockLines(timeline, look)),
    moreLine(
      bad.length - MAX_TIMELINES,
      "VMs went bad in their backups, or lost some; --format json has all",
    ),
    others === 0 || look.quiet
      ? []
      : [
          `Of ${counted(others, "VM")} with several backups the newest that can be judged is the last good one.`,
        ],
  ];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

function hasGoneBad(timeline: TimelineReport): boolean {
  const { firstBad, backups, notRead } = timeline;
  return firstBad !== null || notRead !== undefined || isBadNow(timeline) || backups.some(isLost);
}

/** The VM's own record, beside its snapshots, is worse than the last good point. */
function isBadNow({
  backups,
  current,
  lastGood,
}: Pick<TimelineReport, "backups" | "current" | "lastGood">): boolean {
  return lastGood !== null && current !== undefined && isWorse(current, backups[lastGood]!);
}

function isWorse({ verdict }: { readonly verdict: Verdict }, good: { readonly verdict: Verdict }): boolean {
  return BAD.has(verdict) && verdict !== good.verdict;
}

const BAD: ReadonlySet<Verdict> = new Set(["unbootable", "unreadable", "at-risk"]);

function isLost({ restorable }: TimelineBackupReport): boolean {
  return restorable.ok === false;
}

function blockLines(timeline: TimelineReport, look: Look): string[] {
  const { vmUuid, nameLabel, backups, lastGood } = timeline;
  const { style, columns, quiet } = look;
  const good = lastGood === null ? undefined : backups[lastGood];
  const name = clip(printable(nameLabel ?? vmUuid), MAX_NAME);
  const { rows, left } = rowLines(timeline, look);
  return [
    `${style.bold(`Backups of ${name}`)}${nameLabel === null ? "" : `  ${style.dim(vmUuid)}`}`,
    ...rows,
    ...moreLine(left, "lines of earlier backups; --format json has all").map((line) => `  ${line}`),
    ...(good === undefined ? [`${" ".repeat(INDENT)}${noGoodText(backups)}`] : []),
    ...(backups.some(({ restorable }) => restorable.ok === null)
      ? wrap(unknownText(backups), columns, INDENT)
      : []),
    ...wrap(changesText(timeline.changes), columns, INDENT).filter((line) => line.trim() !== ""),
    ...(good === undefined || quiet ? [] : [" ".repeat(INDENT) + extractCommand(vmUuid, good)]),
  ];
}

function noGoodText(backups: readonly TimelineBackupReport[]): string {
  return backups.some((backup) => isLost(backup) && backup.verdict === "healthy")
    ? "No backup that can be restored is good."
    : "No backup is good.";
}

/** The same without the rows, for a picture of the backups: sentences, and the command that takes the good one out. */
export function timelineTexts(
  { vmUuid, backups, lastGood, firstBad, changes, notRead = [] }: TimelineReport,
  { quiet }: Look,
): { readonly sentences: readonly string[]; readonly commands: readonly string[] } {
  const good = lastGood === null ? undefined : backups[lastGood];
  const bad = firstBad === null ? undefined : backups[firstBad];
  const since =
    bad === undefined ? "" : `First bad: ${minuteOf(bad)}, ${countedVerdict(bad.verdict)}${reasons(bad)}.`;
  const lost = backups.filter(isLost).map((backup) => `${minuteOf(backup)}: ${lossText(backup)}`);
  const unread = notRead.map((backup) => `${minuteOf(backup)}: could not be read.`);
  const sentences = [
    good === undefined
      ? noGoodText(backups)
      : `Last good: ${minuteOf(good)}${elseText({ backups, lastGood })}.`,
    since,
    ...lost.slice(-MAX_ROWS),
    ...unread.slice(-MAX_ROWS),
    backups.some(({ restorable }) => restorable.ok === null) ? unknownText(backups) : "",
    changesText(changes),
  ];
  return {
    sentences: sentences.filter((text) => text !== ""),
    commands: good === undefined || quiet ? [] : [extractCommand(vmUuid, good)],
  };
}

/** The sentence on backups for which it is not known whether they can be restored. */
function unknownText(backups: readonly TimelineBackupReport[]): string {
  const unknown = backups.filter(({ restorable }) => restorable.ok === null);
  const which = unknown.length === backups.length ? "they" : `${unknown.length} of them`;
  const [why] = unknown.at(-1)?.restorable.problems ?? [];
  const reason = why === undefined ? "" : `: ${clip(printable(why), MAX_PROBLEM)}`;
  return `Not known whether ${which} can be restored${reason}.`;
}

/** Where another one is known to be whole. */
function elseText({ backups, lastGood }: Pick<TimelineReport, "backups" | "lastGood">): string {
  const known = knownGood(backups, lastGood);
  return known === null ? "" : `, if it can be restored; else ${minuteOf(known)}`;
}

interface Row {
  readonly timestamp: string;
  readonly lines: readonly string[];
  /** One of the two that matter. */
  readonly isMarked: boolean;
}

/**
 * Rows of a timeline. The last good and the first bad backup have a row and an arrow each; equal neighbours share one. Where there
 * are too many rows, the oldest are left out.
 */
function rowLines(
  timeline: TimelineReport,
  look: Look,
): { readonly rows: readonly string[]; readonly left: number } {
  const { current, notRead = [] } = timeline;
  const unread = notRead.map(
    (backup): Row => ({
      timestamp: backup.timestamp,
      lines: [`    ${minuteOf(backup)}  ${look.style.red("could not be read")}`],
      isMarked: false,
    }),
  );
  const all = [...backupRows(timeline, look), ...unread].sort((a, b) =>
    a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0,
  );
  const kept = new Set(all.filter((row, i) => row.isMarked || i === all.length - 1));
  let room = MAX_ROWS - [...kept].reduce((sum, { lines }) => sum + lines.length, 0);
  for (const row of all.toReversed()) {
    if (kept.has(row)) continue;
    if (row.lines.length > room) break;
    room -= row.lines.length;
    kept.add(row);
  }
  const shown = all.filter((row) => kept.has(row)).flatMap(({ lines }) => lines);
  const left = all.reduce((sum, { lines }) => sum + lines.length, 0) - shown.length;
  if (current === undefined) return { rows: shown, left };
  const now = currentText(current, isBadNow(timeline) ? look.style.red("bad now") : "");
  return { rows: [...shown, now], left };
}

function backupRows(timeline: TimelineReport, { style, columns }: Look): Row[] {
  const { backups, lastGood, firstBad } = timeline;
  const rows: Row[] = [];
  for (let at = 0; at < backups.length; ) {
    const isMarked = at === lastGood || at === firstBad || isLost(backups[at]!);
    let end = at + 1;
    while (
      !isMarked &&
      end < backups.length &&
      end !== lastGood &&
      end !== firstBad &&
      !isLost(backups[end]!) &&
      isAlike(backups, at, end)
    )
      end++;
    const [first, last] = [backups[at]!, backups[end - 1]!];
    const kind = first.mode === SNAPSHOT ? " (snapshot)" : "";
    const line =
      at === lastGood
        ? rowText("→", first, `${style.green("last good")}${kind}${elseText(timeline)}`)
        : at === firstBad
          ? rowText("→", first, `${style.red("first bad")}${kind}${reasons(first)}`)
          : rowText(
              " ",
              first,
              isLost(first) ? "does not count" : end - at === 1 ? "" : `${end - at} up to ${minuteOf(last)}`,
            );
    const loss = isLost(first) ? wrap(lossText(first), columns, LOSS_INDENT) : [];
    rows.push({
      timestamp: first.timestamp,
      lines: [line, ...loss],
      isMarked: at === lastGood || at === firstBad,
    });
    at = end;
  }
  return rows;
}

function isAlike(backups: readonly TimelineBackupReport[], a: number, b: number): boolean {
  return backups[a]?.verdict === backups[b]?.verdict;
}

const VERDICT_WIDTH: number = largest(VERDICTS.map((verdict) => countedVerdict(verdict).length));

function currentText({ verdict }: TimelineCopyReport, text: string): string {
  const now = padEnd("its own record", MINUTE_LENGTH);
  return `  ${text === "" ? " " : "→"} ${now}  ${padEnd(countedVerdict(verdict), VERDICT_WIDTH)}  ${text}`.trimEnd();
}

function rowText(mark: string, backup: TimelineBackupReport, text: string): string {
  const verdict = padEnd(countedVerdict(backup.verdict), VERDICT_WIDTH);
  return `  ${mark} ${minuteOf(backup)}  ${verdict}  ${text}`.trimEnd();
}

function minuteOf({ timestamp }: Pick<TimelineBackupReport, "timestamp">): string {
  return timestamp.slice(0, MINUTE_LENGTH).replace("T", " ");
}

function reasons({ rules }: TimelineBackupReport): string {
  return rules.length === 0 ? "" : `: ${rules.join(", ")}`;
}

/** Why a backup does not count, whatever its NVRAM is worth. */
function lossText({ restorable: { problems } }: TimelineBackupReport): string {
  const more = problems.length > 1 ? `; and ${problems.length - 1} more` : "";
  return `Cannot be restored: ${clip(printable(problems[0] ?? ""), MAX_PROBLEM)}${more}.`;
}

function changesText(changes: TimelineReport["changes"]): string {
  if (changes === null) return "";
  if (changes.length === 0) return "Between the two no variable changed.";
  // What the incident is about comes first.
  const sorted = [...changes].sort((a, b) => Number(b.signatures !== null) - Number(a.signatures !== null));
  const more = changes.length - MAX_CHANGES;
  const parts = sorted.slice(0, MAX_CHANGES).map(changeText);
  return `Between the two: ${[...parts, ...(more > 0 ? [`${more} more`] : [])].join("; ")}.`;
}

function changeText({ variable, kind, bytesBefore, bytesAfter, signatures }: VariableChange): string {
  const name = clip(printable(variable.name), MAX_VARIABLE);
  if (kind !== "changed") return `${name} ${kind} (${bytesBefore ?? bytesAfter} bytes)`;
  const size =
    bytesBefore === bytesAfter ? `changed (${bytesAfter} bytes)` : `${bytesBefore} → ${bytesAfter} bytes`;
  const counts = signatures === null ? [] : signatureCounts(signatures);
  return `${name} ${size}${counts.length === 0 ? "" : `, signatures: ${counts.join(", ")}`}`;
}

function signatureCounts({ added, removed, moved }: NonNullable<VariableChange["signatures"]>): string[] {
  const counts = [
    [added, "added"],
    [removed, "removed"],
    [moved, "under another owner"],
  ] as const;
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

/** Of the VM's own folder, of the cache, or of the archive around it: nothing else has to be read again. */
function extractCommand(vmUuid: string, backup: TimelineBackupReport): string {
  const { path, file } = backup;
  const [whole = path, ...member] = path.split("!");
  const isAlone = file === null && !isHeldBesideOthers(backup);
  const from = member.length > 0 ? whole : isAlone ? dirname(path) : path;
  return `${programCall()} extract ${shellPath(from)} --out last-good --last-good --vm ${vmUuid}`;
}
