import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { askedSecureBoot, poolSetRepair } from "./engine/asked-secure-boot.ts";
import type { BlobRule } from "./engine/rule.ts";

export const setupModeWithSecureBoot: BlobRule = {
  meta: {
    id: "setup-mode-with-secure-boot",
    title: "Secure Boot is asked for, but there is no PK",
    severity: "error",
    breaks: "secure-boot",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for an NVRAM without PK whose VM has platform:secureboot set to true, or to auto, which means true wherever the pool has certificates.",
      why: "Without a PK the firmware is in setup mode: the daemon reports SecureBoot as 0 whatever the platform asks for. The guest starts without any check of signatures, although its settings say otherwise, and everything in the guest may write KEK, db and dbx. This is so on every version.",
      repair:
        "None is applied, because keys would have to be invented. On the host, with the VM halted and its NVRAM saved: look at the pool's set (secureboot-certs report), then varstore-sb-state UUID user writes PK, KEK, db and dbx anew from it. Look at varstore-ls afterwards: the tool ends with 0 even where it failed. Or restore a backup that has the own keys.",
      notAFault:
        "A VM that has never been started has no EFI variables at all: the daemon fills in the keys at its first start. Without secureboot on the platform, setup mode is a choice. With auto it is a warning where the pool is not known: a pool without certificates does not ask for Secure Boot.",
      references: [
        "varstored handler.c, setup_variables",
        "varstored varstored.c, initialize_settings (the value is compared with exactly true)",
        "xapi ocaml/xapi/xapi_vm.ml, update_platform_secureboot (auto)",
        "varstored tools/varstore-sb-state.c",
      ],
    },
  },
  topics: ["start-windows", "start-linux", "write-pk", "write-db"],
  message: ({ variables, setting }) =>
    `The platform asks for Secure Boot${setting === "auto" ? " where the pool has certificates (auto)" : ""}, but none of the ${variables} variables is PK: the guest starts in setup mode, without Secure Boot.`,
  on: "blob",
  *detect({ variables, stop }, { vm }) {
    const setting = askedSecureBoot(vm);
    // What cannot be read to its end may hold a PK.
    if (setting === null || stop !== null) return;
    if (variables.some((variable) => secureBootName(variable) === "PK")) return;
    yield {
      path: "",
      span: null,
      facts: { variables: variables.length, setting },
      ...(setting === "auto" ? { severity: "warning" as const } : {}),
      repair: poolSetRepair(vm),
    };
  },
};
