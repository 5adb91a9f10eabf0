/** The backups of a run in one sentence: how many VMs, how their newest ones are, and what to go back to. */
import type { TimelineBackupReport, TimelineReport } from "../timeline/report.ts";
import { knownGood, NVRAM_LOST } from "../timeline/timeline.ts";
import { clip, printable } from "./printable.ts";
import { counted } from "./text.ts";

const MAX_NAMED = 3;
const MAX_NAME = 30;
/** `YYYY-MM-DDThh:mm` */
const MINUTE_LENGTH = 16;

interface State {
  readonly words: string;
  readonly isTrue: (newest: TimelineBackupReport) => boolean;
}

const NOT_READ: State = { words: "could not be read", isTrue: () => false };

/** The first that is true. */
const STATES: readonly State[] = [
  NOT_READ,
  { words: "cannot be restored", isTrue: ({ restorable }) => restorable.ok === false },
  { words: "does not start", isTrue: ({ verdict }) => verdict === "unbootable" || verdict === "unreadable" },
  { words: "has lost its NVRAM", isTrue: ({ rules }) => rules.includes(NVRAM_LOST) },
  { words: "is at risk", isTrue: ({ verdict }) => verdict === "at-risk" },
  { words: "cannot be judged", isTrue: ({ verdict }) => verdict === "unknown" || verdict === "no-nvram" },
  { words: "is healthy", isTrue: () => true },
];

/** Null where no VM has more than one backup. */
export function timelineHead(timelines: readonly TimelineReport[]): string | null {
  if (!timelines.some(({ backups, notRead = [] }) => backups.length + notRead.length > 1)) return null;
  const backups = timelines.reduce((sum, one) => sum + one.backups.length, 0);
  const groups = STATES.flatMap((state) => {
    const those = timelines.filter((one) => stateOf(one) === state);
    return those.length === 0 ? [] : [{ state, those }];
  });
  const parts = groups.map(({ state, those }) => {
    const of =
      those.length < timelines.length ? ` of ${those.length}` : timelines.length > 1 ? " of each" : "";
    const when = state === NOT_READ && those.length === 1 ? `, of ${unreadTime(those[0])},` : "";
    return `the newest${of}${when} ${state.words}${state.words === "is healthy" ? "" : goodText(those)}`;
  });
  const unread = timelines.reduce((sum, { notRead = [] }) => sum + notRead.length, 0);
  const more = unread === 0 ? "" : ` and ${unread} not read`;
  return `${counted(timelines.length, "VM")}, ${counted(backups, "backup")}${more}: ${parts.join("; ")}.`;
}

function stateOf(timeline: TimelineReport): State | undefined {
  const newest = timeline.backups.at(-1);
  if (isNewestUnread(timeline)) return NOT_READ;
  return newest === undefined ? undefined : STATES.find(({ isTrue }) => isTrue(newest));
}

/** Whether the newest backup is one that could not be read. */
export function isNewestUnread({ backups, notRead = [] }: TimelineReport): boolean {
  const [newest, unread] = [backups.at(-1), notRead.at(-1)];
  return unread !== undefined && (newest === undefined || unread.timestamp > newest.timestamp);
}

function unreadTime(timeline: TimelineReport | undefined): string {
  return minuteOf(timeline?.notRead?.at(-1)?.timestamp ?? "");
}

function minuteOf(timestamp: string): string {
  return timestamp.slice(0, MINUTE_LENGTH).replace("T", " ");
}

/** ` (last good: erp 2026-07-23 02:00, mail none)`. */
function goodText(timelines: readonly TimelineReport[]): string {
  const named = timelines.slice(0, MAX_NAMED).map(({ nameLabel, vmUuid, backups, lastGood }) => {
    const good = lastGood === null ? undefined : backups[lastGood];
    const when = good === undefined ? "none" : minuteOf(good.timestamp);
    const known = knownGood(backups, lastGood);
    const others = known === null ? "" : `, known to be whole: ${minuteOf(known.timestamp)}`;
    return `${clip(printable(nameLabel ?? vmUuid), MAX_NAME)} ${when}${others}`;
  });
  const more = timelines.length - named.length;
  return ` (last good: ${named.join(", ")}${more > 0 ? `, and ${more} more` : ""})`;
}
