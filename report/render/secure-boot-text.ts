/** Secure Boot in a line of facts about a VM. */
import type { VmReport } from "../vm.ts";

type Told = Pick<VmReport, "firmware" | "secureBoot" | "secureBootSetting">;

/**
 * Such as `Secure Boot on`; empty where nothing is known. BIOS knows no Secure Boot: on or off would both say something that
 * is not so.
 */
export function secureBootFact({ firmware, secureBoot, secureBootSetting }: Told): string {
  if (firmware === "bios") return "BIOS";
  if (secureBootSetting === "auto")
    return secureBoot === null
      ? "Secure Boot auto: on where the pool has certificates"
      : `Secure Boot ${onOff(secureBoot)} (auto: the pool has ${secureBoot ? "" : "no "}certificates)`;
  return secureBoot === null ? "" : `Secure Boot ${onOff(secureBoot)}`;
}

function onOff(secureBoot: boolean): string {
  return secureBoot ? "on" : "off";
}
