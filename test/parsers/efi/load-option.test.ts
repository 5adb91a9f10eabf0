import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { devicePathText } from "../../../parsers/efi/device-path-text.ts";
import {
  isBootable,
  loadOptionName,
  readLoadOption,
  readLoadOptionOrder,
} from "../../../parsers/efi/load-option.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { diskOption, END_OF_PATH, firmwareMenuOption, makeLoadOption } from "../../builders/load-option.ts";

const faultOf = (data: Uint8Array) => readLoadOption(data).fault?.code ?? null;

describe("a load option", () => {
  it("is read with its description, its device path and what is behind them", () => {
    const optionalData = Uint8Array.of(1, 2, 3);
    const bytes = makeLoadOption({ description: "Debian", path: END_OF_PATH, optionalData });
    const option = readLoadOption(bytes);
    expect(option).toMatchObject({
      attributes: 1,
      description: "Debian",
      filePathListLength: 4,
      fault: null,
    });
    expect(bytes.subarray(option.optionalData.start, option.optionalData.end)).toEqual(optionalData);
  });

  it("of a disk names its partition and file", () => {
    const [path] = readLoadOption(diskOption("Debian")).filePaths;
    expect(devicePathText(path?.nodes ?? [])).toBe(
      "HD(1,GPT,c1a7f0de-5b6e-4f52-9d1c-0a4f7e3b2d10,0x800,0x100000)/\\EFI\\BOOT\\BOOTX64.EFI",
    );
  });

  it("may bring several device paths", () => {
    const path = concatBytes([END_OF_PATH, END_OF_PATH]);
    expect(readLoadOption(makeLoadOption({ description: "", path })).filePaths).toHaveLength(2);
  });

  it("starts only when it is active, whole, and no application", () => {
    expect(isBootable(readLoadOption(diskOption("Debian")))).toBe(true);
    expect(isBootable(readLoadOption(diskOption("Debian", 0)))).toBe(false);
    expect(isBootable(readLoadOption(firmwareMenuOption()))).toBe(false);
    expect(isBootable(readLoadOption(diskOption("Debian").subarray(0, -1)))).toBe(false);
  });

  it("says what is wrong with it", () => {
    const whole = diskOption("Debian");
    expect(faultOf(whole.subarray(0, 5))).toBe("header-cut");
    expect(faultOf(whole.subarray(0, 12))).toBe("description-unterminated");
    expect(faultOf(whole.subarray(0, -1))).toBe("path-list-past-end");
    expect(faultOf(makeLoadOption({ description: "", path: new Uint8Array(0) }))).toBe("device-path");
    expect(faultOf(makeLoadOption({ description: "", path: Uint8Array.of(1, 1, 3, 0) }))).toBe("device-path");
  });

  it("may have a description as long as the limit says, its NUL included, and not longer", () => {
    const units = PARSER_LIMITS.maxDescriptionBytes / 2;
    const of = (length: number) => makeLoadOption({ description: "x".repeat(length), path: END_OF_PATH });
    expect(faultOf(of(units - 1))).toBeNull();
    expect(faultOf(of(units))).toBe("description-unterminated");
    expect(readLoadOption(of(units)).description).toHaveLength(units);
  });

  it("may bring as many device paths as the limit says; further ones are not looked at", () => {
    const { maxDevicePaths } = PARSER_LIMITS;
    const of = (count: number) =>
      makeLoadOption({
        description: "",
        path: concatBytes(Array.from({ length: count }, () => END_OF_PATH)),
      });
    expect(readLoadOption(of(maxDevicePaths)).filePaths).toHaveLength(maxDevicePaths);
    expect(readLoadOption(of(maxDevicePaths + 1)).filePaths).toHaveLength(maxDevicePaths);
  });

  it("of any bytes gives a value", () => {
    const cut = fc.nat(200).map((length) => diskOption("Debian").subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut), (bytes) => {
        const { optionalData } = readLoadOption(bytes);
        expect(optionalData.start).toBeLessThanOrEqual(optionalData.end);
        expect(optionalData.end).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("an order of load options", () => {
  it("is a list of numbers, and tells of half a number", () => {
    expect(readLoadOptionOrder(Uint8Array.of(3, 0, 0xff, 0xa0))).toEqual({
      numbers: [3, 0xa0ff],
      hasOddByte: false,
    });
    expect(readLoadOptionOrder(Uint8Array.of(3, 0, 1))).toEqual({ numbers: [3], hasOddByte: true });
  });

  it("is read up to the limit", () => {
    const { maxLoadOptionNumbers } = PARSER_LIMITS;
    expect(readLoadOptionOrder(new Uint8Array(2 * maxLoadOptionNumbers)).numbers).toHaveLength(
      maxLoadOptionNumbers,
    );
    expect(readLoadOptionOrder(new Uint8Array(2 * maxLoadOptionNumbers + 2)).numbers).toHaveLength(
      maxLoadOptionNumbers,
    );
  });

  it("names entries with four upper-case digits", () => {
    expect(loadOptionName("Boot", 0xab)).toBe("Boot00AB");
    expect(loadOptionName("Driver", 0xffff)).toBe("DriverFFFF");
    expect(loadOptionName("SysPrep", 0)).toBe("SysPrep0000");
  });
});
