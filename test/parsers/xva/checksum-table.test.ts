/** Exports of before 2007, whose checksums stand in a table at the end; and names that stand in extended headers. */
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { extendedName, MAX_EXTENSION_BYTES } from "../../../parsers/packing/tar-extension.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { ChecksumTable, readExportVersion } from "../../../parsers/xva/checksum-table.ts";
import { type BlockDigests, type XvaVerification, XvaVerifier } from "../../../parsers/xva/verify.ts";
import { noise } from "../../builders/blob.ts";
import { makeOvaXml, rpcText, struct } from "../../builders/ova-xml.ts";
import { type Member, makeUstar, makeXva, tarHeader } from "../../builders/tar.ts";
import { BLOCK_BYTES, exportMembers, sha1Text, xxhashText } from "../../builders/xva.ts";

const DIGESTS: BlockDigests = {
  xxhash: (pieces) => xxhashText(concatBytes(pieces)),
  checksum: (pieces) => sha1Text(concatBytes(pieces)),
};
const BLOCKS = [noise(BLOCK_BYTES, 1), noise(700, 2)];
const NAMES = ["Ref:9/00000000", "Ref:9/00000001"];
const SUMS = Object.fromEntries(NAMES.map((name, i) => [name, sha1Text(BLOCKS[i]!)]));

function table(entries: Readonly<Record<string, string>>): Uint8Array {
  return ascii(`<?xml version="1.0"?>${rpcText(struct(entries))}`);
}

/** Members of an old export: without checksums of its own (0), or with (1); `last` is the table. */
function oldExport(version: 0 | 1, last: Uint8Array | null): Member[] {
  const disk = {
    id: "Ref:9",
    virtualBytes: BLOCK_BYTES + 700,
    blocks: BLOCKS.map((bytes, i) => [i, bytes] as const),
  };
  const members = exportMembers({ uuid: "u", name_label: "vm" }, [disk], "checksum").map((member) => {
    if (member.name !== "ova.xml") return member;
    const text = decodeUtf8(member.bytes);
    const old = text.replace("<name>export_vsn</name><value>2<", `<name>export_vsn</name><value>${version}<`);
    expect(old).not.toBe(text);
    return { ...member, bytes: encodeUtf8(old) };
  });
  const kept = version === 0 ? members.filter(({ name }) => !name.endsWith(".checksum")) : members;
  return last === null ? kept : [...kept, { name: "checksum.xml", bytes: last }];
}

function verify(archive: Uint8Array): XvaVerification {
  const verifier = new XvaVerifier(DIGESTS);
  for (let at = 0; at < archive.length; at += 100_003) verifier.push(archive.subarray(at, at + 100_003));
  return verifier.finish(null);
}

function problems(members: readonly Member[]): (readonly [code: string, member: string | null])[] {
  return verify(makeXva(members)).problems.map(({ code, member }) => [code, member] as const);
}

describe("an export of before 2007", () => {
  it.each([0, 1] as const)("of version %d is complete with its table, whatever that is called", (version) => {
    const members = oldExport(version, table(SUMS));
    const result = verify(makeXva(members));
    expect(result).toMatchObject({ problemCount: 0, blocks: 2, checkedBlocks: 2, checksums: ["checksum"] });
    expect(problems(members.with(-1, { ...members.at(-1)!, name: "whatever" }))).toEqual([]);
  });

  it.each([0, 1] as const)("of version %d is not complete without it", (version) => {
    expect(problems(oldExport(version, null))).toEqual([["checksum-table-missing", null]]);
    const cut = makeXva(oldExport(version, null)).subarray(0, -1024);
    expect(verify(cut).problems.map(({ code }) => code)).toEqual(["end-missing"]);
  });

  it("is compared with it block by block", () => {
    const [first = "", second = ""] = NAMES;
    expect(problems(oldExport(0, table({ ...SUMS, [second]: sha1Text(EMPTY) })))).toEqual([
      ["checksum-mismatch", second],
    ]);
    expect(problems(oldExport(0, table({ [first]: SUMS[first] ?? "" })))).toEqual([
      ["checksum-missing", second],
    ]);
    expect(problems(oldExport(1, table({ ...SUMS, "Ref:9/00000007": "ab" })))).toEqual([
      ["checksum-without-block", "Ref:9/00000007"],
    ]);
    expect(problems(oldExport(0, ascii("no XML")))).toContainEqual([
      "checksum-table-unreadable",
      "checksum.xml",
    ]);
  });

  it("has one table: a second member is none", () => {
    const members = [...oldExport(0, table(SUMS)), { name: "more", bytes: EMPTY }];
    expect(problems(members)).toEqual([["unexpected-member", "more"]]);
  });

  it("is told by ova.xml alone, so that the table of a newer one is foreign", () => {
    const members = exportMembers({ uuid: "u", name_label: "vm" }, [
      { id: "Ref:9", virtualBytes: 700, blocks: [[0, BLOCKS[1]!]] },
    ]);
    expect(problems([...members, { name: "checksum.xml", bytes: table(SUMS) }])).toEqual([
      ["unexpected-member", "checksum.xml"],
    ]);
    expect(readExportVersion(makeOvaXml([]))).toBe(2);
    for (const text of ["", "<value><struct></struct></value>", "no XML"])
      expect(readExportVersion(ascii(text))).toBeNull();
  });

  it("has a table up to its limit, and none above it", () => {
    const { maxXvaTableBytes } = PARSER_LIMITS;
    const head = makeXva(oldExport(0, null)).subarray(0, -1024);
    const codes = (size: number) =>
      verify(concatBytes([head, tarHeader("checksum.xml", size)])).problems.map(({ code }) => code);
    expect(codes(maxXvaTableBytes)).toEqual(["truncated"]);
    expect(codes(maxXvaTableBytes + 1)).toEqual(["unexpected-member", "truncated"]);
  });

  it("has the checksums of so many blocks kept and no more", () => {
    const compared = (blocks: number) => {
      const kept = new ChecksumTable(2);
      for (let i = 0; i < blocks; i++) kept.add(`Ref:1/${i}`, "ab");
      return kept.compare(
        table(Object.fromEntries(Array.from({ length: blocks }, (_, i) => [`Ref:1/${i}`, "ab"]))),
      );
    };
    expect(compared(2)).toEqual({ right: 2, problems: [] });
    expect(compared(3)).toMatchObject({ right: 2, problems: [{ code: "checksum-table-unreadable" }] });
    expect(PARSER_LIMITS.maxXvaTableBlocks).toBeGreaterThan(100_000);
  });
});

const EMPTY = new Uint8Array(0);

describe("names in extended headers", () => {
  const members = exportMembers({ uuid: "u", name_label: "vm" }, [
    { id: "Ref:9", virtualBytes: 700, blocks: [[0, BLOCKS[1]!]] },
  ]);

  it("of PAX are the members' names", async () => {
    const result = verify(await makeUstar(members, { comment: "made elsewhere" }));
    expect(result).toMatchObject({ problemCount: 0, members: 3, checkedBlocks: 1 });
  });

  it("of GNU tar, too", () => {
    const long = members.flatMap((member) => [
      { name: "././@LongLink", bytes: ascii(`${member.name}\0`), type: "L" },
      { ...member, name: "cut", type: "" },
    ]);
    const parts = long.flatMap(({ name, bytes, type }) => {
      const header = tarHeader(name, bytes.length);
      return [typed(header, type), bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)];
    });
    expect(verify(concatBytes([...parts, new Uint8Array(1024)]))).toMatchObject({
      problemCount: 0,
      members: 3,
    });
  });

  it("are read from so many bytes and no more", () => {
    const record = (length: number) => {
      const name = "x".repeat(length - " path=\n".length - String(length).length);
      return ascii(`${length} path=${name}\n`);
    };
    expect(record(MAX_EXTENSION_BYTES)).toHaveLength(MAX_EXTENSION_BYTES);
    expect(extendedName("x", record(MAX_EXTENSION_BYTES))).toMatch(/^x+$/);
    expect(extendedName("x", record(MAX_EXTENSION_BYTES + 1))).toBeNull();
    expect(extendedName("g", record(100))).toBeNull();
  });
});

/** The same header with another type, and the checksum that goes with it. */
function typed(header: Uint8Array, type: string): Uint8Array {
  if (type === "") return header;
  const block = header.slice();
  block[156] = type.charCodeAt(0);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(ascii(sum.toString(8).padStart(7, "0")), 148);
  block[155] = 0;
  return block;
}
