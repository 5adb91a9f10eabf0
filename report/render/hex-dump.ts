/** Bytes as `xxd` and others show them: offset, hexadecimal, ASCII. */
import { HEX } from "../../parsers/bytes.ts";

const BYTES_A_LINE = 16;
const HALF = 8;

/** Lines for `bytes`, of which the first has the offset `start`; at most `limit` bytes. */
export function hexDumpLines(bytes: Uint8Array, start: number, limit: number): string[] {
  const shown = bytes.subarray(0, limit);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += BYTES_A_LINE)
    lines.push(hexLine(shown.subarray(at, at + BYTES_A_LINE), start + at));
  return lines;
}

function hexLine(bytes: Uint8Array, offset: number): string {
  const half = (part: Uint8Array): string => Array.from(part, (byte) => HEX[byte]).join(" ");
  const hex = `${half(bytes.subarray(0, HALF)).padEnd(3 * HALF - 1)}  ${half(bytes.subarray(HALF)).padEnd(3 * HALF - 1)}`;
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
  return `${offset.toString(16).padStart(6, "0")}  ${hex}  ${text.join("")}`;
}
