/**
 * What the data of well-known variables means, by name and GUID. Sources: UEFI 2.10 §3.3 (globally defined variables) and
 * §8.5.4 (OsIndications); edk2 headers of MdePkg, MdeModulePkg, SecurityPkg and OvmfPkg; shim mok.c, sbat.c; the TCG's
 * Platform Reset Attack Mitigation; systemd's boot loader interface.
 */
import { EFI_GLOBAL_VARIABLE, guidNamed, MICROSOFT_OWNER, SHIM_LOCK } from "../guids.ts";
import { VARSTORED_LIMITS } from "../limits.ts";
import type { EfiVariable } from "../model.ts";
import {
  asciiText,
  char16Text,
  type Decode,
  type DecodedData,
  devicePath,
  flags,
  guids,
  loadOption,
  loadOptionList,
  memoryTypes,
  number,
  quantity,
  sbatLevel,
} from "./decoded-data.ts";

/** Names compare exactly, case included. */
type Forms = readonly (readonly [names: RegExp, decode: Decode])[];

const SWITCH = { "0": "off", "1": "on" };
const SBAT_POLICY = { "1": "latest", "2": "automatic", "3": "reset" };

const GLOBAL: Forms = [
  [/^(Boot|Driver|SysPrep|PlatformRecovery|OsRecovery)[0-9A-F]{4}$/, loadOption],
  [/^Boot(Order|Next|Current)$/, loadOptionList("Boot")],
  [/^DriverOrder$/, loadOptionList("Driver")],
  [/^SysPrepOrder$/, loadOptionList("SysPrep")],
  [/^(Con(In|Out)|ErrOut)(Dev)?$/, devicePath],
  [/^(Platform)?Lang(Codes)?$/, asciiText],
  [/^Timeout$/, quantity(2, "seconds")],
  [/^(SetupMode|AuditMode|DeployedMode|SecureBoot|VendorKeys|devAuthBoot)$/, number(1, SWITCH)],
  [/^HwErrRecSupport$/, quantity(2, "levels")],
  [/^(SignatureSupport|OsRecoveryOrder)$/, guids],
  [
    /^OsIndications(Supported)?$/,
    flags(8, {
      "boot-to-firmware-ui": 0x01,
      "timestamp-revocation": 0x02,
      "file-capsule-delivery": 0x04,
      "fmp-capsule": 0x08,
      "capsule-result-variable": 0x10,
      "start-os-recovery": 0x20,
      "start-platform-recovery": 0x40,
      "json-config-data-refresh": 0x80,
    }),
  ],
  [
    /^BootOptionSupport$/,
    flags(4, { key: 0x01, application: 0x02, sysprep: 0x10, "1-key": 0x100, "2-keys": 0x200 }),
  ],
];

const SHIM: Forms = [
  [/^SbatLevel(RT)?(_DEVEL)?$/, sbatLevel],
  [/^MokSBState(RT)?$/, number(1, { "0": "shim verifies signatures", "1": "shim verifies nothing" })],
  [/^(MokDBState|MokIgnoreDB)$/, number(1, { "0": "shim trusts db", "1": "shim passes over db" })],
  [/^MokListTrusted(RT|New)?$/, number(1, { "0": "off", "1": "the kernel trusts MokList" })],
  [/^MokPolicy(RT)?$/, flags(1, { "require-nx": 0x01 })],
  [/^(Sbat|SSP)Policy$/, number(1, SBAT_POLICY)],
  [/^MokTimeout$/, number(2, { "65535": "waits for a key" })],
];

const FORMS: ReadonlyMap<string, Forms> = new Map([
  [EFI_GLOBAL_VARIABLE, GLOBAL],
  [SHIM_LOCK, SHIM],
  [guidNamed("MTC_VENDOR"), [[/^MTC$/, number(4)]]],
  [guidNamed("MEMORY_TYPE_INFORMATION"), [[/^MemoryTypeInformation$/, memoryTypes]]],
  [
    guidNamed("VAR_ERROR_FLAG"),
    [
      [
        /^VarErrorFlag$/,
        number(1, {
          "255": "no error",
          "254": "full by users' writes",
          "239": "full by the system's writes",
        }),
      ],
    ],
  ],
  [guidNamed("SECURE_BOOT_ENABLE_DISABLE"), [[/^SecureBootEnable$/, number(1, SWITCH)]]],
  [guidNamed("CUSTOM_MODE_ENABLE"), [[/^CustomMode$/, number(1, { "0": "standard", "1": "custom" })]]],
  [guidNamed("VENDOR_KEYS_NV"), [[/^VendorKeysNv$/, number(1, { "0": "changed", "1": "the vendor's" })]]],
  [
    guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"),
    [[/^MemoryOverwriteRequestControl$/, flags(1, { "clear-memory": 0x01, "no-automatic-detection": 0x10 })]],
  ],
  [
    guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"),
    [
      [
        /^MemoryOverwriteRequestControlLock$/,
        number(1, { "0": "unlocked", "1": "locked", "2": "locked with a key" }),
      ],
    ],
  ],
  [
    guidNamed("XEN_PPI"),
    [[/^Tcg2PhysicalPresenceFlagsLock$/, number(1, { "0": "unlocked", "1": "locked" })]],
  ],
  [guidNamed("ISCSI_INITIATOR_NAME"), [[/^InitiatorName$/, asciiText]]],
  [guidNamed("SHELL_INT"), [[/^/, char16Text]]],
  [guidNamed("SHELL_ALIAS"), [[/^/, char16Text]]],
  [guidNamed("SHELL_VARIABLE"), [[/^/, char16Text]]],
  [
    guidNamed("SYSTEMD_BOOT_LOADER"),
    [
      [/^Loader(Features|SystemToken|RandomSeed)$/, () => null],
      [/^(Loader|Stub)/, char16Text],
    ],
  ],
  [MICROSOFT_OWNER, [[/^WindowsBootChainSvn$/, number(4)]]],
]);

/**
 * Null for a variable of no known form, for data that has not the form of its variable, and for more data than the daemon
 * would keep.
 */
export function decodeVariable({ name, nameIsValid, vendorGuid, data }: EfiVariable): DecodedData | null {
  if (!nameIsValid || data.length > VARSTORED_LIMITS.DATA_LIMIT) return null;
  const form = FORMS.get(vendorGuid)?.find(([names]) => names.test(name));
  return form === undefined ? null : form[1](data);
}
