/** Judges one file of a run, in a worker or in the main thread. */
import { ParseError } from "../../parsers/errors.ts";
import type { VmSource } from "../../parsers/model.ts";
import { certificatesReport } from "../../report/certificates.ts";
import { errorReport } from "../../report/error-report.ts";
import { findingReport } from "../../report/finding.ts";
import { historyOf, hostReport } from "../../report/host.ts";
import type { InputReport } from "../../report/input.ts";
import type { JudgedInput } from "../../report/render/report-writer.ts";
import { memoryRoom, type Room } from "../../report/render/spool.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { tallyOf } from "../../report/tally.ts";
import type { BackupSurroundings } from "../../rules/backup/restorable.ts";
import { analyzeBackups, analyzeCertificates, analyzeHost } from "../../rules/engine/analyze.ts";
import { poolReadiness } from "../../rules/engine/readiness.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { ArchiveListing } from "../archive/listing.ts";
import { hostAuthFolder, inFolder } from "../input/host-auth-file.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";
import { elementAtOnce } from "./element-at-once.ts";
import { openElements } from "./elements.ts";
import { elementOfFolder } from "./folder.ts";
import { type CopiesOptions, JudgedCopies } from "./judged-copies.ts";
import { passedOver } from "./remote-files.ts";
import { exportsOf } from "./seen-backups.ts";
import type { FileTask } from "./task.ts";

/**
 * Judges all elements of one file, one after the other. Text of an element stays in `room` only until the next element is asked
 * for; `room` may throw where it is full.
 */
export async function* judgeFile(
  task: FileTask,
  settings: RepairSettings,
  world: World,
  options: Omit<CopiesOptions, "isExport" | "beside"> & { readonly room?: Room; readonly boot?: boolean },
): AsyncGenerator<JudgedInput, void, undefined> {
  const room = options.room ?? memoryRoom();
  const listing = new ArchiveListing();
  const folder = world.beside(task.path);
  const beside = (): BackupSurroundings | null =>
    listing.isArchive ? null : task.path === STANDARD_INPUT ? FROM_PIPE : folder;
  const mayBeBackup = EXPORT.test(task.path);
  const fresh = (): JudgedCopies =>
    new JudgedCopies(settings, { ...options, isExport: mayBeBackup, beside }, room);
  const elements: { readonly order: number; readonly judged: () => JudgedInput }[] = [];
  let copies = fresh();
  // Copies are judged as they are read, so that those of a database are never in memory all at once.
  const starts = options.boot === true ? await import("../boot/starts.ts") : null;
  const take = (vms: readonly VmSource[]): void => {
    const path = listing.reading ?? task.path;
    const streamed = { vms, format: null };
    copies.addStreamed(vms, path, starts?.bootsNotLookedAt(path, streamed, path !== task.path) ?? null);
  };
  try {
    for await (const element of openTask(task, world, take, listing)) {
      const { path, dump, order } = element;
      const boots =
        starts === null || dump === null
          ? null
          : await starts.bootsOfDump(path, dump, path !== task.path, settings, world);
      copies.add(dump?.vms ?? [], path, boots);
      const judgedCopies = copies;
      // The copies are judged, so the bytes that they were read from can go.
      const withoutCopies = { ...element, dump: dump === null ? null : { ...dump, vms: [] } };
      const judged = (): JudgedInput => {
        // Copies that are text already cannot be changed any more.
        if (listing.isArchive && judgedCopies.texts === null)
          judgedCopies.backups.lookBeside(listing.beside(path));
        return judgedInput(
          task.isNamed ? withoutCopies : elementOfFolder(withoutCopies),
          judgedCopies,
          task,
          {
            ...settings,
            filter: options.filter ?? null,
          },
        );
      };
      elements.push({ order, judged });
      copies = fresh();
    }
    // An archive is complete after its last member, but stands before its members in the report.
    for (const { judged } of elements.sort((a, b) => a.order - b.order)) yield judged();
  } finally {
    room.discard();
  }
}

/** The same without waiting, for a small usual file; null for every other one, and where it fails: `judgeFile` gives the error. */
export function judgeAtOnce(
  task: FileTask,
  settings: RepairSettings,
  world: World,
  options: Omit<CopiesOptions, "isExport" | "beside">,
): JudgedInput | null {
  try {
    if (task.error !== null || passedOver(task, world) !== null) return null;
    const element = elementAtOnce(task.path, world);
    if (element === null) return null;
    const { path, dump } = element;
    const folder = world.beside(path);
    const judging = { ...options, isExport: EXPORT.test(path), beside: () => folder };
    const copies = new JudgedCopies(settings, judging, memoryRoom());
    copies.add(dump?.vms ?? [], path);
    return judgedInput(task.isNamed ? element : elementOfFolder(element), copies, task, {
      ...settings,
      filter: options.filter ?? null,
    });
  } catch {
    return null;
  }
}

/** Opens a file. In a folder, `db.auth` counts as a host's file only beside another of the four .auth files: other programs use the name too. */
async function* openFile(
  { path, isNamed }: FileTask,
  world: World,
  take: (vms: readonly VmSource[]) => void,
  listing: ArchiveListing,
): AsyncGenerator<Element, void, undefined> {
  const folder = hostAuthFolder(path, world);
  if (folder === null) {
    yield* openElements(path, world, take, listing);
    return;
  }
  const wishes = { suspended: true, isHostAuthFile: isNamed || folder.length > 1 };
  for await (const element of openElements(path, world, take, listing, wishes)) {
    const { dump } = element;
    yield isNamed || dump === null ? element : { ...element, dump: inFolder(dump, folder) };
  }
}

async function* openTask(
  task: FileTask,
  world: World,
  take: (vms: readonly VmSource[]) => void,
  listing: ArchiveListing,
): AsyncGenerator<Element, void, undefined> {
  const { path, isNamed, error } = task;
  const passed = error === null ? passedOver({ path, isNamed }, world) : null;
  if (passed !== null) yield passed;
  else if (error === null) yield* openFile(task, world, take, listing);
  else yield { path, dump: null, error, order: 0 };
}

/** Files that may be an export of a backup: only other files of the folder say so. */
const EXPORT = /\.(?:xva|ova|ova\.gz|ovf)$/i;

function judgedInput(
  element: Element,
  copies: JudgedCopies,
  { place, isNamed }: FileTask,
  { filter, ...settings }: RepairSettings & Pick<CopiesOptions, "filter">,
): JudgedInput {
  const { path, dump, error } = element;
  const { vms, advice, digests, times, texts, tally } = copies;
  const certificates = dump?.certificates ?? [];
  const pool = dump === null ? null : poolReadiness(dump);
  const history = historyOf(dump?.hostFiles, path);
  const ofHost = history === null ? [] : analyzeHost(history, settings.rules);
  const isMember = element.order > 0;
  const findings = [
    ...analyzeCertificates(certificates, settings.rules, settings),
    ...ofHost,
    ...analyzeBackups([...copies.backups.lost, ...exportsOf(path, dump)], settings.rules),
  ].map((finding) => findingReport(finding, ""));
  const report: InputReport = {
    path,
    place,
    format: dump?.format ?? null,
    file: element.file ?? null,
    error: error === null ? null : errorReport(error),
    findings: filter?.whole(findings, path) ?? findings,
    certificates: certificates.map((set) => certificatesReport(set, settings)),
    ...(pool === null ? {} : { poolReadiness: pool }),
    skipped: dump?.skipped ?? { controlDomains: 0, defaultTemplates: 0 },
    ...(dump?.archive === undefined ? {} : { archive: dump.archive }),
    ...(dump?.software === undefined ? {} : { software: dump.software }),
    ...(history === null ? {} : { host: hostReport(history) }),
    vms,
  };
  // No command opens a member by its name.
  const judged = {
    report,
    advice: isMember ? [] : advice,
    digests,
    ...(times.some((time) => time !== null) ? { times } : {}),
    tally: tally.end(report, isNamed),
  };
  return texts === null ? judged : { ...judged, texts: { ...texts, ...copies.needs } };
}

/** What lies beside standard input: nothing is known. */
const FROM_PIPE: BackupSurroundings = {
  see: () => ({ state: "unknown", why: "the metadata was read from a pipe" }),
  holdsDataOf: () => null,
};

/** An element about a whole folder, or about a file that could not be judged. */
export function errorInput(path: string, place: number, error: ParseError): JudgedInput {
  const report: InputReport = {
    path,
    place,
    format: null,
    file: null,
    error: errorReport(error),
    findings: [],
    certificates: [],
    skipped: { controlDomains: 0, defaultTemplates: 0 },
    vms: [],
  };
  return { report, advice: [], digests: [], tally: tallyOf(report, true) };
}

/** The error for an unexpected exception: it costs one input, not the whole run. */
export function defectOf(thrown: unknown): ParseError {
  const found = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new ParseError({
    code: "defect",
    expected: "a reader that fails on no input",
    found,
    next: "This is a defect of varscope, not of your input. Please report it.",
  });
}
