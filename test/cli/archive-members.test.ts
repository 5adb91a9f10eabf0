import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { incidentBlob } from "../builders/blob.ts";
import { bzip2, reportFiles } from "../builders/bug-report.ts";
import { makeXva } from "../builders/tar.ts";
import { makeZip } from "../builders/zip.ts";
import { put, run, temporaryFolder } from "./run.ts";

const root = temporaryFolder();
const DUMP = { name: "a b/it's.vars", bytes: incidentBlob(10, 3) };
const TAR = makeXva([DUMP, ...reportFiles()]);
const UPDATE = new Uint8Array(40);
let count = 0;

/** A folder with these files, to work in. */
function place(files: Readonly<Record<string, Uint8Array>>): string {
  const cwd = join(root, `place-${count++}`);
  mkdirSync(cwd);
  for (const [name, bytes] of Object.entries(files)) put(cwd, name, bytes);
  return cwd;
}

/** Runs what a user would copy. */
function unpack(stderr: string, cwd: string, skip: (why: string) => never): void {
  const command = commandOf(stderr);
  if (/unzip/.test(command) && spawnSync("unzip", ["-v"]).status !== 0) skip("there is no unzip here");
  execFileSync("sh", ["-c", command], { cwd });
}

/** The command to copy. */
function commandOf(stderr: string): string {
  const [, command] = /: (mkdir .*?)(?:, and |\n)/.exec(stderr) ?? [];
  if (command === undefined) throw new Error(`no command in ${stderr}`);
  return command;
}

const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["inspect", []],
  ["extract", ["--out", "out"]],
  ["forecast", ["--update", "update.esl", "--variable", "dbx", "--append"]],
];

describe("a member of an archive", () => {
  const cwd = place({ "dumps.tar": TAR, "update.esl": UPDATE });

  it.each([
    ...COMMANDS,
    ["diff", [DUMP.name]],
    ["analyze", ["--fail-on", "never"]],
    ["explain", []],
  ] as const)("is opened by %s as the file is", (command, more) => {
    const where = place({ "dumps.tar": TAR, "update.esl": UPDATE });
    mkdirSync(join(where, "a b"));
    put(where, DUMP.name, DUMP.bytes);
    const first = command === "explain" ? ["incident-2025-10"] : [];
    const [member, file] = [`dumps.tar!${DUMP.name}`, DUMP.name].map((path) => {
      const { status, stdout, stderr } = run(
        [command, ...first, path, ...more, "--format", "json", "--force"].filter(
          (one) => one !== "--force" || command === "extract",
        ),
        { cwd: where },
      );
      return { status, stderr, report: stdout.replaceAll(`dumps.tar!${DUMP.name}`, DUMP.name) };
    });
    expect(member?.status).toBe(0);
    expect(member?.stderr).toBe(file?.stderr);
    if (command !== "analyze") expect(member?.report).toBe(file?.report);
  });

  it("has a name that is looked for", () => {
    const { status, stderr } = run(["inspect", "dumps.tar!other.vars"], { cwd });
    expect(stderr).toBe(
      'varscope: dumps.tar!other.vars: expected a dump named "other.vars" in the archive, found none. varscope analyze dumps.tar tells the names of its dumps.\n',
    );
    expect(status).toBe(3);
  });

  it("may be an archive itself, whose dumps have names, too", () => {
    const where = place({ "outer.tar": makeXva([{ name: "inner.zip", bytes: makeZip([DUMP]) }]) });
    const { status, stderr } = run(["inspect", "outer.tar!inner.zip"], { cwd: where });
    expect(stderr).toContain("expected one dump, found an archive of other files");
    expect(status).toBe(3);
    expect(run(["inspect", `outer.tar!inner.zip!${DUMP.name}`], { cwd: where }).status).toBe(0);
    const { stdout } = run(["analyze", "outer.tar!inner.zip", "--format", "json"], { cwd: where });
    expect(JSON.parse(stdout).inputs.map(({ path }: { path: string }) => path)).toEqual([
      "outer.tar!inner.zip",
      `outer.tar!inner.zip!${DUMP.name}`,
    ]);
  });

  it.each(["verify", "boot"])("is named by %s, with the command that unpacks it", (command) => {
    const { status, stderr } = run([command, `dumps.tar!${DUMP.name}`], { cwd });
    expect(stderr).toContain(
      `found "${DUMP.name}" inside the archive dumps.tar, where it cannot be opened. Unpack it first: mkdir unpacked && tar xf dumps.tar -C unpacked 'a b/it'\\''s.vars', and name 'unpacked/a b/it'\\''s.vars'.`,
    );
    expect(status).toBe(3);
    expect(readdirSync(cwd)).toEqual(["dumps.tar", "update.esl"]);
  });

  it.for<readonly [string, Uint8Array | null]>([
    ["dumps.tar", TAR],
    ["dumps.tar.bz2", bzip2(TAR)],
    ["dumps.zip", makeZip([DUMP])],
    ["no-ending", makeZip([DUMP])],
  ])("can be opened after that command: %s", ([name, bytes], { skip }) => {
    if (bytes === null) return skip("there is no bzip2 here");
    const where = place({ [name]: bytes });
    const { stderr } = run(["verify", `${name}!${DUMP.name}`], { cwd: where });
    unpack(stderr, where, skip);
    const { status, stdout } = run(["inspect", `unpacked/${DUMP.name}`], { cwd: where });
    expect(status).toBe(0);
    expect(stdout).toContain("dbx");
  });

  it("can be opened after it, too, where one archive is in another", ({ skip }) => {
    const inner = { name: "in/inner.zip", bytes: makeZip([DUMP]) };
    const where = place({ "outer.tar": makeXva([inner]) });
    const { stderr } = run(["verify", `outer.tar!${inner.name}!${DUMP.name}`], { cwd: where });
    unpack(stderr, where, skip);
    expect(run(["repair", `unpacked/${DUMP.name}`, "--dry-run"], { cwd: where }).status).toBe(0);
  });

  it("is repaired as it is", () => {
    const { status, stdout } = run(["repair", `dumps.tar!${DUMP.name}`, "--dry-run"], { cwd });
    expect([status, stdout]).toEqual([0, expect.stringContaining("Of 1 copy of an NVRAM")]);
  });

  it("is none where the file before the mark is missing or no archive, nor where a file has the mark in its name", () => {
    const where = place({ "a.vars": DUMP.bytes, "b!c.vars": DUMP.bytes });
    for (const command of ["inspect", "repair"]) {
      for (const path of ["no.tar!x", "a.vars!x", "!x", "a.vars!"]) {
        const { status, stderr } = run([command, path], { cwd: where });
        expect(stderr).toContain("no such file");
        expect(status).toBe(3);
      }
    }
    expect(run(["inspect", "b!c.vars"], { cwd: where }).status).toBe(0);
  });

  it("shows nothing of its name to a terminal as it is", () => {
    const { stderr } = run(["inspect", "dumps.tar!\u001b[2Jx"], { cwd });
    expect(stderr).not.toContain("\u001b");
  });
});

describe("an archive", () => {
  const many = Array.from({ length: 1100 }, (_, i) => ({ name: `logs/${i}`, bytes: new Uint8Array(1) }));
  it.for<readonly [string, Uint8Array]>([
    ["bug.tar", TAR],
    ["bug.tar", makeXva(many)],
    ["bug.zip", makeZip([DUMP])],
  ])(
    "gets the commands that show and unpack it from those that take one dump: %s, case %#",
    ([name, bytes], { skip }) => {
      const where = place({ [name]: bytes, "update.esl": UPDATE });
      for (const [command, more] of COMMANDS) {
        const { status, stderr } = run([command, name, ...more], { cwd: where });
        expect(stderr).toContain(`varscope analyze ${name} tells what it holds`);
        expect(stderr.trimEnd().split("\n")).toHaveLength(1);
        expect(status).toBe(3);
      }
      const { stderr } = run(["inspect", name], { cwd: where });
      unpack(stderr, where, skip);
      expect(readdirSync(join(where, "unpacked"))).not.toEqual([]);
    },
  );

  it("that comes by standard input has no name to unpack", () => {
    const { status, stderr } = run(["inspect", "-"], { input: TAR });
    expect(stderr).toContain("Save it as a file and unpack that");
    expect(status).toBe(3);
  });
});

describe("members of one name", () => {
  const twice = makeXva([DUMP, { ...DUMP, bytes: incidentBlob() }]);
  it.each(["-q", "--format json", "--format ndjson --jobs 2"])(
    "are told on standard error, whatever is asked for: %s",
    (options) => {
      const cwd = place({ "a.tar": twice, "b.tar": TAR, "c.tar": twice });
      const { stderr } = run(["a.tar", "b.tar", "c.tar", ...options.split(" ")], { cwd });
      expect(stderr.match(/[ac]\.tar: 1 member has the name of an earlier one\./g)).toHaveLength(2);
      expect(stderr).not.toContain("b.tar");
    },
  );
});
