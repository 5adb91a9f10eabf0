/** How a report names a variable. */
import { toHex } from "../../parsers/bytes.ts";
import type { EfiVariable } from "../../parsers/model.ts";

/** A variable's identity: names are no UTF-16 for certain, so `nameHex` stands beside one that is none. */
export interface VariableRef {
  readonly name: string;
  readonly nameHex?: string;
  readonly guid: string | null;
}

export function variableRef(variable: EfiVariable): VariableRef {
  const hex = variable.nameIsValid ? {} : { nameHex: toHex(variable.nameBytes) };
  return { name: variable.name.toWellFormed(), ...hex, guid: variable.vendorGuid };
}
