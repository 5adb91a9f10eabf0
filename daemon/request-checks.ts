/** What varstored checks of a request before it looks at a signature or at space (handler.c, do_set_variable). */
import {
  EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS,
  EFI_VARIABLE_BOOTSERVICE_ACCESS,
  EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS,
  EFI_VARIABLE_HARDWARE_ERROR_RECORD,
  EFI_VARIABLE_NON_VOLATILE,
  EFI_VARIABLE_RUNTIME_ACCESS,
  EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS,
} from "../parsers/efi/attributes.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { Write } from "./authentication.ts";
import { Refusal } from "./refusal.ts";
import { ATTR_BR, ATTR_BRNV } from "./startup-variables.ts";
import type { StoredVariable } from "./store.ts";
import { isReadOnly, secureBootVariable, type VariableId } from "./variable-id.ts";

const { NAME_LIMIT, DATA_LIMIT } = VARSTORED_LIMITS;
const TIME_BASED = EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS;
/** What PK, KEK, db, dbx and dbt must be made with. */
export const SECURE_BOOT_ATTRIBUTES: number = ATTR_BRNV | TIME_BASED;

/** What a guest sends. */
export interface SetVariableRequest extends VariableId {
  /** UINT32, EFI_VARIABLE_APPEND_WRITE among them. */
  readonly attributes: number;
  /** With the authentication header where the write is authenticated. */
  readonly data: Uint8Array;
  /** After ExitBootServices, as an operating system does. */
  readonly atRuntime: boolean;
}

/** unserialize_data of name and data. */
export function checkRequest({ nameBytes, data }: SetVariableRequest): Refusal | null {
  if (nameBytes.length === 0) return new Refusal("name-empty", "The name is empty.");
  if (nameBytes.length > NAME_LIMIT) {
    return new Refusal(
      "name-over-limit",
      `The name has ${nameBytes.length} bytes; the daemon takes at most ${NAME_LIMIT}.`,
    );
  }
  if (data.length > DATA_LIMIT) {
    const reason = `The request has ${data.length} bytes of data; the daemon takes at most ${DATA_LIMIT}.`;
    return new Refusal("request-over-limit", reason);
  }
  return null;
}

export function checkAttributes(attributes: number): Refusal | null {
  const has = (bit: number): boolean => (attributes & bit) !== 0;
  if (has(EFI_VARIABLE_HARDWARE_ERROR_RECORD)) {
    return new Refusal("attribute-hardware-error-record", "Hardware error records are not supported.");
  }
  if (has(EFI_VARIABLE_AUTHENTICATED_WRITE_ACCESS)) {
    return new Refusal(
      "attribute-authenticated-write",
      "The deprecated authenticated write is not supported.",
    );
  }
  if (has(TIME_BASED) && has(EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS)) {
    const reason = "Time based and enhanced authenticated access exclude each other.";
    return new Refusal("attributes-time-based-and-enhanced", reason);
  }
  if (has(EFI_VARIABLE_ENHANCED_AUTHENTICATED_ACCESS)) {
    return new Refusal("attribute-enhanced", "Enhanced authenticated access is not supported.");
  }
  if (has(EFI_VARIABLE_RUNTIME_ACCESS) && !has(EFI_VARIABLE_BOOTSERVICE_ACCESS)) {
    return new Refusal("attribute-runtime-without-boot", "Runtime access needs boot service access.");
  }
  return null;
}

/** Of a variable that exists. */
export function checkWritable(current: StoredVariable, write: Write): Refusal | null {
  if (write.atRuntime && (current.attributes & EFI_VARIABLE_RUNTIME_ACCESS) === 0) {
    return new Refusal("boot-variable-at-runtime", "A boot service variable cannot be written at runtime.");
  }
  if (write.atRuntime && (current.attributes & EFI_VARIABLE_NON_VOLATILE) === 0) {
    return new Refusal("volatile-at-runtime", "A volatile variable cannot be written at runtime.");
  }
  return isReadOnly(write) ? new Refusal("read-only-variable", "This variable is the daemon's own.") : null;
}

/** Of a variable that does not exist. */
export function checkNew(write: Write): Refusal | null {
  const { attributes, atRuntime, data } = write;
  if (data.length === 0 || (attributes & ATTR_BR) === 0) {
    return new Refusal("nothing-to-delete", "The variable does not exist, and the request would delete it.");
  }
  const forRuntime = EFI_VARIABLE_RUNTIME_ACCESS | EFI_VARIABLE_NON_VOLATILE;
  if (atRuntime && (attributes & forRuntime) !== forRuntime) {
    return new Refusal("new-at-runtime", "At runtime only a non-volatile runtime variable can be made.");
  }
  if (secureBootVariable(write) !== null && attributes !== SECURE_BOOT_ATTRIBUTES) {
    const reason = `This variable must have attributes 0x${SECURE_BOOT_ATTRIBUTES.toString(16)}, not 0x${attributes.toString(16)}.`;
    return new Refusal("secure-boot-attributes", reason);
  }
  return null;
}
