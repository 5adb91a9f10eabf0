/** `varscope verify`: a whole export read once, and every block of it checked. */
import { ParseError } from "../../parsers/errors.ts";
import { isTarHeader, TAR_BLOCK_BYTES } from "../../parsers/tar.ts";
import { type XvaVerification, XvaVerifier } from "../../parsers/xva/verify.ts";
import { type ErrorReport, errorReport, SCHEMA_VERSION } from "../../rules/engine/report.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { blockDigests } from "../io/block-digests.ts";
import { type ByteSource, isFolder, openSource } from "../io/byte-source.ts";
import { BULK_CHUNK_BYTES, Peekable } from "../io/chunks.ts";
import { type Compression, compressionOf, plainBytes } from "../io/decompress.ts";
import { asParseError } from "../io/system-errors.ts";
import type { VerifyOptions } from "../options.ts";
import { startByteProgress } from "../render/byte-progress.ts";
import { clip, jsonText, printable } from "../render/printable.ts";
import { verifyLines } from "../render/verify-text.ts";
import { TOOL } from "../version.ts";

/** What was found out about one export, as scripts rely on it (`varscope schema verify`). */
export interface VerifyEntry extends XvaVerification {
  readonly path: string;
  readonly compression: Compression | null;
  /** Why the input could not be checked at all. */
  readonly error: ErrorReport | null;
  readonly complete: boolean;
}

export async function verify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const { path } = options;
  if (await isFolder(path))
    throw new UsageError(`verify takes one export, and ${clip(printable(path), 80)} is a folder.`);
  const entry = await verifyPath(options);
  if (entry.error !== null) context.complain(`${printable(path)}: ${printable(entry.error.message)}`);
  await report(entry, options, context);
  if (entry.error !== null) return EXIT.inputFailed;
  return entry.complete ? EXIT.ok : EXIT.findings;
}

async function verifyPath({ path, progress }: VerifyOptions): Promise<VerifyEntry> {
  let source: ByteSource | null = null;
  let compression: Compression | null = null;
  try {
    source = await openSource(path, undefined, BULK_CHUNK_BYTES);
    compression = compressionOf(await source.bytes.head(TAR_BLOCK_BYTES));
    const stop = startByteProgress(progress, source.size, source.bytesRead);
    try {
      const result = await verifyBytes(new Peekable(await plainBytes(source.bytes)));
      return { path, compression, error: null, complete: result.problemCount === 0, ...result };
    } finally {
      stop();
    }
  } catch (error) {
    return { path, compression, error: errorReport(asParseError(error)), complete: false, ...NOTHING };
  } finally {
    await source?.close();
  }
}

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

/** Throws ParseError where the input is no archive; one that ends too early or cannot be read on is damaged. */
async function verifyBytes(archive: Peekable): Promise<XvaVerification> {
  const head = await archive.head(TAR_BLOCK_BYTES);
  if (!isTarHeader(head)) {
    throw new ParseError({
      code: head.length === 0 ? "empty-input" : "unrecognised",
      offset: 0,
      expected: "an export (XVA), plain or compressed",
      found: head.length === 0 ? "no bytes at all" : "something else",
    });
  }
  const verifier = new XvaVerifier(await blockDigests());
  try {
    for await (const chunk of archive) verifier.push(chunk);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return verifier.finish({ isCut: error.code === "truncated", message: error.message });
  }
  return verifier.finish(null);
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
