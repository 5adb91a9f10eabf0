/** What rules say of starts that failed. */
import { nvramCommand } from "../../parsers/formats/foreign.ts";
import type { FailedStart } from "../../parsers/host/failed-starts.ts";
import type { Facts, FactValue } from "./rule.ts";

/** Named one by one; the rest is counted. */
const MAX_NAMED = 20;

export function startFacts(starts: readonly FailedStart[]): Facts {
  const uuids = [...new Set(starts.flatMap(({ uuid }) => (uuid === null ? [] : [uuid])))];
  const times = starts.flatMap(({ time }) => (time === null ? [] : [time]));
  const messages = [...new Set(starts.flatMap(({ messages }) => messages))];
  return {
    starts: starts.length,
    vms: uuids.slice(0, MAX_NAMED),
    moreVms: Math.max(0, uuids.length - MAX_NAMED),
    unknownVms: starts.filter(({ uuid }) => uuid === null).length,
    emulators: [...new Set(starts.flatMap(({ emulator }) => (emulator === null ? [] : [emulator])))].slice(
      0,
      MAX_NAMED,
    ),
    first: times[0] ?? null,
    last: times.at(-1) ?? null,
    messages: messages.slice(0, MAX_NAMED),
  };
}

/** Such as `of VM 0a4f… (3 starts)`. */
export function failedVms(
  starts: FactValue | undefined,
  vms: FactValue | undefined,
  unknown: FactValue | undefined,
): string {
  const named = Array.isArray(vms) ? vms : [];
  const times = starts === 1 ? "1 start" : `${starts} starts`;
  if (named.length === 0) return `of VMs that the logs do not name (${times})`;
  const others = unknown === 0 ? "" : ` and of others that the logs do not name`;
  return `of ${named.length === 1 ? "VM" : "VMs"} ${named.join(", ")}${others} (${times})`;
}

/** What to do by hand where the NVRAM of VMs is to be looked at. */
export function nvramAdvice(starts: readonly FailedStart[]): string {
  const uuids = [...new Set(starts.flatMap(({ uuid }) => (uuid === null ? [] : [uuid])))];
  const command = nvramCommand(uuids.length === 1 ? (uuids[0] ?? null) : null);
  return `Get the NVRAM of ${uuids.length === 1 ? "this VM" : "each VM"} on the host, and analyze it: ${command}`;
}
