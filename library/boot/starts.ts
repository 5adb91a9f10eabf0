/** What starts from the disks of a dump's copies, for those who ask about more than disks; or why nobody looked at them. */
import type { OpenedDisk } from "../../firmware/boot-manager.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { type BootReport, type FirmwareName, judgedBootOf } from "../../report/boot.ts";
import type { ErrorReport } from "../../report/error-report.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import type { JudgedBoot, LookedAtDisks } from "../../rules/boot/judged-boot.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { World } from "../world.ts";
import {
  answerOf,
  bootsOf,
  bootsOfAppliance,
  bootsOfBackup,
  eachExported,
  eachOfAppliance,
  eachOfBackup,
  isOwnCopy,
  notLookedAt,
  withoutAnswer,
} from "./boot.ts";

/** Of an archive's member: `bug.tar!vm.xva`. */
const MEMBER = "!";

type Read = Pick<Dump, "vms" | "format">;

/** For `analyze --boot`. */
export async function bootsOfDump(
  path: string,
  dump: Read,
  isMember: boolean,
  settings: RepairSettings,
  world: World,
): Promise<ReadonlyMap<VmSource, BootReport>> {
  const { format, vms } = dump;
  if (isMember || path === STANDARD_INPUT) return bootsNotLookedAt(path, dump, isMember);
  if (format === "xva") return bootsOf(path, vms, settings, world);
  if (format === "ova") return bootsOfAppliance(path, vms, settings, world);
  return isDeltaBackup(dump)
    ? bootsOfBackup(path, vms, settings, world)
    : bootsNotLookedAt(path, dump, isMember);
}

/** Its own metadata, not what a cache repeats of several. */
function isDeltaBackup({ vms }: Read): boolean {
  return vms.length > 0 && vms.every(({ backup }) => backup?.file === null && backup.needs.vhds.length > 0);
}

/** What is said of copies whose disks nobody can look at here. */
export function bootsNotLookedAt(
  path: string,
  { vms, format }: Pick<Dump, "vms"> & { readonly format: string | null },
  isMember: boolean,
): ReadonlyMap<VmSource, BootReport> {
  return new Map(
    vms.filter(isOwnCopy).map((vm) => [vm, withoutAnswer(notLookedAt(whyNot(path, vm, format, isMember)))]),
  );
}

function whyNot(path: string, { backup }: VmSource, format: string | null, isMember: boolean): string {
  const hasDisks = format === "xva" || format === "ova";
  if (hasDisks && isMember) return "it lies in an archive. Unpack it first, and name the export.";
  if (hasDisks && path === STANDARD_INPUT)
    return "disks are looked into more than once, which standard input cannot be. Save it to a file, and name that.";
  if (!isMember && backup !== undefined && backup.needs.vhds.length > 0)
    return `the disks of this backup lie beside it: ask varscope boot ${JSON.stringify(backup.file ?? path)}.`;
  if (backup?.xva != null)
    return `the disks of a full backup are in its export: name ${JSON.stringify(backup.xva)}.`;
  return "this input holds none; exports (XVA) do.";
}

/** For `explain`, where nobody asked for disks: those of exports, appliances and delta backups are looked at, of a compressed export no further than a limit. */
export async function lookedAtDisks(
  path: string,
  dump: Read,
  settings: RepairSettings,
  world: World,
): Promise<{
  readonly boots: ReadonlyMap<VmSource, JudgedBoot>;
  readonly disksOf: (vm: VmSource) => LookedAtDisks;
}> {
  const boots = new Map<VmSource, JudgedBoot>();
  const whys = new Map<VmSource, string>();
  await eachOfDump(path, dump, world, {
    use: async (vm, disks, firmware) => {
      const asked = { nvramPath: null, vmUuid: null, scenarios: null, repair: settings };
      const boot = judgedBootOf(await answerOf(vm, disks, firmware, asked, world), vm.secureBoot);
      if (boot !== null) boots.set(vm, boot);
    },
    failed: (vm, { message }) => whys.set(vm, message),
  });
  return { boots, disksOf: (vm) => ({ boot: boots.get(vm) ?? null, why: whys.get(vm) ?? null }) };
}

/** The copies of a dump, as far as somebody may look at their disks without having been asked to. */
export async function eachOfDump(
  path: string,
  dump: Read,
  world: World,
  of: {
    readonly use: (vm: VmSource, disks: readonly OpenedDisk[], firmware: FirmwareName) => Promise<void>;
    readonly failed: (vm: VmSource, error: ErrorReport) => void;
  },
): Promise<void> {
  const isMember = path.includes(MEMBER);
  if (!isMember && path !== STANDARD_INPUT) {
    const { vms, format } = dump;
    if (format === "xva") return eachExported(path, vms, world, PARSER_LIMITS.maxUnaskedExportBytes, of);
    if (format === "ova") return eachOfAppliance(path, vms, world, of);
    if (isDeltaBackup(dump)) return eachOfBackup(path, vms, world, of);
  }
  for (const [vm, { error }] of bootsNotLookedAt(path, dump, isMember))
    if (error !== null) of.failed(vm, error);
}
