/** What people have in hand when no rule is named: numbers of Windows events, names of errors of xapi. Not rules, explained like them. */
import { WINDOWS_EVENTS } from "../../rules/knowledge/windows-events.ts";
import { windowsSecureBootEvent } from "../../rules/windows-secure-boot-event.ts";

export interface Topic {
  readonly id: string;
  readonly title: string;
  /** On a host of XCP-ng or XenServer. */
  readonly means: string;
  readonly act: string;
  /** Ids of what to collect (`varscope ask ID`). */
  readonly asks: readonly string[];
  readonly ruleIds: readonly string[];
  readonly source: readonly string[];
}

const REFUSED = ["varstored-refused-nvram", "varstored-ended-unexplained", "start-failed-otherwise"];

const ERRORS: readonly Topic[] = [
  {
    id: "FAILED_TO_START_EMULATOR",
    title: "xapi: a program that a VM needs ended before the VM could start",
    means:
      'The second word behind it names the program. varstored, "Daemon exited unexpectedly": mostly varstored refused the NVRAM. varstored, "Timeout reached": the host was too busy. qemu-dm or "QMP failure": QEMU, not the NVRAM. swtpm: the state of the vTPM. vgpu, demu: the GPU\'s driver',
    act: "With varstored: look at its lines in daemon.log of that host, save the NVRAM, and analyze it. Else look at the lines of that program; the NVRAM needs no repair. Never delete the vTPM of a VM with BitLocker before its recovery key is at hand",
    asks: ["failed-start", "vm"],
    ruleIds: REFUSED,
    source: ["xen-api ocaml/idl/datamodel_errors.ml, FAILED_TO_START_EMULATOR", "xcp-ng/xcp issue 508"],
  },
  {
    id: "VM_SECURE_BOOT_FAILED",
    title: "xapi: the firmware refused the boot loader",
    means:
      "Secure Boot is on, and nothing in db trusts the boot loader of the disk, or dbx revokes it. The NVRAM loads",
    act: "Save the NVRAM, and analyze it: it tells which certificates of 2023 are missing, and what is revoked",
    asks: ["vm", "windows", "linux"],
    ruleIds: ["start-failed-otherwise", "db-2023-missing", "pca2011-revoked-without-successor"],
    source: ["xen-api ocaml/xapi-consts/api_messages.ml, VM_SECURE_BOOT_FAILED"],
  },
];

export const TOPICS: readonly Topic[] = [
  ...[...WINDOWS_EVENTS].map(([number, { means, act, ruleIds }]) => ({
    id: String(number),
    title: `Windows event ${number} of the source TPM-WMI`,
    means,
    act,
    asks: ["windows", "vm"],
    ruleIds: [windowsSecureBootEvent.meta.id, ...ruleIds],
    source: ["Microsoft KB5016061, Secure Boot DB and DBX variable update events", "Microsoft KB5083344"],
  })),
  ...ERRORS,
];

/** Null for what is none. */
export function topicNamed(word: string): Topic | null {
  return TOPICS.find(({ id }) => id === word.toUpperCase()) ?? null;
}
