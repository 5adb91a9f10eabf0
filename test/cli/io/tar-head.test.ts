import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOvaXml } from "../../../library/input/tar-head.ts";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { noise } from "../../builders/blob.ts";
import { Pieces, parseErrorOf } from "../../builders/streams.ts";
import { base256Size, type Member, makeUstar, makeXva, padding, tarHeader } from "../../builders/tar.ts";

const OVA_XML: Member = { name: "ova.xml", bytes: noise(70_001, 1), mtime: 1_761_219_000 };
const BLOCK: Member = { name: "Ref:3/00000000", bytes: noise(1_048_576, 2) };

/** An archive that stops after its last member's data. */
function cutArchive(members: readonly Member[], last: Uint8Array): Uint8Array {
  return concatBytes([makeXva(members).subarray(0, -1024), last]);
}

describe("readOvaXml", () => {
  it.each([1, 100, 512, 16_384, 65_536, 1_000_000])(
    "finds the member of an export that comes %i bytes at a time",
    async (size) => {
      const small = { name: "ova.xml", bytes: noise(1000, 1) };
      const member = await readOvaXml(new Pieces(makeXva([size < 100 ? small : OVA_XML]), size));
      expect(member).toMatchObject({ headerOffset: 0, dataOffset: 512, error: null });
      expect(Buffer.compare(member.bytes, size < 100 ? small.bytes : OVA_XML.bytes)).toBe(0);
    },
  );

  it("stops reading where the member ends", async () => {
    const source = new Pieces(makeXva([OVA_XML, BLOCK]), 4096);
    await readOvaXml(source);
    expect(source.given).toBe(Math.ceil((512 + OVA_XML.bytes.length) / 4096) * 4096);
    expect(source.isClosed).toBe(true);
  });

  it("passes over other members, and takes only a file for it", async () => {
    const folder = { name: "ova.xml/", bytes: new Uint8Array(0) };
    const archive = makeXva([{ name: "README", bytes: noise(700, 3) }, folder, OVA_XML]);
    const member = await readOvaXml(new Pieces(archive, 1000));
    expect(member).toMatchObject({ headerOffset: 512 + 1024 + 512, dataOffset: 512 + 1024 + 1024 });
    expect(Buffer.compare(member.bytes, OVA_XML.bytes)).toBe(0);
  });

  it("reads ustar and PAX archives, in which the header stands behind one of its own", async () => {
    const ustar = await readOvaXml(new Pieces(await makeUstar([BLOCK, OVA_XML]), 65_536));
    expect(ustar.headerOffset).toBe(512 + 1_048_576);
    const pax = await readOvaXml(
      new Pieces(await makeUstar([{ ...OVA_XML, name: "./ova.xml" }], { comment: "x" })),
    );
    expect(pax).toMatchObject({ headerOffset: 1024, dataOffset: 1536 });
    expect(Buffer.compare(pax.bytes, OVA_XML.bytes)).toBe(0);
  });

  it("takes an empty member for what it is", async () => {
    const member = await readOvaXml(new Pieces(makeXva([{ name: "ova.xml", bytes: new Uint8Array(0) }])));
    expect(member).toMatchObject({ bytes: new Uint8Array(0), error: null });
  });

  it("gives what is there of a member that is cut anywhere, and says so", async () => {
    const archive = makeXva([OVA_XML]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: OVA_XML.bytes.length - 1 }),
        fc.integer({ min: 300, max: 70_000 }),
        async (length, size) => {
          const member = await readOvaXml(new Pieces(archive.subarray(0, 512 + length), size));
          expect(Buffer.compare(member.bytes, OVA_XML.bytes.subarray(0, length))).toBe(0);
          expect(member.error).toMatchObject({ code: "truncated", path: "ova.xml", offset: length });
        },
      ),
      { numRuns: 50 },
    );
  });

  it("tells an archive without the member from one that is cut before it", async () => {
    const members = [
      { name: "a\x1b[2J\u202e", bytes: noise(10, 4) },
      { name: "b", bytes: noise(600, 5) },
    ];
    const complete = await parseErrorOf(readOvaXml(new Pieces(makeXva(members))));
    expect(complete.code).toBe("no-ova-xml");
    expect(complete.found).toContain('2 others ("a\\u001b[2J');
    expect(complete.found).not.toMatch(/[^\x20-\x7e]/);
    const cut = await parseErrorOf(readOvaXml(new Pieces(makeXva(members).subarray(0, 512 * 3 + 100))));
    expect(cut.code).toBe("truncated");
    expect(cut.next).toContain("cut");
  });

  it("tells of a damaged header behind a good one", async () => {
    const archive = cutArchive([{ name: "a", bytes: noise(10, 6) }], noise(512, 7));
    const error = await parseErrorOf(readOvaXml(new Pieces(archive)));
    expect(error).toMatchObject({ code: "bad-structure", offset: 1024 });
  });

  it("passes on the errors of its source", async () => {
    const failure = new ParseError({ code: "corrupt-compression", expected: "x", found: "y" });
    async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw failure;
    }
    const archive = makeXva([OVA_XML]);
    expect(await parseErrorOf(readOvaXml(failing(archive.subarray(0, 100))))).toBe(failure);
    expect(await parseErrorOf(readOvaXml(failing(archive.subarray(0, 1000))))).toBe(failure);
  });
});

describe("readOvaXml of hostile archives", () => {
  const { maxOvaXmlBytes, maxTarBytesBeforeOvaXml, maxTarMembersBeforeOvaXml } = PARSER_LIMITS;

  it("refuses a member of 2^60 bytes by its header", async () => {
    const header = tarHeader("ova.xml", base256Size(2n ** 60n));
    const error = await parseErrorOf(readOvaXml(new Pieces(header)));
    expect(error).toMatchObject({ code: "over-limit", path: "ova.xml" });
    const other = await parseErrorOf(readOvaXml(new Pieces(tarHeader("disk", base256Size(2n ** 60n)))));
    expect(other.code).toBe("over-limit");
    expect(other.expected).toContain("ova.xml among the first");
  });

  it("takes a member at the limit, and refuses one byte more", async () => {
    const atLimit = await readOvaXml(new Pieces(tarHeader("ova.xml", maxOvaXmlBytes)));
    expect(atLimit.error?.code).toBe("truncated");
    const error = await parseErrorOf(readOvaXml(new Pieces(tarHeader("ova.xml", maxOvaXmlBytes + 1))));
    expect(error.code).toBe("over-limit");
  });

  it("counts the members before it", async () => {
    const others = (count: number): Uint8Array =>
      concatBytes(Array.from({ length: count }, (_, i) => tarHeader(`m${i}`, 0)));
    const archive = (count: number): Uint8Array => concatBytes([others(count), makeXva([OVA_XML])]);
    const member = await readOvaXml(new Pieces(archive(maxTarMembersBeforeOvaXml)));
    expect(member.headerOffset).toBe(512 * maxTarMembersBeforeOvaXml);
    const error = await parseErrorOf(readOvaXml(new Pieces(archive(maxTarMembersBeforeOvaXml + 1))));
    expect(error.code).toBe("over-limit");
    expect(error.found).toContain('("m0", "m1", "m2" and others)');
  });

  it("reads no further than its budget, whatever stands there", async () => {
    // PAX headers are no members for tar-stream, and zero blocks not even headers.
    const first = makeXva([{ name: "a", bytes: new Uint8Array(0) }]);
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield first;
      for (const zeros = new Uint8Array(1_048_576); ; given += zeros.length) yield zeros;
    }
    const error = await parseErrorOf(readOvaXml(endless()));
    expect(error.code).toBe("over-limit");
    expect(given).toBeLessThanOrEqual(maxTarBytesBeforeOvaXml);
  });

  it("does not keep a long name of gigabytes", async () => {
    const header = tarHeader("././@LongLink", 4_194_305);
    header[156] = 0x4c;
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
    header.set(ascii(`${sum.toString(8).padStart(7, "0")}\0`), 148);
    const error = await parseErrorOf(readOvaXml(new Pieces(concatBytes([header, padding(1)]))));
    expect(error.code).toBe("bad-structure");
  });

  it("gives a member or an error for any damage to the headers", async () => {
    const good = makeXva([
      { name: "a", bytes: noise(100, 8) },
      { name: "ova.xml", bytes: noise(100, 9) },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1535 }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 4,
        }),
        async (changes) => {
          const archive = good.slice();
          for (const [at, value] of changes) archive[at] = value;
          await readOvaXml(new Pieces(archive)).catch((error) => expect(error).toBeInstanceOf(ParseError));
        },
      ),
      { numRuns: 300 },
    );
  });
});
