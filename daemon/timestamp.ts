/** How varstored compares and checks the EFI_TIME of an authenticated write (handler.c, time_later, verify_auth_var_type). */
import { isAllZero, viewOf } from "../parsers/bytes.ts";

/** Pad1, Nanosecond, TimeZone, Daylight, Pad2: must all be zero. */
const UNUSED_FIELDS_AT = 7;

export function hasUnusedFields(time: Uint8Array): boolean {
  return !isAllZero(time.subarray(UNUSED_FIELDS_AT));
}

/** Year to second only; values out of their range compare as numbers. */
export function isLater(stored: Uint8Array, incoming: Uint8Array): boolean {
  const [a, b] = [viewOf(stored), viewOf(incoming)];
  const years = b.getUint16(0, true) - a.getUint16(0, true);
  if (years !== 0) return years > 0;
  for (let at = 2; at < UNUSED_FIELDS_AT; at++) {
    const difference = b.getUint8(at) - a.getUint8(at);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
