/** Running text: its words are replaced, its signs and spaces stay, so that whatever structure it has is kept. */
import type { Pseudonyms } from "./pseudonyms.ts";

const UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
const MAC =
  "(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?<sign>[:-])[0-9A-Fa-f]{2}(?:\\k<sign>[0-9A-Fa-f]{2}){4}(?![0-9A-Fa-f])";
/** Letters and digits; beyond ASCII everything but surrogates without their half, which no text holds. */
const WORD = "(?:[A-Za-z0-9]|[\\u0080-\\ud7ff\\ue000-\\uffff]|[\\ud800-\\udbff][\\udc00-\\udfff])+";
const PIECES = new RegExp(`(?<uuid>${UUID})|(?<mac>${MAC})|(?<word>${WORD})`, "g");

/** Of the same length, in UTF-8 and in UTF-16. `keeps`: words that say nothing. */
export function scrubText(
  text: string,
  pseudonyms: Pseudonyms,
  keeps: (word: string) => boolean = () => false,
): string {
  return text.replace(PIECES, (piece, ...rest) => {
    const { uuid, mac, word } = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    if (uuid !== undefined) return pseudonyms.uuid(uuid);
    if (mac !== undefined) return pseudonyms.mac(mac);
    return word === undefined || keeps(word) ? piece : pseudonyms.word(word);
  });
}
