/**
 * The security version of a Windows boot manager: a resource of raw data named BOOTMGRSECURITYVERSIONNUMBER, of
 * UINT16 minor, UINT16 major ("PE Format", The .rsrc Section).
 */
import { viewOf } from "../bytes.ts";
import { readChar16 } from "../efi/char16.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { type EfiImage, overLimit } from "./image.ts";

const RAW_DATA = 10;
const NAME = "BOOTMGRSECURITYVERSIONNUMBER";
const DIRECTORY_BYTES = 16;
const ENTRY_BYTES = 8;
const HIGH_BIT = 0x8000_0000;

export interface SecurityVersion {
  readonly major: number;
  readonly minor: number;
}

export function isBelow(a: SecurityVersion, b: SecurityVersion): boolean {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor);
}

/** Null where the program has none. Throws ParseError `over-limit`. */
export function securityVersionOf(image: EfiImage): SecurityVersion | null {
  const root = image.resources === null ? null : fileOffset(image, image.resources.start);
  if (root === null) return null;
  const tree = new ResourceTree(viewOf(image.bytes), root);
  const type = tree.find(0, (id) => id === RAW_DATA);
  const named = type === null ? null : tree.find(type, (id) => id === NAME);
  const data = named === null ? null : tree.find(named, () => true, true);
  if (data === null) return null;
  const view = viewOf(image.bytes);
  const at = root + data + 8 > view.byteLength ? null : fileOffset(image, view.getUint32(root + data, true));
  if (at === null || view.getUint32(root + data + 4, true) < 4 || at + 4 > view.byteLength) return null;
  return { minor: view.getUint16(at, true), major: view.getUint16(at + 2, true) };
}

function fileOffset({ sections }: EfiImage, address: number): number | null {
  const section = sections.find(
    ({ virtualAddress, rawSize }) => address >= virtualAddress && address < virtualAddress + rawSize,
  );
  return section === undefined ? null : section.rawStart + address - section.virtualAddress;
}

class ResourceTree {
  readonly #view: DataView;
  readonly #root: number;
  #left = PARSER_LIMITS.maxResourceEntries;

  constructor(view: DataView, root: number) {
    this.#view = view;
    this.#root = root;
  }

  /** Offset from the root of what the first fitting entry leads to: a folder, or with `isData` the data itself. */
  find(folder: number, fits: (id: number | string) => boolean, isData = false): number | null {
    const view = this.#view;
    const start = this.#root + folder;
    if (start + DIRECTORY_BYTES > view.byteLength) return null;
    const count = view.getUint16(start + 12, true) + view.getUint16(start + 14, true);
    for (let i = 0; i < count; i++) {
      if (this.#left-- === 0)
        throw overLimit(`at most ${PARSER_LIMITS.maxResourceEntries} resources`, "one more");
      const at = start + DIRECTORY_BYTES + i * ENTRY_BYTES;
      if (at + ENTRY_BYTES > view.byteLength) return null;
      const id = view.getUint32(at, true);
      const target = view.getUint32(at + 4, true);
      if (!fits(id >= HIGH_BIT ? this.#name(id - HIGH_BIT) : id)) continue;
      if (target >= HIGH_BIT === isData) continue;
      return isData ? target : target - HIGH_BIT;
    }
    return null;
  }

  #name(offset: number): string {
    const view = this.#view;
    const start = this.#root + offset;
    if (start + 2 > view.byteLength) return "";
    const length = view.getUint16(start, true);
    // Only one name is looked for.
    if (length !== NAME.length || start + 2 + 2 * length > view.byteLength) return "";
    return readChar16(new Uint8Array(view.buffer, view.byteOffset + start + 2, 2 * length));
  }
}
