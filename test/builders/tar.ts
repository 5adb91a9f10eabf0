/** Makes tar archives: in the exporter's dialect by hand, in the others through tar-stream. */
import { pack } from "tar-stream";
import { ascii, concatBytes } from "../../parsers/bytes.ts";

export interface Member {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Seconds since 1970; the exporter gives ova.xml the time of the export, blocks 0. */
  readonly mtime?: number;
}

const BLOCK_BYTES = 512;

/**
 * A header as xapi writes it (ocaml-tar 2.6.0 lib/tar.ml, level V7): no magic, type 0 as a NUL byte, and a checksum of
 * 7 octal digits and NUL. `size` may also be the raw field of 12 bytes.
 */
export function tarHeader(name: string, size: number | Uint8Array, mtime = 0): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(ascii(name).subarray(0, 100), 0);
  block.set(ascii("0000400"), 100);
  block.set(ascii("0000000"), 108);
  block.set(ascii("0000000"), 116);
  block.set(typeof size === "number" ? octal(size, 11) : size, 124);
  block.set(octal(mtime, 11), 136);
  block.set(ascii("        "), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(octal(sum, 7), 148);
  block[155] = 0;
  return block;
}

function octal(value: number, digits: number): Uint8Array {
  return ascii(value.toString(8).padStart(digits, "0"));
}

/** A size field in base 256 (GNU tar manual, "Basic Tar Format"), for sizes that octal digits cannot tell. */
export function base256Size(size: bigint): Uint8Array {
  const field = new Uint8Array(12);
  new DataView(field.buffer).setBigUint64(4, size);
  field[0] = 0x80;
  return field;
}

/** What is put behind a member's bytes. */
export function padding(length: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** An archive as the exporter writes it: members, then exactly two blocks of zeros. */
export function makeXva(members: readonly Member[]): Uint8Array {
  const parts = members.flatMap(({ name, bytes, mtime }) => [
    tarHeader(name, bytes.length, mtime),
    bytes,
    padding(bytes.length),
  ]);
  return concatBytes([...parts, new Uint8Array(2 * BLOCK_BYTES)]);
}

/** The same members as other tools write them: ustar, and PAX headers where `pax` is given; `owner` is the user and the group. */
export async function makeUstar(
  members: readonly Member[],
  pax?: Readonly<Record<string, string>>,
  owner = "",
): Promise<Uint8Array> {
  const archive = pack();
  for (const { name, bytes } of members) {
    const header = { name, uname: owner, gname: owner, ...(pax === undefined ? {} : { pax }) };
    archive.entry(header, bytes);
  }
  archive.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part as Uint8Array);
  return concatBytes(parts);
}
