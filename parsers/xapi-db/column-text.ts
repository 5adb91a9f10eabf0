/**
 * Values of xapi's database as they stand in an attribute: references of XML around the protection of spaces
 * (xapi ocaml/database/xml_spaces.ml), which keeps white space that XML would change.
 */
import type { Platform } from "../platform.ts";
import { referenceAt } from "../text/xml-scanner.ts";

const AMPERSAND = 0x26;
const PERCENT = 0x25;

/** What follows a `%`, and what both stand for; `%_` was written by older versions. Anything else stands as it is. */
const PROTECTED: ReadonlyMap<number, readonly number[]> = new Map([
  [0x2e, [0x20]], // %.
  [0x74, [0x09]], // %t
  [0x6e, [0x0a]], // %n
  [0x72, [0x0d]], // %r
  [0x25, [0x25]], // %%
  [0x5f, [0x20, 0x20]], // %_
]);

type Search = Pick<Platform, "indexOfByte">;

/** The value as xapi has it: bytes of UTF-8. A view where nothing had to be resolved. */
export function columnBytes(raw: Uint8Array, platform: Search): Uint8Array {
  return withoutProtection(withoutReferences(raw, platform), platform);
}

/** An ampersand that begins no reference stands for itself. */
function withoutReferences(raw: Uint8Array, platform: Search): Uint8Array {
  const first = platform.indexOfByte(raw, AMPERSAND, 0);
  if (first < 0) return raw;
  const out = new Uint8Array(raw.length); // no reference stands for more bytes than it has
  out.set(raw.subarray(0, first));
  let length = first;
  for (let at = first; at < raw.length; ) {
    const piece = raw[at] === AMPERSAND ? referenceAt(raw, at) : null;
    if (piece === null) {
      out[length++] = raw[at++]!;
      continue;
    }
    out.set(piece.text, length);
    length += piece.text.length;
    at = piece.end;
  }
  return out.subarray(0, length);
}

function withoutProtection(raw: Uint8Array, platform: Search): Uint8Array {
  let percent = platform.indexOfByte(raw, PERCENT, 0);
  if (percent < 0) return raw;
  const out = new Uint8Array(raw.length); // two bytes stand for two at most
  let length = 0;
  let at = 0;
  while (percent >= 0) {
    const meant = PROTECTED.get(raw[percent + 1] ?? -1);
    const end = meant === undefined ? percent + 1 : percent;
    out.set(raw.subarray(at, end), length);
    length += end - at;
    for (const one of meant ?? []) out[length++] = one;
    at = meant === undefined ? end : percent + 2;
    percent = platform.indexOfByte(raw, PERCENT, at);
  }
  out.set(raw.subarray(at), length);
  return out.subarray(0, length + raw.length - at);
}
