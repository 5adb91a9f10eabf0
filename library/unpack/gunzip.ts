import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { ParseError } from "../../parsers/errors.ts";
import { CHUNK_BYTES } from "../input/chunks.ts";
import { ExpansionGuard } from "./expansion-guard.ts";

/** Input given at once: deflate expands at most 1032 times, so that no more than 16 MiB of output ever wait. */
const SLICE_BYTES = 16_384;

/** What is decompressed, in the words of a message. */
interface Container {
  readonly what: string;
  readonly check: string;
}

const GZIP: Container = { what: "a whole gzip file", check: "`gzip -t`" };
const DEFLATED: Container = { what: "a whole member", check: "`unzip -t`" };

/** Members one after the other; zero bytes after the last one are let pass. Errors as `decompress` says. */
export function gunzip(
  source: AsyncIterable<Uint8Array>,
  guard: ExpansionGuard = new ExpansionGuard(),
): AsyncGenerator<Uint8Array, void, undefined> {
  return inflate(source, new InflateSteps(createGunzip({ chunkSize: CHUNK_BYTES }), GZIP), guard);
}

/** Bare deflate (RFC 1951), as members of ZIP archives have it. Errors as `decompress` says. */
export function inflateRaw(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const steps = new InflateSteps(createInflateRaw({ chunkSize: CHUNK_BYTES }), DEFLATED);
  return inflate(source, steps, new ExpansionGuard());
}

async function* inflate(
  source: AsyncIterable<Uint8Array>,
  steps: InflateSteps,
  guard: ExpansionGuard,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Judged as it is handed on: only who has seen the first of it may allow more of what follows.
  const judged = function* (pieces: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
    for (const piece of pieces) {
      guard.produce(piece.length);
      yield piece;
    }
  };
  try {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        if (steps.isFinished) return;
        const slice = chunk.subarray(at, at + SLICE_BYTES);
        guard.consume(slice.length);
        yield* judged(await steps.write(slice));
      }
    }
    yield* judged(await steps.finish());
  } finally {
    steps.destroy();
  }
}

/**
 * Drives zlib slice by slice instead of by a pipe: a stream that is destroyed by an error drops what it had
 * already given out, and these are the last bytes before the end of a file that is cut.
 */
class InflateSteps {
  isFinished = false;
  private readonly stream: Gunzip | InflateRaw;
  private readonly container: Container;
  private output: Uint8Array[] = [];
  private failure: unknown = null;
  private wake: () => void = () => {};

  constructor(stream: Gunzip | InflateRaw, container: Container) {
    this.stream = stream;
    this.container = container;
    this.stream.on("data", (bytes: Uint8Array) => this.output.push(bytes));
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
    if (this.failure !== null) throw toParseError(this.failure, this.container);
    const output = this.output;
    this.output = [];
    return output;
  }
}

function toParseError(error: unknown, { what, check }: Container): unknown {
  if (!(error instanceof Error) || error instanceof ParseError) return error;
  const isCut = "code" in error && error.code === "Z_BUF_ERROR";
  return new ParseError({
    code: isCut ? "truncated" : "corrupt-compression",
    expected: what,
    found: isCut ? "its end before the compressed data is complete" : "damaged data",
    next: isCut ? "The file is cut: fetch it again." : `Fetch the file again; ${check} checks it.`,
  });
}
