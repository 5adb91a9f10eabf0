/** A repaired document: the input with new NVRAMs in the places of the old ones, judged again before it is written. */

import type { Document } from "../library/input/open-input.ts";
import { equalBytes } from "../parsers/bytes.ts";
import { ParseError } from "../parsers/errors.ts";
import { FORMATS } from "../parsers/formats/index.ts";
import { ovaXml } from "../parsers/formats/ova-xml.ts";
import { ovf } from "../parsers/formats/ovf.ts";
import type { Dump, VmSource } from "../parsers/model.ts";
import { type NewDescription, OvaRewriter } from "../parsers/ova/rewriter.ts";
import { readTarHeader, resizedTarHeader, TAR_BLOCK_BYTES, tarPadding } from "../parsers/packing/tar.ts";
import { resizedPaxRecord } from "../parsers/packing/tar-extension.ts";
import type { Platform } from "../parsers/platform.ts";
import { encodeBase64 } from "../parsers/text/base64.ts";
import { applySplices, type Splice } from "../parsers/text/splice.ts";
import { replaceTexts } from "../parsers/write-back/index.ts";
import { analyzeVm } from "../rules/engine/analyze.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import { blocksBefore } from "./io/archive-end.ts";
import { gzip } from "./io/gzip.ts";
import { type ReadingWatcher, rewrittenFile, splicedFile } from "./io/splice-file.ts";

/** Content of the file to write, or why there is none. */
export type WriteBack =
  | { readonly kind: "content"; readonly content: Uint8Array | AsyncIterable<Uint8Array> }
  | { readonly kind: "failed"; readonly reason: string };

interface WriteBackInput {
  readonly path: string;
  readonly document: Document;
  /** What is wrong with the input: a document that was not read to its end is not written. */
  readonly error: ParseError | null;
  readonly dump: Dump;
  /** Repaired blobs by the number of their copy in the dump. */
  readonly blobs: ReadonlyMap<number, Uint8Array>;
  readonly compress: boolean;
  /** Sees how far the copying of an archive is. */
  readonly watch: ReadingWatcher;
  /** Takes what is to be known of the new file, once it is written. */
  readonly told?: (sentence: string) => void;
}

export function writeBack(input: WriteBackInput, settings: RepairSettings): WriteBack {
  const { document, dump, blobs, compress } = input;
  try {
    if (input.error !== null) throw input.error;
    const texts = new Map(Array.from(blobs, ([copy, bytes]) => [copy, base64Text(bytes)]));
    const bytes = applySplices(document.bytes, replaceTexts(document.bytes, dump, texts));
    check(dump, bytes, blobs, settings);
    const plain = whole(input, bytes, settings.platform);
    if (!compress) return { kind: "content", content: plain };
    return { kind: "content", content: gzip(plain instanceof Uint8Array ? once(plain) : plain) };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { kind: "failed", reason: `It cannot be written back: ${error.message}` };
  }
}

/** The file that the new document is a part of, or is itself. */
function whole(
  { path, document, dump, watch, told }: WriteBackInput,
  after: Uint8Array,
  platform: Platform,
): Uint8Array | AsyncIterable<Uint8Array> {
  const { bytes: before, member } = document;
  if (member === null) return after;
  if (dump.format === "ova")
    return applianceWith(path, { before, after }, platform, {
      watch,
      ...(told === undefined ? {} : { told }),
    });
  return archiveWith(path, before, member, after, watch);
}

async function* applianceWith(
  path: string,
  description: NewDescription,
  platform: Platform,
  { watch, told = () => {} }: Pick<WriteBackInput, "watch" | "told">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const rewriter = new OvaRewriter(description, platform);
  yield* rewrittenFile(path, rewriter, watch);
  for (const name of rewriter.leftOut) {
    told(
      `"${name}" is left out: it signs the old manifest, and only whoever signed that can sign the new one.`,
    );
  }
  if (rewriter.manifestWasRight === false) {
    told(
      "The manifest did not fit the description before it was repaired: somebody edited the appliance, or it was damaged. Now it does.",
    );
  }
}

/** One line without a newline: the host's restore command refuses any. */
export function base64Text(bytes: Uint8Array): Uint8Array {
  return encodeBase64(bytes);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** Opens and judges the new document: copies that were repaired hold and load the result, all others what they held. */
function check(
  before: Dump,
  bytes: Uint8Array,
  blobs: WriteBackInput["blobs"],
  settings: RepairSettings,
): void {
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

/** The archive with another ova.xml: of its header the size and the checksum change, behind it the padding. */
function archiveWith(
  path: string,
  before: Uint8Array,
  { header, dataOffset, hasExtendedSize }: Member,
  after: Uint8Array,
  watch: ReadingWatcher,
): AsyncIterable<Uint8Array> {
  const isWholeSize = readTarHeader(header)?.size === BigInt(before.length);
  const resized = isWholeSize ? resizedTarHeader(header, after.length) : null;
  if (resized === null) throw failure("a size in the tar header of ova.xml", "none that can be rewritten");
  const headerStart = dataOffset - TAR_BLOCK_BYTES;
  const dataEnd = dataOffset + before.length + tarPadding(before.length).length;
  const splices: Splice[] = [
    ...(hasExtendedSize ? [extendedSize(path, header, headerStart, after.length)] : []),
    { start: headerStart, end: dataOffset, bytes: resized },
    { start: dataOffset, end: dataOffset + before.length, bytes: after },
    { start: dataOffset + before.length, end: dataEnd, bytes: tarPadding(after.length) },
  ];
  return splicedFile(path, splices, { start: dataOffset, bytes: before }, watch);
}

/** Where a header of PAX tells the size, too, that counts. Only a plain archive is looked into for it. */
function extendedSize(path: string, header: Uint8Array, headerStart: number, size: number): Splice {
  const before = blocksBefore(path, header, headerStart);
  const splice = resizedPaxRecord(before, size);
  if (splice === null)
    throw failure("a size of ova.xml that can be rewritten", "one in an extended header that cannot");
  const start = headerStart - before.length;
  return { ...splice, start: start + splice.start, end: start + splice.end };
}
