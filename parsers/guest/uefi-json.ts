/**
 * Variables as JSON, as `extract`, QEMU (hw/uefi/var-service-json.c), virt-fw-vars (virt/firmware/efi/efijson.py) and
 * python-uefivars (pyuefivars/json.py) write them; see parsers/nvram/uefi-json.ts. The first form of the last was an array, with
 * bytes as hexadecimal numbers between blanks, GUIDs included; its predecessor wrote base64.
 */
import { GUID_BYTES, readGuid } from "../efi/guid.ts";
import { ParseError } from "../errors.ts";
import { guidNamed } from "../guids.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Platform } from "../platform.ts";
import { decodeLeniently } from "../text/base64.ts";
import { isArray, isObject, type JsonObject, type JsonValue } from "../text/json-text.ts";
import { encodeUtf8 } from "../text/text-encoding.ts";
import { overLimit, type SeenVariable } from "./view.ts";

/** Tells the form with a version; of the array the members of its first variable do, in any order. */
const VERSIONED = /^\s*\{\s*"version"\s*:\s*\d+\s*,\s*"variables"\s*:\s*\[/;
const BARE = /^\s*(?:\{\s*"variables"\s*:\s*)?\[\s*\{\s*"(?:name|guid|attr|data|time|timestamp|digest)"\s*:/;
const MEMBERS: readonly RegExp[] = [/"name"\s*:\s*"/, /"guid"\s*:\s*"/, /"attr"\s*:\s*\d/, /"data"\s*:\s*"/];

/** `text` is the beginning of an input. */
export function looksLikeUefiJson(text: string): boolean {
  return VERSIONED.test(text) || (BARE.test(text) && MEMBERS.every((member) => member.test(text)));
}

/** Throws ParseError `bad-structure` for a variable without what every one has, and `over-limit`. */
export function readUefiJson(value: JsonValue, platform: Platform): SeenVariable[] {
  const variables = isObject(value) ? value["variables"] : value;
  if (!isArray(variables)) throw malformed("variables", "an array of variables", "something else");
  if (variables.length > PARSER_LIMITS.maxSeenVariables)
    throw overLimit(`up to ${PARSER_LIMITS.maxSeenVariables} variables`, variables.length);
  // The form with a version never had base64.
  const decode = isArray(value) ? (text: string) => base64Bytes(text, platform) : () => null;
  return variables.map((one, index) => readVariable(one, index, decode));
}

type Decode = (text: string) => Uint8Array | null;

function readVariable(value: JsonValue, index: number, decode: Decode): SeenVariable {
  const place = `variables[${index}]`;
  if (!isObject(value)) throw malformed(place, "an object", "something else");
  const name = value["name"];
  if (typeof name !== "string") throw malformed(`${place}.name`, "a text", kindOf(name));
  const attributes = value["attr"];
  if (
    typeof attributes !== "number" ||
    !Number.isInteger(attributes) ||
    attributes < 0 ||
    attributes > 0xffff_ffff
  )
    throw malformed(`${place}.attr`, "a number of 32 bits", kindOf(attributes));
  const bytes = (member: string): Uint8Array | undefined => bytesOf(value, member, place, decode);
  const data = bytes("data");
  if (data === undefined) throw malformed(`${place}.data`, "bytes in hexadecimal", "none");
  const [nameBytes, timestamp, certDigest] = [
    bytes("nameHex"),
    bytes("timestamp") ?? bytes("time"),
    bytes("digest"),
  ];
  return {
    name,
    ...(nameBytes === undefined ? {} : { nameBytes }),
    vendorGuid: guidOf(value["guid"], place),
    attributes,
    data,
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(certDigest === undefined ? {} : { certDigest }),
  };
}

const GUID_TEXT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** As people write it, or as its bytes. */
function guidOf(value: JsonValue | undefined, place: string): string {
  if (typeof value === "string") {
    const lower = value.toLowerCase();
    if (GUID_TEXT.test(lower)) return lower;
    const wire = hexBytes(value);
    if (wire?.length === GUID_BYTES) return readGuid(wire, 0);
  }
  throw malformed(`${place}.guid`, "a GUID", kindOf(value));
}

function bytesOf(
  variable: JsonObject,
  member: string,
  place: string,
  decode: Decode,
): Uint8Array | undefined {
  const value = variable[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw malformed(`${place}.${member}`, "bytes in hexadecimal", kindOf(value));
  const bytes = hexBytes(value) ?? decode(value);
  if (bytes === null) throw malformed(`${place}.${member}`, "bytes in hexadecimal", "another text");
  return bytes;
}

const HEX_TEXT = /^(?:[0-9a-f]{2} ?)*$/i;

function hexBytes(text: string): Uint8Array | null {
  if (!HEX_TEXT.test(text)) return null;
  const digits = text.replaceAll(" ", "");
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function base64Bytes(text: string, platform: Platform): Uint8Array | null {
  const { bytes, oddities } = decodeLeniently(encodeUtf8(text), platform);
  return oddities.includes("junk") ? null : bytes;
}

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "none";
  if (value === null) return "null";
  return isArray(value) ? "an array" : `a ${typeof value}`;
}

function malformed(path: string, expected: string, found: string): ParseError {
  return new ParseError({ code: "bad-structure", path, expected, found });
}

/** Made by the Secure Boot of EDK2's own variable driver (SecurityPkg AuthVariableLib), and never by varstored. */
const OF_EDK2: ReadonlySet<string> = new Set(
  ["SECURE_BOOT_ENABLE_DISABLE", "CUSTOM_MODE_ENABLE", "VENDOR_KEYS_NV", "EFI_CERT_DB"].map(guidNamed),
);

/** True where another firmware keeps these variables: that of QEMU, Proxmox, LXD or Incus. */
export function isOfEdk2(variables: readonly SeenVariable[]): boolean {
  return variables.some(({ vendorGuid }) => OF_EDK2.has(vendorGuid));
}
