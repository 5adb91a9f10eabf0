/**
 * Values that stand in for others of the same length: the same one for the same original, wherever it is met and however it is
 * written. They come from SHA-256 over a random key and the original; once the key is thrown away nothing leads back.
 */
import { concatBytes, toHex } from "../bytes.ts";
import { encodeUtf8 } from "../text/text-encoding.ts";

export interface RedactionKey {
  /** Random, for one case only, and kept by nobody. */
  readonly key: Uint8Array;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
}

const DIGITS = "0123456789";
const HEX_DIGITS = "0123456789abcdef";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Letters for every other alphabet, by their bytes in UTF-8; none of them changes its length with its case. */
const WIDE_LETTERS: readonly (readonly [first: number, count: number])[] = [
  [0, 0],
  [0, 0],
  [0xe0, 23],
  [0x4e00, 0x5000],
  [0x2_0000, 0xa000],
];

const GROUPED_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HEX_WORD = /^(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}$/;
const UUID_DIGITS = 32;
const MAC_DIGITS = 12;
const NIL = /^0+$/;
/** A short word may find all others of its shape taken; then one serves twice. */
const MAX_ATTEMPTS = 256;

export class Pseudonyms {
  readonly #key: RedactionKey;
  readonly #words = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(key: RedactionKey) {
    this.#key = key;
  }

  /** Letters, digits and everything else in their places; the case of letters stays. Whole numbers of `hex` stay hexadecimal. */
  word(original: string): string {
    if (NIL.test(original)) return original;
    const folded = original.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    let replaced = this.#words.get(folded);
    if (replaced === undefined) {
      replaced = this.#invent(folded);
      this.#words.set(folded, replaced);
      this.#taken.add(replaced);
    }
    return sameCase(original, replaced);
  }

  /** With or without dashes, in either case. */
  uuid(original: string): string {
    const plain = this.word(original.replaceAll("-", ""));
    if (!GROUPED_UUID.test(original)) return plain;
    return [
      plain.slice(0, 8),
      plain.slice(8, 12),
      plain.slice(12, 16),
      plain.slice(16, 20),
      plain.slice(20),
    ].join("-");
  }

  /** Six bytes in hexadecimal with a sign between them, or without. */
  mac(original: string): string {
    const separator = original.charAt(2);
    const plain = this.word(original.replaceAll(separator, ""));
    return plain.replace(/..(?=.)/g, `$&${separator}`);
  }

  /** Bytes as a number in hexadecimal is replaced: 6 of a MAC address like its text. */
  bytes(original: Uint8Array): Uint8Array {
    const hex = this.word(toHex(original));
    return Uint8Array.from({ length: original.length }, (_, i) =>
      Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
    );
  }

  /** Zeros stay where they are, and nothing else becomes one: what is unknown keeps its shape. */
  shape(original: Uint8Array): Uint8Array {
    const noise = this.#stream("shape", original, original.length);
    return original.map((byte, i) => (byte === 0 ? 0 : 1 + (noise[i]! % 255)));
  }

  #invent(folded: string): string {
    const isHex = HEX_WORD.test(folded) || folded.length === UUID_DIGITS || folded.length === MAC_DIGITS;
    const digits = isHex && /^[0-9a-f]+$/.test(folded) ? HEX_DIGITS : null;
    let candidate = folded;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      candidate = this.#candidate(folded, digits, attempt);
      if (candidate !== folded && !this.#taken.has(candidate)) return candidate;
    }
    return candidate;
  }

  #candidate(folded: string, digits: string | null, attempt: number): string {
    const characters = [...folded];
    const noise = this.#stream(`word ${attempt}`, encodeUtf8(folded), 2 * characters.length);
    return characters
      .map((character, i) => replacement(character, (noise[2 * i]! << 8) | noise[2 * i + 1]!, digits))
      .join("");
  }

  #stream(use: string, original: Uint8Array, length: number): Uint8Array {
    const { key, sha256 } = this.#key;
    const seed = sha256(concatBytes([key, encodeUtf8(`${use}\0`), original]));
    const blocks = [seed];
    for (let have = seed.length; have < length; have += seed.length)
      blocks.push(sha256(concatBytes([key, seed, encodeUtf8(`${blocks.length}`)])));
    return concatBytes(blocks).subarray(0, length);
  }
}

function replacement(character: string, noise: number, digits: string | null): string {
  const pick = (all: string): string => all.charAt(noise % all.length);
  if (digits !== null) return pick(digits);
  if (/[0-9]/.test(character)) return pick(DIGITS);
  if (/[a-z]/.test(character)) return pick(LETTERS);
  const [first, count] = WIDE_LETTERS[encodeUtf8(character).length] ?? [0, 0];
  return count === 0 ? character : String.fromCodePoint(first + (noise % count));
}

function sameCase(original: string, replaced: string): string {
  if (!/[A-Z]/.test(original)) return replaced;
  const isUpper = !/[a-z]/.test(original);
  return [...replaced]
    .map((letter, i) => (isUpper || /[A-Z]/.test([...original][i] ?? "") ? upper(letter) : letter))
    .join("");
}

function upper(letter: string): string {
  return /[a-z]/.test(letter) ? letter.toUpperCase() : letter;
}
