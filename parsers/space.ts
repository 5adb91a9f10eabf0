/** The daemon's accounting of space (varstored handler.c, get_space_usage): name + data + 128 for each variable. */
import { startDaemon } from "./daemon/startup-variables.ts";
import { VARSTORED_LIMITS } from "./limits.ts";
import type { EfiVariable } from "./model.ts";

type Sized = Pick<EfiVariable, "nameBytes" | "data">;

export function variableBytes(variable: Sized): number {
  return variable.nameBytes.length + variable.data.length + VARSTORED_LIMITS.VARIABLE_SIZE_OVERHEAD;
}

export function usedBytes(variables: readonly Sized[]): number {
  return variables.reduce((sum, variable) => sum + variableBytes(variable), 0);
}

/** Bytes that the daemon adds at its start, with the variables that it makes or resets, to what a blob with these holds. */
export function runtimeBytes(variables: readonly EfiVariable[]): number {
  return usedBytes(startDaemon({ variables, ancillary: null }, false).variables) - usedBytes(variables);
}
