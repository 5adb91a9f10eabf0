/** A signature database with some of its entries left out. */
import { concatBytes } from "../parsers/bytes.ts";
import {
  buildSignatureList,
  type EfiSignatureList,
  SIGNATURE_LIST_HEADER_BYTES,
  type SignatureDatabase,
  signatureOffsets,
} from "../parsers/efi/signature-list.ts";

/**
 * The bytes of a database without the entries at these offsets: what stays keeps its order, and a list that this leaves
 * empty goes as a whole. Only for a database without a fault, because every list is taken to be what it declares.
 */
export function dropSignatures({ data, lists }: SignatureDatabase, dropped: ReadonlySet<number>): Uint8Array {
  return concatBytes(
    lists.map((list) => {
      const offsets = [...signatureOffsets(list)].filter((offset) => !dropped.has(offset));
      const keep = offsets.map((offset) => data.subarray(offset, offset + list.signatureSize));
      return rebuilt(data, list, keep);
    }),
  );
}

function rebuilt(data: Uint8Array, list: EfiSignatureList, keep: readonly Uint8Array[]): Uint8Array {
  if (keep.length === list.signatureCount) return data.subarray(list.span.start, list.span.end);
  if (keep.length === 0) return new Uint8Array(0);
  const header = data.subarray(list.span.start + SIGNATURE_LIST_HEADER_BYTES, list.firstSignature);
  const type = data.subarray(list.span.start, list.span.start + 16);
  return buildSignatureList(type, header, list.signatureSize, keep);
}
