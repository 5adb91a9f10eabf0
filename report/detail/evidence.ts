/** The bytes that a finding is about, and a few around them. */
import { toHex } from "../../parsers/bytes.ts";
import { holdsSecret } from "../../parsers/efi/secret-variables.ts";
import type { Span, VarstoredBlob } from "../../parsers/model.ts";

export interface EvidenceLine {
  /** Of its first byte in the blob; a multiple of 16. */
  readonly at: number;
  /** At most 16 bytes, in hexadecimal. */
  readonly hex: string;
}

export interface Evidence extends Span {
  /** The first lines of the span and the last one, where it is long. */
  readonly lines: readonly EvidenceLine[];
  /** Bytes left out between the last two lines; 0 where none are. */
  readonly leftOut: number;
}

const LINE = 16;
const FIRST_LINES = 5;

/**
 * Null where the span touches a variable that holds a secret, and where it lies behind the last variable: what was cut
 * off there may be one.
 */
export function evidenceOf({ bytes, variables, rest }: VarstoredBlob, span: Span | null): Evidence | null {
  if (span === null || span.end <= span.start || span.end > rest.start || span.end > bytes.length)
    return null;
  const touches = ({ start, end }: Span): boolean => start < span.end && span.start < end;
  if (variables.some((variable) => touches(variable.span) && holdsSecret(variable))) return null;
  const first = span.start - (span.start % LINE);
  const last = span.end - 1 - ((span.end - 1) % LINE);
  const starts: number[] = [];
  for (let at = first; at <= last && starts.length < FIRST_LINES; at += LINE) starts.push(at);
  const shown = starts.at(-1) ?? first;
  if (shown < last) starts.push(last);
  const isHidden = (at: number): boolean =>
    variables.some((one) => holdsSecret(one) && contains(one.span, at));
  const lines = starts.map((at) => ({ at, hex: lineOf(bytes, at, isHidden) }));
  return { start: span.start, end: span.end, lines, leftOut: Math.max(0, last - shown - LINE) };
}

/** Neighbours on the line that hold a secret are not shown. */
function lineOf(bytes: Uint8Array, at: number, isHidden: (at: number) => boolean): string {
  const line = bytes.slice(at, Math.min(at + LINE, bytes.length));
  return Array.from(line, (byte, i) => (isHidden(at + i) ? "--" : toHex(Uint8Array.of(byte)))).join("");
}

function contains({ start, end }: Span, at: number): boolean {
  return start <= at && at < end;
}
