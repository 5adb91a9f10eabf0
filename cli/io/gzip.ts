import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { BULK_CHUNK_BYTES } from "../../library/input/chunks.ts";

/** One gzip member without a name and a time, as the exporter makes it of a pipe. What the source throws passes. */
export async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = createGzip({ chunkSize: BULK_CHUNK_BYTES });
  // The error that ends the pipeline ends the iteration below, too.
  pipeline(Readable.from(source, { objectMode: false }), packed, () => {});
  yield* packed;
}
