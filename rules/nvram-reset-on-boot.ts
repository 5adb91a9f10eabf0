import { shortName } from "../parsers/efi/short-name.ts";
import { uuidInCommand } from "../parsers/uuid.ts";
import type { RecordRule } from "./engine/rule.ts";

export const ON_BOOT = "EFI-variables-on-boot";
const BACKEND = "EFI-variables-backend";
const PERSIST = "persist";
export const RESET = "reset";
const DEFAULT_BACKEND = "xapidb";

export const nvramResetOnBoot: RecordRule = {
  meta: {
    id: "nvram-reset-on-boot",
    title: "The host does not keep this NVRAM as usual",
    severity: "warning",
    breaks: "restore",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks at the other two keys of the NVRAM map: EFI-variables-on-boot, which should be persist or absent, and EFI-variables-backend, which should be xapidb or absent.",
      why: "With reset the daemon is started without saving: every start begins with the stored variables, and what the guest changes is gone at its end, updates of dbx and boot entries among them. Any other value than persist and reset stops the start with INVALID_VALUE. Another backend keeps the variables somewhere else, where a repaired NVRAM is not looked at.",
      repair:
        "None is applied: the keys stand in the VM's record, not in the blob. With the VM halted, the command in the finding removes the key, so that the default holds.",
      notAFault:
        "VMs that are meant to forget everything, such as those of a class room, have reset on purpose.",
      references: [
        "xapi ocaml/xapi/xapi_xenops.ml, nvram_uefi_of_vm",
        "varstored varstored.c, --nonpersistent",
      ],
    },
  },
  message: ({ key, value, consequence }) => `${key} is ${JSON.stringify(value)}: ${consequence}.`,
  on: "record",
  *detect(vm) {
    // BIOS reads none of the map.
    if (vm.firmware === "bios") return;
    const get = (key: string) => vm.nvram?.otherKeys.get(key) ?? vm.fields.get(`NVRAM:${key}`);
    const onBoot = get(ON_BOOT);
    const repair = (key: string) => ({
      applicability: "manual" as const,
      title: `Halt the VM, then: xe vm-param-remove uuid=${uuidInCommand(vm.uuid)} param-name=NVRAM param-key=${key}`,
      patches: [],
    });
    if (onBoot === RESET) {
      const consequence = "what the guest changes is forgotten at every start";
      yield {
        path: "",
        span: null,
        facts: { key: ON_BOOT, value: onBoot, consequence },
        repair: repair(ON_BOOT),
      };
    } else if (onBoot !== undefined && onBoot !== PERSIST) {
      const facts = {
        key: ON_BOOT,
        value: shortName(onBoot),
        consequence: "XAPI refuses to start the VM (INVALID_VALUE)",
      };
      yield { path: "", span: null, facts, severity: "error", breaks: "start", repair: repair(ON_BOOT) };
    }
    const backend = get(BACKEND);
    if (backend === undefined || backend === DEFAULT_BACKEND) return;
    const facts = {
      key: BACKEND,
      value: shortName(backend),
      consequence: `the variables may be kept elsewhere than in ${DEFAULT_BACKEND}`,
    };
    yield { path: "", span: null, facts, severity: "info", breaks: null };
  },
};
