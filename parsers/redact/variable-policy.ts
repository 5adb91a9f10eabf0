/** What becomes of a variable: names and data that say nothing of a machine are listed, everything else is replaced. */

import { readSignatureDatabase } from "../efi/signature-list.ts";
import { signatureVariableKind } from "../efi/signature-variables.ts";
import { EFI_GLOBAL_VARIABLE, guidNamed, MICROSOFT_OWNER, SHIM_LOCK } from "../guids.ts";
import type { EfiVariable } from "../model.ts";

/** keep: the data stays; text: its words go; anything unknown keeps its shape alone. */
export type DataPolicy = "keep" | "load-option" | "device-path" | "shape";

/** Of the UEFI specification (2.10 §3.3): numbers, switches, languages and lists of numbers. */
const GLOBAL_DATA =
  /^(?:(?:Boot|Driver|SysPrep)Order|BootNext|BootCurrent|Timeout|(?:Platform)?Lang(?:Codes)?|OsIndications(?:Supported)?|BootOptionSupport|SetupMode|SecureBoot|AuditMode|DeployedMode|VendorKeys|SignatureSupport|CryptoIndications|Key[0-9A-F]{4}|(?:PK|KEK|db|dbx|dbt|dbr)Default|HwErrRecSupport|PlatformRecovery[0-9A-F]{4}Support)$/;
const LOAD_OPTION = /^(?:Boot|Driver|SysPrep|PlatformRecovery|OsRecovery)[0-9A-F]{4}$/;
const CONSOLE = /^(?:Con(?:In|Out)|ErrOut)(?:Dev)?$/;
/** shim's switches and levels; its passwords (MokPW, MokAuth) are not among them. */
const SHIM_DATA =
  /^(?:SbatLevel(?:RT)?(?:_DEVEL)?|MokSBState(?:RT)?|MokDBState|MokIgnoreDB|MokListTrusted(?:RT|New)?|MokPolicy(?:RT)?|SbatPolicy|SSPPolicy|MokTimeout)$/;

const KNOWN_DATA: ReadonlyMap<string, RegExp> = new Map([
  [EFI_GLOBAL_VARIABLE, GLOBAL_DATA],
  [SHIM_LOCK, SHIM_DATA],
  [MICROSOFT_OWNER, /^WindowsBootChainSvn$/],
  [guidNamed("MTC_VENDOR"), /^MTC$/],
  [guidNamed("MEMORY_TYPE_INFORMATION"), /^MemoryTypeInformation$/],
  [guidNamed("VAR_ERROR_FLAG"), /^VarErrorFlag$/],
  [guidNamed("SECURE_BOOT_ENABLE_DISABLE"), /^SecureBootEnable$/],
  [guidNamed("CUSTOM_MODE_ENABLE"), /^CustomMode$/],
  [guidNamed("VENDOR_KEYS_NV"), /^VendorKeysNv$/],
  [guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"), /^MemoryOverwriteRequestControl$/],
  [guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"), /^MemoryOverwriteRequestControlLock$/],
  [guidNamed("XEN_PPI"), /^(?:PPIBuffer|Tcg2PhysicalPresenceFlags(?:Lock)?)$/],
]);

/** Names that belong to firmware, whatever their vendor; what they hold is judged apart. */
const KNOWN_NAMES =
  /^(?:PK|KEK|db|dbx|dbt|dbr|certdb|certdbv|HwErrRec[0-9A-F]{4}|dump-type\d+-\d+-\d+-\d+(?:-[A-Z])?|Mok[A-Za-z]{0,16}\d*|InitiatorName|PlatformConfig|Loader[A-Za-z]{1,24}|Stub[A-Za-z]{1,24}|fwupd-[A-Za-z-]{1,24}|CurrentPolicy|UnlockID(?:Copy)?|OfflineUniqueID[A-Za-z]{0,16}|Attempt \d{1,2}|Iscsi[A-Za-z]{1,16})$/;
/** So short a name tells nothing, and its letters may be the point of a finding. */
const MAX_SHORT_NAME = 3;
const PADDING = /^[\s\0]+|[\s\0]+$/g;

type Named = Pick<EfiVariable, "name" | "nameIsValid" | "vendorGuid">;

export function keepsName({ name, vendorGuid }: Named): boolean {
  const bare = name.replace(PADDING, "");
  if (bare.length <= MAX_SHORT_NAME || KNOWN_NAMES.test(bare)) return true;
  if (KNOWN_DATA.get(vendorGuid)?.test(bare) === true) return true;
  return vendorGuid === EFI_GLOBAL_VARIABLE && (LOAD_OPTION.test(bare) || CONSOLE.test(bare));
}

export function dataPolicy(variable: Named & Pick<EfiVariable, "data">): DataPolicy {
  const { name, vendorGuid, data } = variable;
  if (signatureVariableKind(variable) !== null || KNOWN_DATA.get(vendorGuid)?.test(name) === true)
    return "keep";
  if (vendorGuid === EFI_GLOBAL_VARIABLE && LOAD_OPTION.test(name)) return "load-option";
  if (vendorGuid === EFI_GLOBAL_VARIABLE && CONSOLE.test(name)) return "device-path";
  return isSignatureDatabase(data) ? "keep" : "shape";
}

/** Keys under a name that is not theirs: the lists explain every byte. */
function isSignatureDatabase(data: Uint8Array): boolean {
  const { lists, fault } = readSignatureDatabase(data);
  return lists.length > 0 && fault === null;
}
