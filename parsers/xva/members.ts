/** What the members of an export are called, and which of them is being read (xapi ocaml/xapi/stream_vdi.ml; import.ml). */
import { PARSER_LIMITS } from "../limits.ts";
import type { Block } from "./disk-check.ts";

/** Endings of the two kinds of checksum members: XXH64, and SHA-1 of hosts before XCP-ng 8.1. */
export type ChecksumKind = "xxhash" | "checksum";

export const OVA_XML: RegExp = /^(?:\.\/)?ova\.xml$/;
/** Id of the disk and number of the block. */
export const BLOCK_NAME: RegExp = /^(Ref:\d{1,15})\/(\d{8,15})$/;
export const CHECKSUM: RegExp = /\.(xxhash|checksum)$/;
export const CHECKSUM_BYTES: Readonly<Record<ChecksumKind, number>> = { xxhash: 16, checksum: 40 };
/** A block of a disk that was exported by itself as tar, without ova.xml (xapi ocaml/xapi/export_raw_vdi.ml). */
const RAW_BLOCK_NAME = /^vdi\/\d{8,15}$/;
export const FILE_TYPES: ReadonlySet<string> = new Set(["", "0", "7"]);

/** The member that is being read. */
export type CurrentMember =
  | { readonly kind: "ova-xml"; readonly offset: number }
  | { readonly kind: "block"; readonly block: Block }
  | CurrentChecksum
  | { readonly kind: "table"; readonly name: string; readonly offset: number }
  | { readonly kind: "extension"; readonly type: string }
  | { readonly kind: "other" };

export interface CurrentChecksum {
  readonly kind: "checksum";
  readonly of: ReadBlock;
  readonly algorithm: ChecksumKind;
  readonly offset: number;
}

export interface ReadBlock {
  readonly block: Block;
  readonly pieces: readonly Uint8Array[];
}

/** Bytes that a member of this name may have. */
export function memberLimit(name: string): number {
  if (BLOCK_NAME.test(name)) return PARSER_LIMITS.maxXvaBlockBytes;
  return OVA_XML.test(name) ? PARSER_LIMITS.maxOvaXmlBytes : PARSER_LIMITS.maxXvaOtherMemberBytes;
}

const NAMES_KEPT = 3;

/** Tells an export, however damaged, from an archive of something else. */
export class MemberNames {
  /** True once a member was seen that exports alone have. */
  isExport = false;
  /** The first ones. */
  readonly first: string[] = [];

  see(name: string): void {
    this.isExport ||= [OVA_XML, BLOCK_NAME, RAW_BLOCK_NAME, CHECKSUM].some((pattern) => pattern.test(name));
    if (this.first.length < NAMES_KEPT) this.first.push(name);
  }
}
