/** What varscope itself writes into a corpus: expectations, what a repair comes to, READMEs, inputs of new cases. */
import { lstatSync } from "node:fs";
import { printable } from "../../report/render/printable.ts";
import { InputFiles } from "../io/input-files.ts";
import { attempt, WriteError, writeAtomically } from "../io/write-file.ts";

export interface CaseFileSettings {
  readonly force: boolean;
  /** Paths that are never written over. */
  readonly inputs: readonly string[];
}

/** Never through a link: it may lead to a dump, in this corpus or elsewhere. Throws WriteError. */
export async function writeCaseFile(
  path: string,
  content: Uint8Array,
  { force, inputs }: CaseFileSettings,
): Promise<void> {
  const entry = attempt(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (entry?.isSymbolicLink() === true)
    throw new WriteError(
      `${printable(path)} is a link, and nothing is written through a link in a corpus: it may lead to a dump. Put a file in its place.`,
    );
  await writeAtomically(path, content, { force, inputs: new InputFiles(inputs) });
}
