/** Keeps text that comes before the text in front of it is known: in memory, or in a file (cli/io/spool.ts). */
import type { Platform } from "../../parsers/platform.ts";

export interface Spool {
  readonly append: (text: string) => void;
  /** Hands on everything in its order, and is empty afterwards. */
  readonly drain: (write: (text: string) => Promise<void>) => Promise<void>;
}

/** What a writer needs of the machine besides its output. */
export interface WriterTools extends Pick<Platform, "sha256"> {
  readonly newSpool: () => Spool;
}

/** Spools that share what they wait in. */
export interface Room {
  readonly newSpool: () => Spool;
  /** Nobody reads on. */
  readonly discard: () => void;
}

export function memoryRoom(): Room {
  return { newSpool: memorySpool, discard: () => {} };
}

/** Waits in memory. */
export function memorySpool(): Spool {
  let held: string[] = [];
  return {
    append: (text) => void held.push(text),
    drain: async (write) => {
      const text = held.join("");
      held = [];
      if (text !== "") await write(text);
    },
  };
}
