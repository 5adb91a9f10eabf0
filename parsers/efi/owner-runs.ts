/** Who owns the entries of a signature database: neighbours mostly share an owner, so that a dbx has a handful of runs. */
import { viewOf } from "../bytes.ts";
import { oncePer } from "../once-per.ts";
import { readGuid } from "./guid.ts";
import type { SignatureDatabase } from "./signature-list.ts";

/** Entries of one list that stand behind each other under one owner. */
export interface OwnerRun {
  readonly owner: string;
  /** Offset of the first entry, in bytes of the variable's data; each takes `signatureSize`. */
  readonly start: number;
  readonly count: number;
  readonly signatureSize: number;
}

/** All whole entries, in the order of the data. */
export const ownerRuns: (database: SignatureDatabase) => readonly OwnerRun[] = oncePer(({ data, lists }) => {
  const view = viewOf(data);
  const runs: OwnerRun[] = [];
  for (const { firstSignature, signatureSize, signatureCount } of lists) {
    const end = firstSignature + signatureCount * signatureSize;
    for (let start = firstSignature; start < end; ) {
      const next = endOfRun(view, start, end, signatureSize);
      runs.push({
        owner: readGuid(data, start),
        start,
        count: (next - start) / signatureSize,
        signatureSize,
      });
      start = next;
    }
  }
  return runs;
});

/** Offset of the first entry after `start` that has another owner. Four words at a time: a dbx has a thousand entries. */
function endOfRun(view: DataView, start: number, end: number, signatureSize: number): number {
  const a = view.getInt32(start);
  const b = view.getInt32(start + 4);
  const c = view.getInt32(start + 8);
  const d = view.getInt32(start + 12);
  let at = start + signatureSize;
  while (
    at < end &&
    view.getInt32(at) === a &&
    view.getInt32(at + 4) === b &&
    view.getInt32(at + 8) === c &&
    view.getInt32(at + 12) === d
  ) {
    at += signatureSize;
  }
  return at;
}

export function entriesOwnedBy(database: SignatureDatabase, owner: string): number {
  let count = 0;
  for (const run of ownerRuns(database)) if (run.owner === owner) count += run.count;
  return count;
}
