/** What a write did to the entries of a variable. */
import { hasBytesAt, toHex } from "../parsers/bytes.ts";
import {
  type EfiSignatureList,
  readSignatureDatabase,
  signatureOffsets,
} from "../parsers/efi/signature-list.ts";
import { oncePer } from "../parsers/once-per.ts";

export interface SignatureChanges {
  /** How many entries are new. Entries are equal where type, owner and data are. */
  readonly added: number;
  /** How many entries are gone. */
  readonly removed: number;
}

export function compareSignatures(before: Uint8Array, after: Uint8Array): SignatureChanges {
  const appended = appendedSignatures(before, after);
  if (appended !== null) return { added: appended, removed: 0 };
  const held = countSignatures(before);
  const holds = countOnce(after);
  const [few, many] = held.counts.size < holds.counts.size ? [held, holds] : [holds, held];
  let kept = 0;
  for (const [signature, count] of few.counts) kept += Math.min(count, many.counts.get(signature) ?? 0);
  return { added: holds.total - kept, removed: held.total - kept };
}

/** Null where more was done than to add lists behind whole ones. Thousands of VMs may be asked, and none needs its entries compared. */
function appendedSignatures(before: Uint8Array, after: Uint8Array): number | null {
  const { lists, fault } = readSignatureDatabase(before);
  if (fault !== null || before.length > after.length || !hasBytesAt(after, 0, before)) return null;
  const count = (all: readonly EfiSignatureList[]): number =>
    all.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
  return count(readSignatureDatabase(after).lists) - count(lists);
}

interface SignatureCounts {
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
}

/** What replaces a variable is the same object for every VM that is asked about one update. */
const countOnce = oncePer(countSignatures);

function countSignatures(data: Uint8Array): SignatureCounts {
  let total = 0;
  const counts = new Map<string, number>();
  for (const list of readSignatureDatabase(data).lists) {
    for (const offset of signatureOffsets(list)) {
      const key = `${list.signatureType} ${toHex(data.subarray(offset, offset + list.signatureSize))}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      total++;
    }
  }
  return { counts, total };
}
