/** The program's world with another standard input. */
import { openSource } from "../../cli/io/byte-source.ts";
import { nodeWorld } from "../../cli/io/world.ts";
import type { World } from "../../library/world.ts";

export function worldWithStdin(stdin: () => AsyncIterable<Uint8Array>): World {
  return { ...nodeWorld, open: (path) => openSource(path, stdin) };
}
