/** What varstored saved of a suspended VM, as a copy among the others of that VM. */
import type { VmSource } from "../model.ts";
import { nvramOfBlob } from "../nvram/nvram.ts";
import { secureBootFields } from "../records/secure-boot.ts";
import { NVRAM } from "../records/vm-record.ts";

/** `source` of the copy in an image by itself, and of that in the disk that a VM's `suspend_VDI` names. */
const SUSPEND_IMAGE = "suspend_image";
const SUSPEND_VDI = "suspend_VDI";

/**
 * True for a copy that varstored does not load at a start, but resumes from (varstored xapidb.c, xapidb_resume). It holds
 * volatile variables, too, and counts until the VM is shut down.
 */
export function isResumeFile({ source }: Pick<VmSource, "source">): boolean {
  return source === SUSPEND_IMAGE || source === SUSPEND_VDI;
}

const NO_DISK = "OpaqueRef:NULL";

/** True for the record of a suspended VM; told of its own NVRAM alone, so that each VM is told once. */
export function isSuspended(vm: Pick<VmSource, "source" | "fields">): boolean {
  return vm.source === NVRAM && suspendDiskOf(vm) !== null;
}

/**
 * True for the record of a suspended UEFI VM in an input of any kind, also where it does not name the disk. Not of an
 * export: one with that disk has the NVRAM in it as another copy, and without it there is nothing to resume from.
 */
export function isSuspendedRecord(vm: Pick<VmSource, "kind" | "source" | "firmware" | "fields">): boolean {
  const { kind, source, firmware, fields } = vm;
  if (kind === "snapshot" || kind === "template" || firmware !== "uefi") return false;
  if (source !== NVRAM && source !== `vm.${NVRAM}`) return false;
  return fields.get("power_state") === "Suspended" && !fields.has(NOT_EXPORTED) && !fields.has(EXPORTED);
}

/**
 * The disk with the VM's saved state, as the record names it; null for a VM that is not suspended, and for one that
 * boots by BIOS, whose state holds no NVRAM.
 */
export function suspendDiskOf({ fields }: Pick<VmSource, "fields">): string | null {
  if (fields.get("power_state") !== "Suspended" || fields.get("HVM_boot_params:firmware") !== "uefi")
    return null;
  const id = fields.get("suspend_VDI") ?? "";
  return id === "" || id === NO_DISK || fields.has(NOT_EXPORTED) ? null : id;
}

/** Stands among the fields of a record whose export has not the disk that it names. */
const NOT_EXPORTED = "suspend_VDI:missing";
/** The same where it has: what the saved state holds is a copy of its own. */
const EXPORTED = "suspend_VDI:exported";

/** True for a suspended VM of an export whose saved state is not in there; told of its own NVRAM alone. */
export function lacksSavedState(vm: Pick<VmSource, "source" | "fields">): boolean {
  return vm.source === NVRAM && vm.fields.has(NOT_EXPORTED);
}

/** `disks` are those that ova.xml describes, as an import looks them up (xapi ocaml/xapi/import.ml, VM.handle). */
export function withSavedStateLookedUp(vm: VmSource, disks: ReadonlySet<string>): VmSource {
  const { fields } = vm;
  const isThere = disks.has(fields.get("suspend_VDI") ?? "");
  if (vm.source !== NVRAM || fields.get("power_state") !== "Suspended") return vm;
  return { ...vm, fields: new Map(fields).set(isThere ? EXPORTED : NOT_EXPORTED, "true") };
}

/** Of an image by itself: nothing is known of its VM. */
export function copyOfImage(bytes: Uint8Array): VmSource {
  return {
    uuid: null,
    nameLabel: null,
    kind: "unknown",
    source: SUSPEND_IMAGE,
    firmware: null,
    secureBoot: null,
    fields: new Map(),
    nvram: nvramOfBlob(bytes),
  };
}

/** Of a disk in `vm`'s export. Other fields of the record are about the other copies: what xapi notes, it notes of those. */
export function copyOfSuspended(vm: VmSource, bytes: Uint8Array): VmSource {
  return { ...vm, source: SUSPEND_VDI, fields: secureBootFields(vm), nvram: nvramOfBlob(bytes) };
}
