/** Whether a VM's record asks for Secure Boot, for rules on what that needs, and what brings it. */
import type { VmSource } from "../../parsers/model.ts";
import { dependsOnPool } from "../../parsers/records/secure-boot.ts";
import { uuidInCommand } from "../../parsers/uuid.ts";
import type { Repair } from "./rule.ts";

/** auto: wherever the pool has certificates, and the pool is not known. */
export type AskedSecureBoot = "on" | "auto";

/** Null where it is off or unknown. */
export function askedSecureBoot(vm: VmSource): AskedSecureBoot | null {
  if (vm.secureBoot === true) return "on";
  return dependsOnPool(vm) ? "auto" : null;
}

/** Keys come from the pool's set, by hand, and not before somebody has looked at it. */
export function poolSetRepair({ uuid }: VmSource): Repair {
  return {
    applicability: "manual",
    title: `Look at the pool's set (secureboot-certs report), halt the VM, then run on the host: varstore-sb-state ${uuidInCommand(uuid)} user`,
    patches: [],
  };
}
