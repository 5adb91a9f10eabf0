/** Variables that varstored knows by name (handler.c, mor.c). Names compare byte by byte, always with their GUID. */
import { equalBytes } from "../parsers/bytes.ts";
import { char16Bytes } from "../parsers/efi/char16.ts";
import { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE, guidNamed } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";

export type VariableId = Pick<EfiVariable, "nameBytes" | "vendorGuid">;

export type SecureBootVariable = "PK" | "KEK" | "db" | "dbx" | "dbt";
/** In the order in which the signature of an update is checked against their names. */
export const SECURE_BOOT_VARIABLES: readonly SecureBootVariable[] = ["PK", "KEK", "db", "dbx", "dbt"];

export function idOf(name: string, vendorGuid: string): VariableId {
  return { nameBytes: char16Bytes(name), vendorGuid };
}

const XEN_PPI = guidNamed("XEN_PPI");

export const PK: VariableId = idOf("PK", EFI_GLOBAL_VARIABLE);
export const KEK: VariableId = idOf("KEK", EFI_GLOBAL_VARIABLE);
export const SETUP_MODE: VariableId = idOf("SetupMode", EFI_GLOBAL_VARIABLE);
export const AUDIT_MODE: VariableId = idOf("AuditMode", EFI_GLOBAL_VARIABLE);
export const DEPLOYED_MODE: VariableId = idOf("DeployedMode", EFI_GLOBAL_VARIABLE);
export const SECURE_BOOT: VariableId = idOf("SecureBoot", EFI_GLOBAL_VARIABLE);
export const SIGNATURE_SUPPORT: VariableId = idOf("SignatureSupport", EFI_GLOBAL_VARIABLE);
export const MOR_CONTROL: VariableId = idOf(
  "MemoryOverwriteRequestControl",
  guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL"),
);
export const MOR_CONTROL_LOCK: VariableId = idOf(
  "MemoryOverwriteRequestControlLock",
  guidNamed("MEMORY_OVERWRITE_REQUEST_CONTROL_LOCK"),
);
export const PPI_BUFFER: VariableId = idOf("PPIBuffer", XEN_PPI);
export const PPI_FLAGS: VariableId = idOf("Tcg2PhysicalPresenceFlags", XEN_PPI);
export const PPI_FLAGS_LOCK: VariableId = idOf("Tcg2PhysicalPresenceFlagsLock", XEN_PPI);

const SECURE_BOOT_IDS: Readonly<Record<SecureBootVariable, VariableId>> = {
  PK,
  KEK,
  db: idOf("db", EFI_IMAGE_SECURITY_DATABASE),
  dbx: idOf("dbx", EFI_IMAGE_SECURITY_DATABASE),
  dbt: idOf("dbt", EFI_IMAGE_SECURITY_DATABASE),
};
const READ_ONLY: readonly VariableId[] = [
  AUDIT_MODE,
  DEPLOYED_MODE,
  SECURE_BOOT,
  SETUP_MODE,
  SIGNATURE_SUPPORT,
];

export function sameVariable(a: VariableId, b: VariableId): boolean {
  return a.vendorGuid === b.vendorGuid && equalBytes(a.nameBytes, b.nameBytes);
}

export function secureBootId(name: SecureBootVariable): VariableId {
  return SECURE_BOOT_IDS[name];
}

/** Null for every other variable, also for one of the same name under another GUID. */
export function secureBootVariable(id: VariableId): SecureBootVariable | null {
  return SECURE_BOOT_VARIABLES.find((name) => sameVariable(id, SECURE_BOOT_IDS[name])) ?? null;
}

/** db, dbx, dbt: an append to them is filtered, and both PK and KEK may sign for them. */
export function isImageSecurityDatabase(id: VariableId): boolean {
  const name = secureBootVariable(id);
  return name === "db" || name === "dbx" || name === "dbt";
}

/** varstored handler.c, check_ro_variable. */
export function isReadOnly(id: VariableId): boolean {
  return READ_ONLY.some((readOnly) => sameVariable(id, readOnly));
}
