/** `varscope verify`: a whole export read once, and every block of it checked. */

import { nodeWorld } from "../../cli/io/world.ts";
import { HostFileCollector } from "../../library/archive/host-files.ts";
import { BULK_CHUNK_BYTES, CHUNK_BYTES, Peekable } from "../../library/input/chunks.ts";
import { encryptedRemote } from "../../library/input/encrypted-remote.ts";
import { orMember } from "../../library/input/open-input.ts";
import type { ByteSource } from "../../library/input/source.ts";
import { asParseError } from "../../library/input/system-errors.ts";
import { compressionOf, plainBytes } from "../../library/unpack/decompress.ts";
import { ExpansionGuard } from "../../library/unpack/expansion-guard.ts";
import { type ErrorCode, ParseError } from "../../parsers/errors.ts";
import { looksLike } from "../../parsers/formats/looks-like.ts";
import { uefiCertificates } from "../../parsers/formats/uefi-certificates.ts";
import { descriptionOf } from "../../parsers/ova/description.ts";
import { OvaVerifier } from "../../parsers/ova/verify.ts";
import type { Compression } from "../../parsers/packing/compression.ts";
import { isTarHeader, TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import { type XvaVerification, XvaVerifier } from "../../parsers/xva/verify.ts";
import { errorReport } from "../../report/error-report.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { verifyLines } from "../../report/render/verify-text.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { VerifyEntry } from "../../report/verify.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { blockDigests, startHashing } from "../io/block-digests.ts";
import { isFolder, openSource } from "../io/byte-source.ts";
import type { VerifyOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { startByteProgress } from "../render/byte-progress.ts";

export async function verify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const { path } = options;
  if (await isFolder(path))
    throw new UsageError(`verify takes one export, and ${clip(printable(path), 80)} is a folder.`);
  const entry = await verifyPath(options);
  if (entry.error !== null) context.complain(`${printable(path)}: ${printable(entry.error.message)}`);
  await isHeard(report(entry, options, context));
  if (entry.error !== null) return EXIT.inputFailed;
  return entry.complete || options.failOn === "never" ? EXIT.ok : EXIT.findings;
}

async function verifyPath({ path, progress }: VerifyOptions): Promise<VerifyEntry> {
  let source: ByteSource | null = null;
  let compression: Compression | null = null;
  try {
    source = await openSource(path, undefined, BULK_CHUNK_BYTES);
    const plain = (await nodeWorld.remoteKey()?.decipher(path, source)) ?? null;
    const bytes = plain?.bytes ?? source.bytes;
    const head = await bytes.head(TAR_BLOCK_BYTES);
    compression = compressionOf(head);
    if (plain === null && compression === null && !isTarHeader(head)) {
      const encrypted = await encryptedRemote(path, head, nodeWorld);
      if (encrypted !== null) throw encrypted;
    }
    const stop = startByteProgress(progress, source.size, source.bytesRead);
    try {
      const guard = new ExpansionGuard();
      const result = await verifyBytes(
        new Peekable(await plainBytes(bytes, nodeWorld.makeInflater, guard)),
        guard,
      );
      return { path, compression, error: null, complete: result.problemCount === 0, ...result };
    } finally {
      stop();
    }
  } catch (error) {
    const failure = await orMember(path, asParseError(error), nodeWorld);
    return { path, compression, error: errorReport(failure), complete: false, ...NOTHING };
  } finally {
    await source?.close();
  }
}

const NAME_SHOWN = 60;

const NOTHING: XvaVerification = {
  bytes: 0,
  members: 0,
  blocks: 0,
  checkedBlocks: 0,
  checksums: [],
  disks: [],
  problems: [],
  problemCount: 0,
};

type Verification = Omit<VerifyEntry, "path" | "compression" | "error" | "complete">;

/** An appliance (OVA), whoever made it. */
async function verifyAppliance(archive: Peekable, guard: ExpansionGuard): Promise<Verification> {
  const verifier = new OvaVerifier(startHashing);
  guard.allowSparse();
  let failure: ParseError | null = null;
  try {
    for await (const chunk of archive) verifier.push(chunk);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    failure = error;
  }
  const result = verifier.finish(
    failure === null ? null : { isCut: failure.code === "truncated", message: failure.message },
  );
  return { ...NOTHING, ...result };
}

/** Throws ParseError where the input is no export; one that ends too early or cannot be read on is damaged. */
async function verifyBytes(archive: Peekable, guard: ExpansionGuard): Promise<Verification> {
  const head = await archive.head(CHUNK_BYTES);
  if (head.length === 0) throw noExport("no bytes at all", { code: "empty-input" });
  if (!isTarHeader(head)) throw noExport(looksLike(head), {});
  if (descriptionOf(head) !== null) return verifyAppliance(archive, guard);
  const verifier = new XvaVerifier(await blockDigests());
  const { names } = verifier;
  let failure: ParseError | null = null;
  try {
    for await (const chunk of archive) {
      verifier.push(chunk);
      if (names.isExport) guard.allowSparse();
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    failure = error;
  }
  const result = verifier.finish(
    failure === null ? null : { isCut: failure.code === "truncated", message: failure.message },
  );
  if (names.isExport) return result;
  throw noExport(archiveText(head, names.first, result.members), {
    next: "`varscope analyze` reads what it holds.",
  });
}

function noExport(
  found: string,
  { code = "unrecognised", next = "" }: { readonly code?: ErrorCode; readonly next?: string },
): ParseError {
  return new ParseError({ code, offset: 0, expected: "an export (XVA), plain or compressed", found, next });
}

/** What an archive is in which nothing belongs to an export. */
function archiveText(head: Uint8Array, names: readonly string[], members: number): string {
  if (uefiCertificates.probe(head)) return uefiCertificates.title;
  const files = new HostFileCollector();
  for (const name of names) files.see(name);
  const what = files.isBugReport ? "a bug report" : "an archive of other files";
  const shown = names.map((name) => JSON.stringify(clip(name, NAME_SHOWN))).join(", ");
  return `${what}, without ova.xml and disks (${shown}${members > names.length ? ` and ${members - names.length} more` : ""})`;
}

async function report(
  entry: VerifyEntry,
  { format, quiet }: VerifyOptions,
  { output, style, columns }: CommandContext,
): Promise<void> {
  switch (format) {
    case "json":
      return output.write(
        `${jsonText({ schemaVersion: SCHEMA_VERSION, tool: TOOL, verifications: [entry] }, 2)}\n`,
      );
    case "ndjson":
      return output.write(`${jsonText(entry, 0)}\n`);
    case "table":
      return output.write(
        verifyLines(entry, { style, columns, quiet })
          .map((line) => `${line}\n`)
          .join(""),
      );
    default:
      return format satisfies never;
  }
}
