/** A repaired archive as parts: new bytes, and places of the input that stay. Of these nothing is read but what stands around them. */
import { ParseError } from "../../parsers/errors.ts";
import type { Splice } from "../../parsers/text/splice.ts";
import { CHUNK_BYTES } from "../input/chunks.ts";
import type { SeekableBytes } from "../input/source.ts";

/** A piece of what is to be written: new bytes, or those of the input from `start` up to `end`, not included. */
export type OutputPart = Uint8Array | { readonly start: number; readonly end: number };

/** What makes an archive anew as it passes, and says what it only passes on. */
export interface PassingRewriter {
  readonly push: (piece: Uint8Array) => readonly Uint8Array[];
  readonly finish: () => readonly Uint8Array[];
  /** How many of the next bytes stay as they are. */
  readonly staying: number;
  readonly pass: (bytes: number) => void;
}

/** The splices in their order, and what stands between them. */
export function splicedParts(splices: readonly Splice[], size: number): readonly OutputPart[] {
  const parts = new PartList();
  let at = 0;
  for (const { start, end, bytes } of splices) {
    parts.keep(at, start);
    parts.add(bytes);
    at = end;
  }
  parts.keep(at, size);
  return parts.list;
}

/** Throws ParseError as the rewriter does, and where the input ends before its size. */
export async function rewrittenParts(
  { readAt, size }: SeekableBytes,
  rewriter: PassingRewriter,
): Promise<readonly OutputPart[]> {
  const parts = new PartList();
  for (let at = 0; at < size; ) {
    const staying = Math.min(rewriter.staying, size - at);
    if (staying > 0) {
      parts.keep(at, at + staying);
      rewriter.pass(staying);
      at += staying;
      continue;
    }
    const piece = await readAt(at, Math.min(CHUNK_BYTES, size - at));
    if (piece.length === 0) throw endedEarly(at, size);
    for (const part of rewriter.push(piece)) {
      const start = placeIn(piece, part);
      if (start === null) parts.add(part);
      else parts.keep(at + start, at + start + part.length);
    }
    at += piece.length;
  }
  for (const part of rewriter.finish()) parts.add(part);
  return parts.list;
}

/** Where `part` stands in `piece`, if it is a view of it; null where its bytes are new. */
function placeIn(piece: Uint8Array, part: Uint8Array): number | null {
  const start = part.byteOffset - piece.byteOffset;
  return part.buffer === piece.buffer && start >= 0 && start + part.length <= piece.length ? start : null;
}

function endedEarly(at: number, size: number): ParseError {
  return new ParseError({
    code: "truncated",
    offset: at,
    expected: `${size} bytes, as when it was opened`,
    found: `its end after ${at}`,
    next: "It became shorter while it was read: wait until nothing writes to it.",
  });
}

class PartList {
  readonly list: OutputPart[] = [];

  add(bytes: Uint8Array): void {
    if (bytes.length > 0) this.list.push(bytes);
  }

  /** Neighbours become one part. */
  keep(start: number, end: number): void {
    if (end <= start) return;
    const last = this.list.at(-1);
    if (last !== undefined && !(last instanceof Uint8Array) && last.end === start)
      this.list[this.list.length - 1] = { start: last.start, end };
    else this.list.push({ start, end });
  }
}
