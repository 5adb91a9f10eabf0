/** Why a start failed: a bug report of the host. */
import { step } from "../remedies/remedy.ts";
import { fetchLook, lookCommand } from "../runbook/host-commands.ts";
import type { Ask } from "./ask.ts";

export const failedStart: Ask = {
  id: "failed-start",
  question: "Why did a VM not start?",
  tells: "What varstored and xapi said, and which packages the host has and had.",
  lacks: "The NVRAM: a bug report has it taken out by design. Ask for both.",
  caution: "A bug report holds names, addresses and logs of the whole host.",
  words: [
    "start",
    "starts",
    "failed",
    "fail",
    "fails",
    "failed_to_start_emulator",
    "emulator",
    "varstored",
    "qemu",
    "swtpm",
    "log",
    "logs",
    "why",
    "not",
    "bug",
    "report",
    "vm_secure_boot_failed",
    "error",
  ],
  ways: [
    step("host", "Make a bug report where the start failed", ["xen-bugtool --yestoall"], {
      expect: "It prints the name (NAME) of an archive in /var/opt/xen/bug-report.",
    }),
    step("pool-master", "And save the NVRAM of the VM, which the report does not have", [
      lookCommand("UUID"),
    ]),
    step("xen-orchestra", "Without a shell: Host, Advanced, Download system logs", [], {
      expect: "A .tgz with logs, without NVRAMs.",
    }),
    step("host", "If there is no time for either: what varstored said", [
      "grep -E 'varstored-[0-9]+' /var/log/daemon.log*",
    ]),
  ],
  fetch: ["scp root@HOST:/var/opt/xen/bug-report/NAME .", fetchLook("UUID")],
  command: "analyze NAME UUID.efivars.b64",
  source: ["xen-api ocaml/idl/datamodel_errors.ml, FAILED_TO_START_EMULATOR", "xenserver/status-report"],
};
