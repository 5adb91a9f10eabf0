/** Secure Boot in a line of facts about a VM. */
import type { VmReport } from "../vm.ts";
import { clip, printable } from "./printable.ts";

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

/** Words that say no more than the fact above. */
const PLAIN: ReadonlySet<string | null> = new Set([null, "not_supported", "disabled", "ready"]);
const IN_ORDER = "ok";

/** What XAPI calls it, and what it has on record, where that says more; its words are those of its API. */
export function xapiFact({ readiness, xapiState }: Pick<VmReport, "readiness" | "xapiState">): string {
  const told = [
    PLAIN.has(readiness) ? "" : String(readiness),
    xapiState === null || xapiState === IN_ORDER
      ? ""
      : `certificates ${clip(printable(xapiState), MAX_STATE)}`,
  ].filter((part) => part !== "");
  return told.length === 0 ? "" : `XAPI: ${told.join(", ")}`;
}

const MAX_STATE = 40;
