/**
 * Device paths as text (UEFI 2.10 §10.6.1.6), in the words of edk2's DevicePathToText. A node that is not known, or
 * shorter than its layout, is shown as `Path(type,subtype,hex)`.
 */
import { toHex, viewOf } from "../bytes.ts";
import { readChar16 } from "./char16.ts";
import { type DevicePathNode, endsInstance } from "./device-path.ts";
import { GUID_BYTES, readGuid } from "./guid.ts";

interface NodeText {
  /** What the layout needs behind the node's header. */
  readonly bytes: number;
  readonly text: (data: Uint8Array, view: DataView) => string;
}

const SHOWN_HEX_BYTES = 64;

const hex = (value: number | bigint): string => `0x${value.toString(16).toUpperCase()}`;
const u64 = (view: DataView, offset: number): string => hex(view.getBigUint64(offset, true));
const u32 = (view: DataView, offset: number): string => hex(view.getUint32(offset, true));
const u16 = (view: DataView, offset: number): string => hex(view.getUint16(offset, true));
const u8 = (view: DataView, offset: number): string => hex(view.getUint8(offset));

function hexBytes(data: Uint8Array): string {
  const shown = toHex(data.subarray(0, SHOWN_HEX_BYTES));
  return data.length <= SHOWN_HEX_BYTES ? shown : `${shown}… (${data.length} bytes)`;
}

const upToNul = (text: string): string => text.split("\0", 1)[0] ?? "";
const latin1 = (data: Uint8Array): string => Array.from(data, (byte) => String.fromCharCode(byte)).join("");

/** A node that is a GUID and whatever its maker put behind it. */
function guidNode(name: string): NodeText {
  return {
    bytes: GUID_BYTES,
    text: (data) => {
      const rest = data.subarray(GUID_BYTES);
      return `${name}(${readGuid(data, 0)}${rest.length === 0 ? "" : `,${hexBytes(rest)}`})`;
    },
  };
}

/** Compressed three letters and a product number (ACPI 6.4 §6.1.5); `PNP` is 0x41D0. */
function eisaId(id: number): string {
  const letters = [10, 5, 0].map((shift) => String.fromCharCode(((id >> shift) & 0x1f) + 0x40)).join("");
  return `${letters}${(id >>> 16).toString(16).toUpperCase().padStart(4, "0")}`;
}

const ACPI_NAMES: ReadonlyMap<string, string> = new Map([
  ["PNP0A03", "PciRoot"],
  ["PNP0A08", "PcieRoot"],
  ["PNP0604", "Floppy"],
  ["PNP0301", "Keyboard"],
  ["PNP0501", "Serial"],
  ["PNP0401", "ParallelPort"],
]);

function acpiText(_data: Uint8Array, view: DataView): string {
  const id = eisaId(view.getUint32(0, true));
  const name = ACPI_NAMES.get(id);
  return name === undefined ? `Acpi(${id},${u32(view, 4)})` : `${name}(${u32(view, 4)})`;
}

const ipv4 = (data: Uint8Array, offset: number): string => data.subarray(offset, offset + 4).join(".");
const ipv6 = (data: Uint8Array, offset: number): string =>
  toHex(data.subarray(offset, offset + 16)).replaceAll(/(.{4})(?=.)/g, "$1:");
const protocol = (view: DataView, offset: number): string =>
  new Map([
    [6, "TCP"],
    [17, "UDP"],
  ]).get(view.getUint16(offset, true)) ?? u16(view, offset);

function ipv4Text(data: Uint8Array, view: DataView): string {
  const origin = view.getUint8(14) === 0 ? "DHCP" : "Static";
  return `IPv4(${ipv4(data, 4)},${protocol(view, 12)},${origin},${ipv4(data, 0)})`;
}

function ipv6Text(data: Uint8Array, view: DataView): string {
  const origin = ["Static", "StatelessAutoConfigure", "StatefulAutoConfigure"][view.getUint8(38)];
  return `IPv6(${ipv6(data, 16)},${protocol(view, 36)},${origin ?? u8(view, 38)},${ipv6(data, 0)})`;
}

/** Ethernet and the like have addresses of six bytes in a field of 32. */
function macText(data: Uint8Array, view: DataView): string {
  const type = view.getUint8(32);
  return `MAC(${toHex(data.subarray(0, type <= 1 ? 6 : 32)).toUpperCase()},${hex(type)})`;
}

function uartText(_data: Uint8Array, view: DataView): string {
  const parity = "DNEOMS".charAt(view.getUint8(13)) || u8(view, 13);
  const stopBits = ["D", "1", "1.5", "2"][view.getUint8(14)] ?? u8(view, 14);
  const baud = view.getBigUint64(4, true) || "DEFAULT";
  return `Uart(${baud},${view.getUint8(12) || "D"},${parity},${stopBits})`;
}

function hardDriveText(data: Uint8Array, view: DataView): string {
  const partition = view.getUint32(0, true);
  const place = `${u64(view, 4)},${u64(view, 12)}`;
  const signatureType = view.getUint8(37);
  if (signatureType === 2) return `HD(${partition},GPT,${readGuid(data, 20)},${place})`;
  if (signatureType === 1) {
    const signature = view.getUint32(20, true).toString(16).toUpperCase().padStart(8, "0");
    return `HD(${partition},MBR,0x${signature},${place})`;
  }
  return `HD(${partition},${signatureType},0,${place})`;
}

function nvmeText(data: Uint8Array, view: DataView): string {
  const eui64 = toHex(data.subarray(4, 12))
    .toUpperCase()
    .replaceAll(/(..)(?=.)/g, "$1-");
  return `NVMe(${u32(view, 0)},${eui64})`;
}

function bbsText(data: Uint8Array, view: DataView): string {
  const kinds = ["", "Floppy", "HD", "CDROM", "PCMCIA", "USB", "Network"];
  const kind = kinds[view.getUint16(0, true)] || u16(view, 0);
  return `BBS(${kind},${upToNul(latin1(data.subarray(4)))})`;
}

const key = (type: number, subType: number): number => (type << 8) | subType;

const HARDWARE = 1;
const ACPI = 2;
const MESSAGING = 3;
const MEDIA = 4;
const BBS = 5;

/** Layouts of UEFI 2.10 §10.3.2 to §10.3.6. */
const TEXTS: ReadonlyMap<number, NodeText> = new Map<number, NodeText>([
  [key(HARDWARE, 1), { bytes: 2, text: (_data, view) => `Pci(${u8(view, 1)},${u8(view, 0)})` }],
  [key(HARDWARE, 2), { bytes: 1, text: (_data, view) => `PcCard(${u8(view, 0)})` }],
  [
    key(HARDWARE, 3),
    { bytes: 20, text: (_data, view) => `MemoryMapped(${u32(view, 0)},${u64(view, 4)},${u64(view, 12)})` },
  ],
  [key(HARDWARE, 4), guidNode("VenHw")],
  [key(HARDWARE, 5), { bytes: 4, text: (_data, view) => `Ctrl(${u32(view, 0)})` }],
  [key(ACPI, 1), { bytes: 8, text: acpiText }],
  [key(ACPI, 3), { bytes: 4, text: (_data, view) => `AcpiAdr(${u32(view, 0)})` }],
  [
    key(MESSAGING, 1),
    {
      bytes: 4,
      text: (_data, view) =>
        `Ata(${view.getUint8(0) === 0 ? "Primary" : "Secondary"},${view.getUint8(1) === 0 ? "Master" : "Slave"},${u16(view, 2)})`,
    },
  ],
  [key(MESSAGING, 2), { bytes: 4, text: (_data, view) => `Scsi(${u16(view, 0)},${u16(view, 2)})` }],
  [key(MESSAGING, 3), { bytes: 20, text: (_data, view) => `Fibre(${u64(view, 4)},${u64(view, 12)})` }],
  [key(MESSAGING, 5), { bytes: 2, text: (_data, view) => `USB(${u8(view, 0)},${u8(view, 1)})` }],
  [key(MESSAGING, 10), guidNode("VenMsg")],
  [key(MESSAGING, 11), { bytes: 33, text: macText }],
  [key(MESSAGING, 12), { bytes: 15, text: ipv4Text }],
  [key(MESSAGING, 13), { bytes: 39, text: ipv6Text }],
  [key(MESSAGING, 14), { bytes: 15, text: uartText }],
  [
    key(MESSAGING, 15),
    {
      bytes: 7,
      text: (_data, view) =>
        `UsbClass(${u16(view, 0)},${u16(view, 2)},${u8(view, 4)},${u8(view, 5)},${u8(view, 6)})`,
    },
  ],
  [key(MESSAGING, 17), { bytes: 1, text: (_data, view) => `Unit(${u8(view, 0)})` }],
  [
    key(MESSAGING, 18),
    { bytes: 6, text: (_data, view) => `Sata(${u16(view, 0)},${u16(view, 2)},${u16(view, 4)})` },
  ],
  [
    key(MESSAGING, 19),
    {
      bytes: 14,
      text: (data, view) =>
        `iSCSI(${upToNul(latin1(data.subarray(14)))},${u16(view, 12)},0x${toHex(data.subarray(4, 12)).toUpperCase()})`,
    },
  ],
  [key(MESSAGING, 20), { bytes: 2, text: (_data, view) => `Vlan(${view.getUint16(0, true)})` }],
  [key(MESSAGING, 23), { bytes: 12, text: nvmeText }],
  [key(MESSAGING, 24), { bytes: 0, text: (data) => `Uri(${upToNul(latin1(data))})` }],
  [key(MESSAGING, 26), { bytes: 1, text: (_data, view) => `SD(${u8(view, 0)})` }],
  [key(MESSAGING, 29), { bytes: 1, text: (_data, view) => `eMMC(${u8(view, 0)})` }],
  [key(MEDIA, 1), { bytes: 38, text: hardDriveText }],
  [
    key(MEDIA, 2),
    { bytes: 20, text: (_data, view) => `CDROM(${u32(view, 0)},${u64(view, 4)},${u64(view, 12)})` },
  ],
  [key(MEDIA, 3), guidNode("VenMedia")],
  [key(MEDIA, 4), { bytes: 2, text: (data) => upToNul(readChar16(data)) }],
  [key(MEDIA, 5), guidNode("Media")],
  [key(MEDIA, 6), guidNode("FvFile")],
  [key(MEDIA, 7), guidNode("Fv")],
  [key(MEDIA, 8), { bytes: 20, text: (_data, view) => `Offset(${u64(view, 4)},${u64(view, 12)})` }],
  [key(BBS, 1), { bytes: 4, text: bbsText }],
]);

/** True for a node that names a volume of the firmware itself: what stands on it is no guest's. */
export function isFirmwareVolume({ type, subType }: DevicePathNode): boolean {
  return type === MEDIA && (subType === 6 || subType === 7);
}

/** One node. Names and paths in it are the input's own characters. */
export function deviceNodeText({ type, subType, data }: DevicePathNode): string {
  const known = TEXTS.get(key(type, subType));
  if (known !== undefined && data.length >= known.bytes) return known.text(data, viewOf(data));
  return `Path(${type},${subType}${data.length === 0 ? "" : `,${hexBytes(data)}`})`;
}

/** Nodes joined by `/`, instances by `,`; empty for a path that only ends. */
export function devicePathText(nodes: readonly DevicePathNode[]): string {
  const instances: string[][] = [[]];
  for (const node of nodes) {
    if (endsInstance(node)) instances.push([]);
    else instances.at(-1)?.push(deviceNodeText(node));
  }
  return instances.map((parts) => parts.join("/")).join(",");
}
