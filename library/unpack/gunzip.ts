import { ParseError } from "../../parsers/errors.ts";
import { ExpansionGuard } from "./expansion-guard.ts";
import { InflateFault, type Inflater, type MakeInflater } from "./inflater.ts";

/** Bytes of input for one step: deflate expands at most 1032 times, so at most 16 MiB of output wait. */
const SLICE_BYTES = 16_384;

/** Words for error messages. */
interface Container {
  readonly what: string;
  readonly check: string;
}

const GZIP: Container = { what: "a whole gzip file", check: "`gzip -t`" };
const DEFLATED: Container = { what: "a whole member", check: "`unzip -t`" };

/** Decompresses gzip: one member after the other. Zero bytes after the last one are ignored. Throws as `decompress`. */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  makeInflater: MakeInflater,
  guard: ExpansionGuard = new ExpansionGuard(),
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* inflate(source, await makeInflater("gzip"), GZIP, guard);
}

/** Decompresses bare deflate (RFC 1951), as in ZIP archives. Throws as `decompress`. */
export async function* inflateRaw(
  source: AsyncIterable<Uint8Array>,
  makeInflater: MakeInflater,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* inflate(source, await makeInflater("deflate"), DEFLATED, new ExpansionGuard());
}

async function* inflate(
  source: AsyncIterable<Uint8Array>,
  inflater: Inflater,
  container: Container,
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
        if (inflater.isFinished) return;
        const slice = chunk.subarray(at, at + SLICE_BYTES);
        guard.consume(slice.length);
        yield* judged(await inflater.write(slice));
      }
    }
    yield* judged(await inflater.finish());
  } catch (error) {
    throw toParseError(error, container);
  } finally {
    inflater.destroy();
  }
}

function toParseError(error: unknown, { what, check }: Container): unknown {
  if (!(error instanceof InflateFault)) return error;
  const { isCut } = error;
  return new ParseError({
    code: isCut ? "truncated" : "corrupt-compression",
    expected: what,
    found: isCut ? "its end before the compressed data is complete" : "damaged data",
    next: isCut ? "The file is cut: fetch it again." : `Fetch the file again; ${check} checks it.`,
  });
}
