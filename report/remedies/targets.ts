/** The VMs that steps are typed for: one by its UUID, several in one loop, one without a UUID by a variable that is set first. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { shellWord } from "../render/shell.ts";
import { type NextStep, type Patient, type Subject, step } from "./remedy.ts";

/** Set by the step that looks the VM up, or by the loop. */
const VARIABLE = '"$vm"';

export interface Targets {
  /** What has to be done before the first command; empty where UUIDs are known. */
  readonly prelude: readonly NextStep[];
  /** The command for each of them, in one line. */
  readonly each: (command: (uuid: string) => string) => string;
  readonly isMany: boolean;
  /** Whether the record of one of them says that it is suspended. */
  readonly isSuspended: boolean;
}

export function targetsOf({ patients, more }: Subject, record: "vm" | "template" = "vm"): Targets {
  const uuids = plainUuids({ patients });
  const [only] = uuids;
  const isSuspended = patients.some((patient) => patient.isSuspended === true);
  if (only === undefined) return { ...nameless(patients[0].nameLabel, record), isSuspended };
  if (uuids.length === 1 && more === 0)
    return { prelude: [], each: (command) => command(only), isMany: false, isSuspended };
  return {
    prelude: [],
    each: (command) => `for vm in ${uuids.join(" ")}; do ${command(VARIABLE)}; done`,
    isMany: true,
    isSuspended,
  };
}

function nameless(nameLabel: string | null, record: "vm" | "template"): Omit<Targets, "isSuspended"> {
  const commands =
    nameLabel === null || nameLabel === ""
      ? [`xe ${record}-list params=uuid,name-label`, "vm=UUID"]
      : [`vm=$(xe ${record}-list name-label=${shellWord(nameLabel)} params=uuid --minimal)`, 'echo "$vm"'];
  const look = step("pool-master", "Find the VM's UUID, which the input does not tell", commands, {
    expect: "One UUID. Make sure that it is the VM that the NVRAM was taken from.",
  });
  return { prelude: [look], each: (command) => command(VARIABLE), isMany: false };
}

/** Whose NVRAM a host reads and writes: the snapshot that a backup was made of is gone, or stands beside its VM. */
export function targetUuid({ uuid, vmUuid }: Pick<Patient, "uuid" | "vmUuid">): string | null {
  return vmUuid ?? uuid;
}

/** Of the VMs that hosts are told; empty where none is known. */
export function plainUuids({ patients }: Pick<Subject, "patients">): string[] {
  const uuids = patients.map((patient) => targetUuid(patient)?.toLowerCase() ?? null);
  return [...new Set(uuids.filter(isPlainUuid))];
}
