import { createGunzip, type Gunzip } from "node:zlib";
import { ParseError } from "../../parsers/errors.ts";
import { CHUNK_BYTES } from "./chunks.ts";
import { ExpansionGuard } from "./decompress.ts";

/** Input given at once: deflate expands at most 1032 times, so that no more than 16 MiB of output ever wait. */
const SLICE_BYTES = 16_384;

/** Members one after the other; zero bytes after the last one are let pass. Errors as `decompress` says. */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const steps = new GunzipSteps();
  try {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        if (steps.isFinished) return;
        yield* await steps.write(chunk.subarray(at, at + SLICE_BYTES));
      }
    }
    yield* await steps.finish();
  } finally {
    steps.destroy();
  }
}

/**
 * Drives zlib slice by slice instead of by a pipe: a stream that is destroyed by an error drops what it had
 * already given out, and these are the last bytes before the end of a file that is cut.
 */
class GunzipSteps {
  isFinished = false;
  private readonly stream: Gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  private readonly guard = new ExpansionGuard();
  private output: Uint8Array[] = [];
  private failure: unknown = null;
  private wake: () => void = () => {};

  constructor() {
    this.stream.on("data", (bytes: Uint8Array) => this.collect(bytes));
    this.stream.on("end", () => {
      this.isFinished = true;
      this.wake();
    });
    this.stream.on("error", (error) => {
      this.failure ??= error;
      this.wake();
    });
  }

  write(slice: Uint8Array): Promise<readonly Uint8Array[]> {
    this.guard.consume(slice.length);
    return this.step((done) => this.stream.write(slice, done));
  }

  finish(): Promise<readonly Uint8Array[]> {
    return this.step(() => this.isFinished || this.stream.end());
  }

  destroy(): void {
    this.stream.destroy();
  }

  private async step(start: (done: () => void) => void): Promise<readonly Uint8Array[]> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.isFinished || this.failure !== null) resolve();
      else start(resolve);
    });
    if (this.failure !== null) throw toParseError(this.failure);
    const output = this.output;
    this.output = [];
    return output;
  }

  private collect(bytes: Uint8Array): void {
    try {
      this.guard.produce(bytes.length);
      this.output.push(bytes);
    } catch (error) {
      this.failure ??= error;
      this.stream.destroy();
      this.wake();
    }
  }
}

function toParseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ParseError) return error;
  const isCut = "code" in error && error.code === "Z_BUF_ERROR";
  return new ParseError({
    code: isCut ? "truncated" : "corrupt-compression",
    expected: "a whole gzip file",
    found: isCut ? "its end before the compressed data is complete" : `damaged data (zlib: ${error.message})`,
    next: isCut ? "The file is cut: fetch it again." : "Fetch the file again; `gzip -t` checks it.",
  });
}
