/**
 * Files of efivarfs, as a Linux guest shows its variables: named `NAME-GUID`, 4 bytes of attributes and the data (Linux,
 * Documentation/filesystems/efivarfs.rst, fs/efivarfs/file.c).
 */
import { viewOf } from "../bytes.ts";
import { EFI_VARIABLE_BOOTSERVICE_ACCESS, EFI_VARIABLE_RUNTIME_ACCESS } from "../efi/attributes.ts";
import { signatureVariableKind } from "../efi/signature-variables.ts";
import { EFI_GLOBAL_VARIABLE } from "../guids.ts";
import type { SeenVariable } from "./view.ts";

const ATTRIBUTES_BYTES = 4;
/** NV, BS, RT, HR, AW, AT, append, enhanced (UEFI 2.10 §8.2). */
const KNOWN_ATTRIBUTES = 0xff;

const FILE_NAME = /^(?<name>[^/]+)-(?<guid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

interface VariableName {
  readonly name: string;
  readonly vendorGuid: string;
}

/** Null for a file that is called like none of them. `file` has no folder. */
export function efivarfsName(file: string): VariableName | null {
  const { name, guid } = FILE_NAME.exec(file)?.groups ?? {};
  return name === undefined || guid === undefined ? null : { name, vendorGuid: guid.toLowerCase() };
}

/** Of the firmware's own: what every guest has some of, and nobody calls another file. */
const GLOBAL_NAME =
  /^(?:Boot(?:Order|Current|Next|[0-9A-F]{4}|OptionSupport)|Con(?:In|Out)(?:Dev)?|ErrOut(?:Dev)?|Lang(?:Codes)?|PlatformLang(?:Codes)?|Timeout|SecureBoot|SetupMode|AuditMode|DeployedMode|SignatureSupport|VendorKeys|OsIndications(?:Supported)?|Key[0-9A-F]{4}|PlatformRecovery[0-9A-F]{4})$/;

/** A folder with such a file is a guest's view. */
export function isTellingName(file: string): boolean {
  const parsed = efivarfsName(file);
  if (parsed === null) return false;
  const { name, vendorGuid } = parsed;
  if (vendorGuid === EFI_GLOBAL_VARIABLE && GLOBAL_NAME.test(name)) return true;
  return signatureVariableKind({ name, nameIsValid: true, vendorGuid }) !== null;
}

/** Whether bytes begin as attributes of a variable that a guest can see do; `head` is the beginning of a file. */
export function hasAttributes(head: Uint8Array): boolean {
  if (head.length < ATTRIBUTES_BYTES) return false;
  const attributes = viewOf(head).getUint32(0, true);
  const needed = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;
  return (attributes & needed) === needed && attributes <= KNOWN_ATTRIBUTES;
}

/** Null where the bytes are none of a variable. */
export function readEfivarfsFile({ name, vendorGuid }: VariableName, bytes: Uint8Array): SeenVariable | null {
  if (!hasAttributes(bytes)) return null;
  const attributes = viewOf(bytes).getUint32(0, true);
  return { name, vendorGuid, attributes, data: bytes.subarray(ATTRIBUTES_BYTES) };
}
