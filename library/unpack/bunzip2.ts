import { Bzip2Decoder } from "../../parsers/packing/bzip2/decoder.ts";
import { ExpansionGuard } from "./expansion-guard.ts";

/** Decompresses bzip2: one stream after the other. Bytes after the last stream are ignored, as bzip2 does. Throws as `decompress`. */
export async function* bunzip2(
  source: AsyncIterable<Uint8Array>,
  guard: ExpansionGuard = new ExpansionGuard(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new Bzip2Decoder();
  const decode = function* (): Generator<Uint8Array, void, undefined> {
    for (const { consumed, output } of decoder.steps()) {
      guard.consume(consumed);
      guard.produce(output.length);
      if (output.length > 0) yield output;
    }
  };
  for await (const chunk of source) {
    decoder.push(chunk);
    yield* decode();
    if (decoder.isFinished) return;
  }
  decoder.end();
  yield* decode();
}
