/**
 * Device paths (UEFI 2.10 §10.3) without what tells a machine, a network, a disk or a file. What is not known to be harmless is
 * replaced. Written in place: `data` is a copy.
 */
import { viewOf } from "../bytes.ts";
import { char16Bytes, readChar16 } from "../efi/char16.ts";
import { type DevicePath, type DevicePathNode, readDevicePath } from "../efi/device-path.ts";
import { guidBytes, readGuid } from "../efi/guid.ts";
import type { Span } from "../model.ts";
import { decodeLatin1 } from "../text-encoding.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { scrubText } from "./scrub-text.ts";

const NODE_HEADER_BYTES = 4;

/** By type and subtype: where a machine stands in its bus, or firmware's own constants. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["1/1", "1/2", "1/3", "1/5", "1/6"], // PCI, PCCARD, memory, controller, BMC
  ...["2/1", "2/3"], // ACPI
  ...["3/1", "3/2", "3/5", "3/15", "3/16", "3/17", "3/18"], // ATAPI, SCSI, USB, USB class, logical unit, SATA
  ...["4/2", "4/5", "4/6", "4/7", "4/8", "4/9"], // CD-ROM, protocol, firmware file and volume, offset, RAM disk
]);

type Redact = (data: Uint8Array, pseudonyms: Pseudonyms) => void;

/** Each gets what follows the node's header. */
const FORMS: ReadonlyMap<string, Redact> = new Map<string, Redact>([
  ["1/4", (data, pseudonyms) => shape(data, 16, pseudonyms)], // vendor: GUID, then its own
  ["3/10", (data, pseudonyms) => shape(data, 16, pseudonyms)],
  ["4/3", (data, pseudonyms) => shape(data, 16, pseudonyms)],
  ["2/2", (data, pseudonyms) => latin1(data, 12, pseudonyms)], // ACPI expanded: three numbers, then names
  ["3/11", macAddress],
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
  if (HARMLESS.has(key)) return;
  const own = data.subarray(span.start + NODE_HEADER_BYTES, span.end);
  const form = FORMS.get(key);
  if (form === undefined) shape(own, 0, pseudonyms);
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
}

/** Number, start and size of the partition, then its signature; its kinds stand behind that. */
const SIGNATURE_AT = 20;
const SIGNATURE_KIND_AT = 37;
const GUID_SIGNATURE = 2;

function hardDrive(data: Uint8Array, pseudonyms: Pseudonyms): void {
  const signature = data.subarray(SIGNATURE_AT, SIGNATURE_AT + 16);
  const isGuid = signature.length === 16 && viewOf(data).byteLength > SIGNATURE_KIND_AT;
  if (isGuid && data[SIGNATURE_KIND_AT] === GUID_SIGNATURE)
    signature.set(guidBytes(pseudonyms.uuid(readGuid(signature, 0))));
  else signature.set(pseudonyms.shape(signature));
}
