/** Commands of a host as its own tools take them; `uuid` and `file` are words of a shell already. */

/**
 * The host's own script: `/usr/sbin/fix-efivars.py` of the package varstored from 1.2.0-3.3 on (xcp-ng-rpms/varstored
 * SPECS/varstored.spec), `/usr/bin/fix-efivars` of xcp-ng/xcp-efivar-utils since mid 2026, where the other one is gone.
 * Arguments are the same.
 */
const HOST_SCRIPT = "$(command -v fix-efivars || echo /usr/sbin/fix-efivars.py)";

/** A command of the host's own script; `words` are words of a shell already. */
export function hostScript(words: string): string {
  return `${HOST_SCRIPT} ${words}`;
}

/** Linux, include/uapi/linux/binfmts.h, MAX_ARG_STRLEN: one argument with its NUL. */
export const MAX_ARGUMENT_BYTES = 131_072;

/** Records that `xe` reads and writes by commands of the same form (xapi ocaml/xapi-cli-server/records.ml). */
export type XeRecord = "vm" | "template";

/** Bytes of base64 text for this many bytes of blob. */
export function textBytes(blobBytes: number): number {
  return 4 * Math.ceil(blobBytes / 3);
}

/** What `xe` would be given as one argument, with its NUL. */
export function xeArgumentBytes(blobBytes: number): number {
  return "EFI-variables=".length + textBytes(blobBytes) + 1;
}

export function fitsXeArgument(blobBytes: number): boolean {
  return xeArgumentBytes(blobBytes) <= MAX_ARGUMENT_BYTES;
}

/**
 * What to do where a VM does not run as it is asked to shut down: xapi takes that of a running one alone (xen-api
 * ocaml/xapi/xapi_vm_lifecycle.ml, allowed_power_states).
 */
export const WHERE_NOT_RUNNING: string =
  "Suspended: resume it first (xe vm-resume), because its NVRAM lies in the saved state; paused: xe vm-unpause first.";

/**
 * A shutdown asks the guest, and no guest answers while the firmware, its shell or its menu is on the screen: a VM that lost its
 * NVRAM or its boot entries stands there.
 */
export const WHERE_IN_FIRMWARE: string =
  "A running VM that stands in its firmware answers to vm-shutdown with force=true alone.";

/** fix-efivars.py, restore_backup: a file with base64 in one line, without a newline; the VM has to be halted. */
export function restoreCommand(uuid: string, file: string): string {
  return hostScript(`restore-efivar-backup ${uuid} --restore-from ${file}`);
}

/** `xe vm-param-set` does the same two steps inside (records.ml: NVRAM has add_to_map and remove_from_map alone). */
export function xeWriteCommands(uuid: string, file: string, record: XeRecord = "vm"): string[] {
  return [
    `xe ${record}-param-remove uuid=${uuid} param-name=NVRAM param-key=EFI-variables`,
    `xe ${record}-param-add uuid=${uuid} param-name=NVRAM EFI-variables="$(cat ${file})"`,
  ];
}

/** The text alone; `--minimal` leaves the newline away, which the host's script would refuse. */
export function xeRemoveCommand(uuid: string, record: XeRecord = "vm"): string {
  return `xe ${record}-param-remove uuid=${uuid} param-name=NVRAM param-key=EFI-variables`;
}

export function xeReadCommand(uuid: string, record: XeRecord = "vm"): string {
  return `xe ${record}-param-get uuid=${uuid} param-name=NVRAM param-key=EFI-variables --minimal`;
}

/** A copy that is only looked at, under a name that the next command can say. */
export function lookCommand(uuid: string): string {
  return `${xeReadCommand(uuid)} > ${lookFile(uuid)}`;
}

/** Brings it to where varscope runs. */
export function fetchLook(uuid: string): string {
  return `scp root@HOST:${lookFile(uuid)} .`;
}

function lookFile(uuid: string): string {
  return `/root/${uuid}.efivars.b64`;
}

/** Seconds: no backup takes the place of another. */
export const NOW = "$(date +%s)";

/** Saves the NVRAM into the home of root, under a name with the UUID and `mark`. */
export function saveCommand(uuid: string, mark: string = NOW, record: XeRecord = "vm"): string {
  return `${xeReadCommand(uuid, record)} > /root/${uuid}.${mark}.efivars.b64`;
}
