/**
 * Is an export complete and undamaged: every member of the archive in the order in which the exporter writes them
 * (xapi ocaml/xapi/export.ml, stream_vdi.ml; importer: import.ml), every block with the checksum that follows it.
 */

import { concatBytes } from "../bytes.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { endingProblems, type ReadingFailure } from "../packing/archive-ending.ts";
import type { TarHeader } from "../packing/tar.ts";
import { EXTENSION_TYPES, extendedName, MAX_EXTENSION_BYTES } from "../packing/tar-extension.ts";
import { TarWalker } from "../packing/tar-walker.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import { ChecksumTable, FIRST_VERSION_WITHOUT_TABLE, readExportVersion } from "./checksum-table.ts";
import { type Block, DiskCheck, type XvaDisk } from "./disk-check.ts";
import {
  BLOCK_NAME,
  CHECKSUM,
  CHECKSUM_BYTES,
  type ChecksumKind,
  type CurrentChecksum,
  type CurrentMember,
  FILE_TYPES,
  MemberNames,
  memberLimit,
  OVA_XML,
  type ReadBlock,
} from "./members.ts";
import { type OvaDisk, readOvaDisks } from "./ova-disks.ts";
import { ProblemList, type XvaProblem, type XvaProblemCode } from "./problems.ts";

/** The checksum of a block as its member tells it: `xxhash` in 16 upper-case digits, `checksum` in 40 lower-case ones. */
export type BlockDigests = Readonly<Record<ChecksumKind, (pieces: readonly Uint8Array[]) => string>>;

export interface XvaVerification {
  /** Of the archive, decompressed. */
  readonly bytes: number;
  readonly members: number;
  readonly blocks: number;
  /** Blocks whose checksum was there and right. */
  readonly checkedBlocks: number;
  readonly checksums: readonly ChecksumKind[];
  readonly disks: readonly XvaDisk[];
  /** The first ones; `problemCount` counts all. None means: complete and undamaged. */
  readonly problems: readonly XvaProblem[];
  readonly problemCount: number;
}

export class XvaVerifier {
  private readonly digests: BlockDigests;
  /** Of what was read so far. */
  readonly names: MemberNames = new MemberNames();
  private readonly problems = new ProblemList();
  private readonly walker: TarWalker;
  private current: CurrentMember = { kind: "other" };
  /** Data of the current member, as far as it is kept. */
  private pieces: Uint8Array[] = [];
  /** A block whose checksum has not come yet. */
  private waiting: ReadBlock | null = null;
  private ovaDisks: ReadonlyMap<string, OvaDisk> | null = null;
  private disk: DiskCheck | null = null;
  private readonly disks: XvaDisk[] = [];
  private readonly seen = new Set<string>();
  private readonly checksums = new Set<ChecksumKind>();
  private members = 0;
  private blocks = 0;
  private checkedBlocks = 0;
  private currentName: string | null = null;
  /** What an extension called the member that comes next. */
  private nextName: string | null = null;
  /** Of exports of before 2007; null for all others, and once it was there. */
  private table: ChecksumTable | null = null;
  private exportVersion: number | null = null;

  constructor(digests: BlockDigests) {
    this.digests = digests;
    this.walker = new TarWalker({
      member: (header, offset) => this.enter(header, offset),
      data: (bytes) => {
        if (this.current.kind !== "other") this.pieces.push(bytes);
      },
      memberEnd: () => this.leave(),
      garbage: (offset, bytes) =>
        this.report("bad-header", null, offset, `${bytes} bytes that are no member of the archive`),
    });
  }

  push(piece: Uint8Array): void {
    this.walker.push(piece);
  }

  /** `failure` is why reading ended before the archive did; null where all of it was read. */
  finish(failure: ReadingFailure | null): XvaVerification {
    const end = this.walker.finish();
    for (const { code, name, offset, message } of endingProblems(end, failure, this.currentName))
      this.report(code, name, offset, message);
    const { bytes, endOffset } = end;
    // Of a cut export that alone is told.
    if (endOffset !== null) {
      this.endWaiting();
      this.reportMissingTable();
    }
    this.endDisk();
    if (this.ovaDisks === null)
      this.report("no-ova-xml", null, null, "no ova.xml was found, which every export has first");
    this.reportMissingDisks();
    const { members, blocks, checkedBlocks, disks } = this;
    return {
      bytes,
      members,
      blocks,
      checkedBlocks,
      checksums: [...this.checksums].toSorted(),
      disks,
      problems: this.problems.listed,
      problemCount: this.problems.count,
    };
  }

  private enter({ name: headerName, size, type }: TarHeader, offset: number): boolean {
    const isExtension = EXTENSION_TYPES.has(type);
    const name = isExtension ? headerName : (this.nextName ?? headerName);
    const block = BLOCK_NAME.exec(name);
    const isOvaXml = OVA_XML.test(name);
    const limit = memberLimit(name);
    if (!isExtension) this.names.see(name);
    if (size > BigInt(limit)) {
      this.report("member-too-large", name, offset, `its header tells ${size} bytes, more than ${limit}`);
      return false;
    }
    this.pieces = [];
    this.currentName = name;
    this.current = { kind: "other" };
    if (isExtension) {
      if (size <= BigInt(MAX_EXTENSION_BYTES)) this.current = { kind: "extension", type };
      return true;
    }
    this.nextName = null;
    this.members++;
    const bytes = Number(size);
    if (!FILE_TYPES.has(type)) this.unexpected(name, offset, `a member of type "${type}"`);
    else if (isOvaXml) this.enterOvaXml(name, offset);
    else if (block !== null)
      this.enterBlock({ name, number: Number(block[2]), bytes, offset }, block[1] ?? "");
    else this.enterOther(name, bytes, offset);
    return true;
  }

  private enterOvaXml(name: string, offset: number): void {
    this.endWaiting();
    if (this.ovaDisks !== null) {
      this.unexpected(name, offset, "another ova.xml");
      return;
    }
    if (this.members > 1)
      this.report(
        "ova-xml-not-first",
        name,
        offset,
        "ova.xml has to be the first member: a host takes no other",
      );
    this.current = { kind: "ova-xml", offset };
  }

  private enterBlock(block: Block, id: string): void {
    this.endWaiting();
    this.blocks++;
    if (this.disk?.id !== id) this.beginDisk(id, block);
    this.disk?.add(block);
    this.current = { kind: "block", block };
  }

  private enterOther(name: string, bytes: number, offset: number): void {
    const kind = CHECKSUM.exec(name)?.[1];
    const { waiting } = this;
    if (kind !== "xxhash" && kind !== "checksum") {
      this.endWaiting();
      if (this.table?.isEmpty === false && bytes <= PARSER_LIMITS.maxXvaTableBytes) {
        this.current = { kind: "table", name, offset };
        return;
      }
      this.unexpected(name, offset, "a member that no export has");
      return;
    }
    if (waiting === null || name !== `${waiting.block.name}.${kind}`) {
      this.endWaiting();
      this.report("checksum-without-block", name, offset, "the block that it belongs to is not before it");
      return;
    }
    this.waiting = null;
    if (bytes === CHECKSUM_BYTES[kind])
      this.current = { kind: "checksum", of: waiting, algorithm: kind, offset };
    else
      this.report(
        "checksum-mismatch",
        name,
        offset,
        `a checksum of ${bytes} bytes, not ${CHECKSUM_BYTES[kind]}`,
      );
  }

  private leave(): void {
    const { current, pieces } = this;
    this.current = { kind: "other" };
    this.pieces = [];
    if (current.kind === "block") this.leaveBlock(current.block, pieces);
    else if (current.kind === "extension")
      this.nextName = extendedName(current.type, concatBytes(pieces)) ?? this.nextName;
    else if (current.kind === "table") this.compareTable(concatBytes(pieces), current);
    else if (current.kind === "ova-xml") this.readOvaXml(concatBytes(pieces), current.offset);
    else if (current.kind === "checksum") this.compare(current, decodeLatin1(concatBytes(pieces)));
  }

  private leaveBlock(block: Block, pieces: readonly Uint8Array[]): void {
    this.waiting = { block, pieces };
    this.table?.add(block.name, this.digests.checksum(pieces));
  }

  /** The importer takes the first member behind the blocks for it, whatever its name. */
  private compareTable(bytes: Uint8Array, { name, offset }: { name: string; offset: number }): void {
    const { right, problems } = this.table?.compare(bytes) ?? { right: 0, problems: [] };
    this.table = null;
    this.checksums.add("checksum");
    // Blocks of the next version have been counted by their own checksums.
    if (this.exportVersion === 0) this.checkedBlocks += right;
    for (const problem of problems) this.report(problem.code, problem.name ?? name, offset, problem.message);
  }

  private reportMissingTable(): void {
    if (this.table === null || this.table.isEmpty) return;
    const what = `the table of checksums is missing, which exports of version ${this.exportVersion} end with`;
    this.report("checksum-table-missing", null, null, what);
  }

  private compare({ of, algorithm, offset }: CurrentChecksum, stored: string): void {
    const actual = this.digests[algorithm](of.pieces);
    this.checksums.add(algorithm);
    if (stored === actual) {
      this.checkedBlocks++;
      return;
    }
    const message = `the block's data gives ${actual}, its checksum says ${stored} (at byte ${offset})`;
    this.report("checksum-mismatch", of.block.name, of.block.offset, message);
  }

  private readOvaXml(bytes: Uint8Array, offset: number): void {
    const { disks, error } = readOvaDisks(bytes);
    this.ovaDisks = disks;
    this.exportVersion = readExportVersion(bytes);
    if (this.exportVersion !== null && this.exportVersion < FIRST_VERSION_WITHOUT_TABLE)
      this.table = new ChecksumTable();
    if (error !== null) this.report("ova-xml-unreadable", "ova.xml", offset, error.message);
  }

  private beginDisk(id: string, { name, offset }: Block): void {
    const previous = this.disk?.id ?? null;
    this.endDisk();
    // The importer takes disks in the order of their ids as texts: Ref:10 before Ref:9.
    if (previous !== null && (this.seen.has(id) || id < previous))
      this.report("disk-order", name, offset, `blocks of ${id} follow those of ${previous}`);
    const disk = this.ovaDisks?.get(id) ?? null;
    if (disk === null && this.ovaDisks !== null)
      this.report("disk-unknown", name, offset, `ova.xml has no disk ${id}`);
    if (this.seen.size < PARSER_LIMITS.maxXvaDisks) this.seen.add(id);
    this.disk = new DiskCheck(id, disk, this.problems);
  }

  private endDisk(): void {
    const disk = this.disk?.finish() ?? null;
    if (disk !== null && this.disks.length < PARSER_LIMITS.maxXvaDisks) this.disks.push(disk);
    this.disk = null;
  }

  private endWaiting(): void {
    if (this.waiting !== null && this.exportVersion !== 0) this.missingChecksum(this.waiting.block);
    this.waiting = null;
  }

  private missingChecksum({ name, offset }: Block): void {
    this.report("checksum-missing", name, offset, "no checksum follows the block");
  }

  /** An export without any disk is one of metadata (`xe vm-export metadata=true`). */
  private reportMissingDisks(): void {
    if (this.seen.size === 0) return;
    for (const [id, { isExported, nameLabel }] of this.ovaDisks ?? []) {
      if (isExported && !this.seen.has(id))
        this.report(
          "disk-missing",
          null,
          null,
          `the disk ${id} (${nameLabel ?? "without a name"}) has no blocks`,
        );
    }
  }

  private unexpected(name: string, offset: number, what: string): void {
    this.report("unexpected-member", name, offset, what);
  }

  private report(code: XvaProblemCode, member: string | null, offset: number | null, message: string): void {
    this.problems.add({ code, member, offset, message });
  }
}
