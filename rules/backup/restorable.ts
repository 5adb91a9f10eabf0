/**
 * Decides whether a backup of Xen Orchestra can be restored: compares the files that a restore needs with those beside the
 * metadata (@xen-orchestra/backups, RemoteAdapter.mjs and isValidXva; vhd-lib, aliases.js, VhdDirectory.js and VhdSynthetic.js).
 */
import type { VhdEnds } from "../../parsers/disk/vhd-ends.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { BackupRef, ExportEnd } from "../../parsers/model.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import { dirname, join } from "../../parsers/paths.ts";

/** `ok`: null where the input does not tell it. The problems say why it is not true. */
export interface Restorable {
  readonly ok: boolean | null;
  readonly problems: readonly string[];
}

/** A data file as it was seen; `unknown` where it was not looked at, or not closely enough. */
export type SeenFile =
  | { readonly state: "missing" }
  | { readonly state: "unknown"; readonly why: string }
  | {
      readonly state: "there";
      readonly bytes: number;
      /** Null where nobody knows: then its end says nothing. */
      readonly isCompressed: boolean | null;
      /** Null where the end was not looked at. */
      readonly endsInZeros: boolean | null;
      /** What its ends say of it as a disk; null where they were not looked at. */
      readonly vhd: VhdEnds | null;
    }
  /** A disk kept as a folder; `missing` are files that every such folder has. */
  | { readonly state: "folder"; readonly missing: readonly string[] }
  /** An alias, which says where the disk lies. */
  | { readonly state: "alias"; readonly target: string; readonly file: SeenFile };

/** What lies around the metadata. */
export interface BackupSurroundings {
  /** A path as the metadata has it. */
  readonly see: (path: string) => SeenFile;
  /** Whether any data file of this VM's backups is there, such as one beside those that were named; null where nobody can tell. */
  readonly holdsDataOf: (vmUuid: string | null, paths: readonly string[]) => boolean | null;
}

/** What is said of a backup whose data files nobody could look for, such as one read from a pipe. */
export function notLookedAt(why: string): Restorable {
  return { ok: null, problems: [why] };
}

/** An export by itself; `name` is that of its file. */
export function exportRestorable(end: ExportEnd, name: string): Restorable {
  const fault = exportFault(end);
  return fault === null ? { ok: true, problems: [] } : { ok: false, problems: [`${name} ${fault}`] };
}

export function backupRestorable(
  { mode, xva, vmUuid, needs }: BackupRef,
  { see, holdsDataOf }: BackupSurroundings,
): Restorable {
  const disks = needs.vhds.map((path) => judgedChain(shown(path), see));
  const takesExport = xva !== null && mode !== "delta";
  const seen = takesExport
    ? [judged(shown(xva), see(xva), (file, path) => seenExport(path, file, needs.xvaBytes)), ...disks]
    : disks;
  const lost =
    needs.lostSuspendDisk === null
      ? []
      : [`the VM is suspended, and its suspend disk (${needs.lostSuspendDisk}) is not among vdis`];
  const unnamed = seen.length === 0 && mode !== "delta" ? ["the metadata names no data file"] : [];
  const faults = [...lost, ...seen.flatMap(({ fault }) => fault ?? [])];
  const missing = seen.flatMap((file) => (file.isMissing ? [`${file.path} is missing`] : []));
  const unknown = [...unnamed, ...seen.flatMap(({ unknown: why }) => why ?? []), ...more(needs.moreVhds)];
  if (missing.length > 0 && missing.length === seen.length && holdsDataOf(vmUuid, needs.vhds) !== true) {
    const only = `no data file of this VM is there (${missing.length === 1 ? "one is" : `${missing.length} are`} named): only the metadata was given`;
    return { ok: faults.length > 0 ? false : null, problems: [...faults, only, ...unknown] };
  }
  const all = [...faults, ...missing];
  if (all.length > 0) return { ok: false, problems: [...all, ...unknown] };
  return { ok: unknown.length === 0 ? true : null, problems: unknown };
}

/** Xen Orchestra writes `./` before the name of an export. */
function shown(path: string): string {
  return path.replace(/^(?:\.\/)+(?=.)/, "");
}

function more(count: number): string[] {
  return count === 0 ? [] : [`${count} more disks are named, and were not looked for`];
}

interface JudgedFile {
  readonly path: string;
  readonly isMissing: boolean;
  readonly fault?: string;
  readonly unknown?: string;
  /** How a differencing disk names its parent, seen from the path that leads to it. */
  readonly parentName?: string;
}

/** A disk with its parents: a restore reads them all (vhd-lib, VhdSynthetic.js, fromVhdChain). What is wrong with one is wrong with the first. */
function judgedChain(path: string, see: BackupSurroundings["see"]): JudgedFile {
  const first = judged(path, see(path), seenDisk);
  const say = (rest: Partial<JudgedFile>): JudgedFile => ({ path, isMissing: false, ...rest });
  let child = first;
  for (let length = 1; child.parentName !== undefined; length++) {
    if (child.parentName === "") return say({ fault: `${child.path} does not name its parent` });
    const parent = join(dirname(child.path), child.parentName);
    if (length >= PARSER_LIMITS.maxVhdChain)
      return say({ unknown: `${path} has more than ${length - 1} parents, and no more were looked at` });
    child = judged(parent, see(parent), seenDisk);
    if (child.isMissing) return say({ fault: `${parent}, a parent of ${path}, is missing` });
    if (child.fault !== undefined) return say({ fault: `${child.fault} (it is a parent of ${path})` });
    if (child.unknown !== undefined) return say({ unknown: `${child.unknown} (it is a parent of ${path})` });
  }
  return first;
}

function judged(
  path: string,
  file: SeenFile,
  look: (file: ThereFile, path: string) => Partial<JudgedFile>,
): JudgedFile {
  const say = (rest: Partial<JudgedFile>): JudgedFile => ({ path, isMissing: false, ...rest });
  switch (file.state) {
    case "missing":
      return say({ isMissing: true });
    case "unknown":
      return say({ unknown: `${path} was not looked at: ${file.why}` });
    case "folder":
      return file.missing.length === 0
        ? say({ unknown: `${path} is a folder of blocks: whether all are there was not looked at` })
        : say({ fault: `${path} is a disk without its ${file.missing.join(", ")}` });
    case "alias": {
      const target = judged(file.target, file.file, look);
      if (target.isMissing) return say({ fault: `${file.target}, which ${path} leads to, is missing` });
      return say({
        ...(target.fault === undefined ? {} : { fault: `${target.fault} (${path} leads there)` }),
        ...(target.unknown === undefined ? {} : { unknown: target.unknown }),
        ...(target.parentName === undefined ? {} : { parentName: target.parentName }),
      });
    }
    case "there":
      return say(look(file, path));
    default:
      return file satisfies never;
  }
}

type ThereFile = Extract<SeenFile, { state: "there" }>;

function seenDisk({ bytes, vhd }: ThereFile, path: string): Partial<JudgedFile> {
  if (bytes === 0) return { fault: `${path} is empty` };
  if (vhd === null) return { unknown: `${path} is there, and what is in it was not looked at` };
  if (vhd.fault !== null) return { fault: `${path} ${vhd.fault}` };
  return vhd.parentName === null ? {} : { parentName: vhd.parentName };
}

function seenExport(path: string, file: ThereFile, writtenBytes: number | null): Partial<JudgedFile> {
  const { bytes, isCompressed, endsInZeros } = file;
  if (bytes < MIN_EXPORT_BYTES) return { fault: `${path} ${sizeText(bytes)}` };
  if (isCompressed === false && endsInZeros !== null) {
    const fault = exportFault({ bytes, endsInZeros });
    return fault === null ? {} : { fault: `${path} ${fault}` };
  }
  // Xen Orchestra takes a compressed export as it is; one of another length than was written is one to doubt.
  if (isCompressed === true && bytes === writtenBytes) return {};
  return { unknown: `${path} is there, and only verify can tell whether it is complete` };
}

/** Neither a gzip file nor a tar archive is shorter (isValidXva). */
const MIN_EXPORT_BYTES = 20;
const END_BYTES = 2 * TAR_BLOCK_BYTES;

function sizeText(bytes: number): string {
  return bytes === 0 ? "is empty" : `has ${bytes} bytes, which no export has`;
}

/** Why a plain export is not whole; null where nothing is wrong with its end. */
function exportFault({ bytes, endsInZeros }: ExportEnd): string | null {
  if (bytes < MIN_EXPORT_BYTES) return sizeText(bytes);
  if (bytes <= END_BYTES) return `has ${bytes} bytes, and its end alone needs ${END_BYTES}: it is cut`;
  if (bytes % TAR_BLOCK_BYTES !== 0)
    return `does not end as an export does: ${bytes} bytes are no whole number of blocks of ${TAR_BLOCK_BYTES}, so it is cut or was added to`;
  return endsInZeros
    ? null
    : `does not end as an export does: its last ${END_BYTES} bytes are not zero, so it is cut or was added to`;
}
