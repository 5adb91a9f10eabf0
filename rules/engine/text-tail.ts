/** What stands in a text behind the base64 that was read: no repair writes it back, so what it holds has to be known. */

import type { Base64Text, Nvram } from "../../parsers/model.ts";
import { readLeftover } from "../../parsers/nvram/leftover.ts";
import { oncePer } from "../../parsers/once-per.ts";
import { decodeDigitsOnly } from "../../parsers/text/base64.ts";

export interface TextTail {
  readonly text: Uint8Array;
  /** Byte of the whole text at which it begins. */
  readonly offset: number;
  /** Names of variables of which something can be read in it; empty for a quote, a comment, a lone digit. */
  readonly variables: readonly string[];
}

/** The text after the base64 that was not decoded; null where there is none, and for a raw blob. */
export function textTailOf({ base64 }: Nvram): TextTail | null {
  return base64 === null || base64.junkOffset === null ? null : tailOf(base64, base64.junkOffset);
}

const tailOf: (base64: Base64Text, offset: number) => TextTail = oncePer(
  (base64: Base64Text, offset: number) => {
    const text = base64.text.subarray(offset);
    const names = decodeDigitsOnly(text).flatMap((bytes) => {
      const { records, cut } = readLeftover(bytes, { start: 0, end: bytes.length }, 0);
      return [...records, ...cut].map(({ name }) => name);
    });
    return { text, offset, variables: [...new Set(names)] };
  },
);
