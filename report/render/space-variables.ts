/** Which variables tell how full a store is. */
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { VariableReport, VmReport } from "../vm.ts";

/** A variable is drawn from this share of its limit on. */
const LARGE = 0.25;
const MAX_VARIABLES = 4;

/** The largest first. */
export function largeVariables(variables: readonly VariableReport[]): VariableReport[] {
  return variables
    .filter(({ bytes }) => bytes >= LARGE * VARSTORED_LIMITS.DATA_LIMIT)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_VARIABLES);
}

/** Without the variables that no report for people or CI tells of; where there are any, one stays. */
export function briefCopy(vm: VmReport): VmReport {
  if (vm.nvram === null) return vm;
  const large = largeVariables(vm.nvram.variables);
  const variables = large.length > 0 ? large : vm.nvram.variables.slice(0, 1);
  return { ...vm, nvram: { ...vm.nvram, variables } };
}
