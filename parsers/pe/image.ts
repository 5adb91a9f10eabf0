/**
 * A program for the firmware, PE32 or PE32+ ("PE Format", Microsoft): what EDK2's loader reads of its headers, and what it
 * refuses (MdePkg/Library/BasePeCoffLib, PeCoffLoaderGetPeHeader; UefiBootManagerLib BmBoot.c, BmIsLoadOptionPeHeaderValid).
 */
import { viewOf } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";

const MZ = 0x5a4d;
const PE = 0x4550;
const PE32 = 0x10b;
const PE32_PLUS = 0x20b;
const COFF_BYTES = 24;
const SECTION_BYTES = 40;
const DIRECTORY_BYTES = 8;
const MAX_DIRECTORIES = 16;
const RESOURCES = 2;
const SECURITY = 4;
/** sizeof(EFI_IMAGE_NT_HEADERS64), which the boot manager reads whatever the image is. */
const NT_HEADERS_BYTES = 264;
const APPLICATION = 10;
const X64 = 0x8664;
const SYMBOL_BYTES = 18;

export interface ImageSection {
  /** Long ones are looked up in the COFF string table. */
  readonly name: string;
  readonly virtualAddress: number;
  readonly virtualSize: number;
  readonly rawStart: number;
  readonly rawSize: number;
}

/** Of the data directory. `start` is an offset in the file for the certificates, else an address. */
export interface ImageDirectory {
  readonly start: number;
  readonly size: number;
}

export interface EfiImage {
  readonly bytes: Uint8Array;
  readonly machine: number;
  readonly checksumOffset: number;
  /** Of the security directory's entry; null where the header has none. */
  readonly securityOffset: number | null;
  readonly sizeOfHeaders: number;
  readonly sections: readonly ImageSection[];
  readonly security: ImageDirectory | null;
  readonly resources: ImageDirectory | null;
}

/** What the boot manager asks before it takes a file for a program at all. */
export function isApplication(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  if (bytes.length < 64 || view.getUint16(0, true) !== MZ) return false;
  const start = view.getUint32(60, true);
  if (start + NT_HEADERS_BYTES > bytes.length || view.getUint32(start, true) !== PE) return false;
  const magic = view.getUint16(start + COFF_BYTES, true);
  return (
    (magic === PE32 || magic === PE32_PLUS) && view.getUint16(start + COFF_BYTES + 68, true) === APPLICATION
  );
}

/** Null where EDK2's loader refuses the headers. Throws ParseError `over-limit`. */
export function readImage(bytes: Uint8Array): EfiImage | null {
  const view = viewOf(bytes);
  if (bytes.length < 64 || view.getUint16(0, true) !== MZ) return null;
  const start = view.getUint32(60, true);
  const optional = start + COFF_BYTES;
  if (optional + 112 > bytes.length || view.getUint32(start, true) !== PE) return null;
  const magic = view.getUint16(optional, true);
  if (magic !== PE32 && magic !== PE32_PLUS) return null;
  const fixed = magic === PE32 ? 96 : 112;
  const directories = view.getUint32(optional + fixed - 4, true);
  const optionalBytes = view.getUint16(start + 20, true);
  if (directories > MAX_DIRECTORIES || optionalBytes !== fixed + directories * DIRECTORY_BYTES) return null;
  const sectionsStart = optional + optionalBytes;
  const count = view.getUint16(start + 6, true);
  const sizeOfImage = view.getUint32(optional + 56, true);
  const sizeOfHeaders = view.getUint32(optional + 60, true);
  if (sizeOfImage < sectionsStart || Math.floor((sizeOfImage - sectionsStart) / SECTION_BYTES) <= count)
    return null;
  if (sizeOfHeaders < sectionsStart || sizeOfHeaders >= sizeOfImage || sizeOfHeaders > bytes.length)
    return null;
  if (Math.floor((sizeOfHeaders - sectionsStart) / SECTION_BYTES) < count) return null;
  if (count > PARSER_LIMITS.maxImageSections)
    throw overLimit(`at most ${PARSER_LIMITS.maxImageSections} sections`, `${count}`);
  const directory = (index: number): ImageDirectory | null => {
    if (index >= directories) return null;
    const at = optional + fixed + index * DIRECTORY_BYTES;
    return { start: view.getUint32(at, true), size: view.getUint32(at + 4, true) };
  };
  const security = directory(SECURITY);
  if (security !== null && security.size > 0 && security.start + security.size > bytes.length) return null;
  const strings = view.getUint32(start + 12, true) + view.getUint32(start + 16, true) * SYMBOL_BYTES;
  const sections = Array.from({ length: count }, (_, i) =>
    readSection(view, sectionsStart + i * SECTION_BYTES, strings),
  );
  const isGood = sections.every(
    ({ virtualAddress, rawStart, rawSize }) =>
      rawSize === 0 ||
      (virtualAddress >= sizeOfHeaders && rawStart >= sizeOfHeaders && rawStart + rawSize <= bytes.length),
  );
  if (!isGood) return null;
  return {
    bytes,
    machine: view.getUint16(start + 4, true),
    checksumOffset: optional + 64,
    securityOffset: security === null ? null : optional + fixed + SECURITY * DIRECTORY_BYTES,
    sizeOfHeaders,
    sections,
    security,
    resources: directory(RESOURCES),
  };
}

export function overLimit(expected: string, found: string): ParseError {
  return new ParseError({ code: "over-limit", path: "program", expected, found });
}

/** Only such a one is started here. */
export function isForX64({ machine }: EfiImage): boolean {
  return machine === X64;
}

function readSection(view: DataView, at: number, strings: number): ImageSection {
  const short = textAt(view, at, 8);
  const isLong = /^\/\d{1,7}$/.test(short);
  return {
    name: isLong ? textAt(view, strings + Number(short.slice(1)), 64) : short,
    virtualSize: view.getUint32(at + 8, true),
    virtualAddress: view.getUint32(at + 12, true),
    rawSize: view.getUint32(at + 16, true),
    rawStart: view.getUint32(at + 20, true),
  };
}

function textAt(view: DataView, at: number, most: number): string {
  let text = "";
  for (let i = at; i < at + most && i < view.byteLength; i++) {
    const byte = view.getUint8(i);
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** What the file has of a section, without what fills it up; null where it has none of that name. */
export function sectionNamed({ bytes, sections }: EfiImage, name: string): Uint8Array | null {
  const section = sections.find((one) => one.name === name);
  if (section === undefined) return null;
  const size = section.virtualSize === 0 ? section.rawSize : Math.min(section.rawSize, section.virtualSize);
  return bytes.subarray(section.rawStart, section.rawStart + size);
}
