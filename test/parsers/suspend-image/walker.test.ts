import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { SuspendImageWalker } from "../../../parsers/suspend-image/walker.ts";
import { bootVariables, makeBlob } from "../../builders/blob.ts";
import {
  imageRecord,
  LIBXC_END,
  LIBXC_START,
  libxcHeader,
  libxcRecord,
  pages,
  RECORD,
  recordHeader,
  SIGNATURE,
  suspendImage,
  volatileVariables,
  XENOPS,
} from "../../builders/suspend-image.ts";

const NVRAM = makeBlob([...volatileVariables(), ...bootVariables()]);
const IMAGE = suspendImage({ nvram: NVRAM });
const END = recordHeader(RECORD.end, 0n);

interface Outcome {
  readonly walker: SuspendImageWalker;
  readonly error: ParseError | null;
}

/** Feeds the image in pieces of this size, and says that it has ended. */
function walk(image: Uint8Array, pieceBytes = 65_536): Outcome {
  const walker = new SuspendImageWalker();
  try {
    for (let at = 0; at < image.length; at += pieceBytes) walker.push(image.subarray(at, at + pieceBytes));
    walker.end();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { walker, error };
  }
  return { walker, error: null };
}

/** Reads no more than what is needed. */
function seek(image: Uint8Array): Outcome & { readonly bytesRead: number } {
  const walker = new SuspendImageWalker();
  let bytesRead = 0;
  try {
    for (let at = 0; at < image.length; ) {
      const passed = Math.min(walker.passable, image.length - at);
      const used = passed > 0 ? passed : Math.min(walker.needed, image.length - at);
      if (passed > 0) walker.pass(used);
      else {
        walker.push(image.subarray(at, at + used));
        bytesRead += used;
      }
      at += used;
    }
    walker.end();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { walker, error, bytesRead };
  }
  return { walker, error: null, bytesRead };
}

const errorOf = (...parts: readonly Uint8Array[]): ParseError | null => walk(concatBytes(parts)).error;

describe("the image of a suspended VM", () => {
  it("gives what varstored saved, in pieces of any size", () => {
    for (const pieceBytes of [1, 3, 16, 4096, IMAGE.length]) {
      const { walker, error } = walk(IMAGE, pieceBytes);
      expect(error).toBeNull();
      expect(walker.isComplete).toBe(true);
      expect(walker.nvram).toEqual(NVRAM);
    }
  });

  it("needs no memory, no vTPM and no QEMU to be read", () => {
    const memory = [pages(200, 1), pages(200, 2)];
    const { walker, error, bytesRead } = seek(suspendImage({ nvram: NVRAM, memory }));
    expect(error).toBeNull();
    expect(walker.nvram).toEqual(NVRAM);
    expect(bytesRead).toBeLessThan(NVRAM.length + 300);
  });

  it("ends at its end record: what follows is the rest of a disk", () => {
    const { walker, error } = walk(concatBytes([IMAGE, ascii("rubbish")]));
    expect(error).toBeNull();
    expect(walker.passable).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([2, 3])("may hold version %i of libxc's stream", (version) => {
    const libxc = concatBytes([
      recordHeader(RECORD.libxc, 0n),
      libxcHeader(version),
      new Uint8Array(16),
      LIBXC_END,
    ]);
    expect(errorOf(SIGNATURE, XENOPS, libxc, imageRecord(RECORD.varstored, NVRAM), END)).toBeNull();
  });

  it("has no NVRAM where its VM boots by BIOS", () => {
    expect(walk(suspendImage({ nvram: null })).error?.code).toBe("no-nvram");
  });

  it("keeps the NVRAM that stands before a damaged place", () => {
    const { walker, error } = walk(IMAGE.subarray(0, IMAGE.length - 1));
    expect(walker.nvram).toEqual(NVRAM);
    expect(error).toMatchObject({ code: "truncated", offset: IMAGE.length - 1 });
  });

  it("may lack its varstored record alone: one of no bytes is one", () => {
    const { walker, error } = walk(
      concatBytes([SIGNATURE, imageRecord(RECORD.varstored, new Uint8Array(0)), END]),
    );
    expect(error).toBeNull();
    expect(walker.nvram).toHaveLength(0);
  });
});

describe("an image that is damaged or hostile", () => {
  const start = concatBytes([SIGNATURE, XENOPS]);
  const stream = concatBytes([start, LIBXC_START]);

  it.each([
    ["bad-magic", "something else", [ascii("XenSavedDomv3-\n")]],
    ["bad-magic", "before XenServer 6.5", [ascii("XenSavedDomain\n"), new Uint8Array(100)]],
    ["bad-structure", "0x1234", [start, recordHeader(0x1234n, 0n)]],
    ["bad-structure", "0x0", [start, new Uint8Array(64)]],
    ["bad-structure", "a virtual GPU", [stream, LIBXC_END, recordHeader(RECORD.vgpu, 0n)]],
    ["bad-structure", "zeros", [start, recordHeader(RECORD.libxc, 0n), new Uint8Array(100)]],
    ["bad-structure", "4", [start, recordHeader(RECORD.libxc, 0n), libxcHeader(4)]],
    ["bad-structure", "big-endian", [start, recordHeader(RECORD.libxc, 0n), libxcHeader(3, 1)]],
    ["bad-structure", "0x13", [stream, libxcRecord(0x13, new Uint8Array(8))]],
    ["bad-structure", "8 bytes", [stream, libxcRecord(0, new Uint8Array(8))]],
    ["bad-structure", "another", [SIGNATURE, ...twice(imageRecord(RECORD.varstored, NVRAM)), END]],
    ["over-limit", "18446744073709551615", [start, recordHeader(RECORD.varstored, 2n ** 64n - 1n)]],
    ["over-limit", "18446744073709551615", [start, recordHeader(RECORD.qemu, 2n ** 64n - 1n)]],
    ["over-limit", "4294967295", [stream, libxcRecord(1, new Uint8Array(8), 0xffff_ffff)]],
    ["truncated", "the end", [stream, libxcRecord(1, new Uint8Array(80), 4_000_000)]],
    ["truncated", "the end", [stream, pages(1, 1)]],
    ["truncated", "the end", [SIGNATURE.subarray(0, 7)]],
    ["truncated", "the end", [start, recordHeader(RECORD.varstored, 1000n), NVRAM.subarray(0, 99)]],
  ])("is told: %s, %s", (code, found, parts) => {
    const error = errorOf(...parts);
    expect(error?.code).toBe(code);
    expect(error?.found).toContain(found);
  });

  it("takes records of libxc that may be ignored, and refuses none by its place", () => {
    expect(errorOf(stream, libxcRecord(0x8000_0001, new Uint8Array(5)), LIBXC_END, END)?.code).toBe(
      "no-nvram",
    );
  });

  it("is bounded at the named lengths", () => {
    const { maxSuspendRecordBytes, maxBlobBytes, maxLibxcRecordBytes } = PARSER_LIMITS;
    for (const [type, limit] of [
      [RECORD.qemu, maxSuspendRecordBytes],
      [RECORD.varstored, maxBlobBytes],
    ] as const) {
      expect(errorOf(start, recordHeader(type, BigInt(limit)))?.code).toBe("truncated");
      expect(errorOf(start, recordHeader(type, BigInt(limit + 1)))?.code).toBe("over-limit");
    }
    const page = (declared: number) => libxcRecord(1, new Uint8Array(8), declared);
    expect(errorOf(stream, page(maxLibxcRecordBytes))?.code).toBe("truncated");
    expect(errorOf(stream, page(maxLibxcRecordBytes + 1))?.code).toBe("over-limit");
  });

  it("is bounded in its records, those of no bytes among them", () => {
    const { maxSuspendRecords, maxLibxcRecords } = PARSER_LIMITS;
    const empty = (count: number) => Array.from({ length: count }, () => recordHeader(RECORD.swtpm, 0n));
    expect(errorOf(SIGNATURE, ...empty(maxSuspendRecords), END)?.code).toBe("no-nvram");
    expect(errorOf(SIGNATURE, ...empty(maxSuspendRecords + 1), END)?.code).toBe("over-limit");
    const many = new Uint8Array(8 * maxLibxcRecords);
    for (let at = 0; at < many.length; at += 8) many[at] = 1;
    expect(errorOf(stream, many, LIBXC_END, END)?.code).toBe("over-limit");
    expect(errorOf(stream, many.subarray(8), LIBXC_END, END)?.code).toBe("no-nvram");
  });

  it("gives a result or says why not, whatever its bytes, and the same to who seeks", () => {
    const edit = fc.record({ at: fc.nat(IMAGE.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.array(edit, { maxLength: 4 }),
        fc.integer({ min: 1, max: 9000 }),
        (edits, pieceBytes) => {
          const image = IMAGE.slice();
          for (const { at, value } of edits) image[at] = value;
          const fed = walk(image, pieceBytes);
          const sought = seek(image);
          expect(sought.error?.message).toBe(fed.error?.message);
          expect(sought.walker.nvram).toEqual(fed.walker.nvram);
          expect(fed.error?.offset ?? 0).toBeLessThanOrEqual(image.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});

function twice(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  return [bytes, bytes];
}
