import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFolder, openSource } from "../../../cli/io/byte-source.ts";
import { ascii } from "../../../parsers/bytes.ts";
import { noise } from "../../builders/blob.ts";
import { drain, Pieces, parseErrorOf, withFolder, withoutPrivileges } from "../../builders/streams.ts";

const hasMkfifo = spawnSync("mkfifo", ["--version"]).status === 0;

describe("openSource on files", () => {
  it("gives the bytes, the size and what was read of it", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      const content = noise(300_000, 1);
      writeFileSync(path, content);
      const source = await openSource(path);
      expect(source.size).toBe(300_000);
      expect(source.bytesRead()).toBe(0);
      expect(await source.bytes.head(10)).toEqual(content.subarray(0, 10));
      expect(source.bytesRead()).toBe(65_536);
      expect(await source.bytes.head(100_000)).toHaveLength(100_000);
      const { bytes, error } = await drain(source.bytes);
      await source.close();
      expect(error).toBeNull();
      expect(Buffer.compare(bytes, content)).toBe(0);
      expect(source.bytesRead()).toBe(300_000);
    }));

  it("reads a small file at once", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, noise(262_144, 1));
      const small = await openSource(path);
      expect(await small.bytes.head(10)).toHaveLength(10);
      expect(small.bytesRead()).toBe(262_144);
      await small.close();
      writeFileSync(path, noise(262_145, 1));
      const large = await openSource(path);
      expect(await large.bytes.head(10)).toHaveLength(10);
      expect(large.bytesRead()).toBe(65_536);
      await large.close();
    }));

  it("gives an empty head for an empty file, and content where the size says nothing", async () => {
    const empty = await withFolder(async (folder) => {
      writeFileSync(join(folder, "empty"), "");
      const source = await openSource(join(folder, "empty"));
      const head = await source.bytes.head(100);
      await source.close();
      return head;
    });
    expect(empty).toHaveLength(0);
    const source = await openSource("/proc/self/status");
    expect(source.size).toBeNull();
    expect(new TextDecoder().decode(await source.bytes.head(5))).toBe("Name:");
    await source.close();
  });

  it("says that a file which became shorter is truncated, and gives what is there", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, noise(300_000, 2));
      const source = await openSource(path);
      await source.bytes.head(1);
      truncateSync(path, 100_000);
      const { bytes, error } = await drain(source.bytes);
      await source.close();
      expect(bytes).toHaveLength(100_000);
      expect(error).toMatchObject({ code: "truncated", offset: 100_000 });
    }));

  it("takes the size at the time of opening for the end of a file that grows", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, noise(100, 3));
      const source = await openSource(path);
      truncateSync(path, 1_000_000);
      expect((await drain(source.bytes)).bytes).toHaveLength(100);
      await source.close();
    }));

  it("follows links to files", () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, "file"), "x");
      symlinkSync("file", join(folder, "link"));
      const source = await openSource(join(folder, "link"));
      expect(source.size).toBe(1);
      await source.close();
    }));
});

describe("openSource on what is no file", () => {
  it("says which path does not exist", () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, "file"), "");
      for (const name of ["missing", "file/below", "n".repeat(300)]) {
        expect((await parseErrorOf(openSource(join(folder, name)))).code).toBe("not-found");
      }
    }));

  it("says so where there is no permission to read", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, "x");
      chmodSync(path, 0);
      chmodSync(folder, 0o755);
      const error = await withoutPrivileges(() => parseErrorOf(openSource(path)));
      expect(error.code).toBe("permission-denied");
    }));

  it("tells of links that lead to each other", () =>
    withFolder(async (folder) => {
      symlinkSync("b", join(folder, "a"));
      symlinkSync("a", join(folder, "b"));
      expect((await parseErrorOf(openSource(join(folder, "a")))).code).toBe("read-failed");
    }));

  it.skipIf(!hasMkfifo)("refuses a named pipe at once instead of waiting for its writer", () =>
    withFolder(async (folder) => {
      const path = join(folder, "pipe");
      spawnSync("mkfifo", [path]);
      const error = await parseErrorOf(openSource(path));
      expect(error).toMatchObject({ code: "special-file", found: "a named pipe" });
      // Every command reads it so, each under its own name.
      expect(error?.message).toContain("- in place of its name");
      expect(error?.message).not.toContain("varscope");
    }),
  );

  it("refuses devices, sockets and folders", () =>
    withFolder(async (folder) => {
      expect(await parseErrorOf(openSource("/dev/zero"))).toMatchObject({
        code: "special-file",
        found: "a character device",
      });
      expect(await parseErrorOf(openSource(folder))).toMatchObject({
        code: "special-file",
        found: "a folder",
      });
      const path = join(folder, "socket");
      const server = createServer().listen(path);
      await new Promise((resolve) => server.once("listening", resolve));
      expect(await parseErrorOf(openSource(path))).toMatchObject({ code: "special-file", found: "a socket" });
      server.close();
    }));

  it("tells a folder, and a link to one, from everything else", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, "sub"));
      symlinkSync("sub", join(folder, "link"));
      writeFileSync(join(folder, "file"), "");
      expect(await isFolder(join(folder, "sub"))).toBe(true);
      expect(await isFolder(join(folder, "link"))).toBe(true);
      expect(await isFolder(join(folder, "file"))).toBe(false);
      expect(await isFolder(join(folder, "missing"))).toBe(false);
      expect(await isFolder("-")).toBe(false);
    }));
});

describe("openSource on standard input", () => {
  it.each(["-", "/dev/stdin"])("reads %s from the stream, of unknown size", async (path) => {
    const source = await openSource(path, () => new Pieces(ascii("from a pipe"), 3));
    expect(source.size).toBeNull();
    expect(await source.bytes.head(5)).toEqual(ascii("from "));
    expect((await drain(source.bytes)).bytes).toEqual(ascii("from a pipe"));
    expect(source.bytesRead()).toBe(11);
    await source.close();
  });

  it("tells of a failure after the bytes before it, and at once where there are none", async () => {
    const failure = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", errno: -5 });
    async function* failing(before: Uint8Array): AsyncGenerator<Uint8Array> {
      if (before.length > 0) yield before;
      throw failure;
    }
    const late = await openSource("-", () => failing(ascii("abc")));
    expect(await late.bytes.head(10)).toEqual(ascii("abc"));
    expect(await drain(late.bytes)).toMatchObject({ error: { code: "read-failed" }, bytes: ascii("abc") });
    const early = await openSource("-", () => failing(new Uint8Array(0)));
    expect((await parseErrorOf(early.bytes.head(10))).code).toBe("read-failed");
  });

  it("says so where standard input was used up by an input before", async () => {
    async function* used(): AsyncGenerator<Uint8Array> {
      yield* [];
      throw Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" });
    }
    const source = await openSource("-", used);
    expect((await parseErrorOf(source.bytes.head(1))).next).toContain("only once");
  });

  it("lets defects pass as they are", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new TypeError("a defect");
    }
    const source = await openSource("-", broken);
    await expect(source.bytes.head(1)).rejects.toThrow(TypeError);
  });

  it("reads a descriptor by its path, as process substitution names it", () =>
    withFolder(async (folder) => {
      const path = join(folder, "file");
      writeFileSync(path, "content");
      const descriptor = openSync(path, "r+");
      const source = await openSource(`/dev/fd/${descriptor}`);
      expect((await drain(source.bytes)).bytes).toEqual(ascii("content"));
      await source.close();
      ftruncateSync(descriptor);
      closeSync(descriptor);
    }));
});
