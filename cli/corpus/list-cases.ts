/** The cases below a folder, in the order of their paths. */
import { ParseError } from "../../parsers/errors.ts";
import { isPathInShard, type Shard } from "../batch/shard.ts";
import { walkFolder } from "../io/walk.ts";
import { isCaseFile } from "./case-folder.ts";

export interface CaseTask {
  /** Place among all cases, from 0; the same on every machine. */
  readonly place: number;
  readonly folder: string;
  /** The folder's path below the corpus; "." is the corpus itself. */
  readonly below: string;
  /** Why the place could not even be looked at; null where it is a case. */
  readonly error: ParseError | null;
}

/** Every folder that holds an `input.*`, or had one, and every place that could not be looked into. */
export async function* listCases(
  corpus: string,
  shard: Shard | null,
): AsyncGenerator<CaseTask, void, undefined> {
  const base = corpus.endsWith("/") ? corpus : `${corpus}/`;
  const seen = new Set<string>();
  let place = 0;
  for await (const { path, error } of walkFolder(corpus)) {
    if (error === null && !isCaseFile(path)) continue;
    const folder = error === null ? path.slice(0, Math.max(path.lastIndexOf("/"), 1)) : path;
    if (seen.has(folder)) continue;
    seen.add(folder);
    const below = `${folder}/` === base || folder === corpus ? "." : folder.slice(base.length);
    const task: CaseTask = { place: place++, folder, below, error };
    if (shard === null || isPathInShard(below, shard)) yield task;
  }
}

/** What is said of a folder without any case. */
export function noCases(corpus: string): ParseError {
  return new ParseError({
    code: "no-dumps",
    path: corpus,
    expected: "a folder with cases, each a folder with a file input.*",
    found: "none",
    next: "Add one with corpus add PATH --to DIR.",
  });
}
