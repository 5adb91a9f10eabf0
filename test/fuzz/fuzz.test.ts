import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inputOf, readSeeds } from "./inputs.ts";
import { minimise } from "./minimise.ts";
import { randomOf } from "./mutate.ts";

const seeds = readSeeds(fileURLToPath(new URL("../../corpus/", import.meta.url)));

describe("the fuzzer", () => {
  it("gives the same input for the same seed and index, and others for others", () => {
    const text = (seed: number, index: number): string =>
      Buffer.from(inputOf(seeds, seed, index).bytes).toString("base64");
    const texts = [...Array(100).keys()].map((index) => text(1, index));
    expect([...Array(100).keys()].map((index) => text(1, index))).toEqual(texts);
    expect(new Set(texts).size).toBeGreaterThan(90);
    expect(text(2, 0)).not.toBe(texts[0]);
  });

  it("changes most inputs, and never the corpus itself", () => {
    const before = seeds.map(({ bytes }) => Buffer.from(bytes));
    const changed = [...Array(300).keys()].filter((index) => {
      const { name, bytes } = inputOf(seeds, 3, index);
      const seed = seeds.find((one) => one.name === name);
      return seed === undefined || Buffer.compare(bytes, seed.bytes) !== 0;
    });
    expect(changed.length).toBeGreaterThan(270);
    expect(seeds.every(({ bytes }, i) => Buffer.compare(bytes, before[i] ?? bytes) === 0)).toBe(true);
  });

  it("tries every kind of input of the corpus", () => {
    const files = new Set([...Array(1000).keys()].map((index) => inputOf(seeds, 1, index).file));
    expect(files).toEqual(new Set(seeds.map(({ file }) => file)));
  });

  it("makes a failing input as small as it can", async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
    const small = await minimise(
      bytes,
      async (candidate) => candidate.includes(77) && candidate.includes(200),
    );
    expect([...small].sort((a, b) => a - b)).toEqual([77, 200]);
  });

  it("draws numbers from 0 to 1 that spread", () => {
    const random = randomOf(1);
    const drawn = Array.from({ length: 1000 }, random);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });
});
