/** The variables that the firmware sees at a start, and that a start changes: read once, written in a copy. */
import { EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";

export interface FirmwareVariable {
  readonly data: Uint8Array;
  readonly attributes: number;
}

export class FirmwareVariables {
  readonly #variables = new Map<string, FirmwareVariable>();

  /** The daemon puts each record before those it has, and takes the first that fits: of equal names the last one counts. */
  constructor(variables: readonly Pick<EfiVariable, "name" | "vendorGuid" | "attributes" | "data">[]) {
    for (const { name, vendorGuid, attributes, data } of variables)
      this.#variables.set(`${name}-${vendorGuid}`, { attributes, data });
  }

  get(name: string, guid: string): FirmwareVariable | null {
    return this.#variables.get(`${name}-${guid}`) ?? null;
  }

  set(name: string, guid: string, variable: FirmwareVariable): void {
    this.#variables.set(`${name}-${guid}`, variable);
  }

  delete(name: string, guid: string): void {
    this.#variables.delete(`${name}-${guid}`);
  }

  global(name: string): Uint8Array | null {
    return this.get(name, EFI_GLOBAL_VARIABLE)?.data ?? null;
  }

  database(name: "db" | "dbx" | "dbt"): Uint8Array | null {
    return this.get(name, EFI_IMAGE_SECURITY_DATABASE)?.data ?? null;
  }
}
