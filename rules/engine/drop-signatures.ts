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
 * The bytes of a database without the entries at these offsets: what stays keeps its order, and a list that this leaves
 * empty goes as a whole. Only for a database without a fault, because every list is taken to be what it declares.
 */
export function dropSignatures({ data, lists }: SignatureDatabase, dropped: ReadonlySet<number>): Uint8Array {
  // What stays only ever moves towards the start, so one copy is enough and no entry needs an array of its own.
  const bytes = data.slice();
  const view = viewOf(bytes);
  let end = 0;
  for (const { span, firstSignature, signatureSize, signatureCount } of lists) {
    const start = end;
    bytes.copyWithin(end, span.start, firstSignature);
    end += firstSignature - span.start;
    let kept = 0;
    for (let i = 0; i < signatureCount; i++) {
      const offset = firstSignature + i * signatureSize;
      if (dropped.has(offset)) continue;
      bytes.copyWithin(end, offset, offset + signatureSize);
      end += signatureSize;
      kept++;
    }
    if (kept === 0 && signatureCount > 0) end = start;
    else view.setUint32(start + LIST_SIZE_OFFSET, end - start, true);
  }
  return bytes.slice(0, end);
}
