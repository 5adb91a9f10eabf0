/** `varscope verify`: a whole export read once, and every block of it checked. */

import { BULK_CHUNK_BYTES } from "../../library/input/chunks.ts";
import { verifyExport } from "../../library/verify.ts";
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
import { nodeWorld } from "../io/world.ts";
import type { VerifyOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { startByteProgress } from "../render/byte-progress.ts";

const HASHES = { blocks: blockDigests, files: startHashing };

export async function verify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const { path, progress } = options;
  if (await isFolder(path))
    throw new UsageError(`verify takes one export, and ${clip(printable(path), 80)} is a folder.`);
  const entry = await verifyExport(path, () => openSource(path, undefined, BULK_CHUNK_BYTES), {
    world: nodeWorld,
    hashes: HASHES,
    watch: ({ size, bytesRead }) => startByteProgress(progress, size, bytesRead),
  });
  if (entry.error !== null) context.complain(`${printable(path)}: ${printable(entry.error.message)}`);
  await isHeard(report(entry, options, context));
  if (entry.error !== null) return EXIT.inputFailed;
  return entry.complete || options.failOn === "never" ? EXIT.ok : EXIT.findings;
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
