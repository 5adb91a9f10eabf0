/** The inputs that are mutated: those of the corpus, and what only builders make. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { mutate, pick, randomOf } from "./mutate.ts";

export interface Seed {
  /** Folder of the case. */
  readonly name: string;
  /** What the input is called: it tells its format. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Larger cases are mutated too slowly to be worth it. */
const MAX_SEED_BYTES = 1_048_576; // 1 MiB

export function readSeeds(corpus: string): Seed[] {
  return readdirSync(corpus, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => {
      const [file] = readdirSync(join(corpus, name)).filter((entry) => entry.startsWith("input."));
      const path = join(corpus, name, file ?? "");
      if (file === undefined || statSync(path).size > MAX_SEED_BYTES) return [];
      return [{ name, file, bytes: new Uint8Array(readFileSync(path)) }];
    });
}

/** The `index`-th input of a run: the same for the same corpus and the same seed. Every format comes as often as any other. */
export function inputOf(seeds: readonly Seed[], seed: number, index: number): Seed {
  const random = randomOf(seed * 1_000_003 + index);
  const files = [...new Set(seeds.map(({ file }) => file))];
  const file = pick(random, files);
  const ofFormat = seeds.filter((one) => one.file === file);
  const chosen = pick(random, ofFormat);
  return { ...chosen, bytes: mutate(chosen.bytes, random, pick(random, seeds).bytes) };
}
