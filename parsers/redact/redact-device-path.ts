/**
 * Device paths (UEFI 2.10 §10.3) without what tells a machine, a network, a disk or a file. What is not known to be harmless is
 * replaced. Written in place: `data` is a copy.
 */
import { viewOf } from "../bytes.ts";
import { char16Bytes, readChar16 } from "../efi/char16.ts";
import { type DevicePath, type DevicePathNode, readDevicePath } from "../efi/device-path.ts";
import { guidBytes, readGuid } from "../efi/guid.ts";
import type { Span } from "../model.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { scrubText } from "./scrub-text.ts";

const NODE_HEADER_BYTES = 4;

/**
 * By type and subtype: where a machine stands in its bus, or firmware's own constants; so many bytes of each stay. What stands
 * behind them belongs to no node of that kind, and may be anything.
 */
const HARMLESS: ReadonlyMap<string, number> = new Map([
  ["1/1", 2], // PCI
  ["1/2", 1], // PCCARD
  ["1/3", 20], // memory
  ["1/5", 4], // controller
  ["1/6", 9], // BMC
  ["2/1", 8], // ACPI
  ["2/3", 16], // displays, four of them
  ["3/1", 4], // ATAPI
  ["3/2", 4], // SCSI
  ["3/5", 2], // USB
  ["3/15", 7], // USB class
  ["3/17", 1], // logical unit
  ["3/18", 6], // SATA
  ["4/2", 20], // CD-ROM
  ["4/5", 16], // protocol
  ["4/6", 16], // firmware file
  ["4/7", 16], // firmware volume
  ["4/8", 20], // offset
  ["4/9", 34], // RAM disk
]);

type Redact = (data: Uint8Array, pseudonyms: Pseudonyms) => void;

/** Of a USB device by its serial number: interface, vendor and product stand before that. */
const WWID_SERIAL_AT = 6;

/** Each gets what follows the node's header. */
const FORMS: ReadonlyMap<string, Redact> = new Map<string, Redact>([
  ["1/4", (data, pseudonyms) => shape(data, 16, pseudonyms)], // vendor: GUID, then its own
  ["3/10", (data, pseudonyms) => shape(data, 16, pseudonyms)],
  ["4/3", (data, pseudonyms) => shape(data, 16, pseudonyms)],
  ["2/2", (data, pseudonyms) => latin1(data, 12, pseudonyms)], // ACPI expanded: three numbers, then names
  ["3/11", macAddress],
  ["3/16", (data, pseudonyms) => char16(data.subarray(WWID_SERIAL_AT), pseudonyms)],
  ["3/24", (data, pseudonyms) => latin1(data, 0, pseudonyms)], // URI
  ["4/1", hardDrive],
  ["4/4", (data, pseudonyms) => char16(data, pseudonyms)], // file path
  ["5/1", (data, pseudonyms) => latin1(data, 4, pseudonyms)], // BIOS boot: type, flags, description
]);

/** All paths between `start` and `end`, and what stands behind the first one that is broken. */
export function redactDevicePaths(data: Uint8Array, { start, end }: Span, pseudonyms: Pseudonyms): void {
  for (let at = start; at < end; ) {
    const path: DevicePath = readDevicePath(data, at, end);
    for (const node of path.nodes) redactNode(data, node, pseudonyms);
    if (path.fault !== null || path.span.end <= at) {
      // The header stays, by which the fault is told.
      shape(data.subarray(path.span.end, end), NODE_HEADER_BYTES, pseudonyms);
      return;
    }
    at = path.span.end;
  }
}

function redactNode(data: Uint8Array, { type, subType, span }: DevicePathNode, pseudonyms: Pseudonyms): void {
  const key = `${type}/${subType}`;
  const own = data.subarray(span.start + NODE_HEADER_BYTES, span.end);
  const form = FORMS.get(key);
  if (form === undefined) shape(own, HARMLESS.get(key) ?? 0, pseudonyms);
  else form(own, pseudonyms);
}

function shape(data: Uint8Array, from: number, pseudonyms: Pseudonyms): void {
  const rest = data.subarray(from);
  rest.set(pseudonyms.shape(rest));
}

function latin1(data: Uint8Array, from: number, pseudonyms: Pseudonyms): void {
  const rest = data.subarray(from);
  // One character a byte; what is beyond ASCII has no length that fits.
  const text = decodeLatin1(rest).replace(/[\u0080-\u00ff]/g, "x");
  const replaced = scrubText(text, pseudonyms, (word) => URI_WORDS.has(word));
  for (let i = 0; i < rest.length; i++) rest[i] = replaced.charCodeAt(i);
}

const URI_WORDS: ReadonlySet<string> = new Set(["http", "https", "tftp", "ftp"]);

function char16(data: Uint8Array, pseudonyms: Pseudonyms): void {
  data.set(char16Bytes(scrubText(readChar16(data), pseudonyms)));
}

const MAC_BYTES = 6;
/** MAC address in 32 bytes, and the kind of interface. */
const MAC_FIELD_BYTES = 32;

function macAddress(data: Uint8Array, pseudonyms: Pseudonyms): void {
  const address = data.subarray(0, MAC_BYTES);
  address.set(pseudonyms.bytes(address));
  const rest = data.subarray(MAC_BYTES, MAC_FIELD_BYTES);
  rest.set(pseudonyms.shape(rest));
  shape(data, MAC_FIELD_BYTES + 1, pseudonyms);
}

/** Number, start and size of the partition, then its signature; its kinds stand behind that. */
const SIGNATURE_AT = 20;
const SIGNATURE_KIND_AT = 37;
const HARD_DRIVE_BYTES = 38;
const GUID_SIGNATURE = 2;

function hardDrive(data: Uint8Array, pseudonyms: Pseudonyms): void {
  const signature = data.subarray(SIGNATURE_AT, SIGNATURE_AT + 16);
  const isGuid = signature.length === 16 && viewOf(data).byteLength > SIGNATURE_KIND_AT;
  if (isGuid && data[SIGNATURE_KIND_AT] === GUID_SIGNATURE)
    signature.set(guidBytes(pseudonyms.uuid(readGuid(signature, 0))));
  else signature.set(pseudonyms.shape(signature));
  shape(data, HARD_DRIVE_BYTES, pseudonyms);
}
