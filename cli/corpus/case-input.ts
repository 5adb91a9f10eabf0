/** The bytes that go into a corpus as a case: the file as it is, or without what tells whose it was. */

import { randomBytes } from "node:crypto";
import { nodeWorld } from "../../cli/io/world.ts";
import { type Document, openInput } from "../../library/input/open-input.ts";
import { readAll } from "../../library/input/read-all.ts";
import { asParseError, isUnreadable } from "../../library/input/system-errors.ts";
import type { Element } from "../../library/judge/element.ts";
import { type ElementWishes, openElements } from "../../library/judge/elements.ts";
import { plainBytes } from "../../library/unpack/decompress.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { viewOfCopy } from "../../parsers/guest/view.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { FormatId } from "../../parsers/model.ts";
import { uefiJson } from "../../parsers/nvram/uefi-json.ts";
import { namelessTarHeader, TAR_BLOCK_BYTES, tarPadding } from "../../parsers/packing/tar.ts";
import { isRedactable, redactDocument } from "../../parsers/redact/index.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import { printable } from "../../report/render/printable.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { UnreadableFile } from "../errors.ts";
import { openSource } from "../io/byte-source.ts";

export interface CaseInput {
  readonly bytes: Uint8Array;
  /** What was left of an export before it was redacted, to be judged and thrown away; null where that is the file itself. */
  readonly original: Uint8Array | null;
  /** For the README of the case. */
  readonly note: string;
}

/** The file cannot be redacted, or would not be judged as before. Nothing was written. */
export class NotRedacted extends Error {
  override readonly name: string = "NotRedacted";
}

const KEY_BYTES = 32;

/** Throws UnreadableFile. */
export async function copiedInput(path: string): Promise<CaseInput> {
  return { bytes: await readWhole(path, false), original: null, note: "Copied as it was." };
}

/** Throws NotRedacted and UnreadableFile. The key is thrown away: nobody can undo it, and no two runs give the same. */
export async function redactedInput(path: string, { platform }: RepairSettings): Promise<CaseInput> {
  const { dump, document, error, compression } = await openInput(path, nodeWorld);
  if (dump === null || !isRedactable(dump.format)) {
    const held = await heldDump(path);
    if (held !== null) return redactedDump(held, platform);
  }
  if (error !== null && isUnreadable(error)) throw unreadable(path, error);
  if (dump === null)
    throw new NotRedacted(`It cannot be redacted: ${error?.message ?? "it holds nothing that is known."}`);
  const plain = document?.bytes ?? (await readWhole(path, true));
  if (plain.length > PARSER_LIMITS.maxCaseInputBytes)
    throw new NotRedacted(
      `It cannot be redacted: a case may have ${PARSER_LIMITS.maxCaseInputBytes} bytes, and this has ${plain.length}.`,
    );
  const redacted = redact(plain, dump.format, platform);
  const member = document?.member ?? null;
  const note = [
    "Redacted: names, UUIDs, addresses, paths, secrets and free text are replaced by others of the same length; structure, sizes,",
    "certificates, hashes and signature lists are as they were.",
    ...(dump.format === "ova"
      ? ["Of the appliance only its description is kept, and none of its disks."]
      : member === null
        ? []
        : ["Of the export only ova.xml is kept, and none of its disks."]),
    ...(dump.vms.some(isResumeFile)
      ? [
          "The saved state of a suspended VM was on one of them: its NVRAM is not judged here. Take it out with varscope extract, and add it as a case of its own.",
        ]
      : []),
    ...(compression === null ? [] : [`It was compressed (${compression}) and is not any more.`]),
  ].join("\n");
  // The name of the description is that of the appliance: it stands by itself then.
  if (dump.format === "ova") return { bytes: redacted, original: plain, note };
  if (member === null) return { bytes: redacted, original: null, note };
  return {
    bytes: archiveOf(member, namelessTarHeader(member.header), redacted),
    original: archiveOf(member, member.header, plain),
    note,
  };
}

/** What an archive, a mail or a folder of a guest holds, or a file whose own form cannot be redacted; null where that is not one dump. */
async function heldDump(path: string): Promise<Element | null> {
  let held: Element | null = null;
  for await (const element of openElements(path, nodeWorld, undefined, undefined, WISHES)) {
    if (element.dump === null || element.dump.vms.length === 0) continue;
    if (held !== null)
      throw new NotRedacted(
        "It cannot be redacted: it holds several dumps, and a case has one. Unpack it, and add the one that matters.",
      );
    held = element;
  }
  return held;
}

const WISHES: ElementWishes = { suspended: false, documents: true };

/** By itself: of what is around it nothing is kept. */
function redactedDump(
  { dump, document, isCompressed }: Element,
  platform: RepairSettings["platform"],
): CaseInput {
  const told = [
    "Redacted: names, UUIDs, addresses, paths, secrets and free text are replaced by others of the same length; structure, sizes,",
    "certificates, hashes and signature lists are as they were.",
  ];
  const plain = document?.bytes ?? null;
  if (dump !== null && plain !== null && document?.member === null && isRedactable(dump.format)) {
    const note = [...told, "Of what was around it (an archive or a mail) nothing is kept."];
    if (isCompressed === true) note.push("It was compressed and is not any more.");
    return { bytes: redact(plain, dump.format, platform), original: plain, note: note.join("\n") };
  }
  const [vm, ...others] = dump?.vms ?? [];
  const blob = vm?.nvram?.blob ?? null;
  if (vm === undefined || blob === null || others.length > 0)
    throw new NotRedacted(
      `It cannot be redacted: ${dump?.format ?? "what it holds"} has no form for that. Take the NVRAM of the VM out with varscope extract, and redact that.`,
    );
  const isView = viewOfCopy(vm) !== null;
  const original = isView ? encodeUtf8(JSON.stringify(uefiJson(blob.variables))) : blob.bytes;
  const note = [
    ...told,
    isView ? "It is kept as JSON of its variables." : "Only the NVRAM itself is kept.",
  ].join("\n");
  return { bytes: redact(original, isView ? "uefi-json" : "vars", platform), original, note };
}

function redact(plain: Uint8Array, format: FormatId, platform: RepairSettings["platform"]): Uint8Array {
  try {
    return redactDocument(plain, format, platform, new Uint8Array(randomBytes(KEY_BYTES)));
  } catch (error) {
    if (error instanceof ParseError) throw new NotRedacted(`It cannot be redacted: ${error.message}`);
    throw error;
  }
}

/** ova.xml alone, behind its header, and the two empty blocks that end an archive. */
function archiveOf(
  { hasExtendedSize }: NonNullable<Document["member"]>,
  header: Uint8Array,
  ovaXml: Uint8Array,
): Uint8Array {
  if (hasExtendedSize)
    throw new NotRedacted(
      "It cannot be redacted: the size of ova.xml stands in an extended header. Redact ova.xml alone.",
    );
  return concatBytes([header, ovaXml, tarPadding(ovaXml.length), new Uint8Array(2 * TAR_BLOCK_BYTES)]);
}

async function readWhole(path: string, decompressed: boolean): Promise<Uint8Array> {
  try {
    const source = await openSource(path);
    try {
      const bytes = decompressed ? await plainBytes(source.bytes, nodeWorld.makeInflater) : source.bytes;
      return await readAll(bytes, PARSER_LIMITS.maxCaseInputBytes);
    } finally {
      await source.close();
    }
  } catch (error) {
    throw unreadable(path, asParseError(error));
  }
}

function unreadable(path: string, { message }: ParseError): UnreadableFile {
  return new UnreadableFile(`${printable(path)}: ${printable(message)}`);
}
