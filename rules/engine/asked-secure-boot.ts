/** Whether a VM's record asks for Secure Boot, for rules on what that needs. */
import type { VmSource } from "../../parsers/model.ts";
import { dependsOnPool } from "../../parsers/records/secure-boot.ts";

/** auto: wherever the pool has certificates, and the pool is not known. */
export type AskedSecureBoot = "on" | "auto";

/** Null where it is off or unknown. */
export function askedSecureBoot(vm: VmSource): AskedSecureBoot | null {
  if (vm.secureBoot === true) return "on";
  return dependsOnPool(vm) ? "auto" : null;
}
