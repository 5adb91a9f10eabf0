import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { char16Bytes } from "../../../parsers/efi/char16.ts";
import { readDevicePath } from "../../../parsers/efi/device-path.ts";
import { deviceNodeText, devicePathText } from "../../../parsers/efi/device-path-text.ts";
import { guidBytes } from "../../../parsers/efi/guid.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { deviceNode, END_OF_PATH } from "../../builders/load-option.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const read = (bytes: Uint8Array) => readDevicePath(bytes, 0, bytes.length);
const END_OF_INSTANCE = deviceNode(0x7f, 0x01, new Uint8Array(0));
const GUID = "c1a7f0de-5b6e-4f52-9d1c-0a4f7e3b2d10";
const guidHex = Buffer.from(guidBytes(GUID)).toString("hex");

function textOf(type: number, subType: number, data: string | Uint8Array): string {
  const node = read(deviceNode(type, subType, typeof data === "string" ? hex(data) : data)).nodes[0];
  if (node === undefined) throw new Error("no node");
  return deviceNodeText(node);
}

describe("a device path", () => {
  it("is read up to its end node, with the span of each node", () => {
    const bytes = concatBytes([deviceNode(1, 1, hex("0203")), END_OF_PATH, hex("ffff")]);
    const { nodes, span, fault } = read(bytes);
    expect(fault).toBeNull();
    expect(span).toEqual({ start: 0, end: 10 });
    expect(nodes.map((node) => node.span)).toEqual([{ start: 0, end: 6 }]);
  });

  it("may have several instances", () => {
    const bytes = concatBytes([
      deviceNode(1, 1, hex("0001")),
      END_OF_INSTANCE,
      deviceNode(3, 17, hex("02")),
      END_OF_PATH,
    ]);
    expect(devicePathText(read(bytes).nodes)).toBe("Pci(0x1,0x0),Unit(0x2)");
  });

  it.each([
    ["node-cut", hex("0101 06")],
    ["node-too-short", hex("0101 0300 0000")],
    ["node-past-end", hex("0101 0700 0000")],
    ["end-missing", deviceNode(1, 1, hex("0001"))],
    ["end-missing", new Uint8Array(0)],
  ])("names %s and keeps what stands before", (code, bytes) => {
    expect(read(bytes).fault?.code).toBe(code);
    const { nodes, fault } = read(concatBytes([deviceNode(3, 17, hex("02")), bytes]));
    expect(fault?.code).toBe(code);
    expect(nodes[0]?.span).toEqual({ start: 0, end: 5 });
  });

  it("may have as many nodes as the limit says, and not one more", () => {
    const { maxDevicePathNodes } = PARSER_LIMITS;
    const nodes = (count: number) =>
      concatBytes([...Array.from({ length: count }, () => deviceNode(3, 17, hex("00"))), END_OF_PATH]);
    expect(read(nodes(maxDevicePathNodes)).fault).toBeNull();
    const past = read(nodes(maxDevicePathNodes + 1));
    expect(past.fault?.code).toBe("too-many-nodes");
    expect(past.nodes).toHaveLength(maxDevicePathNodes);
  });

  it("of any bytes gives a value whose spans lie inside", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { nodes, span } = read(bytes);
        expect(span.end).toBeLessThanOrEqual(bytes.length);
        expect(typeof devicePathText(nodes)).toBe("string");
        for (const node of nodes) expect(node.span.end).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a node as text", () => {
  const u64 = (value: string) => `${value}00000000000000`.slice(0, 16);
  it.each([
    [1, 1, "0203", "Pci(0x3,0x2)"],
    [1, 2, "01", "PcCard(0x1)"],
    [1, 3, `0b000000 ${u64("10")} ${u64("20")}`, "MemoryMapped(0xB,0x10,0x20)"],
    [1, 4, `${guidHex} abcd`, `VenHw(${GUID},abcd)`],
    [1, 5, "02000000", "Ctrl(0x2)"],
    [2, 1, "d041030a 00000000", "PciRoot(0x0)"],
    [2, 1, "d041080a 01000000", "PcieRoot(0x1)"],
    [2, 1, "d041ff0f 01000000", "Acpi(PNP0FFF,0x1)"],
    [2, 3, "00010180", "AcpiAdr(0x80010100)"],
    [3, 1, "0001 0000", "Ata(Primary,Slave,0x0)"],
    [3, 2, "0100 0200", "Scsi(0x1,0x2)"],
    [3, 3, `00000000 ${u64("11")} ${u64("22")}`, "Fibre(0x11,0x22)"],
    [3, 5, "0100", "USB(0x1,0x0)"],
    [3, 10, guidHex, `VenMsg(${GUID})`],
    [3, 11, `02005e102030 ${"00".repeat(26)} 01`, "MAC(02005E102030,0x1)"],
    [3, 12, "c0a80001 c0a80002 0000 0000 0600 00", "IPv4(192.168.0.2,TCP,DHCP,192.168.0.1)"],
    [3, 12, "c0a80001 c0a80002 0000 0000 1100 01", "IPv4(192.168.0.2,UDP,Static,192.168.0.1)"],
    [
      3,
      13,
      `${"00".repeat(15)}01 ${"00".repeat(15)}02 0000 0000 0600 02`,
      "IPv6(0000:0000:0000:0000:0000:0000:0000:0002,TCP,StatefulAutoConfigure,0000:0000:0000:0000:0000:0000:0000:0001)",
    ],
    [3, 14, "00000000 00c2010000000000 08 01 01", "Uart(115200,8,N,1)"],
    [3, 14, "00000000 0000000000000000 00 00 00", "Uart(DEFAULT,D,D,D)"],
    [3, 15, "ffffffff030101", "UsbClass(0xFFFF,0xFFFF,0x3,0x1,0x1)"],
    [3, 18, "0000ffff0000", "Sata(0x0,0xFFFF,0x0)"],
    [3, 19, "0000 0000 0001000000000000 0100 69716e2e7800", "iSCSI(iqn.x,0x1,0x0001000000000000)"],
    [3, 20, "0a00", "Vlan(10)"],
    [3, 23, "01000000 0011223344556677", "NVMe(0x1,00-11-22-33-44-55-66-77)"],
    [3, 24, "687474703a2f2f782f", "Uri(http://x/)"],
    [3, 26, "01", "SD(0x1)"],
    [3, 29, "01", "eMMC(0x1)"],
    [4, 1, `01000000 ${u64("08")} ${u64("10")} ${guidHex} 02 02`, `HD(1,GPT,${GUID},0x8,0x10)`],
    [
      4,
      1,
      `02000000 ${u64("08")} ${u64("10")} efbeadde${"00".repeat(12)} 01 01`,
      "HD(2,MBR,0xDEADBEEF,0x8,0x10)",
    ],
    [4, 1, `02000000 ${u64("08")} ${u64("10")} ${"00".repeat(16)} 01 00`, "HD(2,0,0,0x8,0x10)"],
    [4, 2, `01000000 ${u64("08")} ${u64("10")}`, "CDROM(0x1,0x8,0x10)"],
    [4, 3, guidHex, `VenMedia(${GUID})`],
    [4, 5, guidHex, `Media(${GUID})`],
    [4, 6, guidHex, `FvFile(${GUID})`],
    [4, 7, guidHex, `Fv(${GUID})`],
    [4, 8, `00000000 ${u64("08")} ${u64("10")}`, "Offset(0x8,0x10)"],
    [5, 1, "0200 0000 4469736b00", "BBS(HD,Disk)"],
    [5, 1, "8000 0000 00", "BBS(0x80,)"],
    [3, 99, "0102", "Path(3,99,0102)"],
    [9, 9, "", "Path(9,9)"],
    [1, 1, "02", "Path(1,1,02)"],
  ])("of type %i, %i", (type, subType, data, text) => {
    expect(textOf(type, subType, data)).toBe(text);
  });

  it("of a file is the path up to its NUL", () => {
    expect(textOf(4, 4, char16Bytes("\\EFI\\BOOT\\X.EFI\0junk"))).toBe("\\EFI\\BOOT\\X.EFI");
  });

  it("shows no more than 64 bytes of what it does not know", () => {
    expect(textOf(9, 9, new Uint8Array(64))).toBe(`Path(9,9,${"00".repeat(64)})`);
    expect(textOf(9, 9, new Uint8Array(65))).toBe(`Path(9,9,${"00".repeat(64)}… (65 bytes))`);
  });
});
