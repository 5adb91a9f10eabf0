/** What is told of a merge without making it, against the merge itself. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { entriesOwnedBy } from "../../parsers/efi/owner-runs.ts";
import {
  buildSignatureList,
  readSignatureDatabase,
  signatureOffsets,
} from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { dropSignatures, lengthWithout } from "../../rules/engine/drop-signatures.ts";
import { findDuplicates } from "../../rules/engine/duplicates.ts";
import { mergedDatabase } from "../../rules/engine/merged.ts";
import { MICROSOFT_OWNER, noise, signature, XCP_NG_OWNER } from "../builders/blob.ts";

const SVN_OWNER = guidNamed("EFI_CERT_SVN");

/** Lists of a few entries of which many hold the same data. */
const databases = fc
  .array(
    fc.array(
      fc
        .tuple(fc.constantFrom(MICROSOFT_OWNER, XCP_NG_OWNER, SVN_OWNER), fc.nat(4))
        .map(([owner, i]) => signature(owner, noise(32, i + 1))),
      { maxLength: 8 },
    ),
    { maxLength: 4 },
  )
  .map((lists) =>
    readSignatureDatabase(
      concatBytes(
        lists.map((entries) =>
          buildSignatureList(guidBytes(guidNamed("EFI_CERT_SHA256")), new Uint8Array(0), 48, entries),
        ),
      ),
    ),
  );

describe("a merge", () => {
  it("is told as it is made", () => {
    fc.assert(
      fc.property(databases, (database) => {
        const merged = mergedDatabase(database, database, nodePlatform);
        const made = merged.database();
        expect(merged.bytes).toBe(made.data.length);
        expect(merged.fault).toBe(made.fault);
        const left = findDuplicates(made, nodePlatform.hashSeed);
        expect(left.identical).toEqual([]);
        expect(merged.duplicatesLeft).toBe(left.duplicates);
        expect(entriesOwnedBy(made, XCP_NG_OWNER)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it("drops entries, and lists that this leaves empty", () => {
    const subsets = databases.chain((database) => {
      const offsets = database.lists.flatMap((list) => [...signatureOffsets(list)]);
      return fc.subarray(offsets).map((dropped) => ({ database, offsets, dropped }));
    });
    fc.assert(
      fc.property(subsets, ({ database, offsets, dropped }) => {
        const data = dropSignatures(database, dropped);
        expect(data.length).toBe(lengthWithout(database, dropped));
        const kept = offsets.filter((offset) => !dropped.includes(offset));
        const texts = kept.map((offset) => database.data.slice(offset, offset + 48).join());
        const left = readSignatureDatabase(data);
        expect(left.fault).toBeNull();
        expect(
          left.lists.flatMap((list) =>
            [...signatureOffsets(list)].map((at) => data.slice(at, at + 48).join()),
          ),
        ).toEqual(texts);
        const lists = database.lists.filter(
          ({ span, signatureCount }) =>
            signatureCount === 0 || kept.some((offset) => offset > span.start && offset < span.end),
        );
        expect(left.lists.length).toBe(lists.length);
      }),
      { numRuns: 100 },
    );
  });
});
