/**
 * Variables whose data is a secret: hashes of the passwords that shim asks for (shim mok.c; MokManager.c), and iSCSI attempts
 * with their CHAP secrets (edk2 NetworkPkg/IScsiDxe). They are named and measured, and their data is never printed.
 */
import { guidNamed, SHIM_LOCK } from "../guids.ts";
import type { EfiVariable } from "../model.ts";

const SHIM_PASSWORDS: ReadonlySet<string> = new Set([
  "MokPW",
  "MokPWStore",
  "MokAuth",
  "MokDelAuth",
  "MokXAuth",
  "MokXDelAuth",
]);
const ISCSI_CONFIG = guidNamed("ISCSI_CONFIG");

export function holdsSecret({ name, vendorGuid }: Pick<EfiVariable, "name" | "vendorGuid">): boolean {
  return (vendorGuid === SHIM_LOCK && SHIM_PASSWORDS.has(name)) || vendorGuid === ISCSI_CONFIG;
}
