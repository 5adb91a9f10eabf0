/** Where reports go: standard output, or a file that appears only when it is whole. */
import { lstatSync } from "node:fs";
import { UsageError } from "./errors.ts";
import { printable } from "./render/printable.ts";

export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal, undefined where there is none. */
  readonly columns: number | undefined;
  /** Resolves when the text has left, so that nothing piles up behind a slow reader. */
  readonly write: (text: string) => Promise<void>;
  /** The last thing to be called. */
  readonly finish: () => Promise<void>;
}

/** The reader went away (`| head`): nobody wants the rest. */
export class OutputClosed extends Error {
  override readonly name: string = "OutputClosed";
}

export function standardOutput(): Output {
  const { stdout } = process;
  // Each failed write is answered by its own callback; without a listener the stream would end the process.
  stdout.on("error", () => {});
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      stdout.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else if ("code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED")) reject(new OutputClosed());
        else reject(new UsageError(`Standard output cannot be written: ${printable(error.message)}.`));
      });
    });
  return { isTerminal: stdout.isTTY === true, columns: stdout.columns, write, finish: async () => {} };
}

interface FileSettings {
  readonly force: boolean;
  /** Paths that must never be written over. */
  readonly inputs: readonly string[];
}

/** Throws UsageError at once where the file exists and may not be written over: not after an hour of reading. */
export function fileOutput(path: string, settings: FileSettings): Output {
  if (!settings.force && lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new UsageError(`${printable(path)} exists; --force writes over it.`);
  const parts: string[] = [];
  return {
    isTerminal: false,
    columns: undefined,
    write: async (text) => {
      parts.push(text);
    },
    finish: async () => {
      const { writeAtomically } = await import("./io/write-file.ts");
      await writeAtomically(path, new TextEncoder().encode(parts.join("")), settings);
    },
  };
}
