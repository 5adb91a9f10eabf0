/**
 * The short way of the usual input: a small file that is an NVRAM or its base64. It is read, opened and told without waiting
 * for anything, and comes to the same as on the way of all others (`elements.ts`); in a run of ten thousand the waiting would
 * take a quarter of the time.
 */
import { toHex } from "../../parsers/bytes.ts";
import { formatAtOnce } from "../../parsers/formats/index.ts";
import { isTarHeader } from "../../parsers/packing/tar.ts";
import { basename } from "../../parsers/paths.ts";
import { archiveKind } from "../archive/archive-kind.ts";
import { CHUNK_BYTES } from "../input/chunks.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";

/** Null for every other input. What a format throws is thrown. */
export function elementAtOnce(path: string, world: World): Element | null {
  // With a key each file is asked whether it is encrypted.
  if (world.readAtOnce === undefined || (world.remoteKey?.() ?? null) !== null) return null;
  const file = world.readAtOnce(path);
  if (file === null) return null;
  const { bytes, modified } = file;
  const head = bytes.subarray(0, CHUNK_BYTES);
  const format = formatAtOnce(head);
  // The first member of an archive may be called as the magic is.
  if (format === null || bytes.length > format.maxBytes || isTarHeader(head) || archiveKind(head) !== null)
    return null;
  const { platform } = world;
  const dump = format.open(bytes, platform, basename(path));
  const sha256 = toHex(platform.sha256(bytes));
  return { path, dump, error: dump.error, order: 0, file: { bytes: bytes.length, modified, sha256 } };
}
