/** Limits of what is read besides an NVRAM, and of inputs of gigabytes, at n and n + 1: those of the parsers are in test/parsers/. */
import { createSecretKey } from "node:crypto";
import { open } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { filterSettings } from "../../cli/filter.ts";
import { deciphered } from "../../cli/io/decipher.ts";
import { wholeLines } from "../../cli/io/lines.ts";
import { nodeWorld } from "../../cli/io/world.ts";
import { savedPieces } from "../../cli/saved-report.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { suppliedCertificates } from "../../cli/supplied-certificates.ts";
import { type Archive, ExportDisks } from "../../library/boot/export-disks.ts";
import { ExactReader, Peekable } from "../../library/input/chunks.ts";
import { openInput } from "../../library/input/open-input.ts";
import type { World } from "../../library/world.ts";
import { authFile } from "../../parsers/formats/auth-file.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { tallyOf } from "../../report/tally.ts";
import { healthyBlob, MICROSOFT_OWNER, noise, sha256List } from "../builders/blob.ts";
import { makeTestKeys } from "../builders/daemon.ts";
import { judgedInputOf, vmReportOf } from "../builders/judged.ts";
import { type LimitName, withLimit } from "../builders/limits.ts";
import { signedUpdate } from "../builders/signing.ts";
import { suspendImage } from "../builders/suspend-image.ts";
import { makeXva } from "../builders/tar.ts";
import { makeDatabase } from "../builders/xapi-db.ts";
import { cacheText, encrypted, encryptionMark, fullMetadata } from "../builders/xen-orchestra.ts";
import { diskOf, exportMembers } from "../builders/xva.ts";
import { put, temporaryFolder, UUID_A, UUID_B } from "./run.ts";

const folder = temporaryFolder();

/** Throws at one less of a limit than what it takes. */
async function expectLimit(name: LimitName, needed: number, body: () => Promise<unknown>, says: RegExp) {
  await expect(withLimit(name, needed, body), name).resolves.not.toThrow();
  await expect(withLimit(name, needed - 1, body), name).rejects.toThrow(says);
}

describe("an input of gigabytes", () => {
  const backup = { uuid: UUID_A, name_label: "a", time: new Date(0), blob: healthyBlob() };
  it.each([
    ["maxXapiDbBytes", makeDatabase({})],
    ["maxXoCacheBytes", cacheText([backup], fullMetadata)],
    ["maxSuspendImageBytes", suspendImage({ nvram: healthyBlob(), memory: [] })],
  ] as const)("is read up to %s", async (name, bytes) => {
    const ofSize = async (size: number) => {
      const source = {
        size,
        modified: null,
        bytes: new Peekable(once(bytes)),
        readAt: (at: number, length: number) => bytes.subarray(at, at + length),
        bytesRead: () => 0,
        close: async () => {},
      };
      const { error } = await openInput("x", { ...nodeWorld, open: async () => source });
      return error?.code ?? null;
    };
    expect(await ofSize(PARSER_LIMITS[name])).not.toBe("over-limit");
    expect(await ofSize(PARSER_LIMITS[name] + 1)).toBe("over-limit");
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

describe("the disks of an export", () => {
  const SIZE = 4 * 1_048_576;
  const members = exportMembers({ uuid: UUID_A, name_label: "a", NVRAM: {} }, [
    diskOf("Ref:9", noise(SIZE, 1)),
  ]);
  const bytes = makeXva(members);
  const archive = (canJump: boolean): Archive & { readonly opened: () => number } => {
    let opened = 0;
    return {
      opened: () => opened,
      open: async () => {
        opened++;
        return new ExactReader(new Peekable(once(bytes)));
      },
      readAt: canJump ? (at, length) => bytes.subarray(at, at + length) : null,
    };
  };
  const last = async (of: Archive) => {
    const disk = (await ExportDisks.open(of)).disk("Ref:9", SIZE);
    await disk.read(SIZE - 1, 1);
    return disk;
  };
  const blocks = members.filter(({ name }) => /^Ref:9\/\d+$/.test(name)).length;

  it.each([true, false])("have up to maxExportBlocks blocks (one can jump: %s)", async (canJump) => {
    expect(blocks).toBe(4);
    await expectLimit("maxExportBlocks", blocks, () => last(archive(canJump)), /at most 3 blocks/);
  });

  it("are kept up to maxKeptBlockBytes, and what went is read again", async () => {
    const again = async (kept: number) => {
      const of = archive(false);
      await withLimit("maxKeptBlockBytes", kept, async () => {
        const disk = await last(of);
        expect(await disk.read(0, 4)).toEqual(noise(SIZE, 1).subarray(0, 4));
      });
      return of.opened() - 1;
    };
    expect(await again(SIZE)).toBe(0);
    expect(await again(SIZE - 1)).toBe(1);
  });

  it("are read again up to maxExportRewinds times", async () => {
    const readings = (times: number) =>
      withLimit("maxKeptBlockBytes", 0, async () => {
        const disk = await last(archive(false));
        for (let i = 0; i < times; i++) await disk.read(0, 1);
      });
    // The last block as well was not kept.
    await expectLimit("maxExportRewinds", 4, () => readings(3), /at most 3 readings/);
  });
});

describe("an encrypted remote", () => {
  it("is deciphered at once up to maxDecipheredAtOnceBytes, and piece by piece above", async () => {
    const [text, secret] = [Buffer.from("metadata of a backup"), "0123456789abcdef0123456789ABCDEF"];
    put(folder, "encryption.json", encryptionMark("aes-256-gcm"));
    const path = put(folder, "data", encrypted(text, secret, "aes-256-gcm"));
    const keyed = { key: createSecretKey(Buffer.from(secret)), world: nodeWorld as World };
    const isAtOnce = (limit: number) =>
      withLimit("maxDecipheredAtOnceBytes", limit, async () => {
        const source = await nodeWorld.open(path);
        const plain = await deciphered(path, source, keyed);
        expect(Buffer.from((await plain?.bytes.head(100)) ?? [])).toEqual(text);
        await source.close();
        return plain?.file !== null;
      });
    expect(await isAtOnce(12 + text.length + 16)).toBe(true);
    expect(await isAtOnce(12 + text.length + 16 - 1)).toBe(false);
  });
});

describe("a saved report", () => {
  const pieces = async (path: string) => {
    for await (const { text } of savedPieces(path, "Baseline")) expect(text).not.toBe("");
  };
  const line = '{ "path": "a", "vms": [] }';

  it("has lines of up to maxResultLineBytes, be they whole or not", async () => {
    const path = put(folder, "lines.ndjson", `${line}\n${line}\n`);
    await expectLimit("maxResultLineBytes", line.length, () => pieces(path), /is longer than 25 bytes/);
    const lines = async (text: string, most: number) => {
      const file = await open(put(folder, "some.txt", text));
      const read: string[] = [];
      try {
        for await (const one of wholeLines(file, most, (start) => new Error(`too long at ${start}`)))
          read.push(one.text);
      } finally {
        await file.close();
      }
      return read;
    };
    expect(await lines("abc\nab\nabc", 3)).toEqual(["abc", "ab"]);
    await expect(lines("abc\nabcd\n", 3)).rejects.toThrow("too long at 4");
    await expect(lines("abc\nabcd", 3)).rejects.toThrow("too long at 4");
  });

  it("has up to maxBaselineBytes", async () => {
    const path = put(folder, "whole.ndjson", `${line}\n`);
    await expectLimit("maxBaselineBytes", line.length + 1, () => pieces(path), /at most 26 are read/);
  });

  it("is nested up to maxBaselineDepth deep", async () => {
    const path = put(folder, "deep.json", `{ "schemaVersion": 1, "inputs": [{ "a": [[[1]]] }] }`);
    await expectLimit("maxBaselineDepth", DEPTH, () => pieces(path), /deep|nest/);
  });
});

/** The report, its inputs, one of them, and the three lists in that. */
const DEPTH = 6;

describe("a run", () => {
  it("tells up to maxMachines VMs apart, and of more it says no number", async () => {
    const { report } = judgedInputOf({ vms: [vmReportOf({ uuid: UUID_A }), vmReportOf({ uuid: UUID_B })] });
    const told = (most: number) =>
      withLimit("maxMachines", most, () => tallyOf(report, true).machines.ranks.size);
    expect(await told(2)).toBe(2);
    expect(await told(1)).toBe(0);
  });
});

describe("files that options name", () => {
  it("may be an ignore file of up to maxIgnoreFileBytes", async () => {
    const path = put(folder, "ignore.json", "[]");
    const options = {
      only: [],
      ignore: [],
      minSeverity: "info",
      ignoreFile: path,
      asOf: "2026-11-22",
    } as const;
    await expectLimit("maxIgnoreFileBytes", 2, () => filterSettings(options), /at most 1 bytes/);
  });

  it("may be certificates, so many and so large", async () => {
    const { knowledge } = await judgingSettings({ asOf: "2026-11-22", references: [] });
    const certificates = temporaryFolder();
    // None of them is a certificate: what is counted is what is looked at.
    for (const name of ["a", "b"]) put(certificates, name, "text");
    const supplied = () => suppliedCertificates(certificates, knowledge);
    const failure = (name: LimitName, most: number) =>
      withLimit(name, most, supplied).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await failure("maxSuppliedFiles", 2)).toContain("holds no certificate");
    expect(await failure("maxSuppliedFiles", 1)).toContain("has 2 files; at most 1 are looked at");
    put(certificates, "b", "longer text");
    expect(await withLimit("maxSuppliedFiles", 1, () => failure("maxCertificateBytes", 11))).toContain(
      "has 2 files",
    );
    // What is longer is no certificate, and does not count.
    expect(await withLimit("maxSuppliedFiles", 1, () => failure("maxCertificateBytes", 10))).toContain(
      "holds no certificate",
    );
  });

  it("may be an update of up to maxUpdateBytes", async () => {
    const update = signedUpdate("dbx", sha256List(MICROSOFT_OWNER, 3), makeTestKeys().kek, { append: true });
    const read = async () => {
      const { error } = authFile.open(update, nodePlatform);
      if (error !== null) throw error;
    };
    await expectLimit("maxUpdateBytes", update.length, read, /at most/);
  });
});
