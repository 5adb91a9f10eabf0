/** Makes what XenCenter exports: a description of VMs (`.ovf`), and an appliance in one file (`.ova`). */
import { createHash } from "node:crypto";
import { concatBytes } from "../../parsers/bytes.ts";
import { padding, tarHeader } from "./tar.ts";

export interface OvfVm {
  readonly name: string;
  /** Null for a VM without one: no entry is written then. */
  readonly nvram: Uint8Array | null;
  readonly firmware?: "uefi" | "bios";
  readonly secureBoot?: string;
  /** What stands behind the EFI variables in the map. */
  readonly otherKeys?: string;
  /** File of its disk. */
  readonly disk?: string;
}

export interface OvfForm {
  /** What the file says of itself: XenCenter says UTF-16 and writes UTF-8. */
  readonly declared?: string;
  /** In front of `Envelope`, for other writers of the same namespaces. */
  readonly prefix?: string;
}

const OVF = "http://schemas.dmtf.org/ovf/envelope/1";
const RASD = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData";
const XEN = "http://schemas.citrix.com/ovf/envelope/1";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export function base64Text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function entry(name: string, info: string, value: string): string {
  return `<xenovf:VirtualSystemOtherConfigurationData id="7d5a5a4e-0b0a-4c5c-9d0e-642458540606" Name="${name}"><xenovf:Info>${info}</xenovf:Info><xenovf:Value>${escaped(value)}</xenovf:Value></xenovf:VirtualSystemOtherConfigurationData>`;
}

/** As XenOvfApi's AddDisk writes it. */
function diskItem(file: string, p: string): string {
  return `<${p}Item><rasd:HostResource xmlns:rasd="${RASD}">ovf:/disk/disk-${file}</rasd:HostResource><rasd:InstanceID xmlns:rasd="${RASD}">disk-${file}</rasd:InstanceID></${p}Item>`;
}

function system(
  { name, nvram, firmware = "uefi", secureBoot = "true", otherKeys = "", disk }: OvfVm,
  p: string,
): string {
  const text = nvram === null ? null : `EFI-variables=${base64Text(nvram)}${otherKeys}`;
  return [
    `<${p}VirtualSystem ${p}id="5b0f0f34-6c1c-4a67-9be2-2b1a5d0c7a01"><${p}Info>XenOVF Generated</${p}Info><${p}Name>${escaped(name)}</${p}Name>`,
    `<${p}VirtualHardwareSection><${p}Info>Virtual Hardware Requirements: 4096 MB RAM; 2 CPU(s), 1 Disk(s), 1 Network(s)</${p}Info>`,
    ...(disk === undefined ? [] : [diskItem(disk, p)]),
    entry("HVM_boot_params", "HVM Boot Parameters", `firmware=${firmware};order=cdn`),
    entry("HVM_boot_policy", "Boot Order: CD/DVD - Network - Disk", "BIOS order"),
    entry("platform", "XenServer Platform Information", `nx=true;acpi=1;secureboot=${secureBoot};vtpm=false`),
    ...(text === null ? [] : [entry("NVRAM", "Non-Volatile Random-Access Memory", text)]),
    `</${p}VirtualHardwareSection></${p}VirtualSystem>`,
  ].join("");
}

/** One VM stands in the envelope itself, several in a collection. */
export function makeOvf(
  vms: readonly OvfVm[],
  { declared = "utf-16", prefix = "ovf" }: OvfForm = {},
): Uint8Array {
  const p = prefix === "" ? "" : `${prefix}:`;
  const xmlns = prefix === "" ? "xmlns" : `xmlns:${prefix}`;
  const systems = vms.map((vm) => system(vm, p)).join("");
  const content =
    vms.length === 1
      ? systems
      : `<${p}VirtualSystemCollection ${p}id="c"><${p}Info>VMs</${p}Info>${systems}</${p}VirtualSystemCollection>`;
  const files = vms.flatMap(({ disk }) => disk ?? []);
  const references =
    files.length === 0
      ? `<${p}References />`
      : `<${p}References>${files.map((file) => `<${p}File ${p}id="file-${file}" ${p}href="${file}" />`).join("")}</${p}References>`;
  const disks = files
    .map((file) => `<${p}Disk ${p}diskId="disk-${file}" ${p}fileRef="file-${file}" />`)
    .join("");
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="${declared}"?><${p}Envelope xmlns:xenovf="${XEN}" ${xmlns}="${OVF}" xml:lang="en-US" xenovf:Name="app" xenovf:version="1.0.0">${references}<${p}DiskSection><${p}Info>Available Disks</${p}Info>${disks}</${p}DiskSection>${content}</${p}Envelope>`,
  );
}

/** What VMware writes: no NVRAM of varstored in it. */
export function makeForeignOvf(firmware = "efi"): Uint8Array {
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Envelope xmlns="${OVF}" xmlns:ovf="${OVF}" xmlns:vmw="http://www.vmware.com/schema/ovf"><VirtualSystem ovf:id="vm"><VirtualHardwareSection><vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${firmware}"/></VirtualHardwareSection></VirtualSystem></Envelope>`,
  );
}

export interface OvaForm {
  readonly name?: string;
  readonly disks?: readonly (readonly [name: string, bytes: Uint8Array])[];
  /** Of the manifest; null for an appliance without one. */
  readonly algorithm?: "SHA1" | "SHA256" | "SHA512" | null;
  /** With a signature of the manifest. */
  readonly isSigned?: boolean;
  /** Instead of the right digest of the description. */
  readonly digest?: string;
}

/** The description, its manifest and signature, the disks. */
export function ovaMembers(ovf: Uint8Array, form: OvaForm = {}): { name: string; bytes: Uint8Array }[] {
  const { name = "app", disks = [], algorithm = "SHA256", isSigned = false, digest } = form;
  const line = (file: string, bytes: Uint8Array): string =>
    `${algorithm}(${file})= ${createHash((algorithm ?? "SHA256").toLowerCase())
      .update(bytes)
      .digest("hex")}\n`;
  const own = line(`${name}.ovf`, ovf);
  const lines = [
    digest === undefined ? own : own.replace(/= .*/, `= ${digest}`),
    ...disks.map(([file, bytes]) => line(file, bytes)),
  ];
  const manifest = new TextEncoder().encode(lines.join(""));
  const certificate = new TextEncoder().encode(`SHA256(${name}.mf)= 00\n-----BEGIN CERTIFICATE-----\n`);
  return [
    { name: `${name}.ovf`, bytes: ovf },
    ...(algorithm === null ? [] : [{ name: `${name}.mf`, bytes: manifest }]),
    ...(isSigned ? [{ name: `${name}.cert`, bytes: certificate }] : []),
    ...disks.map(([file, bytes]) => ({ name: file, bytes })),
  ];
}

/** As one file. */
export function makeOva(ovf: Uint8Array, form: OvaForm = {}): Uint8Array {
  return makeTar(ovaMembers(ovf, form));
}

/** In the dialect of ustar. */
export function makeTar(
  members: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Uint8Array {
  const parts = members.flatMap(({ name, bytes }) => [
    ustarHeader(name, bytes.length),
    bytes,
    padding(bytes.length),
  ]);
  return concatBytes([...parts, new Uint8Array(1024)]);
}

function ustarHeader(name: string, size: number): Uint8Array {
  const block = tarHeader(name, size);
  block.set(new TextEncoder().encode("0"), 156);
  block.set(new TextEncoder().encode("ustar\0" + "00"), 257);
  block.set(new TextEncoder().encode("        "), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return block;
}
