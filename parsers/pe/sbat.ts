/** What a program says of itself for SBAT, and what shim carries (shim sbat.c, SBAT.md, make-certs; cert.S). */
import { viewOf } from "../bytes.ts";
import type { SbatEntry } from "../efi/sbat.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { type EfiImage, overLimit, sectionNamed } from "./image.ts";

const COLUMNS = 6;
const FIRST_COLUMNS = /^([^,]+),(\d{1,9}),/;

/** Null where there is no `.sbat`, or it is no table of six columns. Throws ParseError `over-limit`. */
export function readSbat(image: EfiImage): readonly SbatEntry[] | null {
  const section = sectionNamed(image, ".sbat");
  if (section === null) return null;
  if (section.length > PARSER_LIMITS.maxSbatBytes)
    throw overLimit(`at most ${PARSER_LIMITS.maxSbatBytes} bytes of .sbat`, `${section.length}`);
  const lines = textUpToNul(section)
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const entries = lines.map((line) => {
    const [, component, generation] = FIRST_COLUMNS.exec(line) ?? [];
    if (component === undefined || line.split(",").length < COLUMNS) return null;
    return { component, generation: Number(generation) };
  });
  return entries.length > 0 && entries.every((entry) => entry !== null) ? entries : null;
}

export interface ShimData {
  /** One certificate, or signature lists. */
  readonly vendorAuthorized: Uint8Array;
  readonly vendorDeauthorized: Uint8Array;
  /** The two levels that shim can set, as text without NUL. */
  readonly automaticLevel: Uint8Array;
  readonly latestLevel: Uint8Array;
}

/** Null for what is not shim, or a shim before 15.7 that has no levels in it. */
export function readShim(image: EfiImage): ShimData | null {
  const vendor = sectionNamed(image, ".vendor_cert");
  const level = sectionNamed(image, ".sbatlevel");
  if (vendor === null || level === null || vendor.length < 16 || level.length < 12) return null;
  const vendorView = viewOf(vendor);
  const [authorizedSize, deauthorizedSize, authorizedStart, deauthorizedStart] = [0, 4, 8, 12].map((at) =>
    vendorView.getUint32(at, true),
  ) as [number, number, number, number];
  const levelView = viewOf(level);
  const levels = level.subarray(4);
  return {
    vendorAuthorized: vendor.subarray(authorizedStart, authorizedStart + authorizedSize),
    vendorDeauthorized: vendor.subarray(deauthorizedStart, deauthorizedStart + deauthorizedSize),
    automaticLevel: bytesUpToNul(levels.subarray(levelView.getUint32(4, true))),
    latestLevel: bytesUpToNul(levels.subarray(levelView.getUint32(8, true))),
  };
}

/** A shim that is too old to be followed. */
export function isOldShim(image: EfiImage): boolean {
  return sectionNamed(image, ".vendor_cert") !== null && readShim(image) === null;
}

function bytesUpToNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
}

function textUpToNul(bytes: Uint8Array): string {
  return Array.from(bytesUpToNul(bytes), (byte) => String.fromCharCode(byte)).join("");
}
