/** Members of a tar archive that is in memory as a whole: the certificates of a pool, not an export. */
import { isAllZero } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { readTarHeader, TAR_BLOCK_BYTES } from "./tar.ts";
import { extendedName as nameOfNext } from "./tar-extension.ts";

export interface TarMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Type flags of a regular file. */
const FILE_TYPES: readonly string[] = ["0", ""];

/** Regular files; names of PAX and GNU count before those of the headers, other extensions are passed over. Throws ParseError `truncated` or `bad-structure`. */
export function* readTarMembers(archive: Uint8Array): Generator<TarMember, void, undefined> {
  let extendedName: string | null = null;
  let at = 0;
  while (at < archive.length) {
    const block = archive.subarray(at, at + TAR_BLOCK_BYTES);
    // Archives are whole blocks: less of one is the place of a cut, zeros or not.
    if (block.length < TAR_BLOCK_BYTES) throw cutAt(at, block.length);
    if (isAllZero(block)) return;
    const header = readTarHeader(block);
    if (header === null) {
      throw new ParseError({ code: "bad-structure", offset: at, expected: "a tar header", found: "none" });
    }
    const start = at + TAR_BLOCK_BYTES;
    const present = archive.length - start;
    if (header.size > present) {
      const expected = `${header.size} bytes of a member`;
      throw new ParseError({ code: "truncated", offset: start, expected, found: `${present}` });
    }
    const size = Number(header.size);
    const bytes = archive.subarray(start, start + size);
    if (FILE_TYPES.includes(header.type)) yield { name: extendedName ?? header.name, bytes };
    extendedName = nameOfNext(header.type, bytes);
    at = start + Math.ceil(size / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
  }
  // Inside the zeros that fill the last block of a member.
  if (at > archive.length) throw cutAt(at - TAR_BLOCK_BYTES, archive.length - (at - TAR_BLOCK_BYTES));
}

function cutAt(offset: number, found: number): ParseError {
  const expected = `a block of ${TAR_BLOCK_BYTES} bytes`;
  return new ParseError({ code: "truncated", offset, expected, found: `${found}` });
}
