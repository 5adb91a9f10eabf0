import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { char16Bytes } from "../../../parsers/efi/char16.ts";
import type { DecodedData } from "../../../parsers/efi/decoded-data.ts";
import { guidBytes } from "../../../parsers/efi/guid.ts";
import { decodeVariable } from "../../../parsers/efi/variable-forms.ts";
import { EFI_GLOBAL_VARIABLE, guidNamed, MICROSOFT_OWNER, SHIM_LOCK } from "../../../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../../../parsers/limits.ts";
import { openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { makeBlob, makeVariable } from "../../builders/blob.ts";
import { diskOption, firmwareMenuOption, makeLoadOption } from "../../builders/load-option.ts";

function decode(name: string | Uint8Array, data: Uint8Array, guid = EFI_GLOBAL_VARIABLE): DecodedData | null {
  const [variable] = openBlob(makeBlob([makeVariable(name, data, { guid })])).variables;
  if (variable === undefined) throw new Error("no variable");
  return decodeVariable(variable);
}

const MTC = guidNamed("MTC_VENDOR");
const numberOf = (value: string, meaning: string | null): DecodedData => ({
  form: "number",
  value,
  unit: null,
  meaning,
});

describe("the data of a well-known variable", () => {
  it("is a load option with its paths as text", () => {
    expect(decode("Boot0000", diskOption("Debian"))).toEqual({
      form: "load-option",
      flags: ["active"],
      description: "Debian",
      filePaths: ["HD(1,GPT,c1a7f0de-5b6e-4f52-9d1c-0a4f7e3b2d10,0x800,0x100000)/\\EFI\\BOOT\\BOOTX64.EFI"],
      optionalData: "",
      fault: null,
    });
    expect(decode("Boot0001", firmwareMenuOption())).toMatchObject({
      flags: ["active", "hidden", "application"],
    });
  });

  it("is a load option up to where it breaks", () => {
    const broken = makeLoadOption({ description: "Cut", path: Uint8Array.of(4, 4, 0xff, 0) });
    expect(decode("Driver00AF", broken)).toMatchObject({
      description: "Cut",
      fault: "byte 14: expected a length of at most the 4 bytes left, found a node length of 255",
    });
  });

  it.each([
    { name: "BootOrder", names: ["Boot0003", "Boot00AF"] },
    { name: "BootNext", names: ["Boot0003", "Boot00AF"] },
    { name: "DriverOrder", names: ["Driver0003", "Driver00AF"] },
    { name: "SysPrepOrder", names: ["SysPrep0003", "SysPrep00AF"] },
  ])("is a list of load options in $name", ({ name, names }) => {
    expect(decode(name, Uint8Array.of(3, 0, 0xaf, 0))).toEqual({ form: "load-option-list", names });
    expect(decode(name, Uint8Array.of(3, 0, 0xaf))).toBeNull();
  });

  it.each([0, 1])(
    "is a list of as many load options as a store holds, and nothing with %i more",
    (beyond) => {
      const count = VARSTORED_LIMITS.MAX_VARIABLE_COUNT + beyond;
      expect(decode("BootOrder", new Uint8Array(2 * count)) === null).toBe(beyond > 0);
    },
  );

  it("is the device path of a console", () => {
    const path = Uint8Array.of(2, 1, 12, 0, 0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0, 0x7f, 0xff, 4, 0);
    expect(decode("ConIn", path)).toEqual({ form: "device-path", text: "PciRoot(0x0)", isWhole: true });
    expect(decode("ConOut", path.subarray(0, 12))).toMatchObject({ isWhole: false });
    expect(decode("ErrOut", concatBytes([path, Uint8Array.of(1)]))).toMatchObject({ isWhole: false });
  });

  it.each([
    { name: "Lang", data: ascii("eng\0"), text: "eng" },
    { name: "PlatformLang", data: ascii("en-US"), text: "en-US" },
  ])("is text in $name", ({ name, data, text }) => {
    expect(decode(name, data)).toEqual({ form: "text", text });
    expect(decode(name, Uint8Array.of(0x65, 0x1b))).toBeNull();
  });

  it("is UTF-16 text in variables of systemd-boot and of the shell", () => {
    const text = char16Bytes("débian.conf\0");
    expect(decode("LoaderEntryDefault", text, guidNamed("SYSTEMD_BOOT_LOADER"))).toEqual({
      form: "text",
      text: "débian.conf",
    });
    expect(decode("LoaderSystemToken", text, guidNamed("SYSTEMD_BOOT_LOADER"))).toBeNull();
    expect(decode("md", char16Bytes("mkdir"), guidNamed("SHELL_ALIAS"))).toEqual({
      form: "text",
      text: "mkdir",
    });
    expect(decode("md", char16Bytes("\ud800"), guidNamed("SHELL_ALIAS"))).toBeNull();
    expect(decode("md", Uint8Array.of(0x6d), guidNamed("SHELL_ALIAS"))).toBeNull();
  });

  it.each([
    {
      name: "Timeout",
      data: [3, 0],
      guid: EFI_GLOBAL_VARIABLE,
      decoded: { form: "number", value: "3", unit: "seconds", meaning: null },
    },
    { name: "SecureBoot", data: [1], guid: EFI_GLOBAL_VARIABLE, decoded: numberOf("1", "on") },
    { name: "SecureBoot", data: [7], guid: EFI_GLOBAL_VARIABLE, decoded: numberOf("7", null) },
    {
      name: "MTC",
      data: [1, 2, 3, 0x80],
      guid: MTC,
      decoded: numberOf("2147680769", null),
    },
    { name: "MokSBState", data: [1], guid: SHIM_LOCK, decoded: numberOf("1", "shim verifies nothing") },
    { name: "WindowsBootChainSvn", data: [9, 0, 0, 0], guid: MICROSOFT_OWNER, decoded: numberOf("9", null) },
  ])("is a number in $name $data", ({ name, data, guid, decoded }) => {
    expect(decode(name, Uint8Array.from(data), guid)).toEqual(decoded);
    expect(decode(name, Uint8Array.of(...data, 0), guid)).toBeNull();
  });

  it("is a set of flags, those without a name as a number", () => {
    expect(decode("OsIndications", Uint8Array.of(0x05, 0, 0, 0, 0, 0, 0, 0x80))).toEqual({
      form: "flags",
      names: ["boot-to-firmware-ui", "file-capsule-delivery", "0x8000000000000000"],
    });
    expect(decode("OsIndications", new Uint8Array(8))).toEqual({ form: "flags", names: [] });
    expect(decode("OsIndications", new Uint8Array(4))).toBeNull();
  });

  it("is a list of GUIDs", () => {
    const data = concatBytes([guidBytes(guidNamed("EFI_CERT_SHA256")), guidBytes(MICROSOFT_OWNER)]);
    expect(decode("SignatureSupport", data)).toMatchObject({
      guids: [{ name: "EFI_CERT_SHA256" }, { guid: MICROSOFT_OWNER }],
    });
    expect(decode("SignatureSupport", data.subarray(1))).toBeNull();
  });

  it("is the table of memory that the firmware sets aside, up to its end", () => {
    const data = Uint8Array.of(9, 0, 0, 0, 0x40, 1, 0, 0, 10, 0, 0, 0, 4, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0);
    const guid = guidNamed("MEMORY_TYPE_INFORMATION");
    expect(decode("MemoryTypeInformation", data, guid)).toEqual({
      form: "memory-types",
      types: [
        { type: 9, pages: 320 },
        { type: 10, pages: 4 },
      ],
    });
    expect(decode("MemoryTypeInformation", data.subarray(3), guid)).toBeNull();
  });

  it("is the revocation level of shim", () => {
    expect(decode("SbatLevel", ascii("sbat,1,2023012900\ngrub,3\n"), SHIM_LOCK)).toEqual({
      form: "sbat-level",
      datestamp: "2023012900",
      entries: [{ component: "grub", generation: 3 }],
      fault: null,
    });
  });

  it.each([
    { title: "the same name under another GUID", name: "Timeout", guid: SHIM_LOCK },
    { title: "another case of the name", name: "TimeOut", guid: EFI_GLOBAL_VARIABLE },
    { title: "a name that only begins so", name: "Timeout2", guid: EFI_GLOBAL_VARIABLE },
    { title: "lower-case digits of a load option", name: "Boot00af", guid: EFI_GLOBAL_VARIABLE },
    { title: "a name with half a character", name: Uint8Array.of(0x41), guid: guidNamed("SHELL_ALIAS") },
  ])("is not known for $title", ({ name, guid }) => {
    expect(decode(name, Uint8Array.of(3, 0), guid)).toBeNull();
  });

  it.each([0, 2])("is decoded up to the daemon's limit, and not with %i bytes more", (beyond) => {
    const data = new Uint8Array(VARSTORED_LIMITS.DATA_LIMIT + beyond);
    expect(decode("md", data, guidNamed("SHELL_ALIAS")) === null).toBe(beyond > 0);
  });

  it("never makes the reader fail, whatever it is", () => {
    const names = ["Boot0000", "BootOrder", "ConIn", "Lang", "Timeout", "OsIndications", "SignatureSupport"];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 120 }), (name, data) => {
        const decoded = decode(name, data);
        expect(JSON.stringify(decoded)).not.toMatch(/\\ud[89a-f]/);
      }),
      { numRuns: 500 },
    );
  });
});
