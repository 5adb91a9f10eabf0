/** What ova.xml says of the disks of an export (xapi ocaml/xapi/export.ml; stream_vdi.ml, send_all). */
import { latin1 } from "../disk/fat-names.ts";
import type { ParseError } from "../errors.ts";
import { walkObjects, type XmlObject } from "../records/ova-objects.ts";
import { xmlMember, xmlString } from "../text/xml-rpc.ts";

export interface OvaDisk {
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  /** Null where no size is told. */
  readonly virtualBytes: number | null;
  /** Plugged into a VM as a disk, and on no repository of ISO images: its blocks follow in a full export. */
  readonly isExported: boolean;
}

const CLASSES: ReadonlySet<string> = new Set(["VBD", "VDI", "SR"]);
/** The version of the host is among the first members. */
const HEAD_BYTES = 4096;
/** Sizes fit a number with room: 2^50 bytes are a pebibyte. */
const SIZE = /^\d{1,15}$/;

/** By `Ref:` ids. What could be read stands beside an error. */
export function readOvaDisks(bytes: Uint8Array): {
  readonly disks: ReadonlyMap<string, OvaDisk>;
  readonly error: ParseError | null;
} {
  const found: { [className: string]: XmlObject[] } = { VBD: [], VDI: [], SR: [] };
  const error = walkObjects(bytes, CLASSES, (object) => found[object.className]?.push(object));
  const textOf = ({ snapshot }: XmlObject, name: string): string | null => {
    const value = xmlMember(snapshot, name);
    return value === null ? null : xmlString(bytes, value);
  };
  const { VBD: vbds = [], VDI: vdis = [], SR: srs = [] } = found;
  const isoRepositories = new Set(
    srs.filter((sr) => textOf(sr, "content_type") === "iso").map(({ id }) => id),
  );
  const plugged = new Set(
    vbds.filter((vbd) => textOf(vbd, "type") !== "CD").map((vbd) => textOf(vbd, "VDI")),
  );
  const disks = vdis.map((vdi): [string, OvaDisk] => {
    const size = textOf(vdi, "virtual_size") ?? "";
    const disk = {
      uuid: textOf(vdi, "uuid"),
      nameLabel: textOf(vdi, "name_label"),
      virtualBytes: SIZE.test(size) ? Number(size) : null,
      isExported: plugged.has(vdi.id) && !isoRepositories.has(textOf(vdi, "SR") ?? ""),
    };
    return [vdi.id, disk];
  });
  return { disks: new Map(disks), error };
}

/** By the UUID of each VM the `Ref:` ids of its disks, in the order of their places. */
export function readVmDisks(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const vms = new Map<string, string>();
  const plugged: { vm: string; vdi: string; place: number }[] = [];
  walkObjects(bytes, new Set(["VM", "VBD"]), (object) => {
    const { className, id, snapshot } = object;
    const textOf = (name: string): string => {
      const value = xmlMember(snapshot, name);
      return (value === null ? null : xmlString(bytes, value)) ?? "";
    };
    if (className === "VM") vms.set(id, textOf("uuid"));
    else if (textOf("type") !== "CD")
      plugged.push({ vm: textOf("VM"), vdi: textOf("VDI"), place: Number(textOf("userdevice")) || 0 });
  });
  const disks = new Map<string, string[]>([...vms.values()].map((uuid) => [uuid, []]));
  for (const { vm, vdi } of plugged.sort((a, b) => a.place - b.place))
    disks.get(vms.get(vm) ?? "")?.push(vdi);
  return disks;
}

/** Such as `8.3.0`: what the host said of itself in the head of ova.xml, which comes first. Null where it does not. */
export function readProductVersion(bytes: Uint8Array): string | null {
  const head = latin1(bytes.subarray(0, HEAD_BYTES));
  return (
    /<name>product_version<\/name><value>(?:<string>)?(\d{1,4}(?:\.\d{1,4}){1,3})</.exec(head)?.[1] ?? null
  );
}
