/** The daemon's accounting of space (varstored handler.c, get_space_usage): name + data + 128 for each variable. */

import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable, VmSource } from "../parsers/model.ts";
import { oncePer } from "../parsers/once-per.ts";
import { isResumeFile } from "../parsers/suspend-image/copy.ts";
import { startDaemon } from "./startup-variables.ts";
import type { StoredVariable } from "./store.ts";
import { PPI_BUFFER, sameVariable } from "./variable-id.ts";

type Sized = Pick<EfiVariable, "nameBytes" | "data">;

export function variableBytes(variable: Sized): number {
  return variable.nameBytes.length + variable.data.length + VARSTORED_LIMITS.VARIABLE_SIZE_OVERHEAD;
}

export function usedBytes(variables: readonly Sized[]): number {
  return variables.reduce((sum, variable) => sum + variableBytes(variable), 0);
}

/** Variables that the daemon makes for an empty NVRAM. Only their lengths matter here; they are the same for every value. */
const madeAtStart: readonly StoredVariable[] = startDaemon(
  { variables: [], ancillary: null },
  false,
).variables;

/**
 * Bytes that the variables which the daemon makes or resets at its start add to a blob with these variables. Of several variables
 * with one name it finds the last (startDaemon; here only the lengths are computed).
 */
export const runtimeBytes: (variables: readonly EfiVariable[]) => number = oncePer((variables) => {
  let bytes = 0;
  for (const made of madeAtStart) {
    const present = variables.findLast((variable) => sameVariable(variable, made));
    if (present === undefined) bytes += variableBytes(made);
    else if (!sameVariable(made, PPI_BUFFER)) bytes += made.data.length - present.data.length;
  }
  return bytes;
});

/** The same for a copy: a daemon that resumes a VM adds nothing (varstored.c, main: setup_variables only without --resume). */
export function startBytes(vm: Pick<VmSource, "source">, variables: readonly EfiVariable[]): number {
  return isResumeFile(vm) ? 0 : runtimeBytes(variables);
}
