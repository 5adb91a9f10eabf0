/** The last good backup of each VM in a folder of backups, for `extract --last-good`. */

import type { VarstoredBlob } from "../../parsers/model.ts";
import { encodeBase64 } from "../../parsers/text/base64.ts";
import type { ExtractedFile } from "../../report/extraction.ts";
import { clip, printable } from "../../report/render/printable.ts";
import {
  type BackupCopy,
  knownGood,
  SNAPSHOT,
  type Timeline,
  type TimelineBackup,
} from "../../report/timeline/timeline.ts";
import type { World } from "../world.ts";
import { noDumps } from "./folder.ts";
import type { Outcome } from "./outcome.ts";
import type { Task } from "./task.ts";
import { readBlob, TimelineCollector } from "./timelines.ts";
import { ToldRemotes } from "./told-remotes.ts";

export interface LastGood {
  readonly vmUuid: string;
  readonly nameLabel: string | null;
  readonly backup: TimelineBackup;
  readonly copy: BackupCopy;
  readonly blob: VarstoredBlob;
  /** Later backups that are as good, but cannot be restored. */
  readonly passedOver: readonly TimelineBackup[];
}

export interface LastGoodSearch {
  readonly found: readonly LastGood[];
  /** How many VMs need no backup: their own record is among the inputs, and is healthy. */
  readonly healthyNow: number;
  /** True where an input could not be read, or where the folder holds no dump. */
  readonly failed: boolean;
}

/** A file and its judged inputs, in the order of the files. */
export interface JudgedTask {
  readonly task: Task;
  readonly outcomes: AsyncIterable<Outcome> | Iterable<Outcome>;
}

export interface SearchSettings {
  /** The path that the user named. */
  readonly path: string;
  /** UUID of the only VM that is looked for; null for all VMs. */
  readonly vmUuid: string | null;
  readonly world: World;
  /** Takes lines for people, which are printable. */
  readonly complain: (line: string) => void;
}

/** The last good backup of each VM. Null where there is no backup of the VM that is looked for, and nothing failed. */
export async function findLastGood(
  judged: AsyncIterable<JudgedTask>,
  settings: SearchSettings,
): Promise<LastGoodSearch | null> {
  const { vmUuid, complain, world } = settings;
  const { timelines, failed } = await timelinesOf(judged, settings);
  const wanted = timelines.filter((timeline) => vmUuid === null || timeline.vmUuid === vmUuid);
  if (wanted.length === 0 && !failed) return null;
  const found: LastGood[] = [];
  let healthyNow = 0;
  for (const timeline of wanted) {
    if (isHealthyNow(timeline)) {
      healthyNow++;
      const where = printable(timeline.current?.path ?? "");
      complain(
        `${timeline.vmUuid}: its own record in ${where} is healthy, and later than its snapshots: nothing is extracted.`,
      );
      continue;
    }
    const good = await lastGoodOf(timeline, world);
    if (typeof good === "string") {
      complain(`${timeline.vmUuid}: ${good}: nothing is extracted.`);
      continue;
    }
    found.push(good);
    tellPassedOver(good, complain);
    tellKnown(timeline, good, complain);
  }
  return { found, healthyNow, failed };
}

function isHealthyNow({ backups, lastGood, current }: Timeline): boolean {
  const good = lastGood === null ? undefined : backups[lastGood];
  return current?.verdict === "healthy" && (good === undefined || good.mode === SNAPSHOT);
}

async function timelinesOf(
  judged: AsyncIterable<JudgedTask>,
  { path, world, complain }: SearchSettings,
): Promise<{ readonly timelines: readonly Timeline[]; readonly failed: boolean }> {
  const collector = new TimelineCollector(world);
  const told = new ToldRemotes(world);
  let failed = false;
  let claimed = 0;
  let foreign = 0;
  for await (const { task, outcomes } of judged) {
    for await (const { path: of, error, tally, judged: copies } of outcomes) {
      failed ||= tally.failed;
      if (tally.isClaimed) claimed++;
      if (tally.isForeign) foreign++;
      if (copies !== null) collector.add(copies);
      if (tally.failed && error !== null && !told.isRepeated(of, error))
        complain(`${printable(of)}: ${printable(error.message)}`);
    }
    if (task.kind === "file" || claimed > 0) continue;
    failed = true;
    complain(`${printable(path)}: ${noDumps(task.files, foreign).message}`);
  }
  return { timelines: collector.timelines(), failed };
}

type Complain = SearchSettings["complain"];

function tellPassedOver({ vmUuid, backup, passedOver }: LastGood, complain: Complain): void {
  const newest = passedOver.at(-1);
  if (newest === undefined) return;
  const more = passedOver.length > 1 ? `, nor can ${passedOver.length - 1} before it` : "";
  complain(
    `${vmUuid}: the backup of ${newest.timestamp} cannot be restored (${lossOf(newest)})${more}: the one of ${backup.timestamp} is taken.`,
  );
}

/** Says so where the chosen backup may be incomplete, and an older one is known to be complete. */
function tellKnown({ backups, lastGood }: Timeline, { vmUuid, backup }: LastGood, complain: Complain): void {
  const told = backups.map((one) => ({ ...one, verdict: one.restored.verdict }));
  const known = knownGood(told, lastGood);
  if (known === null) return;
  complain(
    `${vmUuid}: it is not known whether the backup of ${backup.timestamp} can be restored (${lossOf(backup)}); the one of ${known.timestamp} can. Both hold a good NVRAM.`,
  );
}

function lossOf({ restorable: { problems } }: TimelineBackup): string {
  const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : "";
  return clip(printable(problems.slice(0, MAX_PROBLEMS).join("; ")), MAX_PROBLEM_LENGTH) + more;
}

const MAX_PROBLEMS = 3;
const MAX_PROBLEM_LENGTH = 400;

/** The NVRAM of the last good backup, or why there is none. */
async function lastGoodOf(
  { vmUuid, nameLabel, backups, lastGood }: Timeline,
  world: World,
): Promise<LastGood | string> {
  const backup = lastGood === null ? undefined : backups[lastGood];
  if (backup === undefined) return whyNone(backups);
  const copy = backup.restored;
  const blob = await readBlob(copy, world);
  if (blob === null) return `${printable(copy.path)} cannot be read a second time, or has changed`;
  const passedOver = backups.slice((lastGood ?? 0) + 1).filter(isLostGood);
  return { vmUuid, nameLabel, backup, copy, blob, passedOver };
}

/** True for a backup that is good but cannot be restored. */
function isLostGood({ restored, restorable }: TimelineBackup): boolean {
  return restorable.ok === false && restored.verdict === "healthy";
}

function whyNone(backups: readonly TimelineBackup[]): string {
  const newest = backups.findLast(isLostGood);
  if (newest === undefined) return "no backup is good";
  return `no backup that can be restored is good, and the one of ${newest.timestamp}, whose NVRAM is healthy, cannot be restored (${lossOf(newest)})`;
}

/** What a host takes back, and the blob as other tools read it. The UUID is one: nothing else gets a timeline. */
export function lastGoodFiles({ vmUuid, blob }: LastGood): ExtractedFile[] {
  const whole = { variable: null, commonName: null };
  return [
    { name: `${vmUuid}.efivars.b64`, kind: "restore-text", content: encodeBase64(blob.bytes), ...whole },
    { name: `${vmUuid}.vars`, kind: "nvram", content: blob.bytes, ...whole },
  ];
}
