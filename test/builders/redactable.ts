/** Dumps full of what their owner would not hand out, and a search that finds it in every form. */
import { concatBytes, toHex } from "../../parsers/bytes.ts";
import { char16Bytes } from "../../parsers/efi/char16.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import {
  bootVariables,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
} from "./blob.ts";
import { deviceNode, END_OF_PATH, makeLoadOption } from "./load-option.ts";
import { makeOvaXml, type OvaObject, snapshotMetadata, struct, vmObject, vtpmObject } from "./ova-xml.ts";
import { makeDatabase, secretTables, snapshotRow, vmRow } from "./xapi-db.ts";

/** What tells whose a dump is. */
export interface Owner {
  readonly name: string;
  readonly description: string;
  readonly uuid: string;
  readonly partition: string;
  /** Twelve hexadecimal digits, lower case. */
  readonly mac: string;
  readonly path: string;
  readonly host: string;
  readonly ip: string;
}

export const OWNER: Owner = {
  name: "Fileserver-Köln 02",
  description: "Buchhaltung of Example GmbH",
  uuid: "3f2b8c1d-7e64-4a0f-9d5b-c1e2a3f4b596",
  partition: "8d1f04c7-26be-4d11-8a5e-f0c9b7a61e32",
  mac: "00163e5c0d21",
  path: "\\EFI\\ExampleOS\\loader64.efi",
  host: "xcp-muenchen-17",
  ip: "192.168.217.143",
};

const u32 = (value: number) =>
  Uint8Array.of(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);

export const colons = (mac: string): string => mac.replace(/..(?=.)/g, "$&:");
const macBytes = (mac: string): Uint8Array =>
  Uint8Array.from(mac.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

function diskEntry({ name, partition, path }: Owner): Uint8Array {
  const disk = concatBytes([
    u32(1),
    u32(2048),
    u32(0),
    u32(1_048_576),
    u32(0),
    guidBytes(partition),
    Uint8Array.of(2, 2),
  ]);
  return makeLoadOption({
    description: name,
    path: concatBytes([deviceNode(4, 1, disk), deviceNode(4, 4, char16Bytes(`${path}\0`)), END_OF_PATH]),
    optionalData: char16Bytes(`root=${name}\0`),
  });
}

function networkEntry({ mac, host }: Owner): Uint8Array {
  const address = concatBytes([macBytes(mac), new Uint8Array(26), Uint8Array.of(1)]);
  const path = concatBytes([
    deviceNode(2, 1, concatBytes([u32(0x0a0341d0), u32(0)])),
    deviceNode(3, 11, address),
    deviceNode(3, 24, encodeUtf8(`http://${host}/boot.efi`)),
    END_OF_PATH,
  ]);
  return makeLoadOption({ description: `UEFI PXEv4 (MAC:${mac.toUpperCase()})`, path });
}

/** A blob with findings, and with the owner in names, entries and data. */
export function ownedBlob(owner: Owner): Uint8Array {
  const { name, mac, host, uuid } = owner;
  return makeBlob([
    ...bootVariables().slice(0, 1),
    makeVariable("BootOrder", Uint8Array.of(1, 0, 2, 0, 9, 0)),
    makeVariable("Boot0001", diskEntry(owner)),
    makeVariable("Boot0002", networkEntry(owner)),
    makeVariable(mac.toUpperCase(), encodeUtf8(`dhcp for ${colons(mac)} at ${host}`), {
      guid: guidNamed("IP4_CONFIG2"),
    }),
    makeVariable(`cfg-${host}`, concatBytes([char16Bytes(name), guidBytes(uuid), macBytes(mac)]), {
      guid: "0b4f1c7a-93d2-4c55-8f60-6d1a2e3b4c5d",
    }),
    ...keyVariables(
      MICROSOFT_OWNER,
      concatBytes([sha256List(MICROSOFT_OWNER, 6), sha256List(MICROSOFT_OWNER, 2)]),
    ),
  ]);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function ownedVm(owner: Owner) {
  return {
    uuid: owner.uuid,
    name_label: owner.name,
    other_config: {
      base_template_name: owner.description,
      mac_seed: owner.uuid,
      [owner.host]: colons(owner.mac),
      "vm-data/ip": `${owner.ip}/24`,
    },
    platform: {
      secureboot: "true",
      timeoffset: "3600",
      hvm_serial: `tcp:${owner.ip}:4444`,
      parallel: owner.host,
    },
    NVRAM: { "EFI-variables": base64(ownedBlob(owner)), "EFI-variables-backend": "xapidb", site: owner.host },
  };
}

export function ownedOvaXml(owner: Owner): Uint8Array {
  const vm = ownedVm(owner);
  const vif: OvaObject = {
    className: "VIF",
    id: "Ref:7",
    snapshot: struct({
      uuid: owner.uuid.toUpperCase(),
      MAC: colons(owner.mac.toUpperCase()),
      VM: "Ref:1",
      MTU: 1500,
    }),
  };
  const objects = [
    vmObject("Ref:1", vm),
    vmObject("Ref:2", {
      ...vm,
      is_a_template: true,
      snapshot_metadata: snapshotMetadata({ ...vm, NVRAM: { "EFI-variables": base64(incidentBlob(10, 3)) } }),
    }),
    vif,
    vtpmObject("Ref:9", "Ref:1", base64(encodeUtf8(`secret of ${owner.name}`))),
  ];
  return makeOvaXml(objects);
}

export function ownedDatabase(owner: Owner): Uint8Array {
  const vm = ownedVm(owner);
  return makeDatabase({
    VM: [vmRow(vm), snapshotRow({ ...vm, uuid: owner.partition }, vm)],
    VIF: [
      {
        ref: "OpaqueRef:vif",
        columns: { MAC: colons(owner.mac), uuid: owner.uuid, name__label: owner.name },
      },
    ],
    ...secretTables(),
  });
}

export function ownedJson(owner: Owner): string {
  const vm = ownedVm(owner);
  const record = { ...vm, name_description: owner.description, is_a_template: false, power_state: "Halted" };
  return JSON.stringify(
    { _filename: owner.path, vm: record, vmSnapshot: { ...record, name_label: `${owner.name} "x"` } },
    null,
    1,
  );
}

/** What must not be found afterwards, each in lower case. */
export function tracesOf({ name, description, uuid, partition, mac, path, host, ip }: Owner): string[] {
  const file = path.split("\\");
  return [
    name,
    description,
    uuid,
    partition,
    mac,
    colons(mac),
    mac.replace(/..(?=.)/g, "$&-"),
    path,
    host,
    ip,
    ...file,
  ].filter((trace) => trace.length > 5);
}

/** Not by Buffer: Node 24 frees memory twice for bytes at an odd address. */
function utf16Text(bytes: Uint8Array): string {
  return new TextDecoder("utf-16le").decode(bytes.slice());
}

/** Which traces stand in the bytes: as text in UTF-8 and UTF-16, in any case, UUIDs and MAC addresses as bytes, too. */
export function found(bytes: Uint8Array, owner: Owner): string[] {
  const fold = (text: string): string => text.toLowerCase();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts = [
    buffer.toString("utf8"),
    utf16Text(bytes),
    utf16Text(bytes.slice(1)),
    JSON.parse(
      JSON.stringify(
        buffer
          .toString("latin1")
          .replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      ),
    ),
  ].map(fold);
  const hex = toHex(bytes);
  const inHex = (part: string): boolean => {
    for (let at = hex.indexOf(part); at >= 0; at = hex.indexOf(part, at + 1)) if (at % 2 === 0) return true;
    return false;
  };
  const binary = [owner.uuid, owner.partition].flatMap((uuid) => [
    toHex(guidBytes(uuid)),
    uuid.replaceAll("-", ""),
  ]);
  return [
    ...tracesOf(owner).filter((trace) => texts.some((text) => text.includes(fold(trace)))),
    ...[...binary, owner.mac].filter(inHex),
  ];
}
