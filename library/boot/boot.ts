/** One input of `varscope boot`: its VMs and disks, opened and asked. */
import type { OpenedDisk } from "../../firmware/boot-manager.ts";
import { openDisk } from "../../firmware/boot-manager.ts";
import { ascii, hasBytesAt } from "../../parsers/bytes.ts";
import type { DiskBytes } from "../../parsers/disk/disk-bytes.ts";
import { diskOfLayers, isVhd } from "../../parsers/disk/vhd.ts";
import { ParseError } from "../../parsers/errors.ts";
import { looksLike } from "../../parsers/formats/looks-like.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { VmSource } from "../../parsers/model.ts";
import { descriptionOf, FILE_TYPES } from "../../parsers/ova/description.ts";
import {
  isTarHeader,
  readTarHeader,
  TAR_BLOCK_BYTES,
  tarPadding,
  wholeTarName,
} from "../../parsers/packing/tar.ts";
import { basename } from "../../parsers/paths.ts";
import { filesOfSystems } from "../../parsers/records/ovf.ts";
import { unwrapText } from "../../parsers/text/text-encoding.ts";
import {
  type BootAnswer,
  type BootInput,
  type BootReport,
  type BootVm,
  DECISIVE_FIRMWARE,
  type FirmwareName,
  NOT_LOOKED_AT,
  type ScenarioName,
} from "../../report/boot.ts";
import { bootAnswer } from "../../report/boot-scenarios.ts";
import { bootUpdates } from "../../report/boot-updates.ts";
import { type ErrorReport, errorReport } from "../../report/error-report.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { ExactReader, Peekable } from "../input/chunks.ts";
import { FileReader } from "../input/file-reader.ts";
import { openInput, orMember } from "../input/open-input.ts";
import type { ByteSource, SeekableBytes } from "../input/source.ts";
import { asParseError } from "../input/system-errors.ts";
import { compressionOf, plainBytes } from "../unpack/decompress.ts";
import { ExpansionGuard } from "../unpack/expansion-guard.ts";
import type { World } from "../world.ts";
import { type ArchiveReader, ExportDisks } from "./export-disks.ts";
import { type Neighbours, openFile, openVhdChain } from "./vhd-chain.ts";

export interface DiskSettings {
  /** File with the NVRAM of a bare disk; without one nothing is told of a VM. */
  readonly nvramPath: string | null;
  readonly vmUuid: string | null;
}

export interface BootSettings extends DiskSettings {
  /** Only these; null for all. */
  readonly scenarios: readonly ScenarioName[] | null;
  /** Told once where the bytes that were read so far can be asked for; what it returns is called at the end. */
  readonly watch?: (bytesRead: () => number) => () => void;
  readonly repair: RepairSettings;
}

const UPDATE = "update:";
const SECTOR_BYTES = 512;
const BOOT_MAGIC = Uint8Array.of(0x55, 0xaa);
const GPT_MAGIC = ascii("EFI PART");
/** Enough for the headers before the description of an appliance. */
const DESCRIPTION_BYTES = 8192;
const OPENING_BRACE = 0x7b;
/** The record that a restore takes. */
const RESTORED = "vm.NVRAM";

/** Never throws ParseError: it is in the result. */
export async function bootInput(path: string, settings: BootSettings, world: World): Promise<BootInput> {
  const sources: ByteSource[] = [];
  const counting: World = {
    ...world,
    open: async (name) => {
      const source = await world.open(name);
      if (name === path) sources.push(source);
      return source;
    },
  };
  const bytesRead = (): number => sources.reduce((sum, source) => sum + source.bytesRead(), 0);
  const stop = settings.watch?.(bytesRead);
  try {
    const vms = await bootVms(path, settings, counting);
    return { path, error: null, vms, bytesRead: bytesRead() };
  } catch (error) {
    return { path, error: errorReport(asParseError(error)), vms: [], bytesRead: bytesRead() };
  } finally {
    stop?.();
  }
}

async function bootVms(path: string, settings: BootSettings, world: World): Promise<BootVm[]> {
  const result: BootVm[] = [];
  await eachVm(path, settings, world, async (vm, disks, firmware) => {
    if (vm === null) throw bad("--nvram FILE beside a bare disk", "none");
    result.push(await bootVm(vm, disks, firmware, settings, world));
  });
  return result;
}

/** `vm` is null for a bare disk without an NVRAM. */
type UseDisk = (vm: VmSource, disks: readonly OpenedDisk[], firmware: FirmwareName) => Promise<void>;
type UseDisks = (vm: VmSource | null, disks: readonly OpenedDisk[], firmware: FirmwareName) => Promise<void>;

/** Each VM of an input with its disks, which are open as long as `use` takes. Throws ParseError. */
export async function eachVm(
  path: string,
  settings: DiskSettings,
  world: World,
  use: UseDisks,
): Promise<void> {
  const source = await world.open(path).catch(async (error: unknown) => {
    throw await orMember(path, asParseError(error), world);
  });
  const opened: ByteSource[] = [source];
  try {
    const head = await source.bytes.head(DESCRIPTION_BYTES);
    const isPlain = compressionOf(head) === null;
    if (isPlain && isTarHeader(head.subarray(0, TAR_BLOCK_BYTES)) && descriptionOf(head) !== null)
      return await applianceVms(path, source, head, settings, world, use);
    if (isPlain && !isTarHeader(head.subarray(0, TAR_BLOCK_BYTES)))
      return head[0] === OPENING_BRACE
        ? await backupVms(path, settings, world, opened, use)
        : await bareDisk(path, source, settings, world, opened, use);
  } finally {
    for (const one of opened) await one.close();
  }
  return exportVms(path, settings, world, use);
}

const UNPACK = { gzip: "gunzip", zstd: "unzstd", bzip2: "bunzip2" } as const;

/** Of a packed disk nothing can be read in any order; a packed export goes from block to block. */
async function refusePackedDisk(path: string, world: World): Promise<void> {
  const source = await world.open(path);
  try {
    const packing = compressionOf(await source.bytes.head(TAR_BLOCK_BYTES));
    if (packing === null) return;
    const guard = new ExpansionGuard();
    guard.allowSparse();
    const plain = new Peekable(await plainBytes(source.bytes, world.makeInflater, guard));
    const head = await plain.head(TAR_BLOCK_BYTES);
    if (head.length < TAR_BLOCK_BYTES || isTarHeader(head)) return;
    throw new ParseError({
      code: "unrecognised",
      expected: "an export (XVA), or a disk that is not compressed",
      found: `${packing} around something that is no export`,
      next: `If it is a disk, unpack it first (${UNPACK[packing]}), and name what comes out.`,
    });
  } finally {
    await source.close();
  }
}

function neighboursOf(path: string, world: World): Neighbours {
  const folder = path.slice(0, path.length - basename(path).length);
  return { beside: world.beside(path), pathOf: (inside) => `${folder}${inside}` };
}

/** The disks of a delta backup of Xen Orchestra, which its metadata names. */
async function backupVms(
  path: string,
  settings: DiskSettings,
  world: World,
  opened: ByteSource[],
  use: UseDisks,
): Promise<void> {
  if (settings.nvramPath !== null)
    throw bad("metadata of a backup without --nvram: it holds its own", "--nvram");
  const vms = (await vmsOf(path, settings, world)).filter(({ source }) => source === RESTORED);
  for (const vm of vms) {
    const { xva = null, needs } = vm.backup ?? {};
    if (needs === undefined || needs.vhds.length === 0) {
      const next =
        xva === null ? "" : `A full backup has its disks in the export: name ${JSON.stringify(xva)}.`;
      throw new ParseError({
        code: "unrecognised",
        expected: "an export (XVA), a disk, or metadata of a delta backup",
        found: "a record without disks",
        next,
      });
    }
    await use(vm, await disksOfBackup(path, needs.vhds, world, opened), DECISIVE_FIRMWARE);
  }
  if (vms.length === 0) throw bad("a backup with the record of its VM", "none");
}

async function disksOfBackup(
  path: string,
  vhds: readonly string[],
  world: World,
  opened: ByteSource[],
): Promise<OpenedDisk[]> {
  const disks: OpenedDisk[] = [];
  for (const vhd of vhds) {
    const inside = vhd.replace(/^(?:\.\/)+/, "");
    const chain = await openVhdChain(inside, neighboursOf(path, world), world, opened);
    disks.push(await openDisk(basename(inside), chain));
  }
  return disks;
}

/** An appliance in one plain file (OVA): its VHDs lie in it one behind the other. */
async function applianceVms(
  path: string,
  source: ByteSource,
  head: Uint8Array,
  settings: DiskSettings,
  world: World,
  use: UseDisks,
): Promise<void> {
  if (settings.nvramPath !== null) throw bad("an appliance without --nvram: it holds its own", "--nvram");
  return disksOfAppliance(source, head, await vmsOf(path, settings, world), use);
}

async function disksOfAppliance(
  { readAt, size }: ByteSource,
  head: Uint8Array,
  vms: readonly VmSource[],
  use: UseDisk,
): Promise<void> {
  if (readAt === null || size === null) throw bad("an appliance as a plain file", "a stream");
  const disks = new Map<string, OpenedDisk>();
  const others: string[] = [];
  for await (const member of membersOf({ readAt, size })) {
    if (/\.vhd$/i.test(member.name))
      disks.set(
        member.name,
        await openDisk(member.name, diskOfLayers([(await openFile(member.name, member)).layer])),
      );
    else if (OTHER_DISK.test(member.name)) others.push(member.name);
  }
  // Beside a disk that is not read nobody can tell what does not start.
  if (disks.size === 0 || others.length > 0)
    throw bad("an appliance with disks as VHD", others.length === 0 ? "none" : JSON.stringify(others[0]));
  if (vms.length === 1) return use(vms[0]!, [...disks.values()], DECISIVE_FIRMWARE);
  const owned = await ownedDisks({ readAt, size }, head, disks);
  if (owned.length !== vms.length || owned.every((own) => own.length === 0))
    throw bad("an appliance that tells whose disk is whose", `${vms.length} VMs, and nothing that tells it`);
  for (const [i, vm] of vms.entries()) {
    const own = owned[i] ?? [];
    if (own.length > 0) await use(vm, own, DECISIVE_FIRMWARE);
  }
}

const OTHER_DISK = /\.(?:vmdk|qcow2|vdi|vhdx|raw|img|vhd(?=\.))(?:\.(?:gz|bz2|xz))?$/i;

/** By the description, for each VM in its order. */
async function ownedDisks(
  { readAt }: SeekableBytes,
  head: Uint8Array,
  disks: ReadonlyMap<string, OpenedDisk>,
): Promise<OpenedDisk[][]> {
  const description = descriptionOf(head);
  if (description === null || description.size > PARSER_LIMITS.maxOvfBytes) return [];
  const bytes = await readAt(description.dataOffset, description.size);
  return filesOfSystems(unwrapText(bytes).bytes).map((files) =>
    [...new Set(files)].flatMap((file) => disks.get(file) ?? []),
  );
}

async function* membersOf({ readAt, size }: SeekableBytes): AsyncGenerator<SeekableBytes & { name: string }> {
  let at = 0;
  for (let members = 0; at + TAR_BLOCK_BYTES <= size; members++) {
    if (members >= PARSER_LIMITS.maxOvaFiles)
      throw bad(`at most ${PARSER_LIMITS.maxOvaFiles} members`, "one more");
    const block = await readAt(at, TAR_BLOCK_BYTES);
    const header = readTarHeader(block);
    if (header === null) return;
    const start = at + TAR_BLOCK_BYTES;
    const length = Number(header.size);
    if (start + length > size)
      throw new ParseError({
        code: "truncated",
        offset: start,
        expected: `${length} bytes`,
        found: "the end",
      });
    const name = wholeTarName(block, header.name);
    if (FILE_TYPES.has(header.type))
      yield {
        name,
        size: length,
        readAt: (from, count) => readAt(start + from, Math.min(count, length - from)),
      };
    at = start + length + tarPadding(length).length;
  }
}

async function vmsOf(
  path: string,
  { vmUuid }: Pick<DiskSettings, "vmUuid">,
  world: World,
): Promise<VmSource[]> {
  const { dump, error } = await openInput(path, world, undefined, { suspended: false });
  if (dump === null || (error !== null && dump.vms.length === 0))
    throw error ?? new ParseError({ code: "no-nvram", expected: "a VM with an NVRAM", found: "none" });
  return dump.vms.filter((vm) => isOwnCopy(vm) && (vmUuid === null || vm.uuid?.toLowerCase() === vmUuid));
}

async function exportVms(path: string, settings: DiskSettings, world: World, use: UseDisks): Promise<void> {
  if (settings.nvramPath !== null) {
    await refusePackedDisk(path, world);
    throw bad("an export without --nvram: it holds its own", "--nvram");
  }
  const vms = await vmsOf(path, settings, world).catch(async (error: unknown) => {
    await refusePackedDisk(path, world);
    throw error;
  });
  let count = 0;
  await withExport(path, world, null, async (disksOf, firmware) => {
    for (const vm of vms) {
      const disks = await disksOf(vm);
      if (disks.length === 0) continue;
      count++;
      await use(vm, disks, firmware);
    }
  });
  if (count === 0) throw bad("an export with a disk of a VM", "metadata alone");
}

/** The disks of an export, as long as `use` takes; of a compressed one at most `most` bytes are read, where that is no null. */
async function withExport(
  path: string,
  world: World,
  most: number | null,
  use: (disksOf: (vm: VmSource) => Promise<OpenedDisk[]>, firmware: FirmwareName) => Promise<void>,
): Promise<void> {
  const source = await world.open(path);
  let disks: ExportDisks | null = null;
  try {
    const isPlain = compressionOf(await source.bytes.head(TAR_BLOCK_BYTES)) === null;
    const { readAt, size } = source;
    const canJump = isPlain && readAt !== null && size !== null;
    if (!canJump) await source.close();
    const found = await ExportDisks.open(
      canJump
        ? { readAt, open: async () => new FileReader({ readAt, size }) }
        : { readAt: null, open: () => decompressed(path, world, most) },
    );
    disks = found;
    const { ova } = found;
    if (ova === null) throw bad("an export with ova.xml", "none");
    const disksOf = async (vm: VmSource): Promise<OpenedDisk[]> => {
      const mine: OpenedDisk[] = [];
      for (const ref of ova.ofVms.get(vm.uuid ?? "") ?? []) {
        const disk = ova.disks.get(ref);
        if (disk?.isExported && disk.virtualBytes !== null)
          mine.push(await openDisk(ref, found.disk(ref, disk.virtualBytes)));
      }
      return mine;
    };
    await use(disksOf, firmwareOf(ova.productVersion));
  } finally {
    await disks?.close();
    await source.close();
  }
}

/** A compressed export from its beginning, in a file that is closed with it: two of them are open at once. */
async function decompressed(path: string, world: World, most: number | null): Promise<ArchiveReader> {
  const source = await world.open(path);
  const checkLength = (): void => {
    if (most === null || source.bytesRead() <= most) return;
    const expected = `its boot loader within the first ${most} bytes of the compressed file`;
    throw new ParseError({
      code: "over-limit",
      path: "export",
      expected,
      found: "none there",
    });
  };
  try {
    const guard = new ExpansionGuard();
    guard.allowSparse();
    const reader = new ExactReader(new Peekable(await plainBytes(source.bytes, world.makeInflater, guard)));
    return {
      get position() {
        return reader.position;
      },
      take: (length) => {
        checkLength();
        return reader.take(length);
      },
      pass: (length) => {
        checkLength();
        return reader.pass(length);
      },
      close: async () => {
        await reader.close();
        await source.close();
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** What hosts of this version start VMs with. XCP-ng 8.2 and what came before it have EDK2 of 2018 (xcp-ng-rpms/edk2, branch 8.2). */
function firmwareOf(version: string | null): FirmwareName {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})\b/.exec(version ?? "") ?? [];
  if (major === undefined) return DECISIVE_FIRMWARE;
  return Number(major) < 8 || (Number(major) === 8 && Number(minor) < 3) ? "2018" : DECISIVE_FIRMWARE;
}

/** For `analyze --boot`: the starts of these copies of one export. Never throws ParseError. */
export function bootsOf(
  path: string,
  vms: readonly VmSource[],
  repair: RepairSettings,
  world: World,
): Promise<ReadonlyMap<VmSource, BootReport>> {
  return answersOf(repair, world, (of) => eachExported(path, vms, world, null, of));
}

/** The same of one appliance. */
export function bootsOfAppliance(
  path: string,
  vms: readonly VmSource[],
  repair: RepairSettings,
  world: World,
): Promise<ReadonlyMap<VmSource, BootReport>> {
  return answersOf(repair, world, (of) => eachOfAppliance(path, vms, world, of));
}

/** The same of the metadata of one delta backup. */
export function bootsOfBackup(
  path: string,
  vms: readonly VmSource[],
  repair: RepairSettings,
  world: World,
): Promise<ReadonlyMap<VmSource, BootReport>> {
  return answersOf(repair, world, (of) => eachOfBackup(path, vms, world, of));
}

async function answersOf(
  repair: RepairSettings,
  world: World,
  each: (of: UseExported) => Promise<void>,
): Promise<ReadonlyMap<VmSource, BootReport>> {
  const settings: BootSettings = { nvramPath: null, vmUuid: null, scenarios: null, repair };
  const answers = new Map<VmSource, BootReport>();
  await each({
    use: async (vm, disks, firmware) => {
      answers.set(vm, { error: null, ...(await answerOf(vm, disks, firmware, settings, world)) });
    },
    failed: (vm, error) => answers.set(vm, withoutAnswer(error)),
  });
  return answers;
}

export async function eachOfAppliance(
  path: string,
  vms: readonly VmSource[],
  world: World,
  { use, failed }: UseExported,
): Promise<void> {
  const open = new Set(vms.filter(isOwnCopy));
  const source = await world.open(path);
  try {
    const head = await source.bytes.head(DESCRIPTION_BYTES);
    if (compressionOf(head) !== null)
      throw bad("an appliance that is not compressed: its disks are read in any order", "a compressed one");
    await disksOfAppliance(source, head, [...open], async (vm, disks, firmware) => {
      await use(vm, disks, firmware);
      open.delete(vm);
    });
    for (const vm of open) failed(vm, notLookedAt("this appliance has no disks of the VM."));
  } catch (error) {
    const report = errorReport(asParseError(error));
    for (const vm of open) failed(vm, report);
  } finally {
    await source.close();
  }
}

/** A restore takes one record of the backup, and with that the disks. */
export async function eachOfBackup(
  path: string,
  vms: readonly VmSource[],
  world: World,
  { use, failed }: UseExported,
): Promise<void> {
  for (const vm of vms.filter(isOwnCopy)) {
    if (vm.source !== RESTORED) {
      failed(vm, notLookedAt(`a restore takes the record ${RESTORED} and the disks with it.`));
      continue;
    }
    const opened: ByteSource[] = [];
    try {
      const disks = await disksOfBackup(path, vm.backup?.needs.vhds ?? [], world, opened);
      await use(vm, disks, DECISIVE_FIRMWARE);
    } catch (error) {
      failed(vm, errorReport(asParseError(error)));
    } finally {
      for (const one of opened) await one.close();
    }
  }
}

/** Of each copy either its disks, open as long as `use` takes, or why there are none. */
export interface UseExported {
  readonly use: (vm: VmSource, disks: readonly OpenedDisk[], firmware: FirmwareName) => Promise<void>;
  readonly failed: (vm: VmSource, error: ErrorReport) => void;
}

/** The copies that a start takes, with the disks of their export; of a compressed one at most `most` bytes are read. Never throws ParseError. */
export async function eachExported(
  path: string,
  vms: readonly VmSource[],
  world: World,
  most: number | null,
  { use, failed }: UseExported,
): Promise<void> {
  const open = new Set(vms.filter(isOwnCopy));
  try {
    await withExport(path, world, most, async (disksOf, firmware) => {
      for (const vm of [...open]) {
        const disks = await disksOf(vm);
        if (disks.length === 0) failed(vm, notLookedAt("this export has no disks of the VM."));
        else await use(vm, disks, firmware);
        open.delete(vm);
      }
    });
  } catch (error) {
    const report = errorReport(asParseError(error));
    for (const vm of open) failed(vm, report);
  }
}

export function notLookedAt(message: string): ErrorReport {
  return { code: NOT_LOOKED_AT, message, path: "", offset: null };
}

export function withoutAnswer(error: ErrorReport): BootReport {
  const nothing: BootAnswer = {
    firmware: DECISIVE_FIRMWARE,
    hasVtpm: null,
    disks: [],
    scenarios: [],
    loaders: [],
    loadersWhole: true,
  };
  return { error, ...nothing };
}

/** What a start takes, not what an older metadata has. */
export function isOwnCopy({ source }: VmSource): boolean {
  return !source.startsWith("snapshot_metadata");
}

async function bareDisk(
  path: string,
  source: ByteSource,
  settings: DiskSettings,
  world: World,
  opened: ByteSource[],
  use: UseDisks,
): Promise<void> {
  const { readAt, size } = source;
  if (readAt === null || size === null || size < SECTOR_BYTES)
    throw bad("an export (XVA), a raw disk or a VHD", "neither");
  const isOfVhd =
    isVhd(await readAt(0, SECTOR_BYTES)) || isVhd(await readAt(size - SECTOR_BYTES, SECTOR_BYTES));
  const bytes = isOfVhd
    ? await openVhdChain(basename(path), neighboursOf(path, world), world, opened)
    : rawDisk({ readAt, size });
  const disk = await openDisk("disk", bytes);
  if (disk.table === null && disk.volumes.length === 0 && !(await wasDisk(bytes)))
    throw bad("an export (XVA), or a disk with a partition table", looksLike(await readAt(0, SECTOR_BYTES)));
  if (settings.nvramPath === null) return use(null, [disk], DECISIVE_FIRMWARE);
  const vms = await vmsOf(settings.nvramPath, settings, world);
  for (const vm of vms) await use(vm, [disk], DECISIVE_FIRMWARE);
}

/** Signs of a table that is not read: of such a disk nothing starts, of a file that is no disk nothing is said. */
async function wasDisk({ size, read }: DiskBytes): Promise<boolean> {
  if (size < 2 * SECTOR_BYTES) return false;
  const [first, second, last] = [
    await read(0, SECTOR_BYTES),
    await read(SECTOR_BYTES, SECTOR_BYTES),
    await read(size - SECTOR_BYTES, SECTOR_BYTES),
  ];
  return (
    hasBytesAt(first, 510, BOOT_MAGIC) || hasBytesAt(second, 0, GPT_MAGIC) || hasBytesAt(last, 0, GPT_MAGIC)
  );
}

function rawDisk({ readAt, size }: SeekableBytes): DiskBytes {
  return {
    size: size - (size % SECTOR_BYTES),
    read: async (from, length) => {
      const read = await readAt(from, length);
      if (read.length === length) return read;
      throw new ParseError({
        code: "truncated",
        offset: from,
        expected: `${length} bytes`,
        found: `${read.length}`,
      });
    },
  };
}

function bad(expected: string, found: string): ParseError {
  return new ParseError({ code: "unrecognised", expected, found });
}

async function bootVm(
  vm: VmSource,
  disks: readonly OpenedDisk[],
  firmware: FirmwareName,
  settings: BootSettings,
  world: World,
): Promise<BootVm> {
  const { uuid, nameLabel, secureBoot } = vm;
  return { uuid, nameLabel, secureBoot, ...(await answerOf(vm, disks, firmware, settings, world)) };
}

export async function answerOf(
  vm: VmSource,
  disks: readonly OpenedDisk[],
  firmware: FirmwareName,
  { repair, scenarios }: BootSettings,
  world: World,
): Promise<BootAnswer> {
  const outcome = vm.nvram?.daemonBytes == null ? null : repairVm(vm, "merge", repair);
  const nvram = vm.nvram?.daemonBytes ?? null;
  const repaired = outcome?.kind === "repaired" ? outcome.bytes : null;
  const names = scenarios?.filter((name) => name.startsWith(UPDATE)).map((name) => name.slice(UPDATE.length));
  return bootAnswer({
    disks,
    nvram,
    repaired,
    secureBoot: vm.secureBoot,
    firmware,
    noFirmware: noFirmwareOf(vm),
    hasVtpm: hasVtpmOf(vm),
    updates: bootUpdates(vm, repaired ?? nvram, names ?? null, repair),
    only: scenarios,
    bootOrder: vm.fields.get("HVM_boot_params:order") ?? null,
    verifier: await world.verifier(),
    platform: world.platform,
  });
}

/** Why nothing of EDK2 is asked; null where it is. */
export function noFirmwareOf({ firmware }: VmSource): string | null {
  return firmware === "bios" ? "The VM boots by BIOS: no firmware of UEFI looks at these keys." : null;
}

/** Null where the record does not tell. */
export function hasVtpmOf({ fields }: VmSource): boolean | null {
  const vtpms = fields.get("VTPMs");
  return vtpms === undefined ? null : vtpms !== "0";
}
