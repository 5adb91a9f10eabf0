/** Makes ZIP archives by hand (PKWARE APPNOTE.TXT §4.3): sound ones, and those that no tool would write. */
import { crc32, deflateRawSync } from "node:zlib";
import { concatBytes } from "../../parsers/bytes.ts";

export interface ZippedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** 8 deflates, 0 stores; another number is only told. */
  readonly method?: number;
  readonly isEncrypted?: boolean;
  /** Of Unix, such as 0o120777 for a link. */
  readonly mode?: number;
  /** The data of this earlier file is shared. */
  readonly sameDataAs?: number;
  /** What the directory tells instead of the true checksum. */
  readonly crc?: number;
}

const UTF8 = 0x800;

export function makeZip(files: readonly ZippedFile[], comment = ""): Uint8Array {
  const parts: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  const places: { readonly offset: number; readonly packed: number }[] = [];
  let offset = 0;
  for (const { name, bytes, method = 8, isEncrypted = false, mode = 0o100644, sameDataAs, crc } of files) {
    const shared = sameDataAs === undefined ? undefined : places[sameDataAs];
    const packed = method === 8 ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const place = shared ?? { offset, packed: packed.length };
    places.push(place);
    const nameBytes = Buffer.from(name);
    const common = fields([
      [20, 2],
      [UTF8 | (isEncrypted ? 1 : 0), 2],
      [method, 2],
      [0, 4],
      [crc ?? crc32(bytes), 4],
      [place.packed, 4],
      [bytes.length, 4],
      [nameBytes.length, 2],
      [0, 2],
    ]);
    entries.push(
      concatBytes([
        fields([
          [0x02014b50, 4],
          [(3 << 8) | 20, 2],
        ]),
        common,
        fields([
          [0, 2],
          [0, 2],
          [0, 2],
          [mode * 0x10000, 4],
          [place.offset, 4],
        ]),
        nameBytes,
      ]),
    );
    if (shared !== undefined) continue;
    const local = concatBytes([fields([[0x04034b50, 4]]), common, nameBytes, packed]);
    parts.push(local);
    offset += local.length;
  }
  const directory = concatBytes(entries);
  const end = fields([
    [0x06054b50, 4],
    [0, 4],
    [files.length & 0xffff, 2],
    [files.length & 0xffff, 2],
    [directory.length, 4],
    [offset, 4],
    [comment.length, 2],
  ]);
  return concatBytes([...parts, directory, end, Buffer.from(comment)]);
}

function fields(list: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  return Uint8Array.from(
    list.flatMap(([value, bytes]) =>
      Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 0xff),
    ),
  );
}
