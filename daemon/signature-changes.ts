/** What a write did to the entries of a variable. */
import { hasBytesAt, toHex } from "../parsers/bytes.ts";
import {
  type EfiSignatureList,
  readSignatureDatabase,
  signatureOffsets,
} from "../parsers/efi/signature-list.ts";

export interface SignatureChanges {
  /** Entries that the variable holds now and did not hold before; type, owner and data count. */
  readonly added: number;
  /** Entries that it held and holds no more. */
  readonly removed: number;
}

export function compareSignatures(before: Uint8Array, after: Uint8Array): SignatureChanges {
  const appended = appendedSignatures(before, after);
  if (appended !== null) return { added: appended, removed: 0 };
  const counts = countSignatures(before);
  let added = 0;
  for (const [signature, count] of countSignatures(after)) {
    const held = counts.get(signature) ?? 0;
    added += Math.max(0, count - held);
    counts.set(signature, Math.max(0, held - count));
  }
  return { added, removed: [...counts.values()].reduce((sum, count) => sum + count, 0) };
}

/** Null where more was done than to add lists behind whole ones. Thousands of VMs may be asked, and none needs its entries compared. */
function appendedSignatures(before: Uint8Array, after: Uint8Array): number | null {
  const { lists, fault } = readSignatureDatabase(before);
  if (fault !== null || before.length > after.length || !hasBytesAt(after, 0, before)) return null;
  const count = (all: readonly EfiSignatureList[]): number =>
    all.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
  return count(readSignatureDatabase(after).lists) - count(lists);
}

function countSignatures(data: Uint8Array): Map<string, number> {
  const counts = new Map<string, number>();
  for (const list of readSignatureDatabase(data).lists) {
    for (const offset of signatureOffsets(list)) {
      const key = `${list.signatureType} ${toHex(data.subarray(offset, offset + list.signatureSize))}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
