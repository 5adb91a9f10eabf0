import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../../cli/io/world.ts";
import { type OpenedInput, openInput } from "../../../library/input/open-input.ts";
import { concatBytes } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { bootVariables, healthyBlob, makeBlob, noise } from "../../builders/blob.ts";
import { makeOvaXml, vmObject } from "../../builders/ova-xml.ts";
import { Pieces, withFolder } from "../../builders/streams.ts";
import { pages, suspendImage, volatileVariables } from "../../builders/suspend-image.ts";
import { base256Size, type Member, makeXva, padding, tarHeader } from "../../builders/tar.ts";
import { worldWithStdin } from "../../builders/world.ts";
import { BLOCK_BYTES, type DiskOfExport, diskMembers, diskOf, exportMembers } from "../../builders/xva.ts";
import { zstdStored } from "../../builders/zstd.ts";

const UUID = "7f1a7c55-0b0e-4d5e-9d86-2a1f6f0c9a01";
const SAVED = makeBlob([...volatileVariables(), ...bootVariables()]);
const DATA_DISK = diskOf("Ref:10", noise(3 * BLOCK_BYTES + 5000, 1));
/** Memory with two MiB of zeros in the middle, so that a block of the disk is left out. */
const IMAGE = suspendImage({
  nvram: SAVED,
  memory: [pages(250, 1), pages(200, 0), pages(200, 0), pages(200, 0), pages(250, 2)],
});
/** The disk is larger than its image. */
const STATE_DISK = diskOf("Ref:9", concatBytes([IMAGE, new Uint8Array(2 * BLOCK_BYTES)]), false);

const VM = {
  uuid: UUID,
  name_label: "suspended",
  power_state: "Suspended",
  suspend_VDI: "Ref:9",
  NVRAM: { "EFI-variables": Buffer.from(healthyBlob()).toString("base64") },
};
const exportOf = (state: DiskOfExport = STATE_DISK, vm: Parameters<typeof exportMembers>[0] = VM): Member[] =>
  exportMembers(vm, [DATA_DISK, state]);
const XVA = makeXva(exportOf());

function fromFile(bytes: Uint8Array): Promise<OpenedInput> {
  return withFolder((folder) => {
    const path = join(folder, "input");
    writeFileSync(path, bytes);
    return openInput(path, nodeWorld);
  });
}

const fromPipe = (bytes: Uint8Array): Promise<OpenedInput> =>
  openInput(
    "-",
    worldWithStdin(() => new Pieces(bytes)),
  );

const savedIn = ({ dump }: OpenedInput): Uint8Array | null | undefined =>
  dump?.vms.find(({ source }) => source === "suspend_VDI")?.nvram?.bytes;

describe("memory that is nothing but zeros", () => {
  const memory = [pages(250, 1), ...Array.from({ length: 30 }, () => pages(200, 0))];
  const image = suspendImage({ nvram: SAVED, memory });
  const state = diskOf("Ref:9", image, false);
  /** No block is left out: as the exporter does where a disk's blocks are not known to be empty. */
  const blocks = Array.from(
    { length: Math.ceil(image.length / BLOCK_BYTES) },
    (_, i): [number, Uint8Array] => [i, image.slice(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)],
  );

  it.each([
    ["an image", image, "suspend_image"],
    ["an export", makeXva(exportMembers(VM, [{ ...state, blocks }])), "suspend_VDI"],
  ])("compresses out of all proportion, and is read: %s", async (_, bytes, source) => {
    const packed = gzipSync(bytes, { level: 9 });
    expect(bytes.length / packed.length).toBeGreaterThan(PARSER_LIMITS.maxCompressionRatio);
    const { dump, error } = await fromPipe(packed);
    expect(error).toBeNull();
    expect(dump?.vms.find((vm) => vm.source === source)?.nvram?.bytes).toEqual(SAVED);
  });
});

describe("the export of a suspended VM", () => {
  it("gives what varstored saved, behind the VM's own NVRAM", async () => {
    const { dump, error } = await fromFile(XVA);
    expect(error).toBeNull();
    expect(dump?.vms.map(({ uuid, nameLabel, source }) => [uuid, nameLabel, source])).toEqual([
      [UUID, "suspended", "NVRAM"],
      [UUID, "suspended", "suspend_VDI"],
    ]);
    expect(dump?.vms[1]?.nvram?.bytes).toEqual(SAVED);
  });

  it("is read from a file, a pipe and compressed alike", async () => {
    for (const opened of [
      await fromFile(XVA),
      await fromFile(gzipSync(XVA)),
      await fromPipe(XVA),
      await fromPipe(gzipSync(XVA)),
      await fromPipe(zstdStored(XVA)),
      await openInput(
        "-",
        worldWithStdin(() => new Pieces(XVA, 100)),
      ),
    ]) {
      expect(opened.error).toBeNull();
      expect(savedIn(opened)).toEqual(SAVED);
    }
  });

  it("is read by jumping from header to header, past disks and memory", async () => {
    const { bytesRead } = await fromFile(XVA);
    expect(XVA.length).toBeGreaterThan(6_000_000);
    // The look at the head, three blocks for each block of a disk, and the image's own records.
    expect(bytesRead).toBeLessThan(2 * 65_536 + 12 * 1536 + SAVED.length + 1000);
  });

  it("whose disk in front has no hole is walked in few steps, however large the file is", () =>
    withFolder(async (folder) => {
      const path = join(folder, "export.xva");
      const descriptor = openSync(path, "w");
      writeSync(descriptor, XVA);
      ftruncateSync(descriptor, 200_000_000_000);
      closeSync(descriptor);
      expect(savedIn(await openInput(path, nodeWorld))).toEqual(SAVED);
    }));

  it("is not looked into for commands that leave the saved state alone", async () => {
    const opened = await withFolder((folder) => {
      const path = join(folder, "input");
      writeFileSync(path, XVA);
      return openInput(path, nodeWorld, undefined, { suspended: false });
    });
    expect(opened.dump?.vms).toHaveLength(1);
    expect(opened.bytesRead).toBeLessThanOrEqual(65_536 + 1024);
  });

  it.each([
    ["that runs", { ...VM, power_state: "Running" }],
    ["that boots by BIOS", { ...VM, HVM_boot_params: { order: "cd" } }],
    ["that names no disk", { ...VM, suspend_VDI: "OpaqueRef:NULL" }],
    ["whose saved state is not in the export", { ...VM, suspend_VDI: "OpaqueRef:5c2d" }],
  ])("is read no further than ova.xml, but for its end, for a VM %s", async (_, vm) => {
    const { dump, error, bytesRead } = await fromFile(makeXva(exportOf(STATE_DISK, vm)));
    expect(error).toBeNull();
    expect(dump?.vms).toHaveLength(1);
    expect(bytesRead).toBeLessThanOrEqual(65_536 + 1024);
  });

  it("of metadata alone has no blocks, and that is no fault", async () => {
    const [ovaXml] = exportOf();
    const { dump, error } = await fromFile(makeXva(ovaXml === undefined ? [] : [ovaXml]));
    expect(error).toBeNull();
    expect(dump?.vms).toHaveLength(1);
  });
});

describe("blocks of the saved state", () => {
  it("may be empty where the exporter kept a slow connection open: the rest moves up", async () => {
    const blocks = STATE_DISK.blocks.map(([number, bytes]): [number, Uint8Array] => [
      number === 0 ? 0 : number + 1,
      bytes,
    ]);
    const state = {
      ...STATE_DISK,
      blocks: [...blocks.slice(0, 1), [1, new Uint8Array(0)] as const, ...blocks.slice(1)],
    };
    for (const opened of [await fromFile(makeXva(exportOf(state))), await fromPipe(makeXva(exportOf(state)))])
      expect(savedIn(opened)).toEqual(SAVED);
  });

  it("that are missing are zeros, which are no records", async () => {
    const { dump, error } = await fromFile(
      makeXva(exportOf({ ...STATE_DISK, blocks: STATE_DISK.blocks.filter(([number]) => number !== 3) })),
    );
    expect(error).toMatchObject({ code: "bad-structure" });
    expect(error?.path).toBe("suspend_VDI");
    expect(dump?.vms).toHaveLength(1);
  });

  it("that end too early are told, and so is a disk without any", async () => {
    const cut = makeXva(exportOf({ ...STATE_DISK, blocks: STATE_DISK.blocks.slice(0, 2) }));
    for (const opened of [await fromFile(cut), await fromPipe(cut)]) {
      expect(opened.error).toMatchObject({ code: "truncated", path: "suspend_VDI" });
      expect(opened.dump?.vms).toHaveLength(1);
    }
    const none = await fromFile(makeXva(exportOf({ ...STATE_DISK, blocks: [] })));
    expect(none.error).toMatchObject({ code: "truncated", offset: 0 });
  });

  it("that are cut off with the end of the archive are told", async () => {
    const [ovaXml] = exportOf();
    const bytes = makeXva(ovaXml === undefined ? [] : [ovaXml]);
    for (const end of [0, 512, 1000])
      expect((await fromFile(bytes.subarray(0, bytes.length - 1024 + end))).error?.code ?? null).toBe(
        end < 512 ? "truncated" : null,
      );
  });

  it("that are cut with the archive are told", async () => {
    const end = XVA.length - 3 * BLOCK_BYTES;
    for (const opened of [await fromFile(XVA.subarray(0, end)), await fromPipe(XVA.subarray(0, end))])
      expect(opened.error).toMatchObject({ code: "truncated", path: "suspend_VDI" });
  });

  it("that hold something else are no image", async () => {
    const { error } = await fromFile(makeXva(exportOf(diskOf("Ref:9", noise(5000, 3), false))));
    expect(error).toMatchObject({ code: "bad-magic", path: "suspend_VDI" });
  });
});

describe("an archive that is hostile behind its ova.xml", () => {
  const ovaXml = makeOvaXml([
    vmObject("Ref:1", VM),
    { className: "VDI", id: "Ref:9", snapshot: { members: [["uuid", "v"]] } },
  ]);
  const head = concatBytes([tarHeader("ova.xml", ovaXml.length), ovaXml, padding(ovaXml.length)]);
  const behind = (...parts: readonly Uint8Array[]): Uint8Array => concatBytes([head, ...parts]);

  it.each([
    ["over-limit", behind(tarHeader("Ref:9/00000000", base256Size(2n ** 60n)))],
    ["over-limit", behind(tarHeader("x", base256Size(2n ** 60n)))],
    ["truncated", behind(tarHeader("Ref:9/00000000", 1_000_000_000))],
    ["truncated", behind(tarHeader("x", 1_000_000_000))],
    ["bad-structure", behind(noise(512, 1))],
    ["truncated", behind(tarHeader("Ref:9/00000000", 0), tarHeader("Ref:9/99999999", 0))],
    [
      "bad-structure",
      behind(
        ...diskMembers({ ...STATE_DISK, blocks: [[0, IMAGE.subarray(0, 512)]] }).flatMap(
          ({ name, bytes }) => [tarHeader(name, bytes.length), bytes, padding(bytes.length)],
        ),
        tarHeader("Ref:9/999999999999999", 0),
      ),
    ],
  ])("says %s of case %#", async (code, bytes) => {
    for (const { dump, error } of [await fromFile(bytes), await fromPipe(bytes)]) {
      expect(error?.code).toBe(code);
      expect(dump?.vms).toHaveLength(1);
    }
  });
});

describe("an image by itself", () => {
  it("is read from a file by seeking, from a pipe and compressed as a stream", async () => {
    const opened = [
      await fromFile(IMAGE),
      await fromPipe(IMAGE),
      await fromPipe(gzipSync(suspendImage({ nvram: SAVED }))),
    ];
    for (const { dump, error } of opened) {
      expect(error).toBeNull();
      expect(dump).toMatchObject({ format: "suspend-image", vms: [{ source: "suspend_image", uuid: null }] });
      expect(dump?.vms[0]?.nvram?.bytes).toEqual(SAVED);
    }
    expect(opened[0]?.bytesRead).toBeLessThan(2 * 65_536);
  });

  it("that is cut gives what stands before the cut", async () => {
    const { dump, error } = await fromFile(IMAGE.subarray(0, IMAGE.length - 20));
    expect(error?.code).toBe("truncated");
    expect(dump?.vms).toHaveLength(1);
  });

  it("of some gigabytes is no more work", () =>
    withFolder(async (folder) => {
      const path = join(folder, "image");
      const descriptor = openSync(path, "w");
      writeSync(descriptor, IMAGE);
      ftruncateSync(descriptor, 60_000_000_000);
      closeSync(descriptor);
      const { error, bytesRead } = await openInput(path, nodeWorld);
      expect(error).toBeNull();
      expect(bytesRead).toBeLessThan(2 * 65_536);
    }));
});
