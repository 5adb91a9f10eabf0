import { describe, expect, it } from "vitest";
import { toHex } from "../../parsers/bytes.ts";
import { noise } from "../builders/blob.ts";

describe("hexadecimal", () => {
  it.each([0, 1, 64, 65, 4096, 4097, 10_000])("of %i bytes has two digits for each", (length) => {
    const bytes = noise(length, 7);
    expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
  });
});
