/** Each limit of what a disk or a program may say, met at n and passed at one more; and how often an export is read. */
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { openDisk, startVm } from "../../firmware/boot-manager.ts";
import { findLoaders } from "../../firmware/loaders.ts";
import { FirmwareVariables } from "../../firmware/variables.ts";
import { bootInput } from "../../library/boot/boot.ts";
import type { World } from "../../library/world.ts";
import { ascii, viewOf } from "../../parsers/bytes.ts";
import { diskOfBytes, partOf } from "../../parsers/disk/disk-bytes.ts";
import { openFat } from "../../parsers/disk/fat.ts";
import { readPartitionTable } from "../../parsers/disk/partition-table.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { crc32 } from "../../parsers/packing/crc32.ts";
import { readImage } from "../../parsers/pe/image.ts";
import { readSbat } from "../../parsers/pe/sbat.ts";
import { securityVersionOf } from "../../parsers/pe/security-version.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { bootVariables, makeBlob } from "../builders/blob.ts";
import {
  DATA_START,
  FAT_START,
  makeBootDisk,
  makeBootManager,
  makeDiskWith,
  makeProgram,
  makeProgramWith,
} from "../builders/boot-disk.ts";
import { withLimit } from "../builders/limits.ts";
import { makeXva } from "../builders/tar.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { put, temporaryFolder, UUID_A } from "../cli/run.ts";

const folder = temporaryFolder();
const PARTITION_START = 1_048_576;

async function loadersOf(files: Readonly<Record<string, Uint8Array>>) {
  return findLoaders([await openDisk("disk", diskOfBytes(makeDiskWith(files)))]);
}

describe("limits of a volume", () => {
  /** The volume of a disk of which the root folder leads into one long folder. */
  it("takes a folder with as many entries as allowed, and says of a longer one that it is too long", async () => {
    const { maxFatFolderEntries } = PARSER_LIMITS;
    const clusters = Math.ceil((maxFatFolderEntries + 1) / 16);
    const disk = new Uint8Array(makeBootDisk(makeProgram(1)).length + 16 * 1_048_576);
    disk.set(makeBootDisk(makeProgram(1)));
    const view = viewOf(disk);
    // The volume grows: 32 sectors of table have room for 8192 clusters.
    view.setUint16(PARTITION_START + 19, 8192, true);
    for (let i = 0; i < clusters; i++)
      view.setUint16(FAT_START + 2 * (100 + i), i === clusters - 1 ? 0xffff : 101 + i, true);
    view.setUint16(DATA_START - 512 * 32 + 26, 100, true);
    const start = DATA_START + 98 * 512;
    const volume = async (entries: number) => {
      for (let i = 0; i <= maxFatFolderEntries; i++) {
        disk.fill(0, start + 32 * i, start + 32 * i + 32);
        if (i < entries) disk.set(ascii("X       EFI"), start + 32 * i);
      }
      const fat = await openFat(partOf(diskOfBytes(disk), PARTITION_START, 4_194_304));
      return fat!.find("\\EFI\\NONE.EFI");
    };
    expect(await volume(maxFatFolderEntries)).toBeNull();
    await expect(volume(maxFatFolderEntries + 1)).rejects.toMatchObject({ code: "over-limit" });
  });

  it("takes entries of a GPT of the allowed size, and no larger ones", async () => {
    const { maxGptEntryBytes } = PARSER_LIMITS;
    const table = (entryBytes: number) => {
      const disk = makeBootDisk(makeProgram(1));
      const header = disk.subarray(512, 512 + 92);
      viewOf(header).setUint32(84, entryBytes, true);
      header.fill(0, 16, 20);
      viewOf(header).setUint32(16, crc32(header), true);
      return readPartitionTable(diskOfBytes(disk));
    };
    await expect(table(maxGptEntryBytes)).resolves.toMatchObject({ isBackup: true });
    await expect(table(maxGptEntryBytes + 1)).rejects.toMatchObject({ code: "over-limit" });
  });

  it("lists as many loaders as allowed, and says that there are more", async () => {
    const { maxLoaders } = PARSER_LIMITS;
    const files = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`\\EFI\\D${i >> 3}\\L${i}.EFI`, makeProgram(i)]),
      );
    const [all, more] = [await loadersOf(files(maxLoaders)), await loadersOf(files(maxLoaders + 1))];
    expect([all.found.length, all.isWhole]).toEqual([maxLoaders, true]);
    expect([more.found.length, more.isWhole]).toEqual([maxLoaders, false]);
  });

  it("reads as many files with the ending of a program as allowed, and bytes, programs or not", async () => {
    const files = { "\\EFI\\A.EFI": ascii("no program"), "\\EFI\\B.EFI": ascii("another") };
    for (const [name, most] of [
      ["maxLoaderFiles", 2],
      ["maxLoaderBytes", 17],
    ] as const) {
      expect((await withLimit(name, most, () => loadersOf(files))).isWhole).toBe(true);
      expect((await withLimit(name, most - 1, () => loadersOf(files))).isWhole).toBe(false);
    }
  });

  it("reads as many entries of all folders as allowed, and bytes of files, again and again too", async () => {
    const files = { "\\EFI\\A.EFI": ascii("0123456789"), "\\EFI\\D\\B.EFI": ascii("abc") };
    const volume = async () => {
      const [partition] = (await openDisk("disk", diskOfBytes(makeDiskWith(files)))).volumes;
      const fat = (await partition!.fat())!;
      const lengths: number[] = [];
      for (const name of Object.keys(files)) lengths.push((await fat.read((await fat.find(name))!)).length);
      return lengths;
    };
    // The root has one entry, \EFI two, \EFI\D one.
    for (const [name, most] of [
      ["maxFatEntries", 4],
      ["maxFatFileBytes", 13],
    ] as const) {
      await expect(withLimit(name, most, volume)).resolves.toEqual([10, 3]);
      await expect(withLimit(name, most - 1, volume)).rejects.toMatchObject({ code: "over-limit" });
    }
  });

  it("looks into as many folders as allowed", async () => {
    const { maxLoaderFolders } = PARSER_LIMITS;
    // \EFI is one of them; each of the others has room for sixteen.
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 240; i++) files[`\\EFI\\G${i >> 4}\\F${i}\\X.TXT`] = ascii("x");
    expect(1 + 15 + 240).toBe(maxLoaderFolders);
    expect((await loadersOf(files)).isWhole).toBe(true);
    expect((await loadersOf({ ...files, "\\EFI\\MORE\\X.TXT": ascii("x") })).isWhole).toBe(false);
  });
});

describe("limits of a program", () => {
  const withSections = (count: number): Uint8Array => {
    const headers = 64 + 24 + 240 + 40 * (count + 2);
    const bytes = new Uint8Array(Math.ceil(headers / 512) * 512 + 512);
    bytes.set(makeProgram(1).subarray(0, 64 + 24 + 240));
    const view = viewOf(bytes);
    view.setUint16(64 + 6, count, true);
    view.setUint32(64 + 24 + 56, 0x7fff_0000, true);
    view.setUint32(64 + 24 + 60, bytes.length - 512, true);
    return bytes;
  };

  it("takes as many sections as allowed, and of more nothing is known", async () => {
    const { maxImageSections } = PARSER_LIMITS;
    expect(readImage(withSections(maxImageSections))?.sections.length).toBe(maxImageSections);
    expect(() => readImage(withSections(maxImageSections + 1))).toThrow(/at most 4096 sections/);
    const { starts, attempts } = await startVm({
      disks: [await openDisk("disk", diskOfBytes(makeBootDisk(withSections(maxImageSections + 1))))],
      variables: new FirmwareVariables(openBlob(makeBlob(bootVariables())).variables),
      secureBoot: true,
      generation: "202208",
      bootOrder: "cdn",
      verifier: nodeSignatureVerifier,
    });
    expect([starts, attempts[0]?.status, attempts[0]?.why?.rule]).toEqual([null, null, "undecided"]);
  });

  it("takes as many resources as allowed", () => {
    const { maxResourceEntries } = PARSER_LIMITS;
    // The entry that is looked for stands behind `others`; two more are counted on the way to the data.
    const withOthers = (others: number): Uint8Array => {
      const base = makeBootManager(6, 0);
      const own = base.subarray(512, 768);
      const section = new Uint8Array(1024 + 8 * (others + 1));
      section.set(own);
      const view = viewOf(section);
      const root = 512;
      view.setUint16(root + 14, others + 1, true);
      view.setUint32(root + 16 + 8 * others, 10, true);
      view.setUint32(root + 20 + 8 * others, 0x8000_0000 + 24, true);
      for (let i = 0; i < others; i++) view.setUint32(root + 16 + 8 * i, 1, true);
      // Offsets count from where the directory says that they begin.
      const program = makeProgramWith({ ".rsrc": shifted(section, root) }, ".rsrc");
      return program;
    };
    const version = (others: number) => securityVersionOf(readImage(withOthers(others))!);
    expect(version(maxResourceEntries - 3)).toEqual({ major: 6, minor: 0 });
    expect(() => version(maxResourceEntries - 2)).toThrow(/at most 16384 resources/);
  });

  /** The root folder moves to the front, and what it leads to behind it. */
  function shifted(section: Uint8Array, root: number): Uint8Array {
    const bytes = new Uint8Array(section.length + 1024);
    bytes.set(section.subarray(root), 0);
    const behind = section.length - root + ((8 - ((section.length - root) % 8)) % 8);
    bytes.set(section.subarray(0, 256), behind);
    const view = viewOf(bytes);
    const count = view.getUint16(14, true);
    view.setUint32(20 + 8 * (count - 1), 0x8000_0000 + behind + 24, true);
    view.setUint32(behind + 24 + 16, 0x8000_0000 + behind + 128, true);
    view.setUint32(behind + 24 + 20, 0x8000_0000 + behind + 48, true);
    view.setUint32(behind + 48 + 20, behind + 72, true);
    view.setUint32(behind + 72, 0x1000 + behind + 88, true);
    return bytes;
  }

  it("takes an SBAT of the allowed length", () => {
    const { maxSbatBytes } = PARSER_LIMITS;
    const line = "sbat,1,SBAT Version,sbat,1,https://example.invalid\n";
    const sbat = (bytes: number) =>
      readSbat(readImage(makeProgramWith({ ".sbat": ascii(line.padEnd(bytes, "\0")) }))!);
    expect(sbat(maxSbatBytes)).toHaveLength(1);
    expect(() => sbat(maxSbatBytes + 1)).toThrow(/at most 16384 bytes/);
  });
});

describe("reads of an export", () => {
  it("are its headers and what is wanted, wherever the disk with the system lies", async () => {
    const blocks = 256;
    const vm = {
      uuid: UUID_A,
      name_label: "read",
      NVRAM: { "EFI-variables": Buffer.from(makeBlob(bootVariables())).toString("base64") },
      platform: { secureboot: "false" },
      HVM_boot_params: { firmware: "uefi", order: "cdn" },
    };
    // Ref:10 comes before Ref:9, and is full of noise.
    const noise = new Uint8Array(blocks * 65_536).fill(0xa5);
    const members = exportMembers(vm, [
      {
        ...diskOf("Ref:10", noise),
        blocks: Array.from({ length: blocks }, (_, i) => [i, noise.subarray(0, 65_536)]),
      },
      diskOf("Ref:9", makeBootDisk(makeProgram(1))),
    ]);
    const path = put(folder, "read.xva", makeXva(members));
    let reads = 0;
    const counting: World = {
      ...nodeWorld,
      open: async (name) => {
        const source = await nodeWorld.open(name);
        const { readAt } = source;
        if (readAt === null) return source;
        return {
          ...source,
          bytesRead: () => source.bytesRead(),
          readAt: (from, length) => {
            reads++;
            return readAt(from, length);
          },
        };
      },
    };
    const repair = await judgingSettings({ asOf: "2026-11-22", references: [] });
    const settings = { nvramPath: null, vmUuid: null, scenarios: null, repair };
    const { error, vms, bytesRead } = await bootInput(path, settings, counting);
    expect(error).toBeNull();
    expect(vms[0]?.scenarios[0]?.starts).toBe(true);
    // Two members for each block, with a header each.
    expect(reads).toBeLessThan(4 * (2 * blocks + 64));
    expect(bytesRead).toBeLessThan(2 * blocks * 1024 + 1_048_576);
  });
});
