/**
 * Whether a VM was ever started, as far as its record tells: a UEFI VM that was has an NVRAM, which varstored saves at the
 * first start, and one that was not has none yet.
 */
import type { VmSource } from "../../parsers/model.ts";

export interface StartEvidence {
  readonly started: "yes" | "no" | "unknown";
  /** Fields of the record that tell it, as in `power_state`. */
  readonly fields: readonly string[];
}

/** A VM that has a domain, or had one that is kept. */
const ALIVE: ReadonlySet<string> = new Set(["Running", "Paused", "Suspended"]);
const NEVER = "19700101T00:00:00Z";

type Teller = (fields: VmSource["fields"]) => boolean;

/**
 * Each of these is set by a start alone (xapi ocaml/xapi/cpuid_helpers.ml, reset_cpu_flags; xapi_vm_lifecycle.ml;
 * xapi_guest_agent.ml), and all but the first two travel with an export.
 */
const TELLERS: readonly (readonly [field: string, told: Teller])[] = [
  ["power_state", (fields) => ALIVE.has(fields.get("power_state") ?? "")],
  ["domid", (fields) => Number(fields.get("domid") ?? "-1") > 0],
  ["last_boot_CPU_flags", (fields) => Number(fields.get("last_boot_CPU_flags") ?? "0") > 0],
  ["last_booted_record", (fields) => fields.get("last_booted_record") === "set"],
  ["guest_metrics", (fields) => fields.has("guest_metrics")],
  ["start_time", (fields) => (fields.get("start_time") ?? NEVER) !== NEVER],
];

export function startEvidence({ fields }: Pick<VmSource, "fields">): StartEvidence {
  const told = TELLERS.filter(([, tells]) => tells(fields)).map(([field]) => field);
  if (told.length > 0) return { started: "yes", fields: told };
  // Every start sets the flags, and an import takes them over; only Xen Orchestra's restores make the VM anew.
  const isNew = fields.get("last_boot_CPU_flags") === "0" && !fields.has("tags:restored");
  return isNew
    ? { started: "no", fields: ["last_boot_CPU_flags"] }
    : { started: "unknown", fields: fields.has("tags:restored") ? ["tags"] : [] };
}
