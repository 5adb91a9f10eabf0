/** Which variables hold signature lists (UEFI 2.10 §32.3, §32.6; shim mok.c; names compare exactly, with their GUID). */
import { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE, SHIM_LOCK } from "../guids.ts";
import type { EfiVariable } from "../model.ts";

/** secure-boot: varstored checks and filters writes to it. mok: shim's own, an ordinary variable to varstored. */
export type SignatureVariableKind = "secure-boot" | "mok";

type Named = Pick<EfiVariable, "name" | "nameIsValid" | "vendorGuid">;

const SECURE_BOOT_NAMES: ReadonlyMap<string, string> = new Map([
  ["PK", EFI_GLOBAL_VARIABLE],
  ["KEK", EFI_GLOBAL_VARIABLE],
  ["db", EFI_IMAGE_SECURITY_DATABASE],
  ["dbx", EFI_IMAGE_SECURITY_DATABASE],
  ["dbt", EFI_IMAGE_SECURITY_DATABASE],
]);
const MOK_NAME = /^Mok(List|New|Del)?X?(New|Del)?(RT\d*)?$/;
const MOK_NAMES_WITHOUT_LISTS: ReadonlySet<string> = new Set(["Mok", "MokX"]);

export function signatureVariableKind({
  name,
  nameIsValid,
  vendorGuid,
}: Named): SignatureVariableKind | null {
  // `name` leaves an odd last byte out; the daemon compares all bytes.
  if (!nameIsValid) return null;
  if (SECURE_BOOT_NAMES.get(name) === vendorGuid) return "secure-boot";
  if (vendorGuid !== SHIM_LOCK || MOK_NAMES_WITHOUT_LISTS.has(name)) return null;
  return MOK_NAME.test(name) ? "mok" : null;
}

/** The one of PK, KEK, db, dbx, dbt that a variable is; null for every other, also for a namesake under another GUID. */
export function secureBootName(variable: Named): "PK" | "KEK" | "db" | "dbx" | "dbt" | null {
  if (!variable.nameIsValid || SECURE_BOOT_NAMES.get(variable.name) !== variable.vendorGuid) return null;
  return variable.name as "PK" | "KEK" | "db" | "dbx" | "dbt";
}

/** KEK, db, dbx: where the owner matters for what Microsoft's updates append, and where repairs may touch entries. */
export function isMergedVariable(variable: Named): boolean {
  const name = secureBootName(variable);
  return name === "KEK" || name === "db" || name === "dbx";
}
