import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WalkEntry, walkFolder } from "../../../cli/io/walk.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { withFolder, withoutPrivileges } from "../../builders/streams.ts";

async function walked(folder: string): Promise<WalkEntry[]> {
  const entries: WalkEntry[] = [];
  for await (const entry of walkFolder(folder)) entries.push(entry);
  return entries;
}

/** Paths below `folder`; those with an error with its code behind. */
async function listed(folder: string): Promise<string[]> {
  const entries = await walked(folder);
  return entries.map(
    ({ path, error }) => path.slice(folder.length) + (error === null ? "" : ` ${error.code}`),
  );
}

function touch(folder: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
}

describe("walkFolder", () => {
  it("lists regular files by their paths, byte by byte, as if each path were one text", () =>
    withFolder(async (folder) => {
      touch(
        folder,
        "a/b",
        "a-b",
        "a.b",
        "a0",
        "a/b-c",
        "ab/c",
        "A",
        "\u00e9",
        "\uffee",
        "\u{1f600}",
        "a/b.d/e",
      );
      const expected = ["/A", "/a-b", "/a.b", "/a/b", "/a/b-c", "/a/b.d/e", "/a0", "/ab/c"];
      expect(await listed(folder)).toEqual([...expected, "/\u00e9", "/\uffee", "/\u{1f600}"]);
    }));

  it("keeps the order of whole paths for any names", async () => {
    const name = fc.stringMatching(/^[!-.0-9:A-C]{1,3}$/).filter((text) => text !== "." && text !== "..");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), (paths) =>
        withFolder(async (folder) => {
          for (const path of paths) {
            try {
              touch(folder, path.join("/"));
            } catch {
              // A file stands where another path has a folder.
            }
          }
          const found = (await walked(folder)).map(({ path }) => path);
          expect(found).toEqual(found.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        }),
      ),
      { numRuns: 30 },
    );
  });

  it("begins paths with the folder as it was given", () =>
    withFolder(async (folder) => {
      touch(folder, "a");
      expect((await walked(`${folder}/`)).map(({ path }) => path)).toEqual([`${folder}/a`]);
      expect((await walked(`${folder}/.`)).map(({ path }) => path)).toEqual([`${folder}/./a`]);
    }));

  it("follows links, and enters a folder once however many ways lead into it", () =>
    withFolder(async (folder) => {
      touch(folder, "real/file", "outside");
      symlinkSync("..", join(folder, "real/up"));
      symlinkSync("real", join(folder, "a-link"));
      symlinkSync("outside", join(folder, "file-link"));
      symlinkSync("nowhere", join(folder, "dangling"));
      symlinkSync("self", join(folder, "self"));
      expect(await listed(folder)).toEqual(["/a-link/file", "/file-link", "/outside", "/self read-failed"]);
    }));

  it("leaves out what is neither file nor folder", () =>
    withFolder(async (folder) => {
      touch(folder, "file");
      symlinkSync("/dev/null", join(folder, "device"));
      spawnSync("mkfifo", [join(folder, "pipe")]);
      expect(await listed(folder)).toEqual(["/file"]);
    }));

  it("goes on behind a folder that cannot be read", () =>
    withFolder(async (folder) => {
      touch(folder, "a/file", "b/file");
      chmodSync(folder, 0o755);
      chmodSync(join(folder, "a"), 0);
      const found = await withoutPrivileges(() => listed(folder));
      chmodSync(join(folder, "a"), 0o700);
      expect(found).toEqual(["/a permission-denied", "/b/file"]);
    }));

  it("gives one error for a folder that is not there", () =>
    withFolder(async (folder) => {
      expect(await listed(join(folder, "missing"))).toEqual([" not-found"]);
    }));

  it("names a file that no string can name", () =>
    withFolder(async (folder) => {
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0x61, 0xff, 0x62)]), "");
      touch(folder, "b");
      const [first, second] = await walked(folder);
      expect(first?.error?.found).toBe("the bytes 61ff62");
      expect(second).toMatchObject({ path: `${folder}/b`, error: null });
    }));

  it("descends to the limit and no deeper", () =>
    withFolder(async (folder) => {
      const deepest = "d/".repeat(PARSER_LIMITS.maxFolderDepth);
      touch(folder, `${deepest}file`, `${deepest}e/file`, "z");
      expect(await listed(folder)).toEqual([`/${deepest}e over-limit`, `/${deepest}file`, "/z"]);
    }));

  it("stops at the limit of entries", () =>
    withFolder(async (folder) => {
      touch(folder, "a", "b", "c");
      const limits = PARSER_LIMITS as { maxFolderEntries: number };
      const { maxFolderEntries } = limits;
      try {
        limits.maxFolderEntries = 3;
        expect(await listed(folder)).toEqual(["/a", "/b", "/c"]);
        limits.maxFolderEntries = 2;
        expect(await listed(folder)).toEqual([" over-limit"]);
        touch(folder, "sub/a/1", "sub/b/2", "sub/c/3");
        limits.maxFolderEntries = 8;
        expect(await listed(join(folder, "sub"))).toEqual(["/a/1", "/b/2", "/c/3"]);
        limits.maxFolderEntries = 4;
        expect(await listed(join(folder, "sub"))).toEqual(["/a/1", "/b over-limit"]);
      } finally {
        limits.maxFolderEntries = maxFolderEntries;
      }
    }));

  it("can be left early", () =>
    withFolder(async (folder) => {
      touch(folder, "a", "b/c");
      for await (const { path } of walkFolder(folder)) {
        expect(path).toBe(`${folder}/a`);
        break;
      }
    }));

  it.skipIf(process.platform !== "linux")("passes over what the kernel makes up, and says so", () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, "a"), "");
      symlinkSync("/proc/self", join(folder, "link"));
      const entries = [];
      for await (const entry of walkFolder(folder)) entries.push(entry);
      expect(entries.map(({ path }) => path)).toEqual([join(folder, "a"), join(folder, "link")]);
      expect(entries[1]?.error?.message).toContain("one that the kernel makes up");
    }),
  );
});
