/**
 * Whether a VM's record asks for Secure Boot, for rules on what that needs, and what brings it. Many inputs do not tell it, a blob by
 * itself among them. Of such a VM one principle holds for all rules: what is not there is no fault as long as nobody asks for it, because
 * hosts start VMs without keys every day; what is there and cannot work is one, because somebody has put it there for Secure Boot. Where
 * Secure Boot is known to be off neither is.
 */
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
