/**
 * Bytes as text in a script element: five characters for four bytes, where base64 has five and a third. No character is `<`, which
 * could end the element, and none is `&`.
 */

const FIRST = 39;
const BASE = 85;
const LESS_THAN = 60;

/** Zeros fill the last four bytes: the reader has to know how many there are. */
export function packedText(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    let rest = 0;
    for (let i = 0; i < 4; i++) rest = rest * 256 + (bytes[at + i] ?? 0);
    let piece = "";
    for (let i = 0; i < 5; i++) {
      const code = FIRST + (rest % BASE);
      piece = String.fromCharCode(code < LESS_THAN ? code : code + 1) + piece;
      rest = Math.floor(rest / BASE);
    }
    pieces.push(piece);
  }
  return pieces.join("");
}

export function unpackedText(text: string, length: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * Math.ceil(length / 4)));
  for (let at = 0; at < view.byteLength; at += 4) {
    let word = 0;
    for (let i = 0; i < 5; i++) {
      const code = text.charCodeAt((at / 4) * 5 + i);
      word = word * BASE + (code < LESS_THAN ? code : code - 1) - FIRST;
    }
    view.setUint32(at, word);
  }
  return new Uint8Array(view.buffer, 0, length);
}
