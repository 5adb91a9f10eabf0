/** Names in a runbook, as words of a shell. */
import { basename } from "../../parsers/paths.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import { shellPath, shellWord } from "../render/shell.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";

/** Where files lie on the host: the home of root. */
const HOST_FOLDER = "/root";
/** Set by the step that looks the VM up, or by the one that imports it. */
export const VM_VARIABLE = '"$vm"';

type Vm = RunbookSubject["vm"];

/** The VM's UUID, or the variable that holds it. */
export function uuidWord({ uuid }: Vm): string {
  return uuid === null ? VM_VARIABLE : shellPath(uuid);
}

/** Sets the variable for a VM whose UUID the input does not tell. */
export function lookUpSteps({ uuid, nameLabel }: Vm): RunbookStep[] {
  if (uuid !== null) return [];
  const note =
    "The input does not tell the UUID, so make sure that it is the VM which the NVRAM was taken from.";
  const commands =
    nameLabel === null || nameLabel === ""
      ? ["xe vm-list is-control-domain=false params=uuid,name-label", "vm=UUID-OF-THE-VM"]
      : [`vm=$(xe vm-list name-label=${shellWord(nameLabel)} params=uuid --minimal)`, 'echo "$vm"'];
  return [{ title: "Find the VM", machine: "host", commands, note }];
}

/** A file on the host that came from, or goes to, the workstation under the same name. */
export function hostFile(name: string): string {
  return shellPath(`${HOST_FOLDER}/${basename(name)}`);
}

/** A name that tells the VM, for what is saved on the host. */
export function savedName(vm: Vm, what: string): string {
  return `${isPlainUuid(vm.uuid) ? vm.uuid : "vm"}.${what}.efivars.b64`;
}

export function toHost(file: string): string {
  return `scp ${scpPath(file)} root@HOST:${HOST_FOLDER}/`;
}

export function fromHost(name: string): string {
  return `scp root@HOST:${HOST_FOLDER}/${name} .`;
}

/** scp takes what stands before a colon for a host, unless a slash stands before it. */
function scpPath(file: string): string {
  return shellPath(file.includes(":") && !file.startsWith("/") ? `./${file}` : file);
}
