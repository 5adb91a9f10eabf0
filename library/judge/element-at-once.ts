/**
 * The short way of the usual input: a small file that is an NVRAM or its base64. It is read, opened and told without waiting
 * for anything, and comes to the same as on the way of all others (`elements.ts`); in a run of ten thousand the waiting would
 * take a quarter of the time.
 */
import { hasBytesAt, toHex } from "../../parsers/bytes.ts";
import { BASE64_OF_MAGIC, efivarsB64, isOneWord } from "../../parsers/formats/efivars-b64.ts";
import { formatAtOnce } from "../../parsers/formats/index.ts";
import type { Dump } from "../../parsers/model.ts";
import { isTarHeader } from "../../parsers/packing/tar.ts";
import { basename } from "../../parsers/paths.ts";
import type { Platform } from "../../parsers/platform.ts";
import { archiveKind } from "../archive/archive-kind.ts";
import { CHUNK_BYTES } from "../input/chunks.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";

/** The element; null for every input that needs the general way. Throws what a format throws. */
export function elementAtOnce(path: string, world: World): Element | null {
  // With a key each file is asked whether it is encrypted.
  if (world.readAtOnce === undefined || (world.remoteKey?.() ?? null) !== null) return null;
  const file = world.readAtOnce(path);
  if (file === null) return null;
  const { bytes, modified } = file;
  const head = bytes.subarray(0, CHUNK_BYTES);
  // The first member of an archive may be called as the magic is.
  if (isTarHeader(head)) return null;
  const { platform } = world;
  const dump = openWord(bytes, platform) ?? openOther(bytes, head, platform, basename(path));
  if (dump === null) return null;
  const sha256 = toHex(platform.sha256(bytes));
  return { path, dump, error: dump.error, order: 0, file: { bytes: bytes.length, modified, sha256 } };
}

/** Opens one word of base64. Reading it shows that it is one, and is faster than asking every format. */
function openWord(bytes: Uint8Array, platform: Platform): Dump | null {
  if (!hasBytesAt(bytes, 0, BASE64_OF_MAGIC)) return null;
  const dump = efivarsB64.open(bytes, platform);
  const nvram = dump.vms[0]?.nvram ?? null;
  return nvram !== null && isOneWord(nvram) ? dump : null;
}

function openOther(bytes: Uint8Array, head: Uint8Array, platform: Platform, name: string): Dump | null {
  const format = formatAtOnce(head);
  if (format === null || bytes.length > format.maxBytes || archiveKind(head) !== null) return null;
  return format.open(bytes, platform, name);
}
