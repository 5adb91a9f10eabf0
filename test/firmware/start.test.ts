/** The firmware's answers on disks and keys that are made here: what starts, what is refused and by which entry. */
import { describe, expect, it } from "vitest";
import { openDisk, type Start, startVm } from "../../firmware/boot-manager.ts";
import { FirmwareVariables } from "../../firmware/variables.ts";
import { ExportDisks } from "../../library/boot/export-disks.ts";
import { FileReader } from "../../library/input/file-reader.ts";
import { diskOfBytes } from "../../parsers/disk/disk-bytes.ts";
import { openFat } from "../../parsers/disk/fat.ts";
import { readPartitionTable } from "../../parsers/disk/partition-table.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList, EFI_CERT_SHA256_GUID } from "../../parsers/efi/signature-list.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { crc32 } from "../../parsers/packing/crc32.ts";
import { readImage } from "../../parsers/pe/image.ts";
import { hashedBytes, readCertificateTable } from "../../parsers/pe/signed-parts.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  signature,
  x509List,
} from "../builders/blob.ts";
import {
  authenticodeOf,
  DATA_START,
  FAT_START,
  makeBootDisk,
  makeProgram,
  signProgram,
} from "../builders/boot-disk.ts";
import { makeIdentity } from "../builders/signing.ts";
import { type Member, makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { UUID_A } from "../cli/run.ts";

const CA = makeIdentity("test CA");
const SIGNER = makeIdentity("test signer", { issuer: CA, isAuthority: false });
const OTHER = makeIdentity("another test CA");
const PROGRAM = makeProgram(1);

/** Where these members end in an export. */
function endOf(members: readonly Member[]): number {
  return makeXva(members).length - 1024;
}

function hashList(hash: Uint8Array): Uint8Array {
  return buildSignatureList(guidBytes(EFI_CERT_SHA256_GUID), new Uint8Array(0), 48, [
    signature(MICROSOFT_OWNER, hash),
  ]);
}

interface Keys {
  readonly db?: Uint8Array;
  readonly dbx?: Uint8Array;
}

async function start(disk: Uint8Array, { db, dbx }: Keys, secureBoot = true): Promise<Start> {
  const blob = makeBlob([
    ...bootVariables(),
    makeSignatureVariable("PK", x509List(MICROSOFT_OWNER, OTHER.certificate)),
    ...(db === undefined ? [] : [makeSignatureVariable("db", db)]),
    ...(dbx === undefined ? [] : [makeSignatureVariable("dbx", dbx)]),
  ]);
  return startVm({
    disks: [await openDisk("disk", diskOfBytes(disk))],
    variables: new FirmwareVariables(openBlob(blob).variables),
    secureBoot,
    generation: "202208",
    bootOrder: "cdn",
    verifier: nodeSignatureVerifier,
  });
}

function first({ starts, attempts }: Start): unknown[] {
  const [attempt] = attempts;
  return [starts, attempt?.status, attempt?.why?.rule, attempt?.why?.entry];
}

const SIGNED = makeBootDisk(signProgram(PROGRAM, SIGNER));
const UNSIGNED = makeBootDisk(PROGRAM);
const IN_DB = x509List(MICROSOFT_OWNER, CA.certificate);

describe("the check of an image", () => {
  it("takes a signer below a certificate of db", async () => {
    const dbx = sha256List(MICROSOFT_OWNER, 3);
    expect(first(await start(SIGNED, { db: IN_DB, dbx }))).toEqual([true, "started", "signature-in-db", 0]);
  });

  it("names the entry of dbx that forbids the signer", async () => {
    const dbx = Buffer.concat([sha256List(MICROSOFT_OWNER, 3), x509List(MICROSOFT_OWNER, CA.certificate)]);
    expect(first(await start(SIGNED, { db: IN_DB, dbx }))).toEqual([
      false,
      "access-denied",
      "signature-in-dbx",
      3,
    ]);
  });

  it("refuses a hash of dbx, signed or not", async () => {
    const dbx = hashList(authenticodeOf(PROGRAM));
    expect(first(await start(SIGNED, { db: IN_DB, dbx }))).toEqual([
      false,
      "access-denied",
      "hash-in-dbx",
      0,
    ]);
    expect(first(await start(UNSIGNED, { db: IN_DB, dbx }))).toEqual([
      false,
      "access-denied",
      "hash-in-dbx",
      0,
    ]);
  });

  it("takes an unsigned image by its hash alone", async () => {
    expect(first(await start(UNSIGNED, { db: hashList(authenticodeOf(PROGRAM)) }))).toEqual([
      true,
      "started",
      "hash-in-db",
      0,
    ]);
    expect(first(await start(UNSIGNED, { db: IN_DB }))).toEqual([false, "access-denied", "not-signed", null]);
  });

  it("takes nothing of another signer, and nothing that was changed", async () => {
    const db = x509List(MICROSOFT_OWNER, OTHER.certificate);
    expect(first(await start(SIGNED, { db }))).toEqual([false, "access-denied", "not-in-db", null]);
    const changed = SIGNED.slice();
    changed[DATA_START + 2 * 512 + 600]! ^= 1;
    expect(first(await start(changed, { db: IN_DB }))).toEqual([false, "access-denied", "not-in-db", null]);
  });

  it("asks nothing while Secure Boot is off", async () => {
    expect(first(await start(UNSIGNED, {}, false))).toEqual([true, "started", "secure-boot-off", null]);
  });

  it("measures another PCR 7 for each answer", async () => {
    const values = [
      (await start(SIGNED, { db: IN_DB })).pcr7,
      (await start(UNSIGNED, { db: IN_DB })).pcr7,
      (await start(SIGNED, { db: IN_DB }, false)).pcr7,
    ];
    expect(new Set(values).size).toBe(3);
    for (const value of values) expect(value).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a damaged disk", () => {
  it("is read by the header at its end where the first one is bad", async () => {
    const disk = SIGNED.slice();
    disk.fill(0, 512, 1024);
    expect(await readPartitionTable(diskOfBytes(disk))).toMatchObject({ kind: "gpt", isBackup: true });
    expect((await start(disk, { db: IN_DB })).starts).toBe(true);
  });

  it("without a table is a volume itself, which the firmware's own entry for the disk starts", async () => {
    const volume = SIGNED.slice(1_048_576, 1_048_576 + 4_194_304);
    const { starts, attempts } = await start(volume, { db: IN_DB });
    expect([starts, attempts.at(-1)?.partition]).toEqual([true, 0]);
  });

  it("of which the program is refused is followed by the next disk", async () => {
    const blob = makeBlob([
      makeSignatureVariable("PK", x509List(MICROSOFT_OWNER, OTHER.certificate)),
      makeSignatureVariable("db", IN_DB),
    ]);
    const disks = [UNSIGNED, SIGNED].map((disk, i) => openDisk(`disk ${i}`, diskOfBytes(disk)));
    const { starts, attempts } = await startVm({
      disks: await Promise.all(disks),
      variables: new FirmwareVariables(openBlob(blob).variables),
      secureBoot: true,
      generation: "202208",
      bootOrder: "cdn",
      verifier: nodeSignatureVerifier,
    });
    expect([starts, attempts.map(({ disk, status }) => [disk, status])]).toEqual([
      true,
      [
        ["disk 0", "access-denied"],
        ["disk 1", "started"],
      ],
    ]);
  });

  it("with a chain of clusters that comes back to itself ends", async () => {
    const disk = SIGNED.slice();
    new DataView(disk.buffer).setUint16(FAT_START + 2 * 3, 3, true);
    expect((await start(disk, { db: IN_DB })).starts).toBe(true);
    new DataView(disk.buffer).setUint16(FAT_START + 2 * 4, 4, true);
    expect((await start(disk, { db: IN_DB })).starts).toBe(false);
  });

  it("with a chain that leaves the volume has no such file", async () => {
    const disk = SIGNED.slice();
    new DataView(disk.buffer).setUint16(FAT_START + 2 * 4, 0xfff0, true);
    expect(first(await start(disk, { db: IN_DB })).slice(0, 3)).toEqual([false, "not-found", "unreadable"]);
  });

  /** Each sector of what is in use, then one in 64 KiB: behind it are zeros. */
  function* cutsOf(bytes: number, used: number): Generator<number> {
    for (let end = 0; end < bytes; end += end < used ? 512 : 65_536) yield end;
  }

  it("cut at any block is an answer or a ParseError, never a crash", async () => {
    for (const end of cutsOf(SIGNED.length, 20_480)) await expectAnswer(SIGNED.subarray(0, end));
    for (const end of cutsOf(SIGNED.length - 1_048_576, DATA_START - 1_048_576 + 8192))
      await expectAnswer(SIGNED.subarray(0, 1_048_576 + end));
  });

  async function expectAnswer(disk: Uint8Array): Promise<void> {
    const outcome = await start(disk, { db: IN_DB }).then(
      ({ starts }) => typeof starts,
      (error: Error) => error.name,
    );
    expect(["boolean", "ParseError"]).toContain(outcome);
  }

  it("in an export that is cut at any block of it is an answer or a ParseError", async () => {
    const members = exportMembers({ uuid: UUID_A, name_label: "cut", NVRAM: {} }, [diskOf("Ref:7", SIGNED)]);
    const bytes = makeXva(members);
    // Headers, ova.xml and the first block; then the block in which the volume begins.
    const [first = 0, second = 0] = members.flatMap(({ name }, i) =>
      /00000000$|00000001$/.test(name) ? [endOf(members.slice(0, i))] : [],
    );
    for (const [from, used] of [
      [0, first + 20_480],
      [second, DATA_START - 1_048_576 + 8192],
    ] as const)
      for (const end of cutsOf(bytes.length - from, used)) {
        const size = from + end;
        const readAt = (at: number, length: number): Uint8Array =>
          bytes.subarray(at, Math.min(size, at + length));
        const outcome = await ExportDisks.open({ readAt, open: async () => new FileReader({ readAt, size }) })
          .then((disks) => openDisk("disk", disks.disk("Ref:7", SIGNED.length)))
          .then(({ volumes }) => volumes[0]?.fat())
          .then(
            () => "answer",
            (error: Error) => error.name,
          );
        expect(["answer", "ParseError"]).toContain(outcome);
      }
  });

  it("with a program that is cut at any byte of its tables is read as far as it goes, or is none", () => {
    const program = signProgram(PROGRAM, SIGNER);
    for (let end = 0; end < program.length; end++) {
      const image = readImage(program.subarray(0, end));
      if (image === null) continue;
      // The security directory names what is not there any more: nothing to hash, or no table.
      expect([hashedBytes(image), readCertificateTable(image)]).toContain(null);
    }
  });

  it("with any byte of its metadata changed is an answer or a ParseError", async () => {
    let seed = 7;
    for (let round = 0; round < 60; round++) {
      seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000;
      const disk = SIGNED.slice();
      const places = [
        0,
        512,
        1024,
        FAT_START - 512,
        FAT_START,
        DATA_START,
        DATA_START + 512,
        DATA_START + 1024,
      ];
      for (let i = 0; i < 4; i++)
        disk[places[(seed >> i) % places.length]! + ((seed >> (8 + i)) % 512)]! ^= 1 << (seed % 8);
      const outcome = await start(disk, { db: IN_DB }).then(
        ({ starts }) => starts,
        (error: Error) => error.name,
      );
      expect([true, false, null, "ParseError"]).toContain(outcome);
    }
  });
});

describe("limits of disks and images", () => {
  it("takes as many signatures as allowed, and one more is refused as over the limit", () => {
    const signed = (count: number): Uint8Array => signProgram(PROGRAM, ...new Array(count).fill(SIGNER));
    const { maxImageSignatures } = PARSER_LIMITS;
    const table = (count: number): number | undefined =>
      readCertificateTable(readImage(signed(count))!)?.signatures.length;
    expect(table(maxImageSignatures)).toBe(maxImageSignatures);
    expect(() => table(maxImageSignatures + 1)).toThrow(/at most 64 signatures/);
  });

  it("reads a file of the allowed size, and refuses one byte more before it looks for its clusters", async () => {
    const volume = await openFat(diskOfBytes(SIGNED.subarray(2048 * 512)));
    const file = (size: number) => ({ name: "x", isFolder: false, cluster: 4, size });
    const { maxBootFileBytes } = PARSER_LIMITS;
    await expect(volume?.read(file(maxBootFileBytes))).rejects.toMatchObject({ code: "bad-structure" });
    await expect(volume?.read(file(maxBootFileBytes + 1))).rejects.toMatchObject({ code: "over-limit" });
  });

  it("looks at no path of more parts than allowed, in folders that lead into themselves", async () => {
    const bytes = Buffer.from(SIGNED.subarray(2048 * 512));
    const clusterAt = (name: string): number => bytes.indexOf(name.padEnd(11)) + 26;
    bytes.writeUInt16LE(bytes.readUInt16LE(clusterAt("EFI")), clusterAt("BOOT"));
    const volume = await openFat(diskOfBytes(bytes));
    const { maxPathParts } = PARSER_LIMITS;
    const path = (parts: number): string => `\\EFI${"\\BOOT".repeat(parts - 1)}`;
    expect((await volume?.find(path(maxPathParts)))?.name).toBe("BOOT");
    await expect(volume?.find(path(maxPathParts + 1))).rejects.toMatchObject({ code: "over-limit" });
  });

  it("takes a table of as many partitions as allowed, and one more is over the limit", async () => {
    const withCount = (count: number): Uint8Array => {
      const disk = SIGNED.slice();
      new DataView(disk.buffer).setUint32(512 + 80, count, true);
      return withChecksum(disk);
    };
    const { maxPartitions } = PARSER_LIMITS;
    // The entries are then others than their checksum says: the copy at the end is taken.
    await expect(readPartitionTable(diskOfBytes(withCount(maxPartitions)))).resolves.toMatchObject({
      isBackup: true,
    });
    await expect(readPartitionTable(diskOfBytes(withCount(maxPartitions + 1)))).rejects.toMatchObject({
      code: "over-limit",
    });
  });
});

function withChecksum(disk: Uint8Array): Uint8Array {
  const header = disk.subarray(512, 512 + 92);
  header.fill(0, 16, 20);
  new DataView(disk.buffer).setUint32(512 + 16, crc32(header), true);
  return disk;
}
