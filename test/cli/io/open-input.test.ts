import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  openSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../../cli/io/world.ts";
import { type OpenedInput, openInput } from "../../../library/input/open-input.ts";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { healthyBlob, noise } from "../../builders/blob.ts";
import { makeOvaXml, vmObject } from "../../builders/ova-xml.ts";
import { Pieces, withFolder, withoutPrivileges } from "../../builders/streams.ts";
import { makeUstar, makeXva, tarHeader } from "../../builders/tar.ts";
import { worldWithStdin } from "../../builders/world.ts";
import { rawBlock, runBlock, zstdFrame, zstdStored } from "../../builders/zstd.ts";

const UUID = "c5db1298-3e97-53bb-4f97-bd039ca8c217";
const BLOB = healthyBlob();
const TEXT = ascii(Buffer.from(BLOB).toString("base64"));
const NVRAM = { "EFI-variables": new TextDecoder().decode(TEXT) };
const OVA_XML = makeOvaXml([vmObject("Ref:0", { uuid: UUID, name_label: "vm", NVRAM })]);
const DISK = { name: "Ref:3/00000000", bytes: noise(1_048_576, 1) };
const XVA = makeXva([{ name: "ova.xml", bytes: OVA_XML, mtime: 1_761_219_000 }, DISK]);

/** Opens bytes as if they came through a pipe. */
function open(bytes: Uint8Array): Promise<OpenedInput> {
  return openInput(
    "-",
    worldWithStdin(() => new Pieces(bytes)),
  );
}

function opened(bytes: Uint8Array): Promise<OpenedInput> {
  return withFolder((folder) => {
    const path = join(folder, "input.png");
    writeFileSync(path, bytes);
    return openInput(path, nodeWorld);
  });
}

describe("openInput", () => {
  it.each([
    ["vars", BLOB],
    ["efivars-b64", TEXT],
    ["nvram-text", ascii(`EFI-variables: ${NVRAM["EFI-variables"]}`)],
    ["nvram-json", ascii(JSON.stringify({ NVRAM }))],
    ["ova-xml", OVA_XML],
    ["xva", XVA],
  ])("opens %s by its content, from a file and a pipe, plain and compressed", async (format, bytes) => {
    for (const input of [
      await opened(bytes),
      await open(bytes),
      await open(gzipSync(bytes)),
      await open(zstdStored(bytes)),
    ]) {
      expect(input.error).toBeNull();
      expect(input.dump?.format).toBe(format);
      expect(input.dump?.vms[0]?.nvram?.blob?.variables).toHaveLength(7);
    }
    expect((await open(bytes)).compression).toBeNull();
    expect((await open(gzipSync(bytes))).compression).toBe("gzip");
    expect((await open(zstdStored(bytes))).compression).toBe("zstd");
  });

  it("keeps the path as it was given", async () => {
    expect((await openInput("./no/such/file", nodeWorld)).path).toBe("./no/such/file");
    expect((await open(BLOB)).path).toBe("-");
  });

  it("opens exports of other writers", async () => {
    const archive = await makeUstar([{ name: "ova.xml", bytes: OVA_XML }, DISK], { comment: "x" });
    expect((await open(archive)).dump?.vms[0]?.uuid).toBe(UUID);
  });

  it("reads only the head of a 200 GB export", () =>
    withFolder(async (folder) => {
      const path = join(folder, "export.xva");
      const descriptor = openSync(path, "w");
      writeSync(descriptor, XVA);
      ftruncateSync(descriptor, 200_000_000_000);
      closeSync(descriptor);
      const { dump, error, bytesRead } = await openInput(path, nodeWorld);
      expect(error).toBeNull();
      expect(dump?.vms[0]?.uuid).toBe(UUID);
      expect(bytesRead).toBeLessThan(1_048_576);
    }));

  it("reads only the head of a compressed export", async () => {
    const disks = makeXva([
      { name: "ova.xml", bytes: OVA_XML },
      { name: "Ref:3/00000000", bytes: noise(8_000_000, 2) },
    ]);
    for (const bytes of [gzipSync(disks, { level: 1 }), zstdStored(disks)]) {
      const { dump, error, bytesRead } = await open(bytes);
      expect(error).toBeNull();
      expect(dump?.format).toBe("xva");
      expect(bytesRead).toBeLessThan(300_000);
    }
  });
});

describe("openInput of what is cut", () => {
  it("gives what stands before the cut of an export, and the error", async () => {
    const half = 512 + OVA_XML.length - 100;
    for (const bytes of [XVA.subarray(0, half), zstdStored(XVA.subarray(0, half))]) {
      const { dump, error } = await open(bytes);
      expect(error).toMatchObject({ code: "truncated", path: "ova.xml" });
      expect(dump?.format).toBe("xva");
    }
    expect(await open(XVA.subarray(0, 512))).toMatchObject({ dump: null, error: { code: "truncated" } });
  });

  it("gives what stands before the cut of a compressed blob, and the error", async () => {
    const gzip = gzipSync(concatBytes([BLOB, noise(100_000, 3)]));
    const { dump, error } = await open(gzip.subarray(0, gzip.length - 1000));
    expect(error?.code).toBe("truncated");
    expect(dump?.vms[0]?.nvram?.blob?.variables).toHaveLength(7);
    expect(await open(gzip.subarray(0, 11))).toMatchObject({ dump: null, error: { code: "truncated" } });
    // So short that it could be anything: the cut is what there is to say.
    const tar = await open(gzipSync(XVA, { level: 0 }).subarray(0, 200));
    expect(tar).toMatchObject({ dump: null, error: { code: "truncated" } });
  });

  it("gives no dump of damaged compressed data", async () => {
    const gzip = gzipSync(BLOB);
    gzip[gzip.length - 5]! ^= 1;
    expect(await open(gzip)).toMatchObject({ dump: null, error: { code: "corrupt-compression" } });
  });
});

describe("openInput of what is no dump", () => {
  it.each([
    ["empty-input", new Uint8Array(0), ""],
    ["empty-input", gzipSync(""), ""],
    ["unrecognised", ascii("\x89PNG\r\n\x1a\n\0\0"), "a PNG image"],
    ["unrecognised", ascii("dear reader, "), "text that begins with"],
    ["unrecognised", ascii("<?xml version='1.0'?><database/>"), "XML with the root <database>"],
    ["unrecognised", noise(1000, 4), "binary data"],
    ["unrecognised", gzipSync(gzipSync(BLOB)), "gzip inside gzip"],
    ["unrecognised", zstdStored(gzipSync(BLOB)), "gzip inside zstd"],
    ["bad-magic", concatBytes([ascii("VARZ"), BLOB.subarray(4)]), "5641525a"],
    ["no-ova-xml", makeXva([DISK]), "Ref:3/00000000"],
    ["unrecognised", gzipSync(new Uint8Array(50_000_000)), "nothing but zero bytes"],
    ["over-limit", gzipSync(ascii(`{"NVRAM":{},${" ".repeat(50_000_000)}`)), "decompression bomb"],
  ])("says %s of case %#", async (code, bytes, found) => {
    const { dump, error } = await open(bytes);
    expect(dump).toBeNull();
    expect(error?.code).toBe(code);
    expect(error?.found).toContain(found);
  });

  it("ends a zstd bomb that is an ova.xml", async () => {
    const runs = Array.from({ length: 2000 }, () => runBlock(0x20, 131_072));
    const bomb = zstdFrame([rawBlock(tarHeader("ova.xml", 262_000_000)), ...runs]);
    const { dump, error, bytesRead } = await open(bomb);
    expect(dump).toBeNull();
    expect(error?.found).toContain("decompression bomb");
    expect(bytesRead).toBeLessThan(65_537);
  });

  it("says what it cannot open", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, BLOB, { mode: 0 });
      chmodSync(folder, 0o755);
      const denied = await withoutPrivileges(() => openInput(path, nodeWorld));
      expect(denied.error?.code).toBe("permission-denied");
      expect((await openInput(join(folder, "missing"), nodeWorld)).error?.code).toBe("not-found");
      expect((await openInput(folder, nodeWorld)).error?.code).toBe("special-file");
      // Neither is waited for: a pipe may never have a writer.
      const pipe = join(folder, "pipe");
      execFileSync("mkfifo", [pipe]);
      expect((await openInput(pipe, nodeWorld)).error).toMatchObject({
        code: "special-file",
        found: "a named pipe",
      });
      expect((await openInput("/dev/null", nodeWorld)).error).toMatchObject({
        code: "special-file",
        found: "a character device",
      });
    }));
});

describe("openInput and the limits of its formats", () => {
  it.each([
    ["vars", BLOB, PARSER_LIMITS.maxBlobBytes],
    ["efivars-b64", TEXT, PARSER_LIMITS.maxTextBytes],
    ["nvram-json", ascii(JSON.stringify({ NVRAM })), PARSER_LIMITS.maxJsonBytes],
  ])("reads no more of %s than its head when the size is above the limit", (_, bytes, limit) =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, bytes);
      truncateSync(path, limit + 1);
      const { dump, error, bytesRead } = await openInput(path, nodeWorld);
      expect(dump).toBeNull();
      expect(error?.code).toBe("over-limit");
      expect(bytesRead).toBeLessThanOrEqual(65_536);
    }),
  );

  it("reads a blob of the largest size whole", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, BLOB);
      truncateSync(path, PARSER_LIMITS.maxBlobBytes);
      const { dump, bytesRead } = await openInput(path, nodeWorld);
      expect(dump?.format).toBe("vars");
      expect(bytesRead).toBe(PARSER_LIMITS.maxBlobBytes);
    }));

  it("stops at the limit where a pipe does not tell its size", async () => {
    const source = new Pieces(concatBytes([BLOB, new Uint8Array(PARSER_LIMITS.maxBlobBytes + 1_000_000)]));
    const { error } = await openInput(
      "-",
      worldWithStdin(() => source),
    );
    expect(error?.code).toBe("over-limit");
    expect(source.given).toBeLessThan(PARSER_LIMITS.maxBlobBytes + 200_000);
    expect(source.isClosed).toBe(true);
  });
});
