import { describe, expect, it } from "vitest";
import { didYouMean } from "../../cli/nearest.ts";

const NAMES = [
  "analyze",
  "repair",
  "explain",
  "wrong-signature-owner",
  "duplicate-signature",
  "duplicate-variable",
];

describe("near matches", () => {
  it.each([
    ["analyse", " Did you mean analyze?"],
    ["reapir", " Did you mean repair?"],
    ["wrong-owner", " Did you mean wrong-signature-owner?"],
    ["duplicate", " Did you mean duplicate-signature or duplicate-variable?"],
    ["zzzz", ""],
    ["", ""],
    ["x", ""],
    ["a".repeat(100_000), ""],
  ])("of %.20s", (word, hint) => {
    expect(didYouMean(word, NAMES)).toBe(hint);
  });
});
