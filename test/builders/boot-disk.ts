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
  const bytes = new Uint8Array(HEADERS + SECTOR);
  const view = viewOf(bytes);
  bytes.set(ascii("MZ"));
  view.setUint32(60, PE_START, true);
  bytes.set(ascii("PE\0\0"), PE_START);
  view.setUint16(PE_START + 4, 0x8664, true);
  view.setUint16(PE_START + 6, 1, true);
  view.setUint16(PE_START + 20, 240, true);
  const optional = PE_START + 24;
  view.setUint16(optional, 0x20b, true);
  view.setUint32(optional + 56, 0x2000, true);
  view.setUint32(optional + 60, HEADERS, true);
  view.setUint16(optional + 68, 10, true);
  view.setUint32(optional + 108, 16, true);
  const section = optional + 240;
  bytes.set(ascii(".text"), section);
  view.setUint32(section + 8, SECTOR, true);
  view.setUint32(section + 12, 0x1000, true);
  view.setUint32(section + 16, SECTOR, true);
  view.setUint32(section + 20, HEADERS, true);
  bytes.fill(seed, HEADERS);
  return bytes;
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
  const table = concatBytes(entries);
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

/** 6 MiB with one partition, on which `\EFI\BOOT\BOOTX64.EFI` is `program`. */
export function makeBootDisk(program: Uint8Array): Uint8Array {
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
  writeVolume(disk, program);
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

function writeVolume(disk: Uint8Array, program: Uint8Array): void {
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
  const clusters = Math.ceil(program.length / SECTOR);
  const fat = new DataView(disk.buffer, FAT_START, 32 * SECTOR);
  for (const folder of [2, 3]) fat.setUint16(2 * folder, 0xffff, true);
  for (let i = 0; i < clusters; i++) fat.setUint16(2 * (4 + i), i === clusters - 1 ? 0xffff : 5 + i, true);
  disk.set(entry("EFI        ", 0x10, 2, 0), ROOT_START);
  disk.set(entry("BOOT       ", 0x10, 3, 0), DATA_START);
  disk.set(entry("BOOTX64 EFI", 0x20, 4, program.length), DATA_START + SECTOR);
  disk.set(program, DATA_START + 2 * SECTOR);
}

function entry(name: string, attributes: number, cluster: number, size: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(ascii(name));
  bytes[11] = attributes;
  viewOf(bytes).setUint16(26, cluster, true);
  viewOf(bytes).setUint32(28, size, true);
  return bytes;
}
