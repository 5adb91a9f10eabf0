/** Readers for the forms that the data of well-known variables has; which variable has which is told in variable-forms.ts. */
import { toHex, viewOf } from "../bytes.ts";
import { nameOfGuid } from "../guids.ts";
import { VARSTORED_LIMITS } from "../limits.ts";
import { readChar16 } from "./char16.ts";
import { readDevicePath } from "./device-path.ts";
import { devicePathText } from "./device-path-text.ts";
import { GUID_BYTES, readGuid } from "./guid.ts";
import {
  LOAD_OPTION_ACTIVE,
  LOAD_OPTION_CATEGORY,
  LOAD_OPTION_FORCE_RECONNECT,
  LOAD_OPTION_HIDDEN,
  loadOptionName,
  readLoadOption,
  readLoadOptionOrder,
} from "./load-option.ts";
import { readSbatLevel, type SbatLevel } from "./sbat.ts";

export interface DecodedLoadOption {
  readonly form: "load-option";
  readonly flags: readonly string[];
  readonly description: string;
  /** Device paths as text; the first is what is loaded. */
  readonly filePaths: readonly string[];
  /** In hexadecimal. */
  readonly optionalData: string;
  /** What keeps it from being read to its end; null where nothing does. */
  readonly fault: string | null;
}

interface DecodedNumber {
  readonly form: "number";
  /** Decimal text, because some have 64 bits. */
  readonly value: string;
  readonly unit: string | null;
  /** What this value stands for; null for one that is not known, and for numbers that stand for themselves. */
  readonly meaning: string | null;
}

export type DecodedData =
  | DecodedLoadOption
  | DecodedNumber
  /** Names of load options, in order. */
  | { readonly form: "load-option-list"; readonly names: readonly string[] }
  | { readonly form: "device-path"; readonly text: string; readonly isWhole: boolean }
  | { readonly form: "text"; readonly text: string }
  /** Names of the bits that are set; bits without a name as one hexadecimal number. */
  | { readonly form: "flags"; readonly names: readonly string[] }
  | {
      readonly form: "guids";
      readonly guids: readonly { readonly guid: string; readonly name: string | null }[];
    }
  /** Pages of 4096 bytes that the firmware sets aside for each EFI_MEMORY_TYPE. */
  | {
      readonly form: "memory-types";
      readonly types: readonly { readonly type: number; readonly pages: number }[];
    }
  | ({ readonly form: "sbat-level" } & SbatLevel);

/** Never throws; null where the data has not the form, such as another length. */
export type Decode = (data: Uint8Array) => DecodedData | null;

/** No list of a real NVRAM is longer than the variables that a store may hold. */
const MAX_ELEMENTS = VARSTORED_LIMITS.MAX_VARIABLE_COUNT;

/** The lowest bit of the category: 1 is an application. */
const CATEGORY_APPLICATION = LOAD_OPTION_CATEGORY & -LOAD_OPTION_CATEGORY;

const LOAD_OPTION_FLAGS: Bits = {
  active: LOAD_OPTION_ACTIVE,
  "force-reconnect": LOAD_OPTION_FORCE_RECONNECT,
  hidden: LOAD_OPTION_HIDDEN,
  application: CATEGORY_APPLICATION,
};

export const loadOption: Decode = (data) => {
  const { attributes, description, filePaths, optionalData, fault } = readLoadOption(data);
  return {
    form: "load-option",
    flags: bitNames(BigInt(attributes), LOAD_OPTION_FLAGS),
    description: description.toWellFormed(),
    filePaths: filePaths.map(({ nodes }) => devicePathText(nodes).toWellFormed()),
    optionalData: toHex(data.subarray(optionalData.start, optionalData.end)),
    fault: fault === null ? null : `byte ${fault.offset}: expected ${fault.expected}, found ${fault.found}`,
  };
};

export function loadOptionList(prefix: "Boot" | "Driver" | "SysPrep"): Decode {
  return (data) => {
    if (data.length > 2 * MAX_ELEMENTS) return null;
    const { numbers, hasOddByte } = readLoadOptionOrder(data);
    if (hasOddByte) return null;
    return { form: "load-option-list", names: numbers.map((number) => loadOptionName(prefix, number)) };
  };
}

export const devicePath: Decode = (data) => {
  const { nodes, span, fault } = readDevicePath(data, 0, data.length);
  const isWhole = fault === null && span.end === data.length;
  return { form: "device-path", text: devicePathText(nodes).toWellFormed(), isWhole };
};

/** Printable ASCII, NULs at the end left out. */
export const asciiText: Decode = (data) => {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end--;
  let text = "";
  for (const byte of data.subarray(0, end)) {
    if (byte < 0x20 || byte > 0x7e) return null;
    text += String.fromCharCode(byte);
  }
  return { form: "text", text };
};

/** UTF-16, NULs at the end left out. */
export const char16Text: Decode = (data) => {
  const text = readChar16(data);
  if (data.length % 2 !== 0 || !text.isWellFormed()) return null;
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return { form: "text", text: text.slice(0, end) };
};

type Width = 1 | 2 | 4 | 8;

function readUint(data: Uint8Array): bigint {
  return data.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** An unsigned number of that many bytes, with what its values mean. */
export function number(bytes: Width, meanings: Readonly<Record<string, string>> = {}): Decode {
  return (data) => {
    if (data.length !== bytes) return null;
    const value = String(readUint(data));
    return { form: "number", value, unit: null, meaning: meanings[value] ?? null };
  };
}

/** An unsigned number of that many bytes that counts something. */
export function quantity(bytes: Width, unit: string): Decode {
  return (data) =>
    data.length === bytes ? { form: "number", value: String(readUint(data)), unit, meaning: null } : null;
}

type Bits = Readonly<Record<string, number>>;

export function flags(bytes: Width, bits: Bits): Decode {
  return (data) => (data.length === bytes ? { form: "flags", names: bitNames(readUint(data), bits) } : null);
}

function bitNames(value: bigint, bits: Bits): string[] {
  const set = Object.entries(bits).filter(([, bit]) => (value & BigInt(bit)) !== 0n);
  const rest = set.reduce((left, [, bit]) => left & ~BigInt(bit), value);
  return [...set.map(([name]) => name), ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])];
}

export const guids: Decode = (data) => {
  const count = data.length / GUID_BYTES;
  if (!Number.isInteger(count) || count > MAX_ELEMENTS) return null;
  const list = Array.from({ length: count }, (_, i) => readGuid(data, GUID_BYTES * i));
  return { form: "guids", guids: list.map((guid) => ({ guid, name: nameOfGuid(guid) })) };
};

const MEMORY_TYPE_BYTES = 8;
/** EfiMaxMemoryType and above end the table; UEFI 2.10 §7.2.1 knows 16 types. */
const EFI_MAX_MEMORY_TYPE = 16;

/** EFI_MEMORY_TYPE_INFORMATION (edk2 MdeModulePkg): UINT32 type, UINT32 pages; the last one ends the table. */
export const memoryTypes: Decode = (data) => {
  const count = data.length / MEMORY_TYPE_BYTES;
  if (!Number.isInteger(count) || count > MAX_ELEMENTS) return null;
  const view = viewOf(data);
  const rows = Array.from({ length: count }, (_, i) => ({
    type: view.getUint32(MEMORY_TYPE_BYTES * i, true),
    pages: view.getUint32(MEMORY_TYPE_BYTES * i + 4, true),
  }));
  const isEnd = ({ type }: { type: number }, i: number): boolean =>
    type >= EFI_MAX_MEMORY_TYPE || (i === count - 1 && rows[i]?.pages === 0);
  const end = rows.findIndex(isEnd);
  return { form: "memory-types", types: end === -1 ? rows : rows.slice(0, end) };
};

export const sbatLevel: Decode = (data) => ({ form: "sbat-level", ...readSbatLevel(data) });
