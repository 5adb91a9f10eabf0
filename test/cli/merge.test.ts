import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { base64, put, run, runInShell, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const dumps = join(folder, "dumps");
const notes = join(folder, "notes");
for (const made of [dumps, notes]) mkdirSync(made);
for (let i = 0; i < 40; i++) {
  put(dumps, `${i}.efivars.b64`, base64(i % 5 === 0 ? incidentBlob() : healthyBlob()));
  put(notes, `${i}.txt`, "notes");
}
const LINES = ["--format", "ndjson", "--as-of", "2026-11-22"];

function parts(paths: readonly string[], count: number): string[] {
  return [...Array(count).keys()].map((i) => {
    const { stdout } = run([...paths, ...LINES, "--shard", `${i + 1}/${count}`]);
    return put(folder, `${paths.length}-${i + 1}-of-${count}.ndjson`, stdout);
  });
}

describe("corpus merge", () => {
  it.each([
    ["one folder", [dumps]],
    ["several, one of them without any dump", [dumps, notes, dumps]],
    ["only what is no dump", [notes]],
  ])("gives what one run gives, byte for byte: %s", (_what, paths) => {
    const whole = run([...paths, ...LINES]);
    for (const count of [1, 4, 7]) {
      const { stdout, status } = run(["corpus", "merge", ...parts(paths, count)]);
      expect(stdout === whole.stdout, `${count} parts`).toBe(true);
      expect(status).toBe(whole.status);
    }
  });

  it("ends as what was seen so far does, where the reader went away", () => {
    const results = parts([dumps], 1).map((path) => `'${path}'`);
    const { stderr } = runInShell(`(sleep 0.2; $0 corpus merge ${results.join(" ")}; echo $? >&2) | true`);
    expect(stderr).toBe("1\n");
  });

  it("ends with 1 only where findings are asked for", () => {
    const results = parts([dumps], 2);
    expect(run(["corpus", "merge", ...results]).status).toBe(1);
    expect(run(["corpus", "merge", ...results, "--fail-on", "never"]).status).toBe(0);
  });

  it("ends with 70 for a defect in a case, as the run did, whatever else changed", () => {
    const row = (place: number, status: string, code: string | null): string =>
      `${JSON.stringify({ place, case: `${place}`, status, error: code === null ? null : { code } })}\n`;
    const changed = put(folder, "changed.ndjson", row(0, "changed", null));
    const failed = put(folder, "failed.ndjson", row(1, "failed", "truncated"));
    const defect = put(folder, "defect.ndjson", row(1, "failed", "defect"));
    expect(run(["corpus", "merge", changed, failed]).status).toBe(1);
    expect(run(["corpus", "merge", changed, defect]).status).toBe(70);
    expect(run(["corpus", "merge", changed, defect, "--fail-on", "never"]).status).toBe(70);
  });

  it("refuses a part that is cut, one that is there twice, and what is no result", () => {
    const [first = "", second = ""] = parts([dumps], 2);
    const text = run([dumps, ...LINES, "--shard", "1/2"]).stdout;
    const cut = put(folder, "cut.ndjson", text.slice(0, -10));
    expect(run(["corpus", "merge", cut, second])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("--resume"),
    });
    expect(run(["corpus", "merge", first, first]).stderr).toContain("no two parts of one run");
    expect(run(["corpus", "merge", put(folder, "x.ndjson", "{}\n")]).stderr).toContain("no result");
    expect(run(["corpus", "merge", join(folder, "missing")]).status).toBe(3);
    const reversed = `${text.trimEnd().split("\n").reverse().join("\n")}\n`;
    expect(run(["corpus", "merge", put(folder, "reversed.ndjson", reversed)]).stderr).toContain(
      "stands behind",
    );
  });

  it("names the line and the member of it that is not as results are, for whatever the line is read", () => {
    const [good = ""] = run([dumps, ...LINES]).stdout.split("\n");
    const result = JSON.parse(good);
    const [copy] = result.vms;
    const withCopy = (members: object) => ({ ...result, vms: [{ ...copy, ...members }] });
    const wrong: readonly (readonly [value: object | null, told: string])[] = [
      [{ ...result, vms: [null] }, "vms[0] is not an object"],
      [{ ...result, vms: {} }, "vms is not an array"],
      [withCopy({ findings: null }), "vms[0].findings is not an array"],
      [withCopy({ findings: ["x", null, {}] }), "vms[0].findings[0] is not an object"],
      [withCopy({ findings: [{ ruleId: 1, severity: "error" }] }), "vms[0].findings[0].ruleId is not a text"],
      [withCopy({ verdict: "constructor" }), "vms[0].verdict is not one of"],
      [withCopy({ uuid: [] }), "vms[0].uuid is not a text"],
      [{ ...result, path: 1 }, "path is not a text"],
      [{ ...result, findings: [null] }, "findings[0] is not an object"],
      [{ ...result, error: "none" }, "error is not an object"],
      [null, "it is not an object"],
      [[], "it is not an object"],
    ];
    wrong.forEach(([value, told], i) => {
      const text = `${good}\n${JSON.stringify(value)}\n`;
      const path = put(folder, `wrong-${i}.ndjson`, text);
      const merged = run(["corpus", "merge", path]);
      expect(merged).toMatchObject({ status: 3, stderr: expect.stringContaining("line 2 (at byte ") });
      expect(merged.stderr).toContain(told);
      const compared = run([dumps, "--baseline", path]);
      expect(compared).toMatchObject({ status: 3, stderr: expect.stringContaining("line 2 (at byte ") });
      expect(compared.stderr).toContain(told);
      const resumed = run([dumps, ...LINES, "--resume", path]);
      expect(resumed).toMatchObject({ status: 2, stderr: expect.stringContaining(`line 2: ${told}`) });
      expect(readFileSync(path, "utf8")).toBe(text);
    });
    const misplaced = put(folder, "misplaced.ndjson", `${JSON.stringify({ ...result, place: "0" })}\n`);
    expect(run(["corpus", "merge", misplaced]).stderr).toContain("line 1 (at byte 0) is no result");
    const odd = put(
      folder,
      "case.ndjson",
      `${JSON.stringify({ place: 0, case: "a", status: 1, error: null })}\n`,
    );
    expect(run(["corpus", "merge", odd])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("status is not a text"),
    });
  });

  it("takes lines that a Windows tool has ended, and ends them as it does itself", () => {
    const { stdout } = run([dumps, ...LINES]);
    const path = put(folder, "crlf.ndjson", stdout.replaceAll("\n", "\r\n"));
    expect(run(["corpus", "merge", path]).stdout === stdout).toBe(true);
  });

  it("says of a folder and of a pipe that they are no files, and waits for neither", () => {
    const { status, stderr } = run(["corpus", "merge", dumps]);
    expect({ status, stderr: stderr.trimEnd() }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/is no regular file[^\n]*\.$/),
    });
    const piped = runInShell(`mkfifo '${folder}/pipe' && timeout 20 $0 corpus merge '${folder}/pipe'`);
    expect(piped).toMatchObject({ status: 3, stderr: expect.stringContaining("no regular file") });
    expect(run(["corpus", "merge", join(folder, "missing")]).stderr).not.toContain("..");
  });

  it("never writes over one of its parts", () => {
    const results = parts([dumps], 2);
    const [first = ""] = results;
    const before = readFileSync(first, "utf8");
    expect(run(["corpus", "merge", ...results, "--output", first, "--force"]).status).toBe(2);
    expect(readFileSync(first, "utf8") === before).toBe(true);
  });

  it("needs files, and prints lines only", () => {
    expect(run(["corpus", "merge"]).status).toBe(2);
    expect(run(["corpus", "merge", "x", "--format", "json"]).status).toBe(2);
  });
});
