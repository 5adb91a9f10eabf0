import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { char16Bytes } from "../../../parsers/efi/char16.ts";
import { EFI_GLOBAL_VARIABLE } from "../../../parsers/guids.ts";
import { type UefiJsonVariable, uefiJson } from "../../../parsers/nvram/uefi-json.ts";
import { openBlob, type VariableFields } from "../../../parsers/nvram/varstored-blob.ts";
import { healthyBlob, makeBlob, makeTime, makeVariable } from "../../builders/blob.ts";

function written(variable: VariableFields): UefiJsonVariable | undefined {
  return uefiJson(openBlob(makeBlob([variable])).variables).variables[0];
}

function withTime(timestamp: Uint8Array): UefiJsonVariable | undefined {
  return written(makeVariable("X", Uint8Array.of(1), { timestamp }));
}

describe("the JSON form of other tools", () => {
  it("has the members that they read", () => {
    const variable = makeVariable("PK", Uint8Array.of(0xab, 1), {
      attributes: 0x27,
      timestamp: makeTime(2025, 7, 29, 14, 22),
      certDigest: new Uint8Array(32).fill(0xee),
    });
    expect(written(variable)).toEqual({
      name: "PK",
      guid: EFI_GLOBAL_VARIABLE,
      attr: 39,
      data: "ab01",
      timestamp: "e907071d0e1600000000000000000000",
      time: "e907071d0e1600000000000000000000",
      digest: "ee".repeat(32),
    });
  });

  it("leaves out a time and a digest of zeros", () => {
    expect(written(makeVariable("Lang", Uint8Array.of(1)))).toEqual({
      name: "Lang",
      guid: EFI_GLOBAL_VARIABLE,
      attr: 7,
      data: "01",
    });
  });

  it("keeps the order of the variables, and all of them", () => {
    const { variables } = openBlob(healthyBlob());
    const document = uefiJson(variables);
    expect(document.version).toBe(2);
    expect(document.variables.map(({ name }) => name)).toEqual(variables.map(({ name }) => name));
  });

  it.each([
    { title: "a lone surrogate", bytes: char16Bytes("a\ud800b"), name: "a\ufffdb" },
    { title: "an odd number of bytes", bytes: Uint8Array.of(0x41, 0, 0x42), name: "A" },
  ])("gives the bytes of a name with $title as well", ({ bytes, name }) => {
    const variable = written(makeVariable(bytes, Uint8Array.of(1)));
    expect(variable?.name).toBe(name);
    expect(variable?.nameHex).toBe(Buffer.from(bytes).toString("hex"));
  });

  it("has no second name beside one of two surrogates that belong together", () => {
    const variable = written(makeVariable("\u{1f511}", Uint8Array.of(1)));
    expect([variable?.name, variable?.nameHex]).toEqual(["\u{1f511}", undefined]);
  });

  it.each([
    { title: "the 29th of February of a leap year", time: makeTime(2024, 2, 29), isDate: true },
    { title: "the 29th of February of another year", time: makeTime(2100, 2, 29), isDate: false },
    { title: "the last second of a year", time: makeTime(2025, 12, 31, 23, 59, 59), isDate: true },
    { title: "the 31st of June", time: makeTime(2025, 6, 31), isDate: false },
    { title: "a thirteenth month", time: makeTime(2025, 13, 1), isDate: false },
    { title: "a day of zero", time: makeTime(2025, 1, 0), isDate: false },
    { title: "a second of 60", time: makeTime(2025, 1, 1, 0, 0, 60), isDate: false },
    { title: "the year 0", time: makeTime(0, 1, 1), isDate: false },
    { title: "a year of five digits", time: makeTime(10_000, 1, 1), isDate: false },
  ])("takes $title for a date: $isDate", ({ time, isDate }) => {
    const variable = withTime(time);
    expect(variable?.time !== undefined).toBe(isDate);
    expect(variable?.timestamp).toBe(Buffer.from(time).toString("hex"));
  });

  it("agrees with the calendar on what a date is", () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(14), fc.nat(33), (year, month, day) => {
        const text = [
          String(year).padStart(4, "0"),
          ...[month, day].map((n) => String(n).padStart(2, "0")),
        ].join("-");
        const date = new Date(`${text}T00:00:00Z`);
        const exists = year > 0 && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
        expect(withTime(makeTime(year, month, day))?.time !== undefined).toBe(exists);
      }),
    );
  });

  it.each([
    { nanosecond: 999_999_999, isDate: true },
    { nanosecond: 1_000_000_000, isDate: false },
  ])("takes $nanosecond nanoseconds for a part of a second: $isDate", ({ nanosecond, isDate }) => {
    const time = makeTime(2025, 1, 1);
    new DataView(time.buffer).setUint32(8, nanosecond, true);
    expect(withTime(time)?.time !== undefined).toBe(isDate);
  });
});
