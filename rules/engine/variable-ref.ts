/** How a report names a variable. */
import { toHex } from "../../parsers/bytes.ts";
import type { EfiVariable } from "../../parsers/model.ts";

/** The identity of a variable. A name may be invalid UTF-16: then `nameHex` has its bytes. */
export interface VariableRef {
  readonly name: string;
  readonly nameHex?: string;
  readonly guid: string | null;
}

export function variableRef(variable: EfiVariable): VariableRef {
  const hex = variable.nameIsValid ? {} : { nameHex: toHex(variable.nameBytes) };
  return { name: variable.name.toWellFormed(), ...hex, guid: variable.vendorGuid };
}
