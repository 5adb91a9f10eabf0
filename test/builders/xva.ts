/** Makes full exports with disks, as xapi's stream_vdi.ml writes them. */
import { createHash } from "node:crypto";
import { ascii, isAllZero } from "../../parsers/bytes.ts";
import { Xxh64 } from "../../parsers/packing/xxh64.ts";
import { makeOvaXml, type OvaObject, struct, vmObject } from "./ova-xml.ts";
import type { Member } from "./tar.ts";

export const BLOCK_BYTES = 1_048_576;

export interface DiskOfExport {
  /** `Ref:` and a number. */
  readonly id: string;
  readonly virtualBytes: number;
  /** False for the disk with the saved state of a VM, which is in no slot. */
  readonly isPlugged?: boolean;
  /** By their numbers, in the order in which they are written. */
  readonly blocks: readonly (readonly [number: number, bytes: Uint8Array])[];
}

/** The disk of these bytes: blocks of zeros are left out, but for the first and the last one (xapi stream_vdi.ml). */
export function diskOf(id: string, bytes: Uint8Array, isPlugged = true): DiskOfExport {
  const last = Math.ceil(bytes.length / BLOCK_BYTES) - 1;
  const blocks = Array.from({ length: last + 1 }, (_, number): [number, Uint8Array] => {
    return [number, bytes.subarray(number * BLOCK_BYTES, (number + 1) * BLOCK_BYTES)];
  });
  const written = blocks.filter(([number, block]) => number === 0 || number === last || !isAllZero(block));
  return { id, virtualBytes: bytes.length, isPlugged, blocks: written };
}

export function diskObjects({ id, virtualBytes, isPlugged = true }: DiskOfExport): OvaObject[] {
  const vbd = struct({ uuid: `vbd of ${id}`, VM: "Ref:1", VDI: id, type: "Disk", empty: false });
  const vdi = struct({
    uuid: `vdi of ${id}`,
    name_label: `disk ${id}`,
    virtual_size: String(virtualBytes),
    SR: "Ref:0",
  });
  return [
    ...(isPlugged ? [{ className: "VBD", id: `${id}0`, snapshot: vbd }] : []),
    { className: "VDI", id, snapshot: vdi },
  ];
}

export function xxhashText(bytes: Uint8Array): string {
  const hash = new Xxh64();
  hash.update(bytes);
  const { high, low } = hash.digest();
  const hex = (half: number): string => half.toString(16).padStart(8, "0");
  return `${hex(high)}${hex(low)}`.toUpperCase();
}

export function sha1Text(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

/** Each block with its checksum behind it. */
export function diskMembers({ id, blocks }: DiskOfExport, kind: "xxhash" | "checksum" = "xxhash"): Member[] {
  return blocks.flatMap(([number, bytes]) => {
    const name = `${id}/${String(number).padStart(8, "0")}`;
    const sum = kind === "xxhash" ? xxhashText(bytes) : sha1Text(bytes);
    return [
      { name, bytes },
      { name: `${name}.${kind}`, bytes: ascii(sum) },
    ];
  });
}

/** Members of an export of one VM; `vm` is what `vmObject` takes. */
export function exportMembers(
  vm: Parameters<typeof vmObject>[1],
  disks: readonly DiskOfExport[],
  kind?: "xxhash" | "checksum",
): Member[] {
  const objects = [
    vmObject("Ref:1", vm),
    ...disks.flatMap(diskObjects),
    { className: "SR", id: "Ref:0", snapshot: struct({ uuid: "sr", content_type: "user" }) },
  ];
  return [
    { name: "ova.xml", bytes: makeOvaXml(objects), mtime: 1_761_219_000 },
    ...disks.flatMap((disk) => diskMembers(disk, kind)),
  ];
}
