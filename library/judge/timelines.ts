/** Collects the backups that a run sees. NVRAMs are not kept: the two that are compared are read again. */

import { toHex } from "../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { VarstoredBlob, VmSource } from "../../parsers/model.ts";
import { dirname, join } from "../../parsers/paths.ts";
import { backupPlaceOf } from "../../parsers/records/xen-orchestra.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import type { InputReport } from "../../report/input.ts";
import { briefCopies, type JudgedInput } from "../../report/render/report-writer.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { changesBetween } from "../../report/timeline/changes.ts";
import { type CopyTime, databaseTimeOf, uuidsByRef } from "../../report/timeline/copy-time.ts";
import { type TimelineReport, timelineReport } from "../../report/timeline/report.ts";
import {
  type BackupCopy,
  buildTimelines,
  type CurrentCopy,
  NVRAM_LOST,
  newestRestores,
  POOL_METADATA,
  SNAPSHOT,
  type Timeline,
  type UnreadBackup,
} from "../../report/timeline/timeline.ts";
import { UNCLAIMED_CODES } from "../../report/unclaimed.ts";
import type { BriefCopy, VmReport } from "../../report/vm.ts";
import type { Restorable } from "../../rules/backup/restorable.ts";
import type { FactValue } from "../../rules/engine/rule.ts";
import type { World } from "../world.ts";
import { openElements } from "./elements.ts";

type Point = Pick<BackupCopy, "vmUuid" | "timestamp" | "mode">;

/** Where the copies of an input were put. */
export interface PlacedCopies {
  /** True where the whole input is the export of a backup. */
  readonly isExport: boolean;
  /** Copies from backups whose VM or time is not known. */
  readonly unplaced: readonly BriefCopy[];
}

/** The copy that a restore of a VM's newest backup takes. */
export interface NewestCopy extends Pick<BriefCopy, "uuid" | "verdict" | "findings" | "nameLabel"> {
  /** Ids of rules whose findings break something. */
  readonly broken: readonly string[];
}

/** True where the NVRAM map of the record is empty, and the record does not say whether it ever held variables. */
function mayHaveLost({ findings }: BriefCopy): boolean {
  return findings.some(({ breaks, ruleId }) => ruleId === NVRAM_LOST && breaks === null);
}

/** Takes every judged input of a run, in order: in a folder of backups a JSON comes before its XVA. */
export class TimelineCollector {
  /** How many copies came after the limit was reached. */
  leftOut = 0;
  readonly #absolute: World["absolute"];
  readonly #copies: BackupCopy[] = [];
  readonly #unread: UnreadBackup[] = [];
  /** Records of VMs that have snapshots among the inputs. */
  readonly #current: CurrentCopy[] = [];
  /** The point in time of each XVA that some metadata names, by the absolute path of the XVA. */
  readonly #exports = new Map<string, Point>();
  /** Lists of rule ids, shared between copies, as most of them are equal. */
  readonly #lists = new Map<string, readonly string[]>();

  constructor({ absolute }: Pick<World, "absolute">) {
    this.#absolute = absolute;
  }

  add(judged: Pick<JudgedInput, "report" | "texts" | "digests" | "times">): PlacedCopies {
    const { report, digests, times = [] } = judged;
    this.#addUnread(report);
    const copies = briefCopies(judged);
    const points = this.#pointsOf(report, copies.length);
    const unplaced: BriefCopy[] = [];
    const ofExport = exportState(report);
    const besideOthers = pointsBesideOthers(report, copies, times);
    const haveSnapshots = new Set(
      copies.flatMap((_, i) => (times[i]?.snapshotTime == null ? [] : (besideOthers(i)?.vmUuid ?? []))),
    );
    for (const [index, vm] of copies.entries()) {
      const other = besideOthers(index);
      const point = points(vm.backup) ?? other;
      if (point === null) {
        if (vm.backup !== null) unplaced.push(vm);
        else if (times[index] != null && haveSnapshots.has(vm.uuid?.toLowerCase() ?? ""))
          this.#addCurrent(vm, report.path, times[index].index);
        continue;
      }
      if (this.#copies.length >= PARSER_LIMITS.maxTimelineCopies) {
        this.leftOut++;
        continue;
      }
      // Every field by itself: of a million copies, spread objects would take ten times the room.
      this.#copies.push({
        vmUuid: point.vmUuid,
        nameLabel: vm.nameLabel,
        timestamp: point.timestamp,
        mode: point.mode,
        path: report.path,
        index: point === other ? (times[index]?.index ?? index) : index,
        file: vm.backup?.file ?? null,
        source: vm.source,
        verdict: vm.verdict,
        broken: this.#brokenBy(vm),
        ...(mayHaveLost(vm) ? { mayHaveLost: true } : {}),
        sha256: digests[index] ?? null,
        restorable: point === other ? HOLDS_NO_DISKS : restoredAs(vm, ofExport),
      });
    }
    return { isExport: points(null) !== null, unplaced };
  }

  /** A file whose path shows that it is a backup, but that holds no record. */
  #addUnread({ path, error, vms }: InputReport): void {
    if (error === null || vms.length > 0 || UNCLAIMED_CODES.includes(error.code)) return;
    const place = backupPlaceOf(path);
    if (place !== null && this.#unread.length < PARSER_LIMITS.maxTimelineCopies)
      this.#unread.push({ ...place, path });
  }

  #addCurrent(vm: BriefCopy, path: string, index: number): void {
    if (this.#current.length >= PARSER_LIMITS.maxTimelineCopies) return;
    const { uuid, nameLabel, source, verdict } = vm;
    const known = { vmUuid: (uuid ?? "").toLowerCase(), nameLabel, path, index, file: null, source, verdict };
    this.#current.push({ ...known, broken: this.#brokenBy(vm), sha256: null });
  }

  timelines(): Timeline[] {
    return buildTimelines(this.#copies, this.#current, this.#unread);
  }

  /** For each VM, the copy that a restore of its newest backup takes. */
  *newest(): Generator<NewestCopy, void, undefined> {
    for (const { vmUuid, verdict, nameLabel, broken } of newestRestores(this.#copies))
      yield { uuid: vmUuid, verdict, findings: [], nameLabel, broken };
  }

  #brokenBy({ findings }: BriefCopy): readonly string[] {
    const rules = new Set(findings.flatMap(({ breaks, ruleId }) => (breaks === null ? [] : [ruleId])));
    const list = [...rules];
    const key = list.join();
    const known = this.#lists.get(key);
    if (known === undefined) this.#lists.set(key, list);
    return known ?? list;
  }

  /** Makes the function that gives the point in time of a copy; null where its VM or its time is not known. */
  #pointsOf({ path, format }: InputReport, copies: number): (backup: VmReport["backup"]) => Point | null {
    const place = backupPlaceOf(path);
    const byPlace = place === null ? null : { ...place, mode: null };
    // An appliance has no UUID of a VM in it: of several nobody knows which the folder means.
    const isAppliance = (format === "ova" || format === "ovf") && copies === 1;
    const named = format === "xva" ? this.#exports.get(this.#absolute(path)) : undefined;
    const ofExport = format === "xva" || isAppliance ? (named ?? byPlace) : null;
    return (backup) => {
      if (backup === null) return ofExport;
      const { mode, xva, file } = backup;
      const vmUuid = backup.vmUuid ?? place?.vmUuid ?? null;
      const timestamp = backup.timestamp ?? place?.timestamp ?? null;
      if (vmUuid === null || timestamp === null) return null;
      const point = { vmUuid, timestamp, mode };
      if (xva !== null && file === null)
        this.#exports.set(this.#absolute(xva.startsWith("/") ? xva : join(dirname(path), xva)), point);
      return point;
    };
  }
}

/** For copies in a pool's backup and for snapshots in a database: without disks, but their NVRAM can be written back into the VM. */
const HOLDS_NO_DISKS: Restorable = {
  ok: null,
  problems: ["what holds this NVRAM holds no disks; it can be written back into the VM"],
};

/** Points in time of copies that are not in a backup of their own VM. */
function pointsBesideOthers(
  { path, format }: InputReport,
  copies: readonly BriefCopy[],
  times: readonly (CopyTime | null)[],
): (place: number) => Point | null {
  const saved = format === "xapi-db" ? databaseTimeOf(path) : null;
  const uuids = uuidsByRef(copies, times);
  return (place) => {
    const time = times[place] ?? null;
    const uuid = copies[place]?.uuid ?? null;
    if (time === null) return null;
    if (time.snapshotTime !== null) {
      const vmUuid = uuids.get(time.snapshotOf ?? "");
      return vmUuid === undefined ? null : { vmUuid, timestamp: time.snapshotTime, mode: SNAPSHOT };
    }
    if (saved === null || !isPlainUuid(uuid)) return null;
    return { vmUuid: uuid.toLowerCase(), timestamp: saved, mode: POOL_METADATA };
  };
}

/** For a backup without metadata. */
const NOT_KNOWN: Restorable = { ok: null, problems: ["the metadata of this backup was not given"] };

/** Whether an export without metadata can be restored. */
function exportState({ findings }: InputReport): Restorable {
  const lost = findings.filter(({ ruleId }) => ruleId === "backup-incomplete");
  return lost.length === 0
    ? NOT_KNOWN
    : { ok: false, problems: lost.flatMap(({ facts }) => textsOf(facts["problems"])) };
}

function textsOf(value: FactValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Whether this copy can be restored; not where a finding of its own says so, as for a suspended VM without its state. */
function restoredAs({ backup, findings }: BriefCopy, ofExport: Restorable): Restorable {
  if (backup !== null) return backup.restorable;
  if (ofExport.ok === false || !findings.some(({ ruleId }) => ruleId === "suspended-without-state"))
    return ofExport;
  return { ok: false, problems: ["the VM is suspended, and its suspend disk is not in the export"] };
}

/** Adds to each timeline what changed between the last good backup and the first bad one. */
export async function withChanges(timelines: readonly Timeline[], world: World): Promise<TimelineReport[]> {
  const reports: TimelineReport[] = [];
  for (const timeline of timelines) reports.push(timelineReport(timeline, await changesOf(timeline, world)));
  return reports;
}

async function changesOf(
  { backups, lastGood, firstBad }: Timeline,
  world: World,
): Promise<TimelineReport["changes"]> {
  const before = lastGood === null ? undefined : backups[lastGood];
  const after = firstBad === null ? undefined : backups[firstBad];
  if (before === undefined || after === undefined) return null;
  const good = await readBlob(before.restored, world);
  const bad = await readBlob(after.restored, world);
  return good === null || bad === null ? null : changesBetween(good, bad, world.platform);
}

/** Reads the NVRAM of a judged copy again; null where it cannot be read any more, or has changed since. */
export async function readBlob(copy: BackupCopy, world: World): Promise<VarstoredBlob | null> {
  const vm = await readCopy(copy, world);
  const blob = vm?.nvram?.blob ?? null;
  return blob === null || toHex(world.platform.sha256(blob.bytes)) !== copy.sha256 ? null : blob;
}

async function readCopy(copy: BackupCopy, world: World): Promise<VmSource | null> {
  for (const file of filesOf(copy.path)) {
    const found = await findCopy(file, copy, world);
    if (found !== null) return found;
  }
  return null;
}

/** Paths to try: the path itself, then the archive whose member it may name. */
function filesOf(path: string): readonly string[] {
  const mark = path.indexOf(MEMBER_MARK);
  return mark < 0 ? [path] : [path, path.slice(0, mark)];
}

const MEMBER_MARK = "!";

async function findCopy(file: string, { path, index }: BackupCopy, world: World): Promise<VmSource | null> {
  // It was read already, and gives nothing a second time.
  if (file === STANDARD_INPUT) return null;
  let found: VmSource | null = null;
  let seen = 0;
  const take = (vms: readonly VmSource[]): void => {
    found ??= vms[index - seen] ?? null;
    seen += vms.length;
  };
  for await (const element of openElements(file, world, take)) {
    take(element.dump?.vms ?? []);
    if (element.path === path) return found;
    found = null;
    seen = 0;
  }
  return null;
}
