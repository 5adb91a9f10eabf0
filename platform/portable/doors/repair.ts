import { type Repair, repair as repairOn } from "../../../library/api/repair.ts";
import type { RepairOptions, Source } from "../../../library/api/types.ts";
import { portableMachine } from "../machine.ts";

/**
 * Plans a repair, applies it to a copy in memory and proves what was kept. Writes nothing: the caller saves `output.parts`. A repair
 * that is refused is an entry of `repairs`. Rejects with InputError where the input cannot be read at all, and with TypeError for wrong options.
 */
export function repair(input: Source, options: RepairOptions = {}): Promise<Repair> {
  return repairOn(portableMachine, input, options);
}
