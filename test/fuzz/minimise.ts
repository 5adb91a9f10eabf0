/** Makes an input smaller as long as it does the same. */
import { concatBytes } from "../../parsers/bytes.ts";

/** Each trial may take as long as a hang is waited for. */
const MAX_TRIALS = 400;

/** `fails` is asked of smaller and smaller inputs; what is returned fails, as `bytes` does. */
export async function minimise(
  bytes: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let [smallest, trials] = [bytes, 0];
  for (let piece = Math.ceil(bytes.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < smallest.length && trials < MAX_TRIALS; trials++) {
      const candidate = concatBytes([smallest.subarray(0, at), smallest.subarray(at + piece)]);
      if (await fails(candidate)) smallest = candidate;
      else at += piece;
    }
  }
  return smallest;
}
