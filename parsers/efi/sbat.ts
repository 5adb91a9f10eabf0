/**
 * The level below which shim refuses to run a component, as its variable SbatLevel holds it (shim SBAT.md and sbat.c,
 * parse_sbat_var_data): lines of comma-separated ASCII, the first of which is `sbat,1,DATE` with a date of ten digits.
 */
import { PARSER_LIMITS } from "../limits.ts";

export interface SbatEntry {
  readonly component: string;
  /** Lower ones are revoked. */
  readonly generation: number;
}

export interface SbatLevel {
  /** `YYYYMMDDNN`; levels compare by it as text. Null where the first line has none. */
  readonly datestamp: string | null;
  /** The components behind the first line, as far as they could be read. */
  readonly entries: readonly SbatEntry[];
  readonly fault: SbatFault | null;
}

export interface SbatFault {
  readonly code: "not-text" | "no-header" | "bad-line" | "too-long";
  /** From 1; the first thing that is wrong. */
  readonly line: number;
}

const HEADER = /^sbat,\d{1,10},(\d{10})$/;
const ENTRY = /^([^,]+),(\d{1,10})(?:,.*)?$/;

/** Reads what can be read; never throws. NULs at the end belong to no line. */
export function readSbatLevel(data: Uint8Array): SbatLevel {
  if (data.length > PARSER_LIMITS.maxSbatBytes)
    return { datestamp: null, entries: [], fault: { code: "too-long", line: 1 } };
  const text = asciiText(data);
  if (text === null) return { datestamp: null, entries: [], fault: { code: "not-text", line: 1 } };
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  const datestamp = HEADER.exec(lines[0] ?? "")?.[1] ?? null;
  if (datestamp === null) return { datestamp, entries: [], fault: { code: "no-header", line: 1 } };
  return { datestamp, ...readEntries(lines) };
}

function readEntries(lines: readonly string[]): Pick<SbatLevel, "entries" | "fault"> {
  const entries: SbatEntry[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const [, component, generation] = ENTRY.exec(line) ?? [];
    if (component === undefined) return { entries, fault: { code: "bad-line", line: index + 1 } };
    entries.push({ component, generation: Number(generation) });
  }
  return { entries, fault: null };
}

/** Null for anything but printable ASCII and line ends. */
function asciiText(data: Uint8Array): string | null {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end--;
  let text = "";
  for (const byte of data.subarray(0, end)) {
    if (byte !== 0x0a && byte !== 0x0d && (byte < 0x20 || byte > 0x7e)) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}
