/**
 * Where every byte of a VARS blob belongs: ranges that follow each other without gap or overlap, from the first byte
 * to the last. What could not be read is a range as well, so that nothing of a blob is passed over in silence.
 */
import {
  type EfiSignatureList,
  readSignatureDatabase,
  SIGNATURE_LIST_HEADER_BYTES,
  type SignatureDatabase,
  signatureAt,
} from "../efi/signature-list.ts";
import { signatureVariableKind } from "../efi/signature-variables.ts";
import { PARSER_LIMITS, VARSTORED_LIMITS } from "../limits.ts";
import type { EfiVariable, Span, VarstoredBlob } from "../model.ts";

/** What the bytes of a range are; names as varstored and the UEFI specification have them. */
export type ByteKind =
  | "magic"
  | "version"
  | "variable-count"
  | "data-length-of-all"
  | "mor_key"
  | "ppi_vdata"
  | "name-length"
  | "name"
  | "data-length"
  | "data"
  | "signature-list-header"
  | "signature-header"
  | "signatures"
  | "slack"
  | "guid"
  | "attributes"
  | "timestamp"
  | "digest"
  | "not-decoded";

/** In bytes of the blob; never empty. */
export interface AccountedRange extends Span {
  readonly what: ByteKind;
  /** Such as `variables[3].data.lists[0].signatures[0..430]`, the last one included. */
  readonly path: string;
}

const { HEADER_BYTES } = VARSTORED_LIMITS;
const MAGIC_BYTES = 4;
const VERSION_BYTES = 4;
const LENGTH_BYTES = 8;
const GUID_BYTES = 16;
const ATTRIBUTES_BYTES = 4;
const TIMESTAMP_BYTES = 16;
/** mor_key stands before ppi_vdata (varstored include/xapidb.h). */
const MOR_KEY_BYTES = 8;

/**
 * The ranges of a blob in order. Entries of a signature list that follow each other under one owner are one range. Of a
 * blob that would have more ranges of signatures than PARSER_LIMITS.maxAccountedRanges, the rest is told as `data`.
 */
export function accountBytes(blob: VarstoredBlob): readonly AccountedRange[] {
  const account = new Account();
  account.take("magic", "header.magic", MAGIC_BYTES);
  account.take("version", "header.version", VERSION_BYTES);
  account.take("variable-count", "header.count", LENGTH_BYTES);
  account.take("data-length-of-all", "header.dataLength", LENGTH_BYTES);
  if (blob.ancillary !== null) {
    account.take("mor_key", "ancillary.mor_key", MOR_KEY_BYTES);
    account.takeTo("ppi_vdata", "ancillary.ppi_vdata", HEADER_BYTES + blob.ancillary.length);
  }
  for (const variable of blob.variables) accountRecord(variable, account);
  account.takeTo("not-decoded", "rest", blob.bytes.length);
  return account.ranges;
}

/** Ranges one behind the other: each begins where the last one ended, so that none can overlap or leave a gap. */
class Account {
  readonly ranges: AccountedRange[] = [];
  #end = 0;
  #left: number = PARSER_LIMITS.maxAccountedRanges;

  take(what: ByteKind, path: string, bytes: number): void {
    this.takeTo(what, path, this.#end + bytes);
  }

  takeTo(what: ByteKind, path: string, end: number): void {
    if (end <= this.#end) return;
    this.ranges.push({ start: this.#end, end, what, path });
    this.#end = end;
  }

  /** False once the detail that one account may have is used up. */
  mayDetail(): boolean {
    return this.#left-- > 0;
  }
}

function accountRecord(variable: EfiVariable, account: Account): void {
  const path = `variables[${variable.index}]`;
  account.take("name-length", `${path}.nameLength`, LENGTH_BYTES);
  account.take("name", `${path}.name`, variable.nameBytes.length);
  account.take("data-length", `${path}.dataLength`, LENGTH_BYTES);
  if (signatureVariableKind(variable) !== null) accountSignatures(variable, `${path}.data`, account);
  account.takeTo("data", `${path}.data`, variable.dataSpan.end);
  account.take("guid", `${path}.guid`, GUID_BYTES);
  account.take("attributes", `${path}.attributes`, ATTRIBUTES_BYTES);
  account.take("timestamp", `${path}.timestamp`, TIMESTAMP_BYTES);
  account.takeTo("digest", `${path}.digest`, variable.span.end);
}

function accountSignatures({ data, dataSpan }: EfiVariable, path: string, account: Account): void {
  const database = readSignatureDatabase(data);
  for (const [index, list] of database.lists.entries()) {
    if (!account.mayDetail()) return;
    const place: ListPlace = { database, list, path: `${path}.lists[${index}]`, base: dataSpan.start };
    if (!accountList(place, account)) return;
  }
  if (database.lists.length > 0) account.takeTo("not-decoded", `${path}.rest`, dataSpan.end);
}

interface ListPlace {
  readonly database: SignatureDatabase;
  readonly list: EfiSignatureList;
  readonly path: string;
  /** Of the variable's data in the blob. */
  readonly base: number;
}

/** False where the detail was used up before the end of the list. */
function accountList({ database, list, path, base }: ListPlace, account: Account): boolean {
  const { span, firstSignature, signatureCount, signatureSize } = list;
  account.take("signature-list-header", `${path}.header`, SIGNATURE_LIST_HEADER_BYTES);
  account.takeTo("signature-header", `${path}.signatureHeader`, base + firstSignature);
  for (let first = 0; first < signatureCount; ) {
    if (!account.mayDetail()) return false;
    const last = lastOfOwner(database.data, list, first);
    const entries = first === last ? `${first}` : `${first}..${last}`;
    const end = base + firstSignature + (last + 1) * signatureSize;
    account.takeTo("signatures", `${path}.signatures[${entries}]`, end);
    first = last + 1;
  }
  account.takeTo("slack", `${path}.slack`, base + span.end);
  return true;
}

/** Index of the last entry of a run that begins at `first`. */
function lastOfOwner(data: Uint8Array, list: EfiSignatureList, first: number): number {
  const { signatureOwner } = signatureAt(data, list, first);
  let last = first;
  while (
    last + 1 < list.signatureCount &&
    signatureAt(data, list, last + 1).signatureOwner === signatureOwner
  )
    last++;
  return last;
}
