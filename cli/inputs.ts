/** The inputs that a command line names, one after the other: files, standard input, and what folders hold. */
import { ParseError } from "../parsers/errors.ts";
import type { RecordTaker } from "../parsers/formats/format.ts";
import type { Dump } from "../parsers/model.ts";
import type { Platform } from "../parsers/platform.ts";
import { isFolder } from "./io/byte-source.ts";
import { openInput } from "./io/open-input.ts";

export interface Input {
  readonly path: string;
  readonly dump: Dump | null;
  readonly error: ParseError | null;
  /** False for a file of a folder that is no dump: nobody asked for that one. */
  readonly failed: boolean;
}

/**
 * Opens everything that `paths` name; one dump is held at a time. `onPath` hears of each before it is read, `take` of the
 * records of streamed inputs, which are then not in the dump.
 */
export async function* openInputs(
  paths: readonly string[],
  platform: Platform,
  onPath: (path: string) => void,
  take?: RecordTaker,
): AsyncGenerator<Input, void, undefined> {
  for (const path of paths) {
    if (await isFolder(path)) {
      yield* openFolder(path, platform, onPath, take);
      continue;
    }
    onPath(path);
    const { dump, error } = await openInput(path, platform, undefined, take);
    yield { path, dump, error, failed: error !== null };
  }
}

async function* openFolder(
  folder: string,
  platform: Platform,
  onPath: (path: string) => void,
  take?: RecordTaker,
): AsyncGenerator<Input, void, undefined> {
  const { walkFolder } = await import("./io/walk.ts");
  let files = 0;
  let recognised = 0;
  for await (const entry of walkFolder(folder)) {
    files++;
    onPath(entry.path);
    const { dump, error } =
      entry.error === null
        ? await openInput(entry.path, platform, undefined, take)
        : { dump: null, error: entry.error };
    const unclaimed = dump === null && error !== null && isUnclaimed(error);
    if (!unclaimed) recognised++;
    yield {
      path: entry.path,
      dump,
      error: unclaimed ? unrecognised(error) : error,
      failed: error !== null && !unclaimed,
    };
  }
  if (recognised === 0) yield { path: folder, dump: null, error: noDumps(files), failed: true };
}

/** An empty file is no format's, too; in a folder it is as little a fault as any other file. */
function isUnclaimed({ code }: ParseError): boolean {
  return code === "unrecognised" || code === "empty-input";
}

function unrecognised(error: ParseError): ParseError {
  if (error.code === "unrecognised") return error;
  return new ParseError({ code: "unrecognised", expected: error.expected, found: error.found });
}

function noDumps(files: number): ParseError {
  return new ParseError({
    code: "no-dumps",
    expected: "a folder with dumps",
    found: files === 0 ? "no files in it" : `${files} files, none of them a dump`,
    next: "Name the folder that holds the exports or backups.",
  });
}
