/** `ask` and what `explain` says of events and errors: which file to ask for, and how it is got. */
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { ASKS, asksFor } from "../../report/asks/index.ts";
import { TOPICS } from "../../report/asks/topics.ts";
import { RULES } from "../../rules/index.ts";
import { WINDOWS_EVENTS } from "../../rules/knowledge/windows-events.ts";
import { run, runInShell } from "./run.ts";

describe("ask", () => {
  it("lists all questions", () => {
    const { status, stdout } = run(["ask"]);
    expect(status).toBe(0);
    for (const { id, question } of ASKS) {
      expect(stdout).toContain(id);
      expect(stdout).toContain(question.split(" ")[0]);
    }
  });

  it.each(ASKS)("says how it is got, and what reads it: $id", ({ id, ways, command: reads }) => {
    const { status, stdout } = run(["ask", id]);
    expect(status).toBe(0);
    for (const command of ways.flatMap(({ commands }) => commands))
      expect(stdout).toContain(`      ${command}\n`);
    expect(stdout).toContain(`varscope ${reads}`);
    expect(run(["ask", id, "--format", "markdown"]).stdout).toContain(`varscope ${reads}`);
  });

  it("answers people's own words", () => {
    const answers = [
      ["why does my VM not start", "failed-start"],
      ["FAILED_TO_START_EMULATOR", "failed-start"],
      ["which VMs of the pool are affected", "pool"],
      ["what events does windows log", "windows"],
      ["since when is it bad, which backup", "backups"],
    ];
    for (const [question = "", id = ""] of answers)
      expect(run(["ask", ...question.split(" ")]).stdout).toContain(`${id}: `);
    expect(run(["ask", "1795"]).stdout).toMatch(/^1795: .*windows: /s);
  });

  it("says what it knows where a question has none of its words", () => {
    const { status, stderr } = run(["ask", "xyzzy"]);
    expect(status).toBe(2);
    for (const { id } of ASKS) expect(stderr).toContain(id);
  });

  it("gives JSON of its schema", () => {
    const validate = new Ajv({ strict: true }).compile(JSON.parse(run(["schema", "ask"]).stdout));
    for (const args of [[], ["vm"], ["1801"]])
      expect(validate(JSON.parse(run(["ask", ...args, "--format", "json"]).stdout))).toBe(true);
    const lines = run(["ask", "--format", "ndjson"]).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(ASKS.map(({ id }) => id));
  });

  it("prints commands that a shell reads as they are meant", () => {
    const commands = ASKS.flatMap(({ ways }) => ways).flatMap(({ where, commands: lines }) =>
      where === "guest-windows" ? [] : lines,
    );
    for (const command of commands) {
      expect(command).not.toMatch(/<[^(]/);
      expect(runInShell(`bash -n <<'END'\n${command}\nEND`)).toMatchObject({ status: 0, stderr: "" });
    }
  });
});

describe("explain --collect", () => {
  it("knows a file for every rule, and says the same as ask", () => {
    for (const { meta } of RULES) expect(asksFor(meta.id), meta.id).toHaveLength(1);
    for (const word of ["nvram-lost", "1795", "windows"]) {
      const { status, stdout } = run(["explain", word, "--collect"]);
      expect(status).toBe(0);
      expect(stdout).toBe(run(["ask", word]).stdout);
    }
    expect(run(["explain", "--collect"]).stdout).toBe(run(["ask"]).stdout);
    expect(run(["ask", "nvram-lost"]).stdout).toMatch(/^backups: /);
    expect(run(["ask", "boot-file-missing"]).stdout).toContain("xe vm-export uuid=UUID");
  });

  it("reads no file", () => {
    const { status, stderr } = run(["explain", "nvram-lost", "x.vars", "--collect"]);
    expect(status).toBe(2);
    expect(stderr).toContain("Leave the file out");
  });
});

describe("explain of what is no rule", () => {
  it.each([...WINDOWS_EVENTS.keys()])("tells the Windows event %d", (number) => {
    const { status, stdout } = run(["explain", String(number)]);
    expect(status).toBe(0);
    for (const part of ["Here it means:", "What to do:", "What to collect:", "varscope ask windows"])
      expect(stdout).toContain(part);
  });

  it.each(["FAILED_TO_START_EMULATOR", "failed_to_start_emulator"])("tells the error %s of xapi", (word) => {
    const { status, stdout } = run(["explain", word]);
    expect(status).toBe(0);
    expect(stdout).toContain("varscope ask failed-start");
    expect(stdout).toContain("varscope explain varstored-refused-nvram");
    const json = JSON.parse(run(["explain", word, "--format", "json"]).stdout);
    expect(json).toMatchObject({ evidence: null, topics: [{ id: "FAILED_TO_START_EMULATOR" }] });
  });

  it("names rules and questions that there are", () => {
    const ids = RULES.map(({ meta }) => meta.id);
    for (const { ruleIds, asks } of TOPICS) {
      for (const id of ruleIds) expect(ids).toContain(id);
      for (const id of asks) expect(ASKS.map((one) => one.id)).toContain(id);
    }
  });

  it("looks for nothing in a file, and says which rules do", () => {
    const { status, stderr } = run(["explain", "1795", "x"]);
    expect(status).toBe(2);
    expect(stderr).toContain("windows-secure-boot-event");
  });
});
