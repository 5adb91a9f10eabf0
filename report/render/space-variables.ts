/** Which variables tell how full a store is. */
import { EFI_GLOBAL_VARIABLE } from "../../parsers/guids.ts";
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

/** Without it a VM is in setup mode, which its sentence tells. */
export function isPlatformKey({ name, nameHex, guid }: VariableReport): boolean {
  return nameHex === undefined && name === "PK" && guid === EFI_GLOBAL_VARIABLE;
}

/** Without the variables that no report for people or CI tells of; where there are any, one stays. */
export function briefCopy(vm: VmReport): VmReport {
  if (vm.nvram === null) return vm;
  const all = vm.nvram.variables;
  const large = new Set(largeVariables(all));
  const told = all.filter((variable) => large.has(variable) || isPlatformKey(variable));
  return { ...vm, nvram: { ...vm.nvram, variables: told.length > 0 ? told : all.slice(0, 1) } };
}
