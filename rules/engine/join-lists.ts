/** Hash lists of a dbx that could be one: each append leaves a list, with 28 bytes of header (varstored handler.c, do_set_variable). */
import { concatBytes } from "../../parsers/bytes.ts";
import { readGuid } from "../../parsers/efi/guid.ts";
import {
  buildSignatureList,
  type EfiSignatureList,
  SIGNATURE_OWNER_BYTES,
  type SignatureDatabase,
  signatureOffsets,
} from "../../parsers/efi/signature-list.ts";
import { nameOfGuid } from "../../parsers/guids.ts";
import { svnOfEntry } from "../knowledge/svn.ts";

const HASH_TYPE = /^EFI_CERT_SHA\d+$/;

/**
 * The same entries in fewer lists, with the number that is left: each joined one at the place of its first part, entries in order; null where there is
 * nothing to join or the lists cannot be taken apart with certainty. Lists with SVN entries stay as Microsoft made them.
 */
export function joinLists(database: SignatureDatabase): { data: Uint8Array; lists: number } | null {
  if (database.fault !== null) return null;
  const groups = new Map<string, EfiSignatureList[]>();
  const parts: (readonly EfiSignatureList[])[] = [];
  for (const list of database.lists) {
    const key = groupOf(database.data, list);
    const group = key === null ? undefined : groups.get(key);
    if (group !== undefined) {
      group.push(list);
      continue;
    }
    const started = [list];
    parts.push(started);
    if (key !== null) groups.set(key, started);
  }
  if (parts.length === database.lists.length) return null;
  return { data: concatBytes(parts.map((lists) => joined(database.data, lists))), lists: parts.length };
}

/** Null for a list that stays by itself. */
function groupOf(data: Uint8Array, list: EfiSignatureList): string | null {
  if (list.signatureHeaderSize !== 0 || !HASH_TYPE.test(nameOfGuid(list.signatureType) ?? "")) return null;
  for (const offset of signatureOffsets(list)) if (isSvn(data, offset, list.signatureSize)) return null;
  return `${list.signatureType} ${list.signatureSize}`;
}

function isSvn(data: Uint8Array, offset: number, size: number): boolean {
  const start = offset + SIGNATURE_OWNER_BYTES;
  // SVN_DATA begins with its version, 1: of other entries the owner need not become a text.
  return (
    data[start] === 1 && svnOfEntry(readGuid(data, offset), data.subarray(start, offset + size)) !== null
  );
}

function joined(data: Uint8Array, lists: readonly EfiSignatureList[]): Uint8Array {
  const [first, ...others] = lists;
  if (first === undefined) return new Uint8Array(0);
  if (others.length === 0) return data.subarray(first.span.start, first.span.end);
  const entries = lists.flatMap((list) =>
    Array.from(signatureOffsets(list), (offset) => data.subarray(offset, offset + list.signatureSize)),
  );
  const type = data.subarray(first.span.start, first.span.start + 16);
  return buildSignatureList(type, new Uint8Array(0), first.signatureSize, entries);
}
