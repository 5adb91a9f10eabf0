/**
 * The image of a suspended VM, as xenopsd writes it (xapi ocaml/xenopsd/lib/suspend_image.ml; xc/domain.ml, suspend):
 * a signature, then records, each with its type and its length as two little-endian UINT64:
 *
 * | type | what | length |
 * |---|---|---|
 * | 0x000f | xenopsd's own record | told |
 * | 0x00f0 | memory and devices, a stream of libxc | 0: the stream tells its end itself |
 * | 0x0f11 | what varstored saved: every variable, volatile ones too | told |
 * | 0x0f13 | a vTPM, which passes unread | told |
 * | 0x0f00 | QEMU | told |
 * | 0xffff | end of the image | 0 |
 */
import { ascii, concatBytes, equalBytes, viewOf } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { libxcRequests } from "./libxc-stream.ts";
import {
  badStructure,
  checkedLength,
  type ImageRequest,
  type ImageRequests,
  overLimit,
  pass,
  take,
} from "./requests.ts";

export const SUSPEND_SIGNATURE: Uint8Array = ascii("XenSavedDomv2-\n");
/** Of hosts before XenServer 6.5: records without lengths, and no varstored yet. */
const LEGACY_SIGNATURE: Uint8Array = ascii("XenSavedDomain\n");

const RECORD_HEADER_BYTES = 16;
const LIBXC = 0x00f0n;
const VARSTORED = 0x0f11n;
const END_OF_IMAGE = 0xffffn;
/** Records whose lengths are told, and of which nothing is asked. */
const PASSED_BY: ReadonlyMap<bigint, string> = new Map([
  [0x000fn, "xenopsd's record"],
  [0x0f00n, "the record of QEMU"],
  [0x0f12n, "the record of a vTPM"],
  [0x0f13n, "the record of a vTPM"],
]);
/** Known, but without a length, and of a form that is not known here. */
const CLOSED: ReadonlyMap<bigint, string> = new Map([
  [0x00f1n, "a record of libxl"],
  [0x00f2n, "memory in the form of Xen 4.4 and older"],
  [0x0f01n, "a record of another QEMU"],
  [0x0f10n, "the state of a virtual GPU"],
]);

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Walks an image that comes in pieces, and finds what varstored saved. Memory pages are never kept, and whoever can
 * seek need not even read them. Offsets of its errors are bytes of the image.
 */
export class SuspendImageWalker {
  /** Of varstored's record; null as long as it was not reached. */
  nvram: Uint8Array | null = null;
  /** Bytes of the image used up so far. */
  private position = 0;
  private readonly requests: ImageRequests;
  /** Null behind the end of the image. */
  private request: ImageRequest | null;
  private left = 0;
  private parts: Uint8Array[] = [];

  constructor() {
    this.requests = this.walk();
    this.request = this.next(NOTHING);
  }

  /** True once the end of the image was read; what follows it is the rest of a disk. */
  get isComplete(): boolean {
    return this.request === null;
  }

  /** Bytes that `pass` may be told of before others are needed; without end behind the image. */
  get passable(): number {
    if (this.request === null) return Number.POSITIVE_INFINITY;
    return this.request.kind === "pass" ? this.left : 0;
  }

  /** Bytes that are needed next; 0 where some may pass first. */
  get needed(): number {
    return this.request?.kind === "take" ? this.left : 0;
  }

  /** Up to `passable` bytes were not looked at. Throws ParseError as `push` does. */
  pass(bytes: number): void {
    if (this.request !== null) this.use(bytes, NOTHING);
  }

  /** Takes the next piece. Throws ParseError where it is no image; then nothing more is to be given. */
  push(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0 && this.request !== null; ) {
      const used = rest.subarray(0, this.left);
      rest = rest.subarray(used.length);
      this.use(used.length, used);
    }
  }

  /** Nothing more comes. Throws ParseError `truncated` inside the image, `no-nvram` where it held no record of varstored. */
  end(): void {
    if (this.request !== null) {
      throw new ParseError({
        code: "truncated",
        offset: this.position,
        expected: `${this.left} more bytes of ${this.request.what}`,
        found: "the end",
        next: "The image of the suspended VM is cut: no host resumes it.",
      });
    }
    if (this.nvram !== null) return;
    const expected = "a record of varstored in the image of the suspended VM";
    throw new ParseError({ code: "no-nvram", expected, found: "none: it boots by BIOS" });
  }

  private use(bytes: number, piece: Uint8Array): void {
    this.position += bytes;
    this.left -= bytes;
    if (this.request?.kind === "take") this.parts.push(piece);
    if (this.left > 0) return;
    // Headers come in one piece as a rule, and there are millions of them.
    const [first = NOTHING] = this.parts;
    const taken = this.parts.length <= 1 ? first : concatBytes(this.parts);
    this.parts = [];
    this.request = this.next(taken);
  }

  /** Requests of no bytes at all are answered at once. */
  private next(taken: Uint8Array): ImageRequest | null {
    let result = this.requests.next(taken);
    while (result.done !== true && result.value.bytes === 0) result = this.requests.next(NOTHING);
    this.left = result.done === true ? 0 : result.value.bytes;
    return result.done === true ? null : result.value;
  }

  private *walk(): ImageRequests {
    checkSignature(yield take(SUSPEND_SIGNATURE.length, "the signature"));
    const { maxSuspendRecords } = PARSER_LIMITS;
    for (let count = 0; ; count++) {
      const offset = this.position;
      const header = viewOf(yield take(RECORD_HEADER_BYTES, "the header of the next record"));
      const type = header.getBigUint64(0, true);
      if (type === END_OF_IMAGE) return;
      if (count === maxSuspendRecords)
        throw overLimit(offset, `at most ${maxSuspendRecords} records`, "one more");
      yield* this.record(type, header.getBigUint64(8, true), offset);
    }
  }

  private *record(type: bigint, length: bigint, offset: number): ImageRequests {
    if (type === LIBXC) {
      yield* libxcRequests(() => this.position);
      return;
    }
    const passed = PASSED_BY.get(type);
    if (passed !== undefined) {
      yield pass(checkedLength(length, PARSER_LIMITS.maxSuspendRecordBytes, passed, offset), passed);
      return;
    }
    if (type !== VARSTORED) throw unknownRecord(type, offset);
    if (this.nvram !== null) throw badStructure(offset, "one record of varstored", "another one");
    const what = "the record of varstored";
    // A copy of its own: a piece may be a view of something larger.
    this.nvram = new Uint8Array(
      yield take(checkedLength(length, PARSER_LIMITS.maxBlobBytes, what, offset), what),
    );
  }
}

function checkSignature(bytes: Uint8Array): void {
  if (equalBytes(bytes, SUSPEND_SIGNATURE)) return;
  const found = equalBytes(bytes, LEGACY_SIGNATURE)
    ? "XenSavedDomain, the form of hosts before XenServer 6.5, which had no varstored"
    : "something else";
  const expected = "the signature XenSavedDomv2- of a suspended VM's image";
  throw new ParseError({ code: "bad-magic", offset: 0, expected, found });
}

function unknownRecord(type: bigint, offset: number): ParseError {
  const known = CLOSED.get(type);
  const found = `the type 0x${type.toString(16)}`;
  const expected = "a record of a known form";
  if (known === undefined) return badStructure(offset, expected, found);
  return badStructure(offset, expected, `${found}, ${known}`, "What follows it cannot be found.");
}
