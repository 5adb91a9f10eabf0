/** Variable attributes in words (UEFI 2.10 §8.2.1). */
import {
  EFI_VARIABLE_APPEND_WRITE,
  EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS,
  EFI_VARIABLE_BOOTSERVICE_ACCESS,
  EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS,
  EFI_VARIABLE_HARDWARE_ERROR_RECORD,
  EFI_VARIABLE_NON_VOLATILE,
  EFI_VARIABLE_RUNTIME_ACCESS,
  EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS,
} from "../parsers/efi/attributes.ts";

interface AttributeName {
  readonly bit: number;
  readonly name: string;
  /** As efivar and the peers print it. */
  readonly short: string;
}

const NAMES: readonly AttributeName[] = [
  { bit: EFI_VARIABLE_NON_VOLATILE, name: "NON_VOLATILE", short: "NV" },
  { bit: EFI_VARIABLE_BOOTSERVICE_ACCESS, name: "BOOTSERVICE_ACCESS", short: "BS" },
  { bit: EFI_VARIABLE_RUNTIME_ACCESS, name: "RUNTIME_ACCESS", short: "RT" },
  { bit: EFI_VARIABLE_HARDWARE_ERROR_RECORD, name: "HARDWARE_ERROR_RECORD", short: "HR" },
  { bit: EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS, name: "AUTHENTICATED_WRITE_ACCESS", short: "AW" },
  {
    bit: EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS,
    name: "TIME_BASED_AUTHENTICATED_WRITE_ACCESS",
    short: "AT",
  },
  { bit: EFI_VARIABLE_APPEND_WRITE, name: "APPEND_WRITE", short: "AP" },
  { bit: EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS, name: "ENHANCED_AUTHENTICATED_ACCESS", short: "EA" },
];

/** Names of the bits that are set; bits without a name as one hexadecimal number. */
export function attributeNames(attributes: number, form: "name" | "short"): string[] {
  const known = NAMES.filter(({ bit }) => (attributes & bit) !== 0);
  const rest = known.reduce((left, { bit }) => left & ~bit, attributes) >>> 0;
  return [...known.map((name) => name[form]), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])];
}
