/** A signature database with some of its entries left out. */
import { viewOf } from "../../parsers/bytes.ts";
import type { SignatureDatabase } from "../../parsers/efi/signature-list.ts";

const LIST_SIZE_OFFSET = 16;

/** True where dropping so many of its entries leaves no byte of a database: no loader takes an empty variable. */
export function leavesNothing({ lists }: SignatureDatabase, dropped: number): boolean {
  let entries = 0;
  for (const { signatureCount } of lists) {
    if (signatureCount === 0) return false;
    entries += signatureCount;
  }
  return entries === dropped;
}

/**
 * The bytes of a database without the entries at these offsets, which ascend: what stays keeps its order, and a list that this
 * leaves empty goes as a whole. Only for a database without a fault, because every list is taken to be what it declares.
 */
export function dropSignatures({ data, lists }: SignatureDatabase, dropped: readonly number[]): Uint8Array {
  // What stays only ever moves towards the start, so one copy is enough, and neighbours move together.
  const bytes = data.slice();
  const view = viewOf(bytes);
  let end = 0;
  let next = 0;
  for (const { span, firstSignature, signatureSize, signatureCount } of lists) {
    const start = end;
    const stop = firstSignature + signatureCount * signatureSize;
    let from = span.start;
    let kept = signatureCount;
    for (; next < dropped.length && dropped[next]! < stop; next++) {
      const offset = dropped[next]!;
      bytes.copyWithin(end, from, offset);
      end += offset - from;
      from = offset + signatureSize;
      kept--;
    }
    bytes.copyWithin(end, from, stop);
    end += stop - from;
    if (kept === 0 && signatureCount > 0) end = start;
    else view.setUint32(start + LIST_SIZE_OFFSET, end - start, true);
  }
  return bytes.slice(0, end);
}

/** Length of what `dropSignatures` makes. */
export function lengthWithout({ data, lists }: SignatureDatabase, dropped: readonly number[]): number {
  let { length } = data;
  let next = 0;
  for (const { span, firstSignature, signatureSize, signatureCount } of lists) {
    const stop = firstSignature + signatureCount * signatureSize;
    const first = next;
    while (next < dropped.length && dropped[next]! < stop) next++;
    const isEmptied = signatureCount > 0 && next - first === signatureCount;
    length -= isEmptied ? stop - span.start : (next - first) * signatureSize;
  }
  return length;
}
