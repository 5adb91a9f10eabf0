/** Collects the different hashes of a reference, with what it says about each. */
import { concatBytes, toHex } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { ImageName } from "./dbx-names.ts";

export class HashCollector {
  readonly #name: string;
  readonly #positions = new Map<string, number>();
  readonly #hashes: Uint8Array[] = [];
  /** Names by the hexadecimal text of a hash, lower case. */
  readonly names: Map<string, ImageName[]> = new Map();

  /** `name` is that of the reference, for messages. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Position of a hash, which is new or has been met. Throws ParseError `over-limit`. */
  position(hash: Uint8Array): number {
    const text = toHex(hash);
    const known = this.#positions.get(text);
    if (known !== undefined) return known;
    if (this.#hashes.length >= PARSER_LIMITS.maxReferenceHashes) {
      throw new ParseError({
        code: "over-limit",
        path: this.#name,
        expected: `at most ${PARSER_LIMITS.maxReferenceHashes} hashes`,
        found: "more",
      });
    }
    this.#positions.set(text, this.#hashes.length);
    return this.#hashes.push(hash) - 1;
  }

  addName(hash: Uint8Array, name: ImageName): void {
    const text = toHex(hash);
    const names = this.names.get(text);
    if (names === undefined) this.names.set(text, [name]);
    else names.push(name);
  }

  /** All hashes, 32 bytes each, in the order of their positions. */
  bytes(): Uint8Array {
    return concatBytes(this.#hashes);
  }
}
