/**
 * Suspended VMs of an export: one that was made with its power state kept has the image of its VM among the disks (xapi
 * ocaml/xapi/export.ml, make_vm), and that image what varstored saved.
 */
import { isAllZero } from "../../parsers/bytes.ts";
import { type ErrorCode, ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { VmSource } from "../../parsers/model.ts";
import { readTarHeader, TAR_BLOCK_BYTES, tarPadding } from "../../parsers/packing/tar.ts";
import { NVRAM } from "../../parsers/records/vm-record.ts";
import { copyOfSuspended, suspendDiskOf } from "../../parsers/suspend-image/copy.ts";
import { BLOCK_NAME } from "../../parsers/xva/members.ts";
import { readOvaDisks } from "../../parsers/xva/ova-disks.ts";
import { SuspendDisk } from "../../parsers/xva/suspend-disk.ts";
import type { ArchiveCursor } from "./archive-cursor.ts";
import { asParseError } from "./system-errors.ts";

export interface SuspendedCopies {
  /** All copies. The copy in the state of a suspended VM comes after the NVRAM of its record. */
  readonly vms: readonly VmSource[];
  readonly error: ParseError | null;
}

/** Largest read of one piece of the image. */
const MAX_TAKEN_BYTES = 65_536;

/** `cursor`: right behind ova.xml. `ovaXml`: the bytes of ova.xml. Never throws ParseError. */
export async function withSuspendedCopies(
  vms: readonly VmSource[],
  ovaXml: Uint8Array,
  cursor: ArchiveCursor,
): Promise<SuspendedCopies> {
  const { disks } = readOvaDisks(ovaXml);
  const wanted = new Map<string, SuspendDisk>();
  for (const vm of vms) {
    const id = ownSuspendDisk(vm);
    if (disks.has(id) && wanted.size < PARSER_LIMITS.maxXvaDisks) wanted.set(id, new SuspendDisk());
  }
  let error: ParseError | null = null;
  try {
    await readDisks(cursor, wanted);
  } catch (thrown) {
    error = asParseError(thrown).within("suspend_VDI");
  }
  const copies = vms.flatMap((vm) => {
    const saved = wanted.get(ownSuspendDisk(vm))?.image.nvram ?? null;
    return saved === null ? [vm] : [vm, copyOfSuspended(vm, saved)];
  });
  return { vms: copies, error };
}

/** Reference of the suspend disk, from the fields of the VM's record; "" where there is none, and for the copy in a snapshot's metadata, which has other fields. */
function ownSuspendDisk(vm: VmSource): string {
  return vm.source === NVRAM ? (suspendDiskOf(vm) ?? "") : "";
}

/** Reads the images of the wanted disks, and stops behind the last one. Throws ParseError. */
async function readDisks(cursor: ArchiveCursor, wanted: ReadonlyMap<string, SuspendDisk>): Promise<void> {
  let left = wanted.size;
  let chunkBytes: number | null = null;
  let current: { readonly id: string; readonly disk: SuspendDisk } | null = null;
  while (left > 0) {
    const member = await nextMember(cursor);
    if (member === null) break;
    const { name, size } = member;
    const padding = tarPadding(size).length;
    const [, id = "", number = ""] = BLOCK_NAME.exec(name) ?? [];
    if (id !== "") chunkBytes ??= size;
    if (id !== "" && current !== null && current.id !== id) current.disk.image.end();
    const disk = wanted.get(id);
    if (disk === undefined || disk.image.isComplete) {
      await cursor.skip(size + padding);
      continue;
    }
    current = { id, disk };
    disk.enterBlock(Number(number), chunkBytes ?? size);
    await readBlock(cursor, disk, size);
    await cursor.skip(padding);
    if (!disk.image.isComplete) continue;
    disk.image.end();
    left--;
  }
  // An export without any block is one of metadata.
  if (chunkBytes === null) return;
  for (const { image } of wanted.values()) image.end();
}

async function readBlock(cursor: ArchiveCursor, { image }: SuspendDisk, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const passed = Math.min(left, image.passable);
    const used = passed > 0 ? passed : Math.min(left, image.needed, MAX_TAKEN_BYTES);
    if (passed > 0) {
      await cursor.skip(used);
      image.pass(used);
    } else image.push(await cursor.take(used));
    left -= used;
  }
}

interface Member {
  readonly name: string;
  readonly size: number;
}

/** The next member; null at the end of the archive. Throws ParseError `truncated` where that end is missing, `bad-structure` and `over-limit`. */
async function nextMember(cursor: ArchiveCursor): Promise<Member | null> {
  const offset = cursor.position();
  const block = await cursor.header();
  const isWhole = block.length === TAR_BLOCK_BYTES;
  if (isWhole && isAllZero(block)) return null;
  const header = readTarHeader(block);
  const { maxXvaOtherMemberBytes } = PARSER_LIMITS;
  if (!isWhole)
    throw damaged("truncated", offset, "the two zero blocks that end an export", "its end before");
  if (header === null) throw damaged("bad-structure", offset, "the header of a member", "something else");
  const { name, size } = header;
  if (size <= BigInt(maxXvaOtherMemberBytes)) return { name, size: Number(size) };
  throw damaged("over-limit", offset, `members of up to ${maxXvaOtherMemberBytes} bytes`, `${size} bytes`);
}

function damaged(code: ErrorCode, offset: number, expected: string, found: string): ParseError {
  const next = "The export is damaged: run varscope verify on it.";
  return new ParseError({ code, offset, expected, found, next });
}
