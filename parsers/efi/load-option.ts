/**
 * EFI_LOAD_OPTION (UEFI 2.10 §3.1.3), what Boot####, Driver#### and SysPrep#### hold, and the lists that order them:
 *
 * | bytes | field |
 * |---|---|
 * | 4 | Attributes |
 * | 2 | FilePathListLength |
 * | … | Description: CHAR16, ended by NUL |
 * | FilePathListLength | device paths; the first is the one to load |
 * | … | OptionalData, for what is loaded |
 */
import { viewOf } from "../bytes.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Span } from "../model.ts";
import { readChar16 } from "./char16.ts";
import { type DevicePath, readDevicePath } from "./device-path.ts";

export const LOAD_OPTION_ACTIVE = 0x0000_0001;
export const LOAD_OPTION_FORCE_RECONNECT = 0x0000_0002;
export const LOAD_OPTION_HIDDEN = 0x0000_0008;
/** Five bits: 0 is a boot option, 1 an application that the boot manager does not start by itself. */
export const LOAD_OPTION_CATEGORY = 0x0000_1f00;

const HEADER_BYTES = 6;
const DESCRIPTION_END: number = HEADER_BYTES + PARSER_LIMITS.maxDescriptionBytes;

export interface LoadOptionFault {
  readonly code: "header-cut" | "description-unterminated" | "path-list-past-end" | "device-path";
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
}

export interface LoadOption {
  readonly attributes: number;
  /** UCS-2 code units, lone surrogates kept. */
  readonly description: string;
  /** As declared. */
  readonly filePathListLength: number;
  readonly filePaths: readonly DevicePath[];
  /** In bytes of the variable's data. */
  readonly optionalData: Span;
  /** The first thing that is wrong; what stands before it could be read. */
  readonly fault: LoadOptionFault | null;
}

/** Reads what can be read. Never throws: each device path takes at least one byte, and their number is limited. */
export function readLoadOption(data: Uint8Array): LoadOption {
  const whole = { start: data.length, end: data.length };
  if (data.length < HEADER_BYTES) {
    const fault = faultAt("header-cut", 0, `${HEADER_BYTES} bytes`, `${data.length} bytes`);
    return {
      attributes: 0,
      description: "",
      filePathListLength: 0,
      filePaths: [],
      optionalData: whole,
      fault,
    };
  }
  const view = viewOf(data);
  const attributes = view.getUint32(0, true);
  const filePathListLength = view.getUint16(4, true);
  const nul = endOfDescription(view);
  const description = readChar16(data.subarray(HEADER_BYTES, nul ?? DESCRIPTION_END));
  const head = { attributes, description, filePathListLength };
  if (nul === null) {
    const fault = faultAt("description-unterminated", data.length, "a NUL after the description", "the end");
    return { ...head, filePaths: [], optionalData: whole, fault };
  }
  return { ...head, ...readPaths(data, nul + 2, filePathListLength) };
}

/** Where the NUL of the description stands; null where there is none within the limit. */
function endOfDescription(view: DataView): number | null {
  const end = Math.min(view.byteLength, DESCRIPTION_END);
  for (let at = HEADER_BYTES; at + 2 <= end; at += 2) if (view.getUint16(at, true) === 0) return at;
  return null;
}

type Paths = Pick<LoadOption, "filePaths" | "optionalData" | "fault">;

function readPaths(data: Uint8Array, start: number, length: number): Paths {
  const end = Math.min(start + length, data.length);
  const filePaths: DevicePath[] = [];
  let at = start;
  while (at < end && filePaths.length < PARSER_LIMITS.maxDevicePaths) {
    const path = readDevicePath(data, at, end);
    filePaths.push(path);
    if (path.fault !== null) break;
    at = path.span.end;
  }
  return {
    filePaths,
    optionalData: { start: end, end: data.length },
    fault: pathsFault(filePaths, start + length - data.length, start),
  };
}

function pathsFault(paths: readonly DevicePath[], missing: number, start: number): LoadOptionFault | null {
  if (missing > 0) {
    return faultAt("path-list-past-end", 4, "device paths that are all there", `${missing} bytes missing`);
  }
  const broken = paths.find(({ fault }) => fault !== null)?.fault;
  if (broken) return faultAt("device-path", broken.offset, broken.expected, broken.found);
  if (paths.length > 0) return null;
  return faultAt("device-path", start, "a device path", "none");
}

function faultAt(
  code: LoadOptionFault["code"],
  offset: number,
  expected: string,
  found: string,
): LoadOptionFault {
  return { code, offset, expected, found };
}

/** Whether the boot manager starts it by itself when its turn comes (UEFI 2.10 §3.1.3). */
export function isBootable({ attributes, fault }: LoadOption): boolean {
  return (
    fault === null && (attributes & LOAD_OPTION_ACTIVE) !== 0 && (attributes & LOAD_OPTION_CATEGORY) === 0
  );
}

/** BootOrder, DriverOrder, SysPrepOrder and the one element of BootNext: UINT16 each. */
export interface LoadOptionOrder {
  readonly numbers: readonly number[];
  /** A last byte that is half a number. */
  readonly hasOddByte: boolean;
}

/** Up to a limit above which numbers can only repeat. */
export function readLoadOptionOrder(data: Uint8Array): LoadOptionOrder {
  const view = viewOf(data);
  const length = Math.min(data.length >> 1, PARSER_LIMITS.maxLoadOptionNumbers);
  const numbers = Array.from({ length }, (_, i) => view.getUint16(2 * i, true));
  return { numbers, hasOddByte: data.length % 2 !== 0 };
}

/** `Boot0001`: four hexadecimal digits, upper case (UEFI 2.10 §3.1.2); the name is compared exactly. */
export function loadOptionName(prefix: "Boot" | "Driver" | "SysPrep", number: number): string {
  return prefix + number.toString(16).toUpperCase().padStart(4, "0");
}
