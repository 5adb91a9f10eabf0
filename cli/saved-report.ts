/** A saved report of `analyze`, JSON or NDJSON, read piece by piece: it may be larger than memory. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { asParseError } from "../library/input/system-errors.ts";
import { PARSER_LIMITS } from "../parsers/limits.ts";
import { JsonElementScanner } from "../parsers/text/json-elements.ts";
import { decodeUtf8 } from "../parsers/text/text-encoding.ts";
import { printable } from "../report/render/printable.ts";
import { SCHEMA_VERSION } from "../report/report.ts";
import { UnreadableFile } from "./errors.ts";
import { wholeLines } from "./io/lines.ts";

export interface SavedPiece {
  /** `asOf` is the day itself; the others are JSON, one element of `inputs` each. */
  readonly name: "asOf" | "tool" | "inputs";
  readonly text: string;
  /** Where it stands, as the beginning of a sentence. */
  readonly place: string;
}

/** Enough to tell the two forms of a report from each other, and from anything else. */
const HEAD_BYTES = 4096;
const READ_BYTES = 1_048_576; // 1 MiB
const DOCUMENT = /^\s*\{\s*"(?:schemaVersion|tool|asOf|title|inputs|summary|timelines|clusters|baseline)"/;
const LINE = /^\s*\{\s*"(?:path|place|format|file|error|findings|certificates|skipped|vms|since)"/;

/** Reports begin with it; elements by themselves have none. */
const SCHEMA = /^\s*\{\s*"schemaVersion"\s*:\s*(\d{1,9})\s*[,}]/;
const AS_OF = /"asOf"\s*:\s*"(\d{4}-\d{2}-\d{2})"/;

/** `label` stands before what is said of the file. Throws UnreadableFile where it cannot be read, or is no report of varscope. */
export async function* savedPieces(path: string, label: string): AsyncGenerator<SavedPiece, void, undefined> {
  const file = await openFile(path, label);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.toString("latin1", 0, bytesRead);
    checkVersion(head, path, label);
    const isDocument = DOCUMENT.test(head);
    if (!isDocument && !LINE.test(head))
      throw savedFailure(path, label, "it is no report of analyze, in JSON or NDJSON");
    const asOf = isDocument ? AS_OF.exec(head)?.[1] : undefined;
    if (asOf !== undefined) yield { name: "asOf", text: asOf, place: "its head" };
    yield* isDocument ? documentPieces(file) : linePieces(file, path, label);
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    throw savedFailure(path, label, asParseError(error).message);
  } finally {
    await file.close();
  }
}

/** A later varscope may say the same in another way. */
function checkVersion(head: string, path: string, label: string): void {
  const version = SCHEMA.exec(head)?.[1];
  if (version !== undefined && Number(version) !== SCHEMA_VERSION)
    throw savedFailure(
      path,
      label,
      `it is a report with schemaVersion ${version}, and this varscope reads ${SCHEMA_VERSION}: use the one that wrote it, or a newer one`,
    );
}

async function openFile(path: string, label: string): Promise<FileHandle> {
  try {
    // A pipe nobody writes to must not hold up the run.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    const isRead = stats.isFile() && stats.size <= PARSER_LIMITS.maxBaselineBytes;
    if (isRead) return file;
    await file.close();
    throw savedFailure(
      path,
      label,
      stats.isFile()
        ? `it has ${stats.size} bytes, and at most ${PARSER_LIMITS.maxBaselineBytes} are read`
        : "it is no regular file",
    );
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    throw savedFailure(path, label, asParseError(error).message);
  }
}

async function* linePieces(
  file: FileHandle,
  path: string,
  label: string,
): AsyncGenerator<SavedPiece, void, undefined> {
  const tooLong = (start: number): Error =>
    savedFailure(
      path,
      label,
      `the line at byte ${start} is longer than ${PARSER_LIMITS.maxResultLineBytes} bytes`,
    );
  const lines = wholeLines(file, PARSER_LIMITS.maxResultLineBytes, tooLong);
  for (let next = await lines.next(); ; next = await lines.next()) {
    if (next.done === true) {
      if (next.value > 0)
        throw savedFailure(path, label, "its last line is cut, so that the report is not whole");
      return;
    }
    const { text, number, start } = next.value;
    yield { name: "inputs", text, place: `line ${number} (at byte ${start})` };
  }
}

async function* documentPieces(file: FileHandle): AsyncGenerator<SavedPiece, void, undefined> {
  let at = 0;
  const found: SavedPiece[] = [];
  const limits = { bytes: PARSER_LIMITS.maxResultLineBytes, depth: PARSER_LIMITS.maxBaselineDepth };
  const scanner = new JsonElementScanner("inputs", limits, (name, object) => {
    if (name !== "tool" && name !== "inputs") return;
    found.push({ name, text: decodeUtf8(object), place: `what stands at byte ${at} or behind it` });
  });
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) break;
    scanner.feed(buffer.subarray(0, bytesRead));
    at += bytesRead;
    yield* found.splice(0);
  }
  scanner.end();
}

export function savedFailure(path: string, label: string, message: string): UnreadableFile {
  return new UnreadableFile(`${label}${printable(path)}: ${printable(message).replace(/\.$/, "")}.`);
}
