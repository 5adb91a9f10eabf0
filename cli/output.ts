/** Where reports go: standard output, or a file that appears only when it is whole. */

import { createWriteStream, statSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { Output } from "../report/render/output.ts";
import { printable } from "../report/render/printable.ts";
import { UsageError } from "./errors.ts";
import { type WriteSettings, writeAtomically } from "./io/write-file.ts";
import { clearProgressLine } from "./render/progress-line.ts";

/** The reader went away (`| head`): nobody wants the rest. */
export class OutputClosed extends Error {
  override readonly name: string = "OutputClosed";
}

/**
 * Whether what is printed still has a reader. One who went away takes nothing from what a command does and comes to: files are
 * written, and the exit code is the same.
 */
export async function isHeard(printing: Promise<void>): Promise<boolean> {
  try {
    await printing;
    return true;
  } catch (error) {
    if (error instanceof OutputClosed) return false;
    throw error;
  }
}

export function standardOutput(): Output {
  const { stdout } = process;
  // Each failed write is answered by its own callback; without a listener the stream would end the process.
  stdout.on("error", () => {});
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      if (stdout.isTTY) clearProgressLine();
      stdout.write(text, (error) => {
        if (error == null) resolve();
        else reject(failureOf(error, "Standard output"));
      });
    });
  return { isTerminal: stdout.isTTY === true, columns: stdout.columns, write, finish: async () => {} };
}

function failureOf(error: Error, what: string): Error {
  const isClosed = "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
  return isClosed
    ? new OutputClosed()
    : new UsageError(`${what} cannot be written: ${printable(error.message)}.`);
}

/** A device or a pipe, such as /dev/null, is written as it is: it has no content that could be kept whole. */
function deviceOutput(path: string): Output {
  const stream = createWriteStream(path);
  stream.on("error", () => {});
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        if (error == null) resolve();
        else reject(failureOf(error, printable(path)));
      });
    });
  return { isTerminal: false, columns: undefined, write, finish: async () => void stream.end() };
}

function isDevice(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isCharacterDevice() || stats.isFIFO();
  } catch {
    // Not there yet: a file to be.
    return false;
  }
}

/**
 * Throws WriteError at once where the file may not be written: not after an hour of reading. It gets its name
 * in `finish`; without that nothing is left of it.
 */
export async function fileOutput(path: string, settings: WriteSettings): Promise<Output> {
  if (isDevice(path)) return deviceOutput(path);
  const pipe = new PassThrough();
  let written = Promise.resolve();
  await new Promise<void>((begun, fail) => {
    written = writeAtomically(path, pipe, { ...settings, begun });
    written.catch((error: unknown) => {
      pipe.destroy();
      fail(error);
    });
  });
  const write = (text: string): Promise<void> =>
    Promise.race([new Promise<void>((resolve) => pipe.write(text, () => resolve())), written]);
  const finish = async (): Promise<void> => {
    pipe.end();
    await written;
  };
  return { isTerminal: false, columns: undefined, write, finish };
}
