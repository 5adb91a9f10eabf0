/**
 * VMs of an appliance as XenCenter and XCP-ng Center describe them (xenadmin XenModel/Actions/OvfActions/Export.cs; XenOvfApi): what OVF
 * has no element for stands in `xenovf:VirtualSystemOtherConfigurationData`, maps as `key=value;key=value`.
 */
import { ParseError } from "../errors.ts";
import { readSmallXml, type XmlElement } from "../text/small-xml.ts";
import { NVRAM, type RecordMap, type RecordValue } from "./vm-record.ts";

/** Begins the namespaces of DMTF's OVF in all its versions, and that of XenServer's additions. */
const OVF_NAMESPACE = "http://schemas.dmtf.org/ovf/envelope/";
const XEN_NAMESPACE = "http://schemas.citrix.com/ovf/envelope/";

/** Names are compared without case. */
const MAPS: ReadonlyMap<string, string> = new Map([
  ["nvram", NVRAM],
  ["platform", "platform"],
  ["hvm_boot_params", "HVM_boot_params"],
]);
const TEXTS: ReadonlyMap<string, string> = new Map([["hvm_boot_policy", "HVM_boot_policy"]]);

/**
 * A record for each VM, under XAPI's names. `ovf:id` is made for the export, so that none has a UUID. Throws ParseError as
 * `readSmallXml`, and `bad-structure` for what is no description of an appliance.
 */
export function ovfRecords(bytes: Uint8Array): RecordMap[] {
  const root = readSmallXml(bytes);
  if (root.name !== "Envelope" || !root.namespace.startsWith(OVF_NAMESPACE)) {
    throw new ParseError({
      code: "bad-structure",
      expected: "the root element Envelope of OVF",
      found: `${root.name.slice(0, NAME_SHOWN)}${root.namespace.startsWith(OVF_NAMESPACE) ? "" : " of another namespace"}`,
    });
  }
  return Array.from(systemsOf(root), recordOf);
}

const NAME_SHOWN = 60;

/** Names of the files that belong to the appliance. Throws ParseError as `readSmallXml`. */
export function referencedFiles(bytes: Uint8Array): string[] {
  return childrenOf(readSmallXml(bytes), OVF_NAMESPACE, "References").flatMap((references) =>
    childrenOf(references, OVF_NAMESPACE, "File").flatMap(({ attributes }) => attributes.get("href") ?? []),
  );
}

/**
 * Of each VM, in the order of `ovfRecords`, the files of its disks: an Item names a disk of the DiskSection, and that one a file (DSP0243,
 * §8 and §9.1; xenadmin XenOvfApi, OVF.AddDisk). Throws ParseError as `readSmallXml`.
 */
export function filesOfSystems(bytes: Uint8Array): (readonly string[])[] {
  const root = readSmallXml(bytes);
  const hrefs = new Map(
    childrenOf(root, OVF_NAMESPACE, "References").flatMap((references) =>
      childrenOf(references, OVF_NAMESPACE, "File").map(({ attributes }) => [
        attributes.get("id") ?? "",
        attributes.get("href") ?? "",
      ]),
    ),
  );
  const files = new Map<string, string>();
  for (const section of childrenOf(root, OVF_NAMESPACE, "DiskSection"))
    for (const { attributes } of childrenOf(section, OVF_NAMESPACE, "Disk")) {
      const href = hrefs.get(attributes.get("fileRef") ?? "");
      if (href !== undefined) files.set(attributes.get("diskId") ?? "", href);
    }
  return Array.from(systemsOf(root), (system) =>
    childrenOf(system, OVF_NAMESPACE, "VirtualHardwareSection").flatMap((hardware) =>
      childrenOf(hardware, OVF_NAMESPACE, "Item").flatMap((item) =>
        (item.children.get("HostResource") ?? []).flatMap(
          ({ text }) => files.get(HOST_DISK.exec(text.trim())?.[1] ?? "") ?? [],
        ),
      ),
    ),
  );
}

/** `ovf:/disk/ID`, also with the letters before the path left out. */
const HOST_DISK = /^(?:ovf:)?\/disk\/(.+)$/;

/** Collections may hold others; how deep is bounded. */
function* systemsOf(parent: XmlElement): Generator<XmlElement, void, undefined> {
  yield* childrenOf(parent, OVF_NAMESPACE, "VirtualSystem");
  for (const collection of childrenOf(parent, OVF_NAMESPACE, "VirtualSystemCollection"))
    yield* systemsOf(collection);
}

function recordOf(system: XmlElement): RecordMap {
  // A VM without an NVRAM gets no entry (Export.cs), and none where that is imported.
  const record = new Map<string, RecordValue>([[NVRAM, new Map()]]);
  const [name] = childrenOf(system, OVF_NAMESPACE, "Name");
  if (name !== undefined) record.set("name_label", name.text);
  for (const hardware of childrenOf(system, OVF_NAMESPACE, "VirtualHardwareSection")) {
    for (const data of childrenOf(hardware, XEN_NAMESPACE, "VirtualSystemOtherConfigurationData")) {
      const key = (data.attributes.get("Name") ?? "").toLowerCase();
      const [value] = childrenOf(data, XEN_NAMESPACE, "Value");
      const map = MAPS.get(key);
      const text = TEXTS.get(key);
      if (map !== undefined) record.set(map, mapOf(value?.text ?? ""));
      else if (text !== undefined) record.set(text, value?.text ?? "");
    }
  }
  return record;
}

function childrenOf(parent: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return (parent.children.get(name) ?? []).filter((child) => child.namespace.startsWith(namespace));
}

/** As XenCenter reads it back: parts between semicolons, each a key and a value around its first equals sign. */
function mapOf(text: string): RecordMap {
  const map = new Map<string, RecordValue>();
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0) map.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return map;
}
