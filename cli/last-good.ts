/** The last good backup of each VM in a folder of backups, for `extract --last-good`. */
import type { VarstoredBlob } from "../parsers/model.ts";
import type { BackupCopy, Timeline, TimelineBackup } from "../rules/timeline/timeline.ts";
import { judgeInOrder } from "./batch/in-order.ts";
import { ToldRemotes } from "./batch/told-remotes.ts";
import type { CommandContext } from "./context.ts";
import { UsageError } from "./errors.ts";
import type { ExtractedFile } from "./extraction.ts";
import { listTasks, noDumps } from "./inputs.ts";
import type { ExtractOptions } from "./options.ts";
import { clip, printable } from "./render/printable.ts";
import { readBlob, TimelineCollector } from "./timelines.ts";
import { base64Text } from "./write-back.ts";

export interface LastGood {
  readonly vmUuid: string;
  readonly nameLabel: string | null;
  readonly backup: TimelineBackup;
  readonly copy: BackupCopy;
  readonly blob: VarstoredBlob;
}

export interface LastGoodSearch {
  readonly found: readonly LastGood[];
  /** An input could not be read, or the folder holds none. */
  readonly failed: boolean;
}

type SearchOptions = Pick<ExtractOptions, "path" | "vmUuid" | "asOf" | "references">;

/** Judges every backup below the path. Throws UsageError where the path holds none of the VM that is asked for. */
export async function findLastGood(options: SearchOptions, context: CommandContext): Promise<LastGoodSearch> {
  const { path, vmUuid } = options;
  const { timelines, failed } = await judgeBackups(options, context);
  const wanted = timelines.filter((timeline) => vmUuid === null || timeline.vmUuid === vmUuid);
  if (wanted.length === 0) {
    const whose = vmUuid === null ? "a VM" : `the VM ${vmUuid}`;
    const where = clip(printable(path), 80);
    if (!failed) throw new UsageError(`There is no backup of ${whose} with an NVRAM in "${where}".`);
  }
  const found: LastGood[] = [];
  for (const timeline of wanted) {
    const good = await lastGoodOf(timeline);
    if (typeof good !== "string") found.push(good);
    else context.complain(`${timeline.vmUuid}: ${good}: nothing is extracted.`);
  }
  return { found, failed };
}

async function judgeBackups(
  { path, asOf, references }: SearchOptions,
  { complain }: CommandContext,
): Promise<{ readonly timelines: readonly Timeline[]; readonly failed: boolean }> {
  const collector = new TimelineCollector();
  const told = new ToldRemotes();
  let failed = false;
  let claimed = 0;
  const options = { asOf, references, form: "brief", jobs: null } as const;
  for await (const { task, outcomes } of judgeInOrder(listTasks([path]), options, () => false)) {
    for await (const { path: of, error, tally, judged } of outcomes) {
      failed ||= tally.failed;
      if (tally.isClaimed) claimed++;
      if (judged !== null) collector.add(judged);
      if (tally.failed && error !== null && !told.isRepeated(of, error))
        complain(`${printable(of)}: ${printable(error.message)}`);
    }
    if (task.kind === "file" || claimed > 0) continue;
    failed = true;
    complain(`${printable(path)}: ${noDumps(task.files).message}`);
  }
  return { timelines: collector.timelines(), failed };
}

/** Or why there is none. */
async function lastGoodOf({ vmUuid, nameLabel, backups, lastGood }: Timeline): Promise<LastGood | string> {
  const backup = lastGood === null ? undefined : backups[lastGood];
  if (backup === undefined) return "no backup is good";
  const copy = backup.restored;
  const blob = await readBlob(copy);
  if (blob === null) return `${printable(copy.path)} cannot be read a second time, or has changed`;
  return { vmUuid, nameLabel, backup, copy, blob };
}

/** What a host takes back, and the blob as other tools read it. The UUID is one: nothing else gets a timeline. */
export function lastGoodFiles({ vmUuid, blob }: LastGood): ExtractedFile[] {
  const whole = { variable: null, commonName: null };
  return [
    { name: `${vmUuid}.efivars.b64`, kind: "restore-text", content: base64Text(blob.bytes), ...whole },
    { name: `${vmUuid}.vars`, kind: "nvram", content: blob.bytes, ...whole },
  ];
}
