/** The program as a process: pipes, signals, terminals, defects. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { incidentBlob, MICROSOFT_OWNER, sha256List } from "../builders/blob.ts";
import { base64, PROGRAM, put, run, runInShell, temporaryFolder, UUID_A, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const incident = put(folder, "incident.efivars.b64", base64(incidentBlob()));
const esl = put(folder, "one.esl", sha256List(MICROSOFT_OWNER, 1));
const hasScript = spawnSync("script", ["--version"]).status === 0;

/** What the program prints on a terminal. */
function onTerminal(args: string, env: Record<string, string> = {}): string {
  const command = `${process.execPath} ${PROGRAM} ${args}`;
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
  });
  return stdout.replaceAll("\r\n", "\n");
}

describe("pipes", () => {
  it("get a report of megabytes whole, however slow the reader is", () => {
    const paths = Array.from({ length: 60 }, () => `'${incident}'`).join(" ");
    const { stdout } = runInShell(`$0 inspect '${incident}' --format json | (sleep 1; cat) | wc -c`);
    expect(Number(stdout)).toBe(Buffer.byteLength(run(["inspect", incident, "--format", "json"]).stdout));
    expect(Number(stdout)).toBeGreaterThan(300_000);
    const many = runInShell(`$0 ${paths} --format json | (sleep 1; cat)`);
    expect(JSON.parse(many.stdout).inputs).toHaveLength(60);
  });

  it.each(["table", "json", "ndjson"])("that are closed end the program quietly (%s)", (format) => {
    const paths = Array.from({ length: 60 }, () => `'${incident}'`).join(" ");
    const { stdout, stderr } = runInShell(`$0 ${paths} --format ${format} | head -n 1`);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("");
  });

  it("that are closed end inspect, repair and explain quietly, too", () => {
    for (const command of [
      `inspect '${incident}' --all`,
      `repair '${incident}' --dry-run`,
      "explain",
      "--help",
    ]) {
      const { stderr } = runInShell(`$0 ${command} | head -c 1 > /dev/null`);
      expect(stderr).toBe("");
    }
  });

  it("that are closed take nothing from the exit code", () => {
    const cut = put(folder, "cut.vars", incidentBlob().subarray(0, 3000));
    const none = `'${folder}/none.xva'`;
    const answers = [
      `repair '${cut}'`,
      `repair '${cut}' --format json`,
      `diff '${incident}' '${cut}'`,
      `verify ${none}`,
      `verify '${incident}'`,
      `explain wrong-signature-owner ${none}`,
      `extract ${none} --out '${folder}/nothing'`,
      `inspect ${none} --format json`,
      `forecast '${cut}' --update '${esl}' --fail-on error`,
    ].map((command) => {
      const { status } = runInShell(`$0 ${command} > /dev/null 2>&1`);
      const closed = runInShell(`(sleep 0.2; $0 ${command} 2> /dev/null; echo $? >&2) | true`);
      return { command, status, closed: closed.stderr };
    });
    expect(answers.map(({ status }) => status)).toEqual([4, 4, 1, 3, 3, 3, 3, 3, 1]);
    expect(answers.filter(({ status, closed }) => closed !== `${status}\n`)).toEqual([]);
  });

  it("that are closed keep no file from being written", () => {
    const [blob, out] = [put(folder, "small.vars", incidentBlob(100)), join(folder, "after.vars")];
    runInShell(`(sleep 0.2; $0 forecast '${blob}' --update '${esl}' --daemon fixed --out '${out}') | true`);
    expect(existsSync(out)).toBe(true);
  });

  it("of standard error that are closed or full change no answer", () => {
    const none = `'${folder}/none.vars'`;
    for (const command of [none, `'${incident}' ${none}`, `repair ${none}`, `verify ${none}`]) {
      expect(runInShell(`(sleep 0.2; $0 ${command} 2>&1; echo $? >&3) 3>&2 | true`).stderr).toBe("3\n");
      if (existsSync("/dev/full")) expect(runInShell(`$0 ${command} 2> /dev/full`).status).toBe(3);
    }
    expect(runInShell("(sleep 0.2; $0 --bogus 2>&1; echo $? >&3) 3>&2 | true").stderr).toBe("2\n");
  });

  it.skipIf(!existsSync("/dev/full"))("that lead to a full disk are told, and are no defect", () => {
    const { status, stderr } = runInShell(`$0 '${incident}' > /dev/full`);
    expect(status).toBe(2);
    expect(stderr).toContain("Standard output cannot be written");
  });
});

describe("colour", () => {
  it("is never in a pipe, unless it is forced", () => {
    expect(run([incident]).stdout).not.toContain("\u001b");
    expect(run([incident], { env: { FORCE_COLOR: "1" } }).stdout).toContain("\u001b[31m");
  });

  it.skipIf(!hasScript)("is on a terminal, unless NO_COLOR or --output take it away", () => {
    expect(onTerminal(incident)).toContain("\u001b[31mWILL NOT START");
    expect(onTerminal(incident, { NO_COLOR: "1" })).not.toContain("\u001b");
    expect(onTerminal(`${incident} --format json`)).not.toContain("\u001b");
  });

  it.skipIf(!hasScript)(
    "keeps what failed on standard error where a table tells it on the same terminal",
    () => {
      const text = onTerminal(`${folder}/none.vars`, { NO_COLOR: "1" });
      expect(text.match(/found no such file/g)).toHaveLength(2);
    },
  );
});

describe("the progress on a terminal", () => {
  const xva = put(folder, "backup.xva", xvaOf({ uuid: UUID_A, name: "a", blob: incidentBlob() }));

  /** Lines as they were drawn one over the other, on a terminal of `columns`. What is read from `-` takes two seconds. */
  function drawn(input: string, command: string, columns: number): readonly string[] {
    const slow = `stty cols ${columns}; (cat '${input}'; sleep 2) | ${process.execPath} ${PROGRAM} ${command}`;
    const { stdout } = spawnSync("script", ["-qec", `bash -c "${slow}"`, "/dev/null"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], TERM: "xterm" },
    });
    return stdout.split("\r\u001b[K").slice(1);
  }

  it.skipIf(!hasScript)("of a reading tells what was read, and is cleared", () => {
    const lines = drawn(xva, "verify -", 80);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^\d.* read, .*\/s$/);
    expect(lines.at(-1)).toMatch(/^\S/);
    expect(lines.at(-1)).not.toContain(" read, ");
  });

  it.skipIf(!hasScript)("of a reading is never wider than the terminal", () => {
    expect(drawn(xva, "verify -", 12)[0]).toHaveLength(11);
  });

  it.skipIf(!hasScript)(
    "of a run tells how many files are judged and the worst verdicts, and is cleared",
    () => {
      const lines = drawn(incident, `${incident} - --output /dev/null`, 60);
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.at(-2)).toMatch(/^1 of 2 \(50 %\) judged, .*left; 1 will not start/);
      for (const line of lines) expect(line.length).toBeLessThan(60);
      expect(lines.at(-1)).toBe("");
    },
  );

  it.skipIf(!hasScript)("is not shown where it is not wanted", () => {
    expect(drawn(incident, `${incident} - --no-progress --output /dev/null`, 60)).toEqual([]);
  });

  it.skipIf(!hasScript)("of a run counts files, and nothing for the folder that holds them", () => {
    const two = join(folder, "two");
    mkdirSync(two);
    for (const name of ["a.vars", "b.vars"]) put(two, name, incidentBlob(3, 2));
    expect(drawn(incident, `${two} - --jobs 1 --output /dev/null`, 60).at(-2)).toContain(
      "2 of 3 (66 %) judged",
    );
  });
});

describe("a pipe as the place of a report whose reader goes away", () => {
  it("takes nothing from what is written, nor from the exit code", () => {
    const out = join(folder, "piped.vars");
    const command = `{ sleep 0.3; $0 repair '${incident}' --out '${out}' --output /dev/stdout; echo $? >&2; } | true`;
    expect(runInShell(command).stderr).toBe("0\n");
    expect(existsSync(out)).toBe(true);
  });
});

describe("a working directory that was deleted", () => {
  const gone = (line: string) =>
    runInShell(`mkdir gone && cd gone && rmdir ../gone && ${line}`, { cwd: folder });

  it("does not matter to what has a whole path", () => {
    expect(gone(`$0 '${incident}' --fail-on never`)).toMatchObject({ status: 0, stderr: "" });
  });

  it("is told where it does", () => {
    expect(gone("$0 --help")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("The working directory is gone."),
    });
    expect(gone("$0 vm.vars --fail-on never")).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("no such file"),
    });
  });
});

describe("a device as the place of a report", () => {
  it("is written as it is", () => {
    expect(run([incident, "--output", "/dev/null", "--fail-on", "never"])).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it.skipIf(!existsSync("/dev/full"))("that is full is told", () => {
    expect(run([incident, "--output", "/dev/full"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("cannot be written"),
    });
  });
});

describe("a table of reference", () => {
  it("is never written over", () => {
    const path = put(folder, "table.json", '{"images":{"x64":[]}}');
    const args = [incident, "--reference", path, "--output", path, "--force"];
    expect(run(args)).toMatchObject({ status: 2, stderr: expect.stringContaining("is an input") });
  });
});

describe("an interrupt", () => {
  it("ends the program at once and leaves nothing behind", async () => {
    const output = join(folder, "report.json");
    const child = spawn(process.execPath, [PROGRAM, "-", "--format", "json", "--output", output], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.write("VkFS");
    while (!readdirSync(folder).some((name) => name.endsWith(".tmp")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    // By the signal itself, which a shell shows as 130.
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
    expect(readdirSync(folder).filter((name) => name.includes("report") || name.endsWith(".tmp"))).toEqual(
      [],
    );
  });

  it("is not kept waiting for the last of many files by a single thread", async () => {
    const paths = Array.from({ length: 4000 }, () => incident);
    const out = join(folder, "single");
    mkdirSync(out);
    const args = [...paths, "--format", "ndjson", "--jobs", "1", "--output", join(out, "many.ndjson")];
    const child = spawn(process.execPath, [PROGRAM, "analyze", ...args], { stdio: "ignore" });
    while (readdirSync(out).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGINT");
    const asked = performance.now();
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(readdirSync(out)).toEqual([]);
  });
});

describe("an interrupt of work that never waits", () => {
  it("ends the program before anything is written", async () => {
    const NVRAM = { "EFI-variables": Buffer.from(incidentBlob()).toString("base64") };
    const records = Array.from({ length: 400 }, (_, i) => ({
      uuid: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
      NVRAM,
    }));
    const path = put(folder, "many.json", JSON.stringify(records));
    const out = join(folder, "many");
    const child = spawn(process.execPath, [PROGRAM, "repair", path, "--emit", "efivars", "--out", out], {
      stdio: "ignore",
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
    expect(existsSync(out)).toBe(false);
  });
});

describe("a defect", () => {
  const broken = put(
    folder,
    "broken.cjs",
    'JSON.stringify = () => { throw new Error("on purpose \\u001b[31m"); };',
  );

  it("ends with 70, with the stack and a request to report it", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--require", broken, PROGRAM, incident, "--format", "json"],
      { encoding: "utf8" },
    );
    expect(status).toBe(70);
    expect(stderr).toContain("Please report it");
    expect(stderr).toContain("on purpose");
    expect(stderr).toMatch(/\n +at /);
    expect(stderr).not.toContain("\u001b");
  });

  it("leaves no half-written report", () => {
    const output = join(folder, "half.json");
    const args = ["--require", broken, PROGRAM, incident, "--format", "json", "--output", output];
    expect(spawnSync(process.execPath, args).status).toBe(70);
    expect(readdirSync(folder).filter((name) => name.includes("half") || name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("the bundle", () => {
  it("reads no file but those that it is asked for", () => {
    const { stderr, error } = spawnSync(
      "strace",
      ["-f", "-e", "trace=openat,open", process.execPath, PROGRAM, incident],
      { encoding: "utf8" },
    );
    if (error !== undefined) return;
    // Node itself asks for a package.json beside what it loads.
    const opened = (stderr.match(/"[^"]*\.json"/g) ?? []).filter((path) => !path.endsWith('/package.json"'));
    expect(opened).toEqual([]);
  });
});
