import { readGuid } from "../parsers/efi/guid.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { indexSignatures, type SignatureIndex } from "../parsers/efi/signature-index.ts";
import { SIGNATURE_OWNER_BYTES, type SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { isMergedVariable, signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import { guidNamed, nameOfGuid } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";
import { dropSignatures } from "./engine/drop-signatures.ts";
import type { Repair, VariableRule } from "./engine/rule.ts";

const REMEMBERED_OWNERS = 2;
const SVN_OWNER = guidNamed("EFI_CERT_SVN");

export const duplicateSignature: VariableRule = {
  meta: {
    id: "duplicate-signature",
    title: "The same hash or certificate stands twice in a variable",
    severity: "warning",
    breaks: null,
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Looks for entries of one variable that have the same type and data, whatever their owner.",
      why: "A second copy adds nothing and uses up the 57344 bytes that a variable may have. It comes from appends under another owner, from updates that hold an entry twice, and from appends to KEK, which the daemon never filters.",
      repair:
        "Safe where type, owner and data are the same in KEK, db or dbx: the first entry stays in its place, the others go, and a list that this leaves empty goes with them. Copies under different owners stay.",
      notAFault: "Version entries (SVN) are no hashes: several of them are normal, the highest counts.",
      references: [
        "varstored handler.c, filter_signature_list",
        "UEFI 2.10 §8.2.2, EFI_VARIABLE_APPEND_WRITE",
      ],
    },
  },
  message: ({ variable, duplicates, bytesWasted, owners }) =>
    `${variable} repeats ${duplicates === 1 ? "one entry" : `${duplicates} entries`} (${bytesWasted} bytes; owners: ${(owners as readonly string[]).join(", ")}).`,
  on: "variable",
  *detect(variable, { signaturesOf, platform }) {
    if (signatureVariableKind(variable) === null) return;
    const database = signaturesOf(variable);
    const index = indexSignatures(database, platform.hashSeed);
    const found = findDuplicates(database, index);
    if (found.duplicates === 0) return;
    const { duplicates, bytesWasted, identical } = found;
    const facts = {
      variable: shortName(variable.name),
      signatures: index.count,
      duplicates,
      identical: identical.size,
      bytesWasted,
      owners: found.owners,
    };
    const repair = isMergedVariable(variable) ? storeOnce(variable, database, index, identical) : null;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts,
      ...(repair === null ? {} : { repair }),
    };
  },
};

interface Duplicates {
  readonly duplicates: number;
  readonly bytesWasted: number;
  /** Names, else GUIDs, of the owners of all copies. */
  readonly owners: readonly string[];
  /** Entries whose owner is that of an earlier entry with the same data, too. */
  readonly identical: ReadonlySet<number>;
}

function findDuplicates(database: SignatureDatabase, index: SignatureIndex): Duplicates {
  const { data, lists } = database;
  const ownerAt = ownerReader(data);
  const ownersOfFirst = new Map<number, Set<string>>();
  const allOwners = new Set<string>();
  const identical = new Set<number>();
  let duplicates = 0;
  let bytesWasted = 0;
  for (let entry = 0; entry < index.count; entry++) {
    const first = index.firstWithSameData[entry]!;
    if (first === entry) continue;
    const owner = ownerAt(index.offsets[entry]!);
    const firstOwner = ownerAt(index.offsets[first]!);
    if (owner === SVN_OWNER && firstOwner === SVN_OWNER) continue;
    const owners = ownersOfFirst.get(first) ?? new Set([firstOwner]);
    if (owners.has(owner)) identical.add(entry);
    owners.add(owner);
    ownersOfFirst.set(first, owners);
    duplicates++;
    bytesWasted += lists[index.lists[entry]!]!.signatureSize;
  }
  for (const owners of ownersOfFirst.values()) for (const owner of owners) allOwners.add(owner);
  return {
    duplicates,
    bytesWasted,
    identical,
    owners: [...allOwners].sort().map((guid) => nameOfGuid(guid) ?? guid),
  };
}

/** Reads owners as text; runs of one owner, as they stand in every dbx, are read once. */
function ownerReader(data: Uint8Array): (offset: number) => string {
  const recent: { offset: number; owner: string }[] = [];
  return (offset) => {
    const known = recent.find((one) => sameOwner(data, one.offset, offset));
    if (known !== undefined) return known.owner;
    const owner = readGuid(data, offset);
    recent.unshift({ offset, owner });
    if (recent.length > REMEMBERED_OWNERS) recent.pop();
    return owner;
  };
}

function sameOwner(data: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < SIGNATURE_OWNER_BYTES; i++) if (data[a + i] !== data[b + i]) return false;
  return true;
}

/** Null where no two entries are identical, or where the lists cannot be taken apart with certainty. */
function storeOnce(
  variable: EfiVariable,
  database: SignatureDatabase,
  index: SignatureIndex,
  identical: ReadonlySet<number>,
): Repair | null {
  if (identical.size === 0 || database.fault !== null) return null;
  const dropped = new Set([...identical].map((entry) => index.offsets[entry]!));
  const title = `Store identical entries of ${shortName(variable.name)} once (${identical.size} fewer)`;
  return {
    applicability: "safe",
    title,
    patches: [{ op: "replace-data", index: variable.index, data: dropSignatures(database, dropped) }],
  };
}
