import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSignatures } from "../../daemon/signature-changes.ts";
import { toHex } from "../../parsers/bytes.ts";
import { readSignatureDatabase, signatureAt } from "../../parsers/efi/signature-list.ts";
import { MICROSOFT_OWNER } from "../../parsers/guids.ts";
import { concat, sha256List } from "../builders/blob.ts";

/** One by one, however the lists came about. */
function counted(before: Uint8Array, after: Uint8Array): { added: number; removed: number } {
  const entriesOf = (data: Uint8Array): string[] =>
    readSignatureDatabase(data).lists.flatMap((list) =>
      Array.from({ length: list.signatureCount }, (_, i) => {
        const { signatureOwner, signatureData } = signatureAt(data, list, i);
        return `${list.signatureType} ${signatureOwner} ${toHex(signatureData)}`;
      }),
    );
  const left = entriesOf(before);
  let added = 0;
  for (const entry of entriesOf(after)) {
    const at = left.indexOf(entry);
    if (at >= 0) left.splice(at, 1);
    else added++;
  }
  return { added, removed: left.length };
}

describe("what a write did to the entries", () => {
  const lists = fc
    .array(fc.record({ count: fc.integer({ min: 0, max: 4 }), from: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 4,
    })
    .map((all) => concat(...all.map(({ count, from }) => sha256List(MICROSOFT_OWNER, count, from))));
  const junk = fc.uint8Array({ maxLength: 40 });

  it("is the same for what was appended as for what was replaced, whole or cut", () => {
    fc.assert(
      fc.property(lists, lists, junk, fc.nat(60), (before, more, rest, cut) => {
        const start = concat(before, rest).slice(0, Math.max(0, before.length + rest.length - cut));
        for (const after of [concat(start, more), concat(before, more), more, start])
          expect(compareSignatures(start, after)).toEqual(counted(start, after));
      }),
      { numRuns: 300 },
    );
  });
});
