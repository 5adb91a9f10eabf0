/** One input of `varscope boot`: its VMs and disks, opened and asked. */
import type { OpenedDisk } from "../../firmware/boot-manager.ts";
import { openDisk } from "../../firmware/boot-manager.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { VmSource } from "../../parsers/model.ts";
import { isTarHeader, TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import type { BootInput, BootVm } from "../../report/boot.ts";
import { bootScenarios, describeDisk } from "../../report/boot-scenarios.ts";
import { errorReport } from "../../report/input.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { ExactReader, Peekable } from "../input/chunks.ts";
import { FileReader } from "../input/file-reader.ts";
import { openInput, orMember } from "../input/open-input.ts";
import type { ByteSource } from "../input/source.ts";
import { asParseError } from "../input/system-errors.ts";
import { compressionOf, plainBytes } from "../unpack/decompress.ts";
import { ExpansionGuard } from "../unpack/expansion-guard.ts";
import type { World } from "../world.ts";
import { ExportDisks } from "./export-disks.ts";

export interface BootSettings {
  /** File with the NVRAM of a bare disk. */
  readonly nvramPath: string | null;
  readonly vmUuid: string | null;
  readonly repair: RepairSettings;
}

const SECTOR_BYTES = 512;
const VHD_COOKIE = "conectix";

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
  try {
    const vms = await bootVms(path, settings, counting);
    return { path, error: null, vms, bytesRead: bytesRead() };
  } catch (error) {
    return { path, error: errorReport(asParseError(error)), vms: [], bytesRead: bytesRead() };
  }
}

async function bootVms(path: string, settings: BootSettings, world: World): Promise<BootVm[]> {
  const source = await world.open(path).catch(async (error: unknown) => {
    throw await orMember(path, asParseError(error), world);
  });
  try {
    const head = await source.bytes.head(TAR_BLOCK_BYTES);
    if (compressionOf(head) === null && !isTarHeader(head))
      return await bareDisk(source, head, settings, world);
  } finally {
    await source.close();
  }
  return exportVms(path, settings, world);
}

async function vmsOf(path: string, { vmUuid }: BootSettings, world: World): Promise<VmSource[]> {
  const { dump, error } = await openInput(path, world, undefined, { suspended: false });
  if (dump === null || (error !== null && dump.vms.length === 0))
    throw error ?? new ParseError({ code: "no-nvram", expected: "a VM with an NVRAM", found: "none" });
  return dump.vms.filter(
    ({ source, uuid }) =>
      !source.startsWith("snapshot_metadata") && (vmUuid === null || uuid?.toLowerCase() === vmUuid),
  );
}

async function exportVms(path: string, settings: BootSettings, world: World): Promise<BootVm[]> {
  if (settings.nvramPath !== null) throw bad("an export without --nvram: it holds its own", "--nvram");
  const vms = await vmsOf(path, settings, world);
  const source = await world.open(path);
  const opened: ByteSource[] = [source];
  const isPlain = compressionOf(await source.bytes.head(TAR_BLOCK_BYTES)) === null;
  const { readAt, size } = source;
  const canJump = isPlain && readAt !== null && size !== null;
  const disks = await ExportDisks.open({
    readAt: canJump ? readAt : null,
    open: async () => {
      if (canJump) return new FileReader({ readAt, size });
      const again = await world.open(path);
      opened.push(again);
      const guard = new ExpansionGuard();
      guard.allowSparse();
      return new ExactReader(new Peekable(await plainBytes(again.bytes, world.makeInflater, guard)));
    },
  });
  try {
    const { ova } = disks;
    if (ova === null) throw bad("an export with ova.xml", "none");
    const result: BootVm[] = [];
    for (const vm of vms) {
      const mine: OpenedDisk[] = [];
      for (const ref of ova.ofVms.get(vm.uuid ?? "") ?? []) {
        const disk = ova.disks.get(ref);
        if (disk?.isExported && disk.virtualBytes !== null)
          mine.push(await openDisk(ref, disks.disk(ref, disk.virtualBytes)));
      }
      if (mine.length > 0) result.push(await bootVm(vm, mine, settings, world));
    }
    if (result.length === 0) throw bad("an export with a disk of a VM", "metadata alone");
    return result;
  } finally {
    await disks.close();
    for (const one of opened) await one.close();
  }
}

async function bareDisk(
  source: ByteSource,
  head: Uint8Array,
  settings: BootSettings,
  world: World,
): Promise<BootVm[]> {
  const { readAt, size } = source;
  const start = Array.from(head.subarray(0, VHD_COOKIE.length), (byte) => String.fromCharCode(byte)).join("");
  if (start === VHD_COOKIE)
    throw bad("an export (XVA) or a raw disk", "a VHD, which varscope boot does not read");
  if (readAt === null || size === null || size < SECTOR_BYTES)
    throw bad("an export (XVA) or a raw disk", "neither");
  const whole = size - (size % SECTOR_BYTES);
  const disk = await openDisk("disk", {
    size: whole,
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
  });
  if (disk.table === null) throw bad("an export (XVA) or a raw disk with a partition table", "neither");
  if (settings.nvramPath === null) throw bad("--nvram FILE beside a bare disk", "none");
  const vms = await nvramsOf(settings.nvramPath, settings, world);
  const result: BootVm[] = [];
  for (const vm of vms) result.push(await bootVm(vm, [disk], settings, world));
  return result;
}

/** What is wrong with the NVRAM is not to be looked for in the disk. */
async function nvramsOf(path: string, settings: BootSettings, world: World): Promise<VmSource[]> {
  try {
    return await vmsOf(path, settings, world);
  } catch (error) {
    throw asParseError(error).within(`--nvram ${path}`);
  }
}

function bad(expected: string, found: string): ParseError {
  return new ParseError({ code: "unrecognised", expected, found });
}

async function bootVm(
  vm: VmSource,
  disks: readonly OpenedDisk[],
  { repair }: BootSettings,
  world: World,
): Promise<BootVm> {
  const outcome = vm.nvram?.daemonBytes == null ? null : repairVm(vm, "merge", repair);
  const vtpms = vm.fields.get("VTPMs");
  const scenarios = await bootScenarios({
    disks,
    nvram: vm.nvram?.daemonBytes ?? null,
    repaired: outcome?.kind === "repaired" ? outcome.bytes : null,
    secureBoot: vm.secureBoot,
    bootOrder: vm.fields.get("HVM_boot_params:order") ?? null,
    verifier: await world.verifier(),
    platform: world.platform,
  });
  return {
    uuid: vm.uuid,
    nameLabel: vm.nameLabel,
    secureBoot: vm.secureBoot,
    hasVtpm: vtpms === undefined ? null : vtpms !== "0",
    disks: disks.map(describeDisk),
    scenarios,
  };
}
