/** Makes disks that a firmware can start from: a GPT, a FAT16 volume, and programs that are signed with test keys. */
import { createHash, sign } from "node:crypto";
import { ascii, concatBytes, viewOf } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { crc32 } from "../../parsers/packing/crc32.ts";
import { der, type Identity } from "./signing.ts";

const SECTOR = 512;
const DISK_SECTORS = 12_288;
const PARTITION_START = 2048;
const PARTITION_SECTORS = 8192;
/** Of `diskOption`. */
const PARTITION = "c1a7f0de-5b6e-4f52-9d1c-0a4f7e3b2d10";
const SYSTEM_PARTITION = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
export const FAT_START: number = PARTITION_START * SECTOR + SECTOR;
export const ROOT_START: number = FAT_START + 2 * 32 * SECTOR;
export const DATA_START: number = ROOT_START + 32 * SECTOR;

const PE_START = 64;
const CHECKSUM = PE_START + 24 + 64;
const SECURITY = PE_START + 24 + 144;
const HEADERS = 512;

const oid = (text: string): Uint8Array => der(0x06, Buffer.from(text, "hex"));
const SHA256_ALGORITHM = der(0x30, oid("608648016503040201"), der(0x05));
const SPC_INDIRECT_DATA = "2b060104018237020104";
const SPC_PE_IMAGE = "2b06010401823702010f";

/** A program for x64 that does nothing; `seed` tells one from the other. */
export function makeProgram(seed = 0): Uint8Array {
  return makeProgramWith({ ".text": new Uint8Array(SECTOR).fill(seed) });
}

/** With these sections, one after the other from 0x1000 on; `resources` names the one with resources. */
export function makeProgramWith(
  sections: Readonly<Record<string, Uint8Array>>,
  resources: string | null = null,
): Uint8Array {
  const entries = Object.entries(sections);
  const padded = entries.map(([, content]) => {
    const bytes = new Uint8Array(Math.ceil(content.length / SECTOR) * SECTOR);
    bytes.set(content);
    return bytes;
  });
  const filled = HEADERS + padded.reduce((sum, { length }) => sum + length, 0);
  const isLong = entries.some(([name]) => name.length > 8);
  // The COFF string table stands behind the sections; its names begin at byte 4.
  const strings = isLong
    ? ascii(`\0\0\0\0${entries.map(([name]) => `${name}\0`).join("")}`)
    : new Uint8Array(0);
  const bytes = concatBytes([new Uint8Array(HEADERS), ...padded, strings]);
  const view = viewOf(bytes);
  bytes.set(ascii("MZ"));
  view.setUint32(60, PE_START, true);
  bytes.set(ascii("PE\0\0"), PE_START);
  view.setUint16(PE_START + 4, 0x8664, true);
  view.setUint16(PE_START + 6, entries.length, true);
  if (isLong) view.setUint32(PE_START + 12, filled, true);
  view.setUint16(PE_START + 20, 240, true);
  const optional = PE_START + 24;
  view.setUint16(optional, 0x20b, true);
  view.setUint32(optional + 56, 0x1000 * (entries.length + 1), true);
  view.setUint32(optional + 60, HEADERS, true);
  view.setUint16(optional + 68, 10, true);
  view.setUint32(optional + 108, 16, true);
  let start = HEADERS;
  let name = 4;
  for (const [i, [title, content]] of entries.entries()) {
    const section = optional + 240 + 40 * i;
    bytes.set(ascii(title.length > 8 ? `/${name}` : title), section);
    name += title.length + 1;
    view.setUint32(section + 8, content.length, true);
    view.setUint32(section + 12, 0x1000 * (i + 1), true);
    view.setUint32(section + 16, padded[i]!.length, true);
    view.setUint32(section + 20, start, true);
    if (title === resources) {
      view.setUint32(optional + 112 + 16, 0x1000 * (i + 1), true);
      view.setUint32(optional + 112 + 20, content.length, true);
    }
    start += padded[i]!.length;
  }
  return bytes;
}

/** A boot manager that says this security version of itself, in a section of resources at address 0x1000. */
export function makeBootManager(major: number, minor: number): Uint8Array {
  const name = "BOOTMGRSECURITYVERSIONNUMBER";
  const section = new Uint8Array(256);
  const view = viewOf(section);
  const folder = (at: number, id: number, target: number): void => {
    view.setUint16(at + 14, 1, true);
    view.setUint32(at + 16, id, true);
    view.setUint32(at + 20, target, true);
  };
  folder(0, 10, 0x8000_0000 + 24);
  folder(24, 0x8000_0000 + 128, 0x8000_0000 + 48);
  folder(48, 1033, 72);
  view.setUint32(72, 0x1000 + 88, true);
  view.setUint32(76, 4, true);
  view.setUint16(88, minor, true);
  view.setUint16(90, major, true);
  view.setUint16(128, name.length, true);
  for (const [i, character] of [...name].entries())
    view.setUint16(130 + 2 * i, character.charCodeAt(0), true);
  return makeProgramWith({ ".rsrc": section }, ".rsrc");
}

export interface ShimParts {
  readonly sbat: string;
  /** What it sets by itself; `latest` is the same. */
  readonly level: string;
  /** DER. */
  readonly vendor: Uint8Array;
}

export function makeShim({ sbat, level, vendor }: ShimParts): Uint8Array {
  const vendorSection = new Uint8Array(16 + vendor.length);
  const vendorView = viewOf(vendorSection);
  vendorView.setUint32(0, vendor.length, true);
  vendorView.setUint32(8, 16, true);
  vendorView.setUint32(12, 16 + vendor.length, true);
  vendorSection.set(vendor, 16);
  const text = ascii(`${level}\0`);
  const levelSection = new Uint8Array(12 + 2 * text.length);
  viewOf(levelSection).setUint32(4, 8, true);
  viewOf(levelSection).setUint32(8, 8 + text.length, true);
  levelSection.set(text, 12);
  levelSection.set(text, 12 + text.length);
  return makeProgramWith({ ".sbat": ascii(sbat), ".sbatlevel": levelSection, ".vendor_cert": vendorSection });
}

/** Of what signatures cover: all but the checksum, the entry of the security directory and what it names. */
export function authenticodeOf(program: Uint8Array): Uint8Array {
  const end = viewOf(program).getUint32(SECURITY, true) || program.length;
  const hash = createHash("sha256");
  hash.update(program.subarray(0, CHECKSUM)).update(program.subarray(CHECKSUM + 4, SECURITY));
  return new Uint8Array(hash.update(program.subarray(SECURITY + 8, end)).digest());
}

/** With one signature for each signer. */
export function signProgram(program: Uint8Array, ...signers: readonly Identity[]): Uint8Array {
  const hash = authenticodeOf(program);
  const entries = signers.map((signer) => {
    const pkcs7 = authenticodeSignature(hash, signer);
    const length = 8 + pkcs7.length;
    const entry = new Uint8Array(Math.ceil(length / 8) * 8);
    viewOf(entry).setUint32(0, entry.length, true);
    viewOf(entry).setUint16(4, 0x200, true);
    viewOf(entry).setUint16(6, 2, true);
    entry.set(pkcs7, 8);
    return entry;
  });
  return withCertificateTable(program, concatBytes(entries));
}

export function withCertificateTable(program: Uint8Array, table: Uint8Array): Uint8Array {
  const signed = concatBytes([program, table]);
  viewOf(signed).setUint32(SECURITY, program.length, true);
  viewOf(signed).setUint32(SECURITY + 4, table.length, true);
  return signed;
}

function authenticodeSignature(
  hash: Uint8Array,
  { key, certificate, issuerName, serialNumber }: Identity,
): Uint8Array {
  const content = concatBytes([
    der(0x30, oid(SPC_PE_IMAGE), der(0x30)),
    der(0x30, SHA256_ALGORITHM, der(0x04, hash)),
  ]);
  const digest = createHash("sha256").update(content).digest();
  const attributes = [
    der(0x30, oid("2a864886f70d010903"), der(0x31, oid(SPC_INDIRECT_DATA))),
    der(0x30, oid("2a864886f70d010904"), der(0x31, der(0x04, digest))),
  ];
  const serial = der(
    0x02,
    serialNumber < 0x80 ? Uint8Array.of(serialNumber) : Uint8Array.of(serialNumber >> 8, serialNumber & 0xff),
  );
  const signer = der(
    0x30,
    der(0x02, Uint8Array.of(1)),
    der(0x30, issuerName, serial),
    SHA256_ALGORITHM,
    der(0xa0, ...attributes),
    der(0x30, oid("2a864886f70d010101"), der(0x05)),
    der(0x04, sign("sha256", der(0x31, ...attributes), key)),
  );
  const signed = der(
    0x30,
    der(0x02, Uint8Array.of(1)),
    der(0x31, SHA256_ALGORITHM),
    der(0x30, oid(SPC_INDIRECT_DATA), der(0xa0, der(0x30, content))),
    der(0xa0, certificate),
    der(0x31, signer),
  );
  return der(0x30, oid("2a864886f70d010702"), der(0xa0, signed));
}

/** 6 MiB with one partition, on which `\\EFI\\BOOT\\BOOTX64.EFI` is `program`. */
export function makeBootDisk(program: Uint8Array): Uint8Array {
  return makeDiskWith({ "\\EFI\\BOOT\\BOOTX64.EFI": program });
}

/** With these files; each name has at most eight letters and three, in capitals. */
export function makeDiskWith(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const disk = new Uint8Array(DISK_SECTORS * SECTOR);
  const view = viewOf(disk);
  disk[446 + 4] = 0xee;
  view.setUint32(446 + 8, 1, true);
  view.setUint32(446 + 12, DISK_SECTORS - 1, true);
  disk.set([0x55, 0xaa], 510);
  const entries = new Uint8Array(128 * 128);
  entries.set(guidBytes(SYSTEM_PARTITION), 0);
  entries.set(guidBytes(PARTITION), 16);
  viewOf(entries).setBigUint64(32, BigInt(PARTITION_START), true);
  viewOf(entries).setBigUint64(40, BigInt(PARTITION_START + PARTITION_SECTORS - 1), true);
  for (const [sector, table] of [
    [1, 2],
    [DISK_SECTORS - 1, DISK_SECTORS - 33],
  ] as const) {
    disk.set(gptHeader(sector, table, entries), sector * SECTOR);
    disk.set(entries, table * SECTOR);
  }
  writeVolume(disk, files);
  return disk;
}

function gptHeader(sector: number, table: number, entries: Uint8Array): Uint8Array {
  const header = new Uint8Array(92);
  const view = viewOf(header);
  header.set(ascii("EFI PART"));
  view.setUint32(8, 0x10000, true);
  view.setUint32(12, 92, true);
  view.setBigUint64(24, BigInt(sector), true);
  view.setBigUint64(40, 34n, true);
  view.setBigUint64(48, BigInt(DISK_SECTORS - 34), true);
  view.setBigUint64(72, BigInt(table), true);
  view.setUint32(80, 128, true);
  view.setUint32(84, 128, true);
  view.setUint32(88, crc32(entries), true);
  view.setUint32(16, crc32(header), true);
  return header;
}

function writeVolume(disk: Uint8Array, files: Readonly<Record<string, Uint8Array>>): void {
  const boot = disk.subarray(PARTITION_START * SECTOR);
  const view = viewOf(boot);
  view.setUint16(11, SECTOR, true);
  boot[13] = 1;
  view.setUint16(14, 1, true);
  boot[16] = 2;
  view.setUint16(17, 512, true);
  view.setUint16(19, PARTITION_SECTORS, true);
  boot[21] = 0xf8;
  view.setUint16(22, 32, true);
  const fat = new DataView(disk.buffer, FAT_START, 32 * SECTOR);
  let next = 2;
  const take = (count: number): number => {
    for (let i = 0; i < count; i++)
      fat.setUint16(2 * (next + i), i === count - 1 ? 0xffff : next + i + 1, true);
    next += count;
    return next - count;
  };
  const dataOf = (cluster: number): number => DATA_START + (cluster - 2) * SECTOR;
  // By its path where the next entry of a folder goes.
  const folders = new Map<string, number>([["", ROOT_START]]);
  const add = (path: string, attributes: number, cluster: number, size: number): void => {
    const at = path.lastIndexOf("\\");
    const folder = path.slice(0, at);
    const place = folders.get(folder) ?? ROOT_START;
    const [base = "", extension = ""] = path.slice(at + 1).split(".");
    disk.set(entry(base.padEnd(8) + extension.padEnd(3), attributes, cluster, size), place);
    folders.set(folder, place + 32);
  };
  for (const path of Object.keys(files)) {
    const parts = path.split("\\").slice(1, -1);
    for (const [i] of parts.entries()) {
      const folder = `\\${parts.slice(0, i + 1).join("\\")}`;
      if (folders.has(folder)) continue;
      const cluster = take(1);
      add(folder, 0x10, cluster, 0);
      folders.set(folder, dataOf(cluster));
    }
  }
  for (const [path, content] of Object.entries(files)) {
    const cluster = take(Math.max(1, Math.ceil(content.length / SECTOR)));
    add(path, 0x20, cluster, content.length);
    disk.set(content, dataOf(cluster));
  }
}

function entry(name: string, attributes: number, cluster: number, size: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(ascii(name));
  bytes[11] = attributes;
  viewOf(bytes).setUint16(26, cluster, true);
  viewOf(bytes).setUint32(28, size, true);
  return bytes;
}
