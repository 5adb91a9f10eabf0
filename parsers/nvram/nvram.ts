/** One copy of an NVRAM, from the map of a record, from a bare text or from raw bytes. */

import { equalBytes } from "../bytes.ts";
import { ContentCache } from "../content-cache.ts";
import { ParseError } from "../errors.ts";
import { CACHE_LIMITS, VARSTORED_LIMITS } from "../limits.ts";
import type { Base64Text, Nvram, VarstoredBlob } from "../model.ts";
import { oncePer } from "../once-per.ts";
import type { Platform } from "../platform.ts";
import { decodeAsDaemon, decodeLeniently, type LenientBase64 } from "../text/base64.ts";
import { decodeUtf8, encodeUtf8 } from "../text/text-encoding.ts";
import { openBlob } from "./varstored-blob.ts";

/** Key of the NVRAM map (varstored xapidb-lib.c, parse_get_nvram_call). */
export const EFI_VARIABLES_KEY = "EFI-variables";

/**
 * xen-bugtool's own comes first (XapiDBContentHandler, DBFilter); then what other tools, and people, put in place of a value: xapi's
 * reference to nothing, and the name of its type that PowerShell's ConvertTo-Json writes for a map that lies deeper than `-Depth`.
 */
const PLACEHOLDER =
  /^(?:REMOVED|OpaqueRef:NULL|n\/a|System\.[\w.`[\], ]{1,100}|[<[({*]{1,3}[^'"\n]{1,60}[>\])}*]{1,3}|(?:redacted|removed|truncated|hidden|omitted|masked|stripped|snip(?:ped)?|filtered|secret|null|none|undefined|nil)\.{0,3}|[*.x\u2026-]{1,64})$/i;
const MAX_PLACEHOLDER_BYTES = 128;

/** Whether a text stands where a value was: what the value is it does not tell. */
export function isPlaceholder(text: string): boolean {
  return text.length <= MAX_PLACEHOLDER_BYTES && PLACEHOLDER.test(text.trim());
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Reads the NVRAM map of a VM's record; null where it has no EFI variables. A value may be kept as bytes of UTF-8. */
export function nvramOfMap(
  entries: ReadonlyMap<string, string | Uint8Array>,
  platform: Platform,
): Nvram | null {
  const value = entries.get(EFI_VARIABLES_KEY);
  if (value === undefined) return null;
  const otherKeys = new Map<string, string>();
  for (const [key, other] of entries) {
    if (key !== EFI_VARIABLES_KEY) otherKeys.set(key, typeof other === "string" ? other : decodeUtf8(other));
  }
  const text = typeof value === "string" ? encodeUtf8(value) : value;
  return nvramOfBase64(text, { inRecord: true, otherKeys }, platform);
}

/** Reads a text that stands by itself: what a user keeps and restores, so that its decoded bytes are what counts. */
export function nvramOfText(
  text: Uint8Array,
  otherKeys: ReadonlyMap<string, string>,
  platform: Platform,
): Nvram {
  return nvramOfBase64(text, { inRecord: false, otherKeys }, platform);
}

/** Reads raw bytes. */
export function nvramOfBlob(bytes: Uint8Array): Nvram {
  const blob = blobOrNull(bytes);
  return {
    state: bytes.length === 0 ? "empty" : blob === null ? "unreadable" : "present",
    base64: null,
    bytes: bytes.length === 0 ? null : bytes,
    daemonBytes: bytes,
    blob,
    otherKeys: new Map(),
  };
}

interface Circumstances {
  readonly inRecord: boolean;
  readonly otherKeys: ReadonlyMap<string, string>;
}

function nvramOfBase64(text: Uint8Array, { inRecord, otherKeys }: Circumstances, platform: Platform): Nvram {
  const layout: Base64Text = { text, inRecord, oddities: [], junkOffset: null };
  if (text.length === 0) {
    return { state: "empty", base64: layout, bytes: null, daemonBytes: NO_BYTES, blob: null, otherKeys };
  }
  if (text.length <= MAX_PLACEHOLDER_BYTES && isPlaceholder(decodeUtf8(text))) {
    return { state: "redacted", base64: layout, bytes: null, daemonBytes: null, blob: null, otherKeys };
  }
  const read = textsOf(platform).get(text, platform, (content) => readText(content, platform));
  const { oddities, junkOffset } = read;
  // Text without an oddity is decoded alike by everyone; the daemon's way is worth its time for the others only.
  const daemonBytes = inRecord && oddities.length > 0 ? decodeAsDaemon(text, platform) : read.bytes;
  // Where the daemon makes a whole blob of a text that people would not read to its end, that is what counts.
  const daemons = equalBytes(daemonBytes, read.bytes) ? null : blobOrNull(daemonBytes);
  const isDaemons = daemons !== null && isWhole(daemons);
  // Where the text ends before a header could, nothing is known of the NVRAM but what the daemon gets.
  const isCutAtOnce = read.junkOffset !== null && read.bytes.length < VARSTORED_LIMITS.HEADER_BYTES;
  const { bytes, blob } = isDaemons
    ? { bytes: daemonBytes, blob: daemons }
    : { bytes: isCutAtOnce ? daemonBytes : read.bytes, blob: read.blob };
  return {
    state: blob === null ? "unreadable" : "present",
    base64: { text, inRecord, oddities, junkOffset: isDaemons ? null : junkOffset },
    bytes: bytes.length === 0 ? null : bytes,
    daemonBytes,
    blob,
    otherKeys,
  };
}

/** Holds all that its header counts, and nothing behind. */
function isWhole({ stop, rest, declaredCount, variables }: VarstoredBlob): boolean {
  return stop === null && rest.start === rest.end && declaredCount === BigInt(variables.length);
}

/** What a text says by itself, whatever it was found in. */
interface ReadText extends LenientBase64 {
  readonly blob: VarstoredBlob | null;
}

/** Texts that were read before: a VM's snapshots mostly hold the same NVRAM as itself. */
const textsOf: (platform: Platform) => ContentCache<ReadText> = oncePer(
  () => new ContentCache(CACHE_LIMITS.texts),
);

function readText(text: Uint8Array, platform: Platform): ReadText {
  const read = decodeLeniently(text, platform);
  return { ...read, blob: blobOrNull(read.bytes) };
}

function blobOrNull(bytes: Uint8Array): VarstoredBlob | null {
  try {
    return openBlob(bytes);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
