import { type Inspection, inspect as inspectOn } from "../../../library/api/inspect.ts";
import type { Options, Source } from "../../../library/api/types.ts";
import { portableMachine } from "../machine.ts";

/**
 * Decodes everything that one input holds: variables, boot entries, signature lists, certificates, and what each range of bytes is.
 * Rejects with InputError where the input cannot be read at all, and with TypeError for wrong options.
 */
export function inspect(input: Source, options: Options = {}): Promise<Inspection> {
  return inspectOn(portableMachine, input, options);
}
