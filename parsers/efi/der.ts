/**
 * ASN.1 elements in definite-length form (X.690 §8.1, §10.1), as far as certificates and PKCS #7 need them.
 * Lengths need not be minimal, because OpenSSL's d2i functions, which varstored calls, take those too.
 */
import { toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";

/** Identifier octets of the types that are read here. */
export const DER_TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** [0] to [3], constructed */
  CONTEXT_0: 0xa0,
  CONTEXT_1: 0xa1,
  CONTEXT_2: 0xa2,
  CONTEXT_3: 0xa3,
} as const;

const CONSTRUCTED = 0x20;

export interface DerElement {
  readonly tag: number;
  /** Of the bytes that the element was read from. */
  readonly offset: number;
  /** Identifier, length and content. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

function malformed(offset: number, expected: string, found: string): ParseError {
  return new ParseError({ code: "bad-structure", path: "asn1", offset, expected, found });
}

/** The element at `offset`; what follows it is not looked at. Throws ParseError `bad-structure`. */
export function readElement(bytes: Uint8Array, offset: number): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw malformed(offset, "an element", "the end");
  if ((tag & 0x1f) === 0x1f)
    throw malformed(offset, "a tag number below 31", `identifier 0x${tag.toString(16)}`);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first >= 0x80 && (lengthBytes === 0 || lengthBytes > 4)) {
    throw malformed(offset + 1, "a length of 1 to 4 bytes", `length octet 0x${first.toString(16)}`);
  }
  const start = offset + 2 + lengthBytes;
  if (start > bytes.length) throw malformed(offset + 1, "a whole length", "the end");
  let length = lengthBytes === 0 ? first : 0;
  for (const byte of bytes.subarray(offset + 2, start)) length = length * 256 + byte;
  if (length > bytes.length - start) {
    throw malformed(offset + 1, `at most ${bytes.length - start} bytes of content`, `a length of ${length}`);
  }
  const end = start + length;
  return { tag, offset, whole: bytes.subarray(offset, end), content: bytes.subarray(start, end) };
}

/** The elements that fill these bytes to the last one. Throws ParseError `bad-structure` and `over-limit`. */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (elements.length >= PARSER_LIMITS.maxDerElements) {
      const expected = `at most ${PARSER_LIMITS.maxDerElements} elements`;
      throw new ParseError({ code: "over-limit", path: "asn1", offset, expected, found: "more" });
    }
    const element = readElement(bytes, offset);
    elements.push(element);
    offset += element.whole.length;
  }
  return elements;
}

/** Walks the members of a SEQUENCE in their order. */
export class SequenceReader {
  readonly #elements: readonly DerElement[];
  #next = 0;

  constructor(content: Uint8Array) {
    this.#elements = readElements(content);
  }

  /** The next member if it has this tag. */
  optional(tag: number): DerElement | null {
    const element = this.#elements[this.#next];
    if (element === undefined || element.tag !== tag) return null;
    this.#next++;
    return element;
  }

  /** The next member whatever it is, null at the end. */
  any(): DerElement | null {
    return this.#elements[this.#next++] ?? null;
  }

  /** The next member, which must have this tag. Throws ParseError `bad-structure`. */
  take(tag: number): DerElement {
    const element = this.optional(tag);
    if (element !== null) return element;
    const found = this.#elements[this.#next];
    const offset = found?.offset ?? 0;
    throw malformed(
      offset,
      `tag 0x${tag.toString(16)}`,
      found === undefined ? "the end" : `0x${found.tag.toString(16)}`,
    );
  }

  /** Throws ParseError `bad-structure` where members are left, as OpenSSL's templates refuse them. */
  finish(): void {
    const left = this.#elements[this.#next];
    if (left !== undefined)
      throw malformed(left.offset, "the end of the sequence", `tag 0x${left.tag.toString(16)}`);
  }
}

/** The first element of these bytes, which must have this tag. Throws ParseError `bad-structure`. */
export function readTagged(bytes: Uint8Array, tag: number): DerElement {
  const element = readElement(bytes, 0);
  if (element.tag === tag) return element;
  throw malformed(0, `tag 0x${tag.toString(16)}`, `0x${element.tag.toString(16)}`);
}

/** The content of an OBJECT IDENTIFIER in hexadecimal. Throws ParseError `bad-structure` where its last number is cut. */
export function readOid(sequence: SequenceReader): string {
  const { content, offset } = sequence.take(DER_TAG.OBJECT_IDENTIFIER);
  const last = content.at(-1);
  if (last === undefined || last >= 0x80) throw malformed(offset, "an object identifier", "one that is cut");
  return toHex(content);
}

/** AlgorithmIdentifier ::= SEQUENCE { algorithm, parameters OPTIONAL }: the algorithm. Throws ParseError `bad-structure`. */
export function readAlgorithm(element: DerElement): string {
  if (element.tag !== DER_TAG.SEQUENCE)
    throw malformed(element.offset, "an algorithm", `tag 0x${element.tag.toString(16)}`);
  const members = new SequenceReader(element.content);
  const algorithm = readOid(members);
  const parameters = members.any();
  members.finish();
  const isNull = parameters !== null && (parameters.tag & ~CONSTRUCTED) === DER_TAG.NULL;
  if (isNull && (parameters.tag !== DER_TAG.NULL || parameters.content.length > 0)) {
    throw malformed(
      parameters.offset,
      "an empty NULL",
      `tag 0x${parameters.tag.toString(16)}, ${parameters.content.length} bytes`,
    );
  }
  return algorithm;
}
