import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { type BlockDigests, type XvaVerification, XvaVerifier } from "../../../parsers/xva/verify.ts";
import { noise } from "../../builders/blob.ts";
import { base256Size, type Member, makeUstar, makeXva, tarHeader } from "../../builders/tar.ts";
import {
  BLOCK_BYTES,
  type DiskOfExport,
  diskMembers,
  exportMembers,
  sha1Text,
  xxhashText,
} from "../../builders/xva.ts";

const DIGESTS: BlockDigests = {
  xxhash: (pieces) => xxhashText(concatBytes(pieces)),
  checksum: (pieces) => sha1Text(concatBytes(pieces)),
};

const VM = { uuid: "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01", name_label: "vm" };
const BLOCK = noise(BLOCK_BYTES, 1);
const SHORT = noise(700, 2);
const EMPTY = new Uint8Array(0);

/** Three blocks' length and a bit: the second and third are zeros and left out. */
const DISK: DiskOfExport = {
  id: "Ref:9",
  virtualBytes: 3 * BLOCK_BYTES + 700,
  blocks: [
    [0, BLOCK],
    [3, SHORT],
  ],
};

function verify(archive: Uint8Array, pieceBytes = archive.length): XvaVerification {
  const verifier = new XvaVerifier(DIGESTS);
  for (let at = 0; at < archive.length; at += pieceBytes)
    verifier.push(archive.subarray(at, at + pieceBytes));
  return verifier.finish(null);
}

function codes(archive: Uint8Array): string[] {
  return verify(archive).problems.map(({ code }) => code);
}

function withDisk(disk: DiskOfExport): Uint8Array {
  return makeXva(exportMembers(VM, [disk]));
}

/** The export with its members changed before they are written. */
function edited(edit: (members: Member[]) => Member[]): Uint8Array {
  return makeXva(edit(exportMembers(VM, [DISK])));
}

describe("an export that is complete", () => {
  it("has nothing wrong, whatever the pieces in which it comes", () => {
    const archive = withDisk(DISK);
    const result = verify(archive);
    expect(result).toMatchObject({
      bytes: archive.length,
      members: 5,
      blocks: 2,
      checkedBlocks: 2,
      checksums: ["xxhash"],
      problemCount: 0,
    });
    expect(result.disks).toEqual([
      {
        id: "Ref:9",
        uuid: "vdi of Ref:9",
        nameLabel: "disk Ref:9",
        virtualBytes: DISK.virtualBytes,
        blocks: 2,
        emptyBlocks: 0,
        storedBytes: BLOCK_BYTES + 700,
        reachedBytes: DISK.virtualBytes,
      },
    ]);
    for (const pieceBytes of [511, 65_536, 1_000_001]) expect(verify(archive, pieceBytes)).toEqual(result);
  });

  it("may have SHA-1 checksums, as hosts before XCP-ng 8.1 wrote them", () => {
    const result = verify(makeXva(exportMembers(VM, [DISK], "checksum")));
    expect(result).toMatchObject({ problemCount: 0, checksums: ["checksum"], checkedBlocks: 2 });
  });

  it("may hold empty blocks, which take a number and no room", () => {
    const disk = {
      ...DISK,
      blocks: [
        [0, BLOCK],
        [1, EMPTY],
        [2, BLOCK],
        [4, SHORT],
      ] as const,
    };
    expect(verify(withDisk(disk))).toMatchObject({ problemCount: 0, disks: [{ emptyBlocks: 1 }] });
  });

  it("may be one of metadata, without blocks, or of another writer, with a padded last block", async () => {
    expect(verify(makeXva(exportMembers(VM, [DISK]).slice(0, 1))).problemCount).toBe(0);
    const padded = { ...DISK, blocks: [DISK.blocks[0]!, [3, BLOCK] as const] };
    expect(verify(await makeUstar(exportMembers(VM, [padded]))).problemCount).toBe(0);
    expect(verify(concatBytes([withDisk(DISK), new Uint8Array(8192)])).problemCount).toBe(0);
  });

  it("has its disks in the order of their ids as texts", () => {
    const other = { ...DISK, id: "Ref:10" };
    expect(codes(makeXva(exportMembers(VM, [other, DISK])))).toEqual([]);
    expect(codes(makeXva(exportMembers(VM, [DISK, other])))).toEqual(["disk-order"]);
  });
});

describe("an export that is damaged", () => {
  it("is found out by any byte of a block, and its place is told", () => {
    const archive = withDisk(DISK);
    const first = verify(archive);
    const at = archive.length - 1024 - 1024 - 1024 + 100;
    archive[at]! ^= 1;
    const { problems, checkedBlocks } = verify(archive);
    expect(problems).toMatchObject([{ code: "checksum-mismatch", member: "Ref:9/00000003" }]);
    expect(checkedBlocks).toBe(first.checkedBlocks - 1);
  });

  it.each([
    ["checksum-missing", (members: Member[]) => members.filter((_, i) => i !== 2)],
    ["checksum-without-block", (members: Member[]) => [...members, members[2]!]],
    ["checksum-mismatch", (members: Member[]) => members.with(2, { ...members[2]!, bytes: ascii("AB") })],
    [
      "checksum-mismatch",
      (members: Member[]) =>
        members.with(2, { ...members[2]!, bytes: ascii(xxhashText(BLOCK).toLowerCase()) }),
    ],
    ["unexpected-member", (members: Member[]) => [...members, { name: "notes.txt", bytes: SHORT }]],
    ["ova-xml-not-first", (members: Member[]) => [{ name: "a", bytes: EMPTY }, ...members]],
    ["ova-xml-unreadable", (members: Member[]) => members.with(0, { name: "ova.xml", bytes: ascii("<x/>") })],
    ["no-ova-xml", (members: Member[]) => members.slice(1)],
    ["last-block-missing", (members: Member[]) => members.slice(0, 3)],
    ["first-block-missing", (members: Member[]) => [members[0]!, ...members.slice(3)]],
    ["disk-unknown", (members: Member[]) => [...members, ...diskMembers({ ...DISK, id: "Ref:95" })]],
  ])("says what: %s", (code, edit) => {
    expect(codes(edited(edit))).toContain(code);
  });

  it.each([
    [
      "block-order",
      [
        [0, BLOCK],
        [2, BLOCK],
        [1, BLOCK],
        [3, SHORT],
      ],
    ],
    [
      "block-length",
      [
        [0, BLOCK],
        [1, SHORT],
        [3, SHORT],
      ],
    ],
    [
      "block-length",
      [
        [0, noise(BLOCK_BYTES + 1, 3)],
        [3, SHORT],
      ],
    ],
    [
      "block-after-end",
      [
        [0, BLOCK],
        [3, SHORT],
        [4, BLOCK],
      ],
    ],
  ] as const)("says what is wrong with the blocks: %s", (code, blocks) => {
    expect(codes(withDisk({ ...DISK, blocks }))).toContain(code);
  });

  it("names a disk of which no block is there", () => {
    const members = exportMembers(VM, [{ ...DISK, id: "Ref:10" }, DISK]);
    const { problems } = verify(makeXva(members.slice(0, 5)));
    expect(problems).toMatchObject([{ code: "disk-missing" }]);
    expect(problems[0]?.message).toContain("Ref:9");
  });

  it("is cut wherever it ends early", () => {
    const archive = withDisk({ ...DISK, virtualBytes: 1400, blocks: [[0, SHORT]] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: archive.length - 1 }), (length) => {
        const found = codes(archive.subarray(0, length));
        expect(found.includes("truncated") || found.includes("end-missing")).toBe(true);
      }),
    );
  });

  it("is cut where one block of zeros is missing, and has data behind both", () => {
    const archive = withDisk(DISK);
    expect(codes(archive.subarray(0, -512))).toEqual(["end-missing"]);
    const { problems } = verify(concatBytes([archive, ascii("x")]));
    expect(problems).toMatchObject([{ code: "trailing-data", offset: archive.length }]);
  });

  it("goes on behind garbage between members", () => {
    const archive = withDisk(DISK);
    const ovaEnd = archive.length - makeXva(diskMembers(DISK)).length;
    const broken = concatBytes([archive.subarray(0, ovaEnd), noise(1024, 5), archive.subarray(ovaEnd)]);
    const result = verify(broken);
    expect(result.problems).toMatchObject([{ code: "bad-header", offset: ovaEnd }]);
    expect(result.problems[0]?.message).toContain("1024 bytes");
    expect(result.checkedBlocks).toBe(2);
  });

  it("may claim members of 2^60 bytes", () => {
    const archive = withDisk(DISK);
    const huge = tarHeader("Ref:1/00000000", base256Size(2n ** 60n));
    const { problems } = verify(concatBytes([huge, archive]));
    expect(problems.map(({ code }) => code)).toEqual(["member-too-large", "bad-header"]);
    expect(problems[0]?.message).toContain("1152921504606846976");
  });

  it("takes a block at the limit and none above it", () => {
    const { maxXvaBlockBytes } = PARSER_LIMITS;
    expect(codes(tarHeader("Ref:1/00000000", maxXvaBlockBytes))).not.toContain("member-too-large");
    expect(codes(tarHeader("Ref:1/00000000", maxXvaBlockBytes + 1))).toContain("member-too-large");
    const { maxXvaOtherMemberBytes } = PARSER_LIMITS;
    expect(codes(tarHeader("x", maxXvaOtherMemberBytes))).not.toContain("member-too-large");
    expect(codes(tarHeader("x", maxXvaOtherMemberBytes + 1))).toContain("member-too-large");
  });

  it("lists problems and disks up to their limits, and counts all problems", () => {
    const { maxXvaProblems, maxXvaDisks } = PARSER_LIMITS;
    const members = (count: number): Member[] =>
      Array.from({ length: count }, (_, i) => ({ name: `Ref:${i}/00000000`, bytes: EMPTY }));
    const atLimit = verify(makeXva(members(maxXvaDisks)));
    expect(atLimit.disks).toHaveLength(maxXvaDisks);
    const above = verify(makeXva(members(maxXvaDisks + 1)));
    expect(above.disks).toHaveLength(maxXvaDisks);
    expect(above.problems).toHaveLength(maxXvaProblems);
    expect(above.problemCount).toBeGreaterThan(maxXvaDisks);
  });

  it("never crashes, and never passes after a change that counts", () => {
    const archive = withDisk({ ...DISK, virtualBytes: 1400, blocks: [[0, SHORT]] });
    fc.assert(
      fc.property(
        fc.nat(archive.length - 1),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(40),
        (at, added, removed) => {
          const broken = concatBytes([archive.subarray(0, at), added, archive.subarray(at + removed)]);
          expect(() => verify(broken, 333)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});
