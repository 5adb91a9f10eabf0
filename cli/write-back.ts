/** A repaired document: the input with new NVRAMs in the places of the old ones, judged again before it is written. */

import type { Document } from "../library/input/open-input.ts";
import { archiveSplices, extensionPlace, repairedDocument } from "../library/repair/written.ts";
import { ParseError } from "../parsers/errors.ts";
import type { Dump } from "../parsers/model.ts";
import { type NewDescription, OvaRewriter } from "../parsers/ova/rewriter.ts";
import type { Platform } from "../parsers/platform.ts";
import { encodeBase64 } from "../parsers/text/base64.ts";
import type { RepairSettings } from "../rules/engine/repair.ts";
import { bytesAt } from "./io/archive-end.ts";
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
    const bytes = repairedDocument(document, dump, blobs, settings);
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

type Member = NonNullable<Document["member"]>;

function archiveWith(
  path: string,
  before: Uint8Array,
  member: Member,
  after: Uint8Array,
  watch: ReadingWatcher,
): AsyncIterable<Uint8Array> {
  const place = extensionPlace(member);
  const extension = place === null ? new Uint8Array(0) : bytesAt(path, place.start, place.end);
  const splices = archiveSplices(member, before, after, extension);
  return splicedFile(path, splices, { start: member.dataOffset, bytes: before }, watch);
}
