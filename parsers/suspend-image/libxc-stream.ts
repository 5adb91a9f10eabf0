/**
 * Memory and devices of a domain as libxc saves them (xen docs/specs/libxc-migration-stream.pandoc, versions 2 and 3):
 * an image header, a domain header, then records of a type, a length and a body padded to 8 bytes, up to END.
 */
import { ascii, hasBytesAt, isAllZero, viewOf } from "../bytes.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { badStructure, checkedLength, type ImageRequests, overLimit, pass, take } from "./requests.ts";

const IMAGE_HEADER_BYTES = 24;
const DOMAIN_HEADER_BYTES = 16;
const RECORD_HEADER_BYTES = 8;
const RECORD_ALIGNMENT = 8;
const MARKER: Uint8Array = new Uint8Array(8).fill(0xff);
const ID: Uint8Array = ascii("XENF");
/** Version 3 came with Xen 4.14. */
const VERSIONS: ReadonlySet<number> = new Set([2, 3]);
const END = 0;
/** X86_MSR_POLICY; types above it are not defined, but for those that may be ignored. */
const LAST_TYPE = 0x12;
const OPTIONAL_TYPE = 0x8000_0000;

/** `position` is the offset in the image of what is asked for next. Throws ParseError. */
export function* libxcRequests(position: () => number): ImageRequests {
  const start = position();
  checkImageHeader(yield take(IMAGE_HEADER_BYTES, "the header of libxc"), start);
  yield pass(DOMAIN_HEADER_BYTES, "the header of the domain");
  const { maxLibxcRecords, maxLibxcRecordBytes } = PARSER_LIMITS;
  for (let count = 0; ; count++) {
    const offset = position();
    if (count === maxLibxcRecords)
      throw overLimit(offset, `at most ${maxLibxcRecords} records of libxc`, "one more");
    const header = viewOf(yield take(RECORD_HEADER_BYTES, "libxc's stream, which ends with an END record"));
    const type = header.getUint32(0, true);
    const length = header.getUint32(4, true);
    if (type > LAST_TYPE && type < OPTIONAL_TYPE)
      throw badStructure(offset, "a record of libxc", `the unknown type 0x${type.toString(16)}`);
    if (type === END && length > 0)
      throw badStructure(offset, "an END record of no bytes", `${length} bytes`);
    if (type === END) return;
    const body = checkedLength(BigInt(length), maxLibxcRecordBytes, "a record of libxc", offset);
    yield pass(Math.ceil(body / RECORD_ALIGNMENT) * RECORD_ALIGNMENT, "a record of libxc");
  }
}

/** Numbers of this header are big-endian. */
function checkImageHeader(bytes: Uint8Array, offset: number): void {
  if (!hasBytesAt(bytes, 0, MARKER) || !hasBytesAt(bytes, MARKER.length, ID))
    throw badStructure(
      offset,
      "the header of libxc (eight bytes ff, then XENF)",
      isAllZero(bytes) ? "zeros" : "something else",
      "The memory is in the form of Xen 4.4 or older, or the image is damaged here.",
    );
  const view = viewOf(bytes);
  const version = view.getUint32(12);
  if (!VERSIONS.has(version)) throw badStructure(offset, "version 2 or 3 of libxc's stream", `${version}`);
  if ((view.getUint16(16) & 1) !== 0)
    throw badStructure(offset, "little-endian numbers, as every x86 host writes", "big-endian ones");
}
