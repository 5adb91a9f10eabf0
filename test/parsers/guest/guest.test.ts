import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { EfivarfsCollector, efivarfs } from "../../../parsers/formats/efivarfs.ts";
import { signatureLists } from "../../../parsers/formats/signature-lists.ts";
import { efivarfsName, hasAttributes, isTellingName } from "../../../parsers/guest/efivarfs.ts";
import { hasSignatureList, variableOfName } from "../../../parsers/guest/signature-lists.ts";
import { looksLikeUefiJson, readUefiJson } from "../../../parsers/guest/uefi-json.ts";
import { copyOfView } from "../../../parsers/guest/view.ts";
import { EFI_GLOBAL_VARIABLE } from "../../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { MICROSOFT_OWNER, sha256List, x509List } from "../../builders/blob.ts";
import { SAMPLE_KEK } from "../../builders/sample-keys.ts";

const DBX = "dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f";
const lists = sha256List(MICROSOFT_OWNER, 3);
const withAttributes = (attributes: number, data = lists): Uint8Array =>
  concatBytes([Uint8Array.of(attributes, 0, 0, 0), data]);

describe("files of efivarfs", () => {
  it("are known by name and attributes", () => {
    expect(efivarfsName(DBX)).toEqual({ name: "dbx", vendorGuid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f" });
    expect(efivarfsName("a-b-D719B2CB-3D3A-4596-A3BC-DAD00E67656F")?.name).toBe("a-b");
    for (const name of ["dbx", "-d719b2cb-3d3a-4596-a3bc-dad00e67656f", `${DBX}.bak`, `${DBX}0`])
      expect(efivarfsName(name)).toBeNull();
    for (const attributes of [0x06, 0x07, 0x27, 0x67])
      expect(hasAttributes(withAttributes(attributes))).toBe(true);
    for (const attributes of [0x00, 0x01, 0x03, 0x05])
      expect(hasAttributes(withAttributes(attributes))).toBe(false);
    expect(hasAttributes(Uint8Array.of(7, 0, 0))).toBe(false);
    expect(hasAttributes(Uint8Array.of(7, 1, 0, 0))).toBe(false);
  });

  it("tell a guest's view only where the firmware's own are among them", () => {
    expect(isTellingName(DBX)).toBe(true);
    expect(isTellingName(`Boot000A-${EFI_GLOBAL_VARIABLE}`)).toBe(true);
    expect(isTellingName(`boot-${EFI_GLOBAL_VARIABLE}`)).toBe(false);
    expect(isTellingName("dbx-00000000-0000-4000-8000-000000000001")).toBe(false);
  });

  it("need their name where the data does not tell that they are one", () => {
    expect(efivarfs.probe(withAttributes(7, Uint8Array.of(0, 0)))).toBe(false);
    expect(efivarfs.probe(withAttributes(7, Uint8Array.of(0, 0)), `BootOrder-${EFI_GLOBAL_VARIABLE}`)).toBe(
      true,
    );
    expect(efivarfs.probe(withAttributes(0x27))).toBe(true);
    const { vms, error } = efivarfs.open(withAttributes(0x27), nodePlatform, "x.bin");
    expect([vms, error?.message]).toEqual([[], expect.stringContaining("efivars.tar.gz")]);
  });

  it("are put together up to the limits of one guest", () => {
    const filled = (bytes: number): EfivarfsCollector => {
      const collector = new EfivarfsCollector();
      collector.add(DBX, withAttributes(0x27, new Uint8Array(bytes)));
      return collector;
    };
    expect(filled(PARSER_LIMITS.maxSeenBytes).dump()?.error).toBeNull();
    const over = filled(PARSER_LIMITS.maxSeenBytes);
    over.add(`BootOrder-${EFI_GLOBAL_VARIABLE}`, withAttributes(7, Uint8Array.of(1)));
    expect([over.hasRoom, over.dump()?.error?.code, over.dump()?.vms.length]).toEqual([
      false,
      "over-limit",
      1,
    ]);
    expect(new EfivarfsCollector().dump()).toBeNull();
  });
});

describe("signature lists by themselves", () => {
  it("are known by the header of the first", () => {
    const with32 = (at: number, value: number) => {
      const bytes = lists.slice();
      new DataView(bytes.buffer).setUint32(at, value, true);
      return bytes;
    };
    for (const bytes of [lists.subarray(0, 27), with32(0, 1), with32(16, 0), with32(20, 4), with32(24, 16)])
      expect(hasSignatureList(bytes, 0)).toBe(false);
    for (const bytes of [lists.subarray(0, 28), x509List(MICROSOFT_OWNER, SAMPLE_KEK)])
      expect(hasSignatureList(bytes, 0)).toBe(true);
  });

  it.each([
    ["Get-SecureBootUEFI-02-KEK.bin", "KEK"],
    ["dbx.esl", "dbx"],
    ["PK.old.esl", "PK"],
    ["db_2023.bin", "db"],
    ["db-server.dbx.esl", "dbx"],
    ["web01.dbx.2.esl", "dbx"],
    ["web01.MokListX.esl", "MokListX"],
    ["db and dbx.bin", null],
    ["adb.bin", null],
    ["", null],
  ])("%s is %s", (file, name) => {
    expect(variableOfName(file)?.name ?? null).toBe(name);
    const { vms, error } = signatureLists.open(lists, nodePlatform, file);
    expect([vms.length, error?.code ?? null]).toEqual(name === null ? [0, "bad-structure"] : [1, null]);
  });
});

describe("bytes as PowerShell shows them", () => {
  const lines = (separator: string): Uint8Array =>
    new TextEncoder().encode(Array.from(lists).join(separator));
  const prompt = "PS C:\\Users\\admin> (Get-SecureBootUEFI dbx).bytes\r\n";

  it.each([
    ["a number a line", concatBytes([new TextEncoder().encode(prompt), lines("\r\n")]), "x.txt"],
    [
      "below a command with -Name",
      concatBytes([new TextEncoder().encode("(Get-SecureBootUEFI -Name dbx).Bytes\n"), lines("\n")]),
      "",
    ],
    ["commas, and the name in the file's", lines(", "), "dbx.txt"],
    [
      "UTF-16, and the prompt behind",
      new Uint8Array(Buffer.from(`\ufeff${prompt}${Array.from(lists).join("\r\n")}\r\nPS C:\\>`, "utf16le")),
      "x.txt",
    ],
  ])("%s", (_name, bytes, file) => {
    expect(signatureLists.probe(bytes)).toBe(true);
    const { vms, error } = signatureLists.open(bytes, nodePlatform, file);
    expect(error).toBeNull();
    expect(vms[0]?.nvram?.blob?.variables[0]).toMatchObject({ name: "dbx", data: lists });
  });

  it("near misses: other numbers, numbers over 255, and what is cut", () => {
    const text = (content: string): boolean => signatureLists.probe(new TextEncoder().encode(content));
    expect(text("1\n2\n3\n")).toBe(false);
    expect(text(`${Array.from(lists, (byte) => byte + 256).join("\n")}`)).toBe(false);
    expect(text("Name : dbx\nBytes : {38, 22, 196, 193...}")).toBe(false);
  });
});

describe("variables as JSON", () => {
  const one = { name: "db", guid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f", attr: 39, data: "0102" };

  it.each([
    ["with a version", { version: 2, variables: [one] }],
    ["as an array", [one]],
    [
      "bytes between blanks, and a GUID as its bytes",
      [{ ...one, guid: "cb b2 19 d7 3a 3d 96 45 a3 bc da d0 0e 67 65 6f", data: "01 02" }],
    ],
    ["base64", [{ ...one, data: "AQI=" }]],
    ["a GUID in capitals", [{ ...one, guid: one.guid.toUpperCase() }]],
  ])("%s", (_name, value) => {
    expect(looksLikeUefiJson(JSON.stringify(value))).toBe(true);
    expect(readUefiJson(value, nodePlatform)).toMatchObject([
      { name: "db", vendorGuid: one.guid, attributes: 39, data: Uint8Array.of(1, 2) },
    ]);
  });

  it.each([
    ["no name", { ...one, name: undefined }, "variables[0].name"],
    ["no GUID", { ...one, guid: "db" }, "variables[0].guid"],
    ["no number", { ...one, attr: "39" }, "variables[0].attr"],
    ["too large a number", { ...one, attr: 2 ** 32 }, "variables[0].attr"],
    ["half a byte", { ...one, data: "012" }, "variables[0].data"],
    ["no data", { ...one, data: undefined }, "variables[0].data"],
    ["no object", null, "variables[0]"],
  ])("says where it is not so: %s", (_name, variable, path) => {
    const value = JSON.parse(JSON.stringify({ version: 2, variables: [variable] }));
    expect(() => readUefiJson(value, nodePlatform)).toThrow(
      expect.objectContaining({ name: "ParseError", code: "bad-structure", path }) as ParseError,
    );
  });

  it("near misses", () => {
    for (const text of [
      '{"variables": {"a": 1}}',
      '[{"name": "a"}]',
      '{"version": 2}',
      '[{"name":"a","guid":"b","attr":"7","data":""}]',
    ])
      expect(looksLikeUefiJson(text)).toBe(false);
  });

  it("is bounded, at the limit and one above", () => {
    const { maxSeenVariables } = PARSER_LIMITS;
    const variables = (count: number) => Array.from({ length: count }, () => one);
    expect(
      copyOfView("uefi-json", readUefiJson(variables(maxSeenVariables), nodePlatform)).nvram?.blob?.variables,
    ).toHaveLength(maxSeenVariables);
    expect(() => readUefiJson(variables(maxSeenVariables + 1), nodePlatform)).toThrow(ParseError);
  });
});
