/** A repaired document: the new bytes, judged again, and the archive around it as edits. */
import { equalBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { FORMATS } from "../../parsers/formats/index.ts";
import { ovaXml } from "../../parsers/formats/ova-xml.ts";
import { ovf } from "../../parsers/formats/ovf.ts";
import type { Dump, VmSource } from "../../parsers/model.ts";
import { readTarHeader, resizedTarHeader, TAR_BLOCK_BYTES, tarPadding } from "../../parsers/packing/tar.ts";
import { resizedPaxRecord } from "../../parsers/packing/tar-extension.ts";
import { encodeBase64 } from "../../parsers/text/base64.ts";
import { applySplices, type Splice } from "../../parsers/text/splice.ts";
import { replaceTexts } from "../../parsers/write-back/index.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { Document } from "../input/open-input.ts";

/** Repaired blobs by the number of their copy in the dump. */
export type RepairedBlobs = ReadonlyMap<number, Uint8Array>;

/** The document with the new NVRAMs in the places of the old ones. Throws ParseError where it is not what was meant. */
export function repairedDocument(
  { bytes: before }: Pick<Document, "bytes">,
  dump: Dump,
  blobs: RepairedBlobs,
  settings: RepairSettings,
): Uint8Array {
  // On one line without a newline: the host's restore command refuses any.
  const texts = new Map(Array.from(blobs, ([copy, bytes]) => [copy, encodeBase64(bytes)]));
  const bytes = applySplices(before, replaceTexts(before, dump, texts));
  check(dump, bytes, blobs, settings);
  return bytes;
}

/** Opens and judges the new document: copies that were repaired hold and load the result, all others what they held. */
function check(before: Dump, bytes: Uint8Array, blobs: RepairedBlobs, settings: RepairSettings): void {
  const format = FORMATS.find(({ id }) => id === before.format) ?? (before.format === "ova" ? ovf : ovaXml);
  const after = format.open(bytes, settings.platform);
  if (after.error !== null) throw after.error;
  if (after.vms.length !== before.vms.length)
    throw failure("the VMs of the input", `${after.vms.length} of ${before.vms.length}`);
  for (const [copy, vm] of before.vms.entries()) {
    const now = after.vms[copy];
    const expected = blobs.get(copy) ?? vm.nvram?.daemonBytes ?? null;
    if (now === undefined || !isSameCopy(vm, now) || !isEqual(expected, now.nvram?.daemonBytes ?? null))
      throw failure(`the expected NVRAM in copy ${copy + 1}`, "another one");
    if (blobs.has(copy) && analyzeVm(now, settings.rules, settings).load?.loads !== true)
      throw failure(`an NVRAM that loads in copy ${copy + 1}`, "one that does not");
  }
}

function isSameCopy(a: VmSource, b: VmSource): boolean {
  return a.uuid === b.uuid && a.nameLabel === b.nameLabel && a.source === b.source;
}

function isEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

function failure(expected: string, found: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    expected,
    found,
    next: "Write the NVRAMs as texts: --emit efivars --out DIR.",
  });
}

type Member = NonNullable<Document["member"]>;

/** What an extended header may take before the header that it is for; PAX needs two blocks as a rule. */
const MAX_EXTENSION_BYTES = 16 * TAR_BLOCK_BYTES;

/** Where an extended header may stand, with the header itself behind it; null where there is none. */
export function extensionPlace({
  dataOffset,
  hasExtendedSize,
}: Member): Pick<Splice, "start" | "end"> | null {
  const headerStart = dataOffset - TAR_BLOCK_BYTES;
  return hasExtendedSize ? { start: Math.max(0, headerStart - MAX_EXTENSION_BYTES), end: dataOffset } : null;
}

/**
 * The archive with another document: of its header the size and the checksum change, behind it the padding. `extension` is
 * what stands at `extensionPlace`. Throws ParseError.
 */
export function archiveSplices(
  { header, dataOffset, hasExtendedSize }: Member,
  before: Uint8Array,
  after: Uint8Array,
  extension: Uint8Array,
): Splice[] {
  const isWholeSize = readTarHeader(header)?.size === BigInt(before.length);
  const resized = isWholeSize ? resizedTarHeader(header, after.length) : null;
  if (resized === null) throw failure("a size in the tar header of ova.xml", "none that can be rewritten");
  const headerStart = dataOffset - TAR_BLOCK_BYTES;
  const dataEnd = dataOffset + before.length + tarPadding(before.length).length;
  return [
    ...(hasExtendedSize ? [extendedSize(extension, header, headerStart, after.length)] : []),
    { start: headerStart, end: dataOffset, bytes: resized },
    { start: dataOffset, end: dataOffset + before.length, bytes: after },
    { start: dataOffset + before.length, end: dataEnd, bytes: tarPadding(after.length) },
  ];
}

/** Where a header of PAX tells the size, too, that counts. Only a plain archive is looked into for it. */
function extendedSize(extension: Uint8Array, header: Uint8Array, headerStart: number, size: number): Splice {
  const length = extension.length - TAR_BLOCK_BYTES;
  // Something else stands there in a compressed file.
  const isThere = length >= 0 && equalBytes(extension.subarray(length), header);
  const before = extension.subarray(0, isThere ? length : 0);
  const splice = resizedPaxRecord(before, size);
  if (splice === null)
    throw failure("a size of ova.xml that can be rewritten", "one in an extended header that cannot");
  const start = headerStart - before.length;
  return { ...splice, start: start + splice.start, end: start + splice.end };
}
