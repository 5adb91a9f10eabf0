import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterEach, describe, expect, it, vi } from "vitest";
import { InputFiles } from "../../../cli/io/input-files.ts";
import { WriteError, writeAtomically, writeTogether } from "../../../cli/io/write-file.ts";
import { ascii } from "../../../parsers/bytes.ts";
import { noise } from "../../builders/blob.ts";
import { withFolder, withoutPrivileges } from "../../builders/streams.ts";

const NO_INPUTS = new InputFiles([]);
const NEW = { force: false, inputs: NO_INPUTS };
const FORCE = { force: true, inputs: NO_INPUTS };

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    fdatasync: vi.fn(fs.fdatasync),
    fsync: vi.fn(fs.fsync),
    fsyncSync: vi.fn(fs.fsyncSync),
    linkSync: vi.fn(fs.linkSync),
    renameSync: vi.fn(fs.renameSync),
  };
});
const {
  fdatasync: mockedFlush,
  fsync: mockedSync,
  fsyncSync: mockedSyncNow,
  linkSync: mockedLink,
  renameSync: mockedRename,
} = vi.mocked(await import("node:fs"));

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code, errno: -1 });
}

async function messageOf(promise: Promise<void>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WriteError);
  return (error as WriteError).message;
}

afterEach(() => {
  mockedFlush.mockReset();
  mockedSync.mockReset();
  mockedSyncNow.mockReset();
  mockedLink.mockReset();
  mockedRename.mockReset();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    expect(process.listenerCount(signal)).toBe(LISTENERS[signal]);
});
const LISTENERS: Record<string, number> = Object.fromEntries(
  ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => [signal, process.listenerCount(signal)]),
);

describe("writeAtomically", () => {
  it("writes bytes under the name, with the mode of any new file, and leaves nothing else", () =>
    withFolder(async (folder) => {
      const path = join(folder, "out");
      await writeAtomically(path, ascii("content"), NEW);
      expect(readFileSync(path, "utf8")).toBe("content");
      expect(readdirSync(folder)).toEqual(["out"]);
      expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
    }));

  it("writes what a stream gives, and nothing at all where it is empty", () =>
    withFolder(async (folder) => {
      const content = noise(300_000, 1);
      async function* parts(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000);
      }
      await writeAtomically(join(folder, "out"), parts(), NEW);
      expect(Buffer.compare(readFileSync(join(folder, "out")), content)).toBe(0);
      await writeAtomically(join(folder, "empty"), new Uint8Array(0), NEW);
      expect(statSync(join(folder, "empty")).size).toBe(0);
    }));

  it("lets the disk begin before the end, and tells what that reports", () =>
    withFolder(async (folder) => {
      async function* parts(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 5; i++) yield new Uint8Array(1000).fill(i);
      }
      const settings = { ...NEW, flushBytes: 4000 };
      await writeAtomically(join(folder, "out"), parts(), settings);
      expect(mockedFlush).toHaveBeenCalledTimes(1);
      expect(statSync(join(folder, "out")).size).toBe(5000);
      mockedFlush.mockImplementationOnce((_, done) => setImmediate(() => done(systemError("ENOSPC"))));
      const message = await messageOf(writeAtomically(join(folder, "other"), parts(), settings));
      expect(message).toContain("the disk is full");
      expect(readdirSync(folder)).toEqual(["out"]);
    }));

  it("shows nothing under the name before it is whole", () =>
    withFolder(async (folder) => {
      const path = join(folder, "out");
      async function* parts(): AsyncGenerator<Uint8Array> {
        yield ascii("one ");
        expect(existsSync(path)).toBe(false);
        yield ascii("two");
      }
      await writeAtomically(path, parts(), NEW);
      expect(readFileSync(path, "utf8")).toBe("one two");
    }));

  it("leaves an existing file alone without force, and replaces it with force", () =>
    withFolder(async (folder) => {
      const path = join(folder, "out");
      writeFileSync(path, "old");
      expect(await messageOf(writeAtomically(path, ascii("new"), NEW))).toBe(
        `${path} exists. Give another name, or --force to write over it.`,
      );
      expect(readFileSync(path, "utf8")).toBe("old");
      await writeAtomically(path, ascii("new"), FORCE);
      expect(readFileSync(path, "utf8")).toBe("new");
      expect(readdirSync(folder)).toEqual(["out"]);
    }));

  it("leaves a file alone that appears under the name while it writes", () =>
    withFolder(async (folder) => {
      const path = join(folder, "out");
      async function* parts(): AsyncGenerator<Uint8Array> {
        yield ascii("mine");
        writeFileSync(path, "theirs");
      }
      expect(await messageOf(writeAtomically(path, parts(), NEW))).toContain("exists");
      expect(readFileSync(path, "utf8")).toBe("theirs");
      expect(readdirSync(folder)).toEqual(["out"]);
    }));

  it.each(["other-name", "hard-link", "soft-link"])("never writes over an input, known by its %s", (name) =>
    withFolder(async (folder) => {
      const input = join(folder, "input");
      writeFileSync(input, "old");
      linkSync(input, join(folder, "hard-link"));
      symlinkSync("input", join(folder, "soft-link"));
      mkdirSync(join(folder, "sub"));
      const path = name === "other-name" ? join(folder, "sub/../input") : join(folder, name);
      const inputs = new InputFiles(["-", join(folder, "missing"), input]);
      const message = await messageOf(writeAtomically(path, ascii("new"), { force: true, inputs }));
      expect(message).toContain("is an input");
      expect(readFileSync(input, "utf8")).toBe("old");
    }),
  );

  it("leaves a file of an input folder alone that appears under the name while it writes, with force, too", () =>
    withFolder(async (folder) => {
      const dumps = join(folder, "dumps");
      mkdirSync(dumps);
      const path = join(dumps, "out");
      async function* parts(): AsyncGenerator<Uint8Array> {
        yield ascii("mine");
        writeFileSync(path, "dump");
      }
      const settings = { force: true, inputs: new InputFiles([dumps]) };
      expect(await messageOf(writeAtomically(path, parts(), settings))).toContain("not even with --force");
      expect(readFileSync(path, "utf8")).toBe("dump");
      expect(readdirSync(dumps)).toEqual(["out"]);
    }));

  it("writes beside an input folder whose name only begins alike, and over what lies there with force", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, "dumps"));
      mkdirSync(join(folder, "dumps-2"));
      const path = join(folder, "dumps-2/out");
      writeFileSync(path, "old");
      const inputs = new InputFiles([join(folder, "dumps")]);
      await writeAtomically(path, ascii("new"), { force: true, inputs });
      expect(readFileSync(path, "utf8")).toBe("new");
    }));

  it("follows no link that has the name, not even with force; one to its folder it does", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, "sub"));
      writeFileSync(join(folder, "sub/file"), "old");
      symlinkSync("sub/file", join(folder, "link"));
      for (const settings of [FORCE, NEW]) {
        const refused = await messageOf(writeAtomically(join(folder, "link"), ascii("new"), settings));
        expect(refused).toContain("is a link, and what it leads to is not written over");
      }
      expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(folder, "sub/file"), "utf8")).toBe("old");
      symlinkSync("sub", join(folder, "way"));
      await writeAtomically(join(folder, "way/file"), ascii("new"), FORCE);
      expect(readFileSync(join(folder, "sub/file"), "utf8")).toBe("new");
      expect(readdirSync(join(folder, "sub"))).toEqual(["file"]);
      symlinkSync("nowhere", join(folder, "dangling"));
      const message = await messageOf(writeAtomically(join(folder, "dangling"), ascii("new"), FORCE));
      expect(message).toContain("a link to nothing");
    }));

  it("does not put a file in the place of a folder or a device", () =>
    withFolder(async (folder) => {
      expect(await messageOf(writeAtomically(folder, ascii("x"), FORCE))).toContain("is no file");
      expect(await messageOf(writeAtomically("/dev/null", ascii("x"), FORCE))).toContain("is no file");
      expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    }));
});

describe("writeAtomically where writing fails", () => {
  it("names the folder that is missing, a file in its place, and a name that is too long", () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, "file"), "");
      const write = (path: string): Promise<string> =>
        messageOf(writeAtomically(join(folder, path), ascii("x"), NEW));
      expect(await write("missing/out")).toBe(
        `${folder}/missing/out was not written: its folder does not exist. Create the folder first.`,
      );
      expect(await write("file/out")).toContain("a part of the path is no folder");
      expect(await write("n".repeat(300))).toContain("the name is too long");
      expect(readdirSync(folder)).toEqual(["file"]);
    }));

  it("names a folder without permission to write", () =>
    withFolder(async (folder) => {
      chmodSync(folder, 0o555);
      const message = await withoutPrivileges(() =>
        messageOf(writeAtomically(join(folder, "out"), ascii("x"), NEW)),
      );
      chmodSync(folder, 0o755);
      expect(message).toContain("no permission to write in its folder");
      expect(readdirSync(folder)).toEqual([]);
    }));

  it("passes on what its content throws, and leaves nothing", () =>
    withFolder(async (folder) => {
      const failure = new TypeError("a defect");
      async function* parts(): AsyncGenerator<Uint8Array> {
        yield ascii("begin");
        throw failure;
      }
      await expect(writeAtomically(join(folder, "out"), parts(), NEW)).rejects.toBe(failure);
      expect(readdirSync(folder)).toEqual([]);
    }));

  it("takes the name first where the file system has no hard links", () =>
    withFolder(async (folder) => {
      mockedLink.mockImplementation(() => {
        throw systemError("EPERM");
      });
      const path = join(folder, "out");
      await writeAtomically(path, ascii("content"), NEW);
      expect(readFileSync(path, "utf8")).toBe("content");
      expect(readdirSync(folder)).toEqual(["out"]);
      expect(await messageOf(writeAtomically(path, ascii("new"), NEW))).toContain("exists");
    }));

  it("gives the name back where that then fails", () =>
    withFolder(async (folder) => {
      mockedLink.mockImplementation(() => {
        throw systemError("ENOTSUP");
      });
      mockedRename.mockImplementation(() => {
        throw systemError("EIO");
      });
      const message = await messageOf(writeAtomically(join(folder, "out"), ascii("content"), NEW));
      expect(message).toContain("the disk reports an error");
      expect(readdirSync(folder)).toEqual([]);
    }));

  it("tells of an error that it has no words for by its code", () =>
    withFolder(async (folder) => {
      mockedRename.mockImplementation(() => {
        throw systemError("EBUSY");
      });
      writeFileSync(join(folder, "out"), "old");
      const message = await messageOf(writeAtomically(join(folder, "out"), ascii("content"), FORCE));
      expect(message).toContain("the system reports EBUSY");
      expect(readdirSync(folder)).toEqual(["out"]);
      expect(readFileSync(join(folder, "out"), "utf8")).toBe("old");
    }));
});

/** A program that writes what its stream gives to its argument, and prints what it ends with. */
function program(folder: string, stream: string): string {
  const path = join(folder, "program.mjs");
  const source = `
    import { InputFiles } from "./cli/io/input-files.ts";
    import { writeAtomically } from "./cli/io/write-file.ts";
    async function* content() { ${stream} }
    writeAtomically(process.argv[2], content(), { force: false, inputs: new InputFiles([]) })
      .catch((error) => { console.log(error.message); process.exitCode = 9; });`;
  buildSync({
    stdin: { contents: source, resolveDir: "." },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: path,
  });
  return path;
}

async function begun(child: ChildProcess): Promise<void> {
  await new Promise((resolve) => child.stdout?.once("data", resolve));
}

describe("writeAtomically in a process of its own", () => {
  const ENDLESS = `
    yield new Uint8Array(100);
    console.log("begun");
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("leaves nothing when %s ends the process", (signal) =>
    withFolder(async (folder) => {
      const out = join(folder, "out");
      mkdirSync(out);
      const child = spawn(process.execPath, [program(folder, ENDLESS), join(out, "file")]);
      await begun(child);
      expect(readdirSync(out)).toHaveLength(1);
      child.kill(signal);
      const ended = await new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
      expect(ended).toBe(signal);
      expect(readdirSync(out)).toEqual([]);
    }),
  );

  it("shows nothing under the name even when the process is killed outright", () =>
    withFolder(async (folder) => {
      const out = join(folder, "out");
      mkdirSync(out);
      const child = spawn(process.execPath, [program(folder, ENDLESS), join(out, "file")]);
      await begun(child);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      expect(readdirSync(out)).toEqual([expect.stringMatching(/^\.varscope-\d+-\w+\.tmp$/)]);
    }));

  it("leaves nothing when the process ends by itself in the middle", () =>
    withFolder(async (folder) => {
      const out = join(folder, "out");
      mkdirSync(out);
      const path = program(folder, "yield new Uint8Array(100); process.exit(3);");
      expect(spawnSync(process.execPath, [path, join(out, "file")]).status).toBe(3);
      expect(readdirSync(out)).toEqual([]);
    }));

  it("says that the disk is full, and leaves nothing", (context) =>
    withFolder((folder) => {
      const disk = join(folder, "disk");
      mkdirSync(disk);
      const path = program(folder, "for (let i = 0; i < 64; i++) yield new Uint8Array(65_536);");
      const script =
        'mount -t tmpfs -o size=1m tmpfs "$1" || exit 77; "$2" "$3" "$1/out"; code=$?; ls -A "$1"; exit $code';
      const args = ["-m", "sh", "-c", script, "sh", disk, process.execPath, path];
      const { status, stdout } = spawnSync("unshare", args, { encoding: "utf8" });
      if (status !== 9) context.skip(`no small disk can be mounted here (${status})`);
      expect(stdout).toBe(
        `${disk}/out was not written: the disk is full. Free some space, or write to another disk.\n`,
      );
    }));
});

describe("writeTogether", () => {
  const filesIn = (folder: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      target: join(folder, `${i}`),
      content: ascii(`content ${i}`),
    }));

  it("has each file on the disk before it gets its name, and each folder once, at the end", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, "a"));
      mkdirSync(join(folder, "b"));
      const files = [...filesIn(join(folder, "a"), 40), ...filesIn(join(folder, "b"), 3)];
      const pathOf = (descriptor: number): string => readlinkSync(`/proc/self/fd/${descriptor}`);
      const events: string[] = [];
      mockedSync.mockImplementation((descriptor, done) => {
        const path = pathOf(descriptor);
        setImmediate(() => {
          events.push(`synced ${path}`);
          done(null);
        });
      });
      mockedSyncNow.mockImplementation((descriptor) => void events.push(`synced ${pathOf(descriptor)}`));
      mockedLink.mockImplementation((from, to) => {
        expect(events.at(-1)).not.toBe(`named ${to}`);
        expect(events).toContain(`synced ${from}`);
        events.push(`named ${to}`);
        renameSync(from, to);
      });
      const done: string[] = [];
      await writeTogether(files, NEW, ({ target }) => done.push(target));
      expect(done).toEqual(files.map(({ target }) => target));
      expect(events.slice(-2)).toEqual([`synced ${join(folder, "a")}`, `synced ${join(folder, "b")}`]);
      expect(events.filter((event) => event.startsWith("synced"))).toHaveLength(43 + 2);
      for (const { target, content } of files) expect(readFileSync(target)).toEqual(Buffer.from(content));
      expect(readdirSync(folder, { recursive: true })).toHaveLength(43 + 2);
    }));

  it.each([
    ["that exists", (path: string) => void writeFileSync(path, "old"), "exists"],
    ["whose folder is gone", () => {}, "its folder does not exist"],
  ])("keeps those before one %s, writes none behind it, and leaves nothing else", (what, prepare, says) =>
    withFolder(async (folder) => {
      const files = filesIn(folder, 30);
      const bad = what === "that exists" ? join(folder, "20") : join(folder, "gone/20");
      prepare(bad);
      const all = files.map((file, i) => (i === 20 ? { ...file, target: bad } : file));
      const done: string[] = [];
      expect(await messageOf(writeTogether(all, NEW, ({ target }) => done.push(target)))).toContain(says);
      expect(done).toEqual(files.slice(0, 20).map(({ target }) => target));
      const there = new Set([...done, ...(what === "that exists" ? [bad] : [])]);
      expect(new Set(readdirSync(folder).map((name) => join(folder, name)))).toEqual(there);
    }),
  );

  it("names no file that the disk did not take", () =>
    withFolder(async (folder) => {
      let calls = 0;
      mockedSync.mockImplementation((_, done) =>
        setImmediate(() => done(++calls === 3 ? systemError("ENOSPC") : null)),
      );
      const message = await messageOf(writeTogether(filesIn(folder, 10), NEW, () => {}));
      expect(message).toContain("the disk is full");
      expect(readdirSync(folder).sort()).toEqual(["0", "1"]);
    }));

  it("replaces files with force, and no input", () =>
    withFolder(async (folder) => {
      const files = filesIn(folder, 3);
      for (const { target } of files) writeFileSync(target, "old");
      await writeTogether(files, FORCE, () => {});
      expect(readFileSync(join(folder, "2"), "utf8")).toBe("content 2");
      const inputs = new InputFiles([join(folder, "1")]);
      const message = await messageOf(writeTogether(files, { force: true, inputs }, () => {}));
      expect(message).toContain("is an input");
    }));
});
