import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { readCertificates } from "../../../parsers/records/certificate-archive.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { base64, HEALTHY_FILES, hostArchive, ownArchive } from "../../builders/certificates.ts";
import { base256Size, tarHeader } from "../../builders/tar.ts";

const read = (archive: Uint8Array) => readCertificates(ascii(base64(archive)), nodePlatform);

describe("readCertificates", () => {
  it("takes both dialects, and the names without their folders", async () => {
    for (const archive of [hostArchive(HEALTHY_FILES), await ownArchive(HEALTHY_FILES)]) {
      const { files, error } = read(archive);
      expect(error).toBeNull();
      expect(files.map(({ name }) => name)).toEqual(["PK.auth", "KEK.auth", "db.auth", "dbx.auth"]);
      expect(files.map(({ bytes }) => bytes)).toEqual(HEALTHY_FILES.map(({ bytes }) => bytes));
    }
  });

  it("gives what stands before a cut", () => {
    const { files, error } = read(hostArchive(HEALTHY_FILES).subarray(0, 3000));
    expect(error?.code).toBe("truncated");
    expect(files.map(({ name }) => name)).toEqual(["PK.auth"]);
  });

  it("knows a cut that leaves zeros alone, and a text that is no base64", () => {
    const archive = hostArchive(HEALTHY_FILES);
    // PK.auth fills less than its last block: the cut is in the zeros behind it, or in those that end the archive.
    const [pk] = HEALTHY_FILES;
    const end = 512 + (pk?.bytes.length ?? 0);
    for (const length of [3, 511, end + 1, archive.length - 1023]) {
      const { error } = read(archive.subarray(0, length));
      expect(error).toMatchObject({ code: "truncated", expected: "a block of 512 bytes" });
    }
    expect(readCertificates(ascii("<truncated>"), nodePlatform).error?.code).toBe("bad-encoding");
    expect(readCertificates(ascii(`${base64(archive)}\n[root@host ~]# `), nodePlatform).error).toBeNull();
  });

  it("refuses what is no archive, and sizes that no archive has", () => {
    expect(read(new Uint8Array(600).fill(0x41)).error?.code).toBe("bad-structure");
    expect(read(tarHeader("PK.auth", base256Size(2n ** 60n))).error?.code).toBe("truncated");
    expect(read(new Uint8Array(0))).toEqual({ files: [], error: null });
  });

  it("takes as many files as may be, and no more", () => {
    const { maxAuthFiles } = PARSER_LIMITS;
    const archive = (count: number) =>
      hostArchive(Array.from({ length: count }, (_, i) => ({ name: `${i}.auth`, bytes: Uint8Array.of(i) })));
    expect(read(archive(maxAuthFiles)).error).toBeNull();
    const { files, error } = read(archive(maxAuthFiles + 1));
    expect(error?.code).toBe("over-limit");
    expect(files).toHaveLength(maxAuthFiles);
  });
});
