/** What a guest, or a tool, would show of the variables of a blob. */
import { concatBytes, toHex } from "../../parsers/bytes.ts";
import { readChar16 } from "../../parsers/efi/char16.ts";
import type { VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { EFI_GLOBAL_VARIABLE, makeVariable } from "./blob.ts";
import type { Member } from "./tar.ts";

/** Volatile: what the daemon makes at a start, and XAPI never gets. */
export const secureBootFlag = (value: number): VariableFields =>
  makeVariable("SecureBoot", Uint8Array.of(value), { guid: EFI_GLOBAL_VARIABLE, attributes: 6 });

/** Files as below /sys/firmware/efi/efivars. */
export function efivarfsFiles(variables: readonly VariableFields[], folder = ""): Member[] {
  return variables.map(({ nameBytes, vendorGuid, attributes, data }) => ({
    name: `${folder}${readChar16(nameBytes)}-${vendorGuid}`,
    bytes: concatBytes([Uint8Array.of(attributes, 0, 0, 0), data]),
  }));
}

/** As QEMU and virt-fw-vars write it. */
export function variablesJson(variables: readonly VariableFields[]): string {
  const all = variables.map(({ nameBytes, vendorGuid, attributes, data }) => ({
    name: readChar16(nameBytes),
    guid: vendorGuid,
    attr: attributes,
    data: toHex(data),
  }));
  return JSON.stringify({ version: 2, variables: all }, null, 4);
}
