/**
 * The JSON form in which tools exchange UEFI variables: python-uefivars (pyuefivars/json.py), virt-firmware
 * (virt/firmware/efi/efijson.py) and QEMU's uefi-vars device (qapi/uefi.json, hw/uefi/var-service-json.c). All have
 * `version` 2 and `variables` with `guid`, `name`, `attr` and `data`; the time is `timestamp` to the first and `time` to
 * the others. Both are written, and each of the first two passes over the other's. QEMU refuses members that it does not know:
 * for it `timestamp` and `nameHex` must go.
 */
import { isAllZero, toHex, viewOf } from "../bytes.ts";
import type { EfiVariable } from "../model.ts";

const UEFI_JSON_VERSION = 2;

/** Bytes as lower-case hexadecimal. */
export interface UefiJsonVariable {
  /** Lone surrogates as U+FFFD: no reader could write them into UTF-16 again. */
  readonly name: string;
  /** Only where `name` does not say it all: the name's own bytes. */
  readonly nameHex?: string;
  readonly guid: string;
  readonly attr: number;
  readonly data: string;
  /** EFI_TIME; absent where no time was ever set. */
  readonly timestamp?: string;
  /** The same once more; absent also where it is no date: virt-firmware, which makes one of it, would read no variable at all. */
  readonly time?: string;
  /** Absent where it is all zeros. */
  readonly digest?: string;
}

export interface UefiJson {
  readonly version: typeof UEFI_JSON_VERSION;
  readonly variables: readonly UefiJsonVariable[];
}

/** The variables in their order, those that are volatile or unusable included; the blob's header has no place in this form. */
export function uefiJson(variables: readonly EfiVariable[]): UefiJson {
  return { version: UEFI_JSON_VERSION, variables: variables.map(jsonVariable) };
}

function jsonVariable(variable: EfiVariable): UefiJsonVariable {
  const { name, nameIsValid, nameBytes, vendorGuid, attributes, data, timestamp, certDigest } = variable;
  const time = toHex(timestamp);
  return {
    name: name.toWellFormed(),
    ...(nameIsValid ? {} : { nameHex: toHex(nameBytes) }),
    guid: vendorGuid,
    attr: attributes,
    data: toHex(data),
    ...(isAllZero(timestamp) ? {} : { timestamp: time }),
    ...(isDate(timestamp) ? { time } : {}),
    ...(isAllZero(certDigest) ? {} : { digest: toHex(certDigest) }),
  };
}

const MAX_YEAR = 9999;
const NANOSECONDS = 1_000_000_000;

/** Whether EFI_TIME (UEFI 2.10 §8.3) is a time of a day that exists; a second of 60 and the year 0 are none. */
function isDate(time: Uint8Array): boolean {
  const view = viewOf(time);
  const year = view.getUint16(0, true);
  const [month, day, hour, minute, second] = time.subarray(2, 7);
  if (year === 0 || year > MAX_YEAR || month === undefined || day === undefined) return false;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return false;
  const nanosecond = view.getInt32(8, true);
  return nanosecond >= 0 && nanosecond < NANOSECONDS;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
