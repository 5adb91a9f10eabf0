/** What to do about VMs that have lost their NVRAM: find an older one, write it back before the next start, or live without. */

import { isPlainUuid } from "../../parsers/uuid.ts";
import type { InputReport } from "../input.ts";
import { copyStems, inputStem } from "../output-names.ts";
import { programCall } from "../program-call.ts";
import { restoreCommand } from "../runbook/host-commands.ts";
import type { VmReport } from "../vm.ts";
import type { Step } from "./next-steps.ts";
import { clip, printable } from "./printable.ts";
import { shellPath } from "./shell.ts";
import { counted } from "./text.ts";

const LOST = "nvram-lost";
const MAX_VMS = 3;
const NO_UUID = "<VM uuid>";

/** Empty where no VM has lost its NVRAM. */
export function lostSteps(report: Pick<InputReport, "path" | "vms">): Step[] {
  const lost = report.vms.filter(
    ({ kind, findings }) => kind === "vm" && findings.some(({ ruleId }) => ruleId === LOST),
  );
  if (lost.length === 0) return [];
  const more = lost.length - MAX_VMS;
  const others = more > 0 ? ` ${counted(more, "more VM needs", "more VMs need")} the like.` : "";
  return [
    ...lost.slice(0, MAX_VMS).flatMap((vm) => stepsFor(vm, report)),
    {
      text: `Where no older NVRAM is to be had: start the VM. Its firmware tries \\EFI\\BOOT\\BOOTX64.EFI of the disk; else choose the boot loader once in the UEFI shell or the firmware's menu, and make the boot entry anew in the guest (efibootmgr, bcdboot). Have the recovery keys of encrypted disks at hand.${others}`,
      commands: [],
    },
  ];
}

function stepsFor(vm: VmReport, { path, vms }: Pick<InputReport, "path" | "vms">): Step[] {
  const name = clip(printable(vm.nameLabel ?? vm.uuid ?? "this VM"), 60);
  const uuid = isPlainUuid(vm.uuid) ? vm.uuid : NO_UUID;
  const holder = holderOf(vm, vms);
  const file = `${uuid === NO_UUID ? "NAME" : uuid.toLowerCase()}.efivars.b64`;
  const wasStarted = vm.findings.some(({ ruleId, breaks }) => ruleId === LOST && breaks !== null);
  const lead = wasStarted
    ? `Do not start ${name} before an older NVRAM of it is looked for`
    : `If ${name} ever ran, look for an older NVRAM of it before it is started`;
  const [stem = ""] = holder === null ? [] : copyStems(inputStem(path), [holder]);
  const found =
    holder === null
      ? {
          text: `${lead}, in the folder of its backups (BACKUPS):`,
          commands: [`${programCall()} extract BACKUPS --out good --last-good`],
        }
      : {
          text: `${lead}: its snapshot in the same file has one.`,
          commands: [
            `${programCall()} extract ${shellPath(path)} --out good --vm ${holder.uuid} --source ${shellPath(holder.source)}`,
            `base64 -w0 good/${stem}.vars > good/${file}`,
          ],
        };
  return [
    found,
    {
      text: "Copy it to the host, and run there with the VM halted:",
      commands: [restoreCommand(shellWord(uuid), `good/${file}`)],
    },
  ];
}

/** The snapshot's copy that the finding names. */
function holderOf(vm: VmReport, vms: readonly VmReport[]): VmReport | null {
  const source = vm.findings.find(({ ruleId }) => ruleId === LOST)?.facts["inSnapshot"];
  const holders = vms.filter(
    (one) => one.source === source && one.backup?.timestamp === vm.backup?.timestamp && isPlainUuid(one.uuid),
  );
  // Several of them leave open which one is meant.
  return holders.length === 1 ? (holders[0] ?? null) : null;
}

function shellWord(uuid: string): string {
  return uuid === NO_UUID ? uuid : shellPath(uuid);
}
