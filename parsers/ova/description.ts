/** An appliance in one file (OVA): a tar archive that begins with its description (DMTF DSP0243, §5.3). */

import { readTarHeader, TAR_BLOCK_BYTES, tarPadding, wholeTarName } from "../packing/tar.ts";
import {
  EXTENSION_TYPES,
  extendedName,
  MAX_EXTENSION_BYTES,
  PAX_HEADER,
  paxSize,
} from "../packing/tar-extension.ts";
import { isOvfName } from "./names.ts";

/** The first member of an appliance. Offsets are bytes of the (decompressed) archive. */
export interface Description {
  readonly name: string;
  /** The block right before the data. */
  readonly header: Uint8Array;
  readonly dataOffset: number;
  readonly size: number;
  /** A header of PAX before it tells the size as well. */
  readonly hasExtendedSize: boolean;
}

/** More headers than any writer puts before one member. */
const MAX_EXTENSIONS = 4;

/** Null for any other archive; `head` is its beginning. */
export function descriptionOf(head: Uint8Array): Description | null {
  let name: string | null = null;
  let size: number | null = null;
  for (let at = 0, extensions = 0; extensions <= MAX_EXTENSIONS; extensions++) {
    const block = head.subarray(at, at + TAR_BLOCK_BYTES);
    const header = readTarHeader(block);
    if (header === null) return null;
    const dataOffset = at + TAR_BLOCK_BYTES;
    if (!EXTENSION_TYPES.has(header.type)) {
      const own = name ?? wholeTarName(block, header.name);
      if (!FILE_TYPES.has(header.type) || !isOvfName(own)) return null;
      return {
        name: own,
        header: block.slice(),
        dataOffset,
        size: size ?? Number(header.size),
        hasExtendedSize: size !== null,
      };
    }
    if (header.size > MAX_EXTENSION_BYTES) return null;
    const data = head.subarray(dataOffset, dataOffset + Number(header.size));
    name = extendedName(header.type, data) ?? name;
    if (header.type === PAX_HEADER) size = paxSize(data) ?? size;
    at = dataOffset + data.length + tarPadding(data.length).length;
  }
  return null;
}

/** Of a regular file. */
export const FILE_TYPES: ReadonlySet<string> = new Set(["", "0", "7"]);
