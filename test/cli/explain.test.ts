import { describe, expect, it } from "vitest";
import { ruleLines } from "../../cli/table/explain-text.ts";
import { WINDOWS_EVENT_IDS } from "../../parsers/host/windows-events.ts";
import { makeStyle } from "../../report/render/style.ts";
import { RULES } from "../../rules/index.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const incident = put(folder, "vm.vars", incidentBlob(20, 3));

describe("explain", () => {
  it("lists all rules when it stands alone", () => {
    const { status, stdout } = run(["explain"]);
    expect(status).toBe(0);
    for (const { meta } of RULES) expect(stdout).toContain(meta.id);
  });

  it("prints what a rule is about", () => {
    const { status, stdout } = run(["explain", "wrong-signature-owner"]);
    expect(status).toBe(0);
    for (const heading of ["What it looks for", "Why it matters", "Repair", "Known from"])
      expect(stdout).toContain(heading);
    expect(stdout).toContain("9be025e2-415b-435d-ad61-6b3e094fc28d");
    expect(stdout).not.toContain("Evidence");
  });

  it("says of every rule what it breaks within 80 columns", () => {
    for (const { meta } of RULES) {
      const [, ...lines] = ruleLines(meta, { style: makeStyle(false), columns: 80 });
      for (const line of lines) if (line.includes(" ", 4)) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  it("shows the evidence of a dump: facts, place and repair", () => {
    const { status, stdout } = run(["explain", "wrong-signature-owner", incident]);
    expect(status).toBe(0);
    expect(stdout).toContain("3 findings.");
    expect(stdout).toMatch(/at vms\[0\]\.NVRAM\.EFI-variables\.variables\[6\]\.data, bytes \d+ to \d+/);
    expect(stdout).toContain("repair (safe)");
    expect(run(["explain", "wrong-signature-owner", put(folder, "ok.vars", healthyBlob())]).stdout).toContain(
      "Nothing found.",
    );
  });

  it("says the same as JSON", () => {
    const { rules, evidence } = JSON.parse(
      run(["explain", "wrong-signature-owner", incident, "--format", "json"]).stdout,
    );
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({ id: "wrong-signature-owner", docs: { what: expect.any(String) } });
    expect(evidence[0].findings).toHaveLength(3);
    const lines = run(["explain", "--format", "ndjson"]).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(RULES.map(({ meta }) => meta.id));
  });

  it("answers in two lines for a rule that is none, with near matches", () => {
    const { status, stderr } = run(["explain", "wrong-owner"]);
    expect(status).toBe(2);
    expect(stderr).toContain("Did you mean wrong-signature-owner");
    for (const word of ["wrong-owner", "nosuch", "1794", ""]) {
      const answer = run(["explain", word]);
      expect(answer).toMatchObject({ status: 2, stdout: "" });
      expect(answer.stderr.trimEnd().split("\n")).toHaveLength(2);
      expect(answer.stderr.length).toBeLessThan(400);
    }
    expect(run(["explain", "nosuch"]).stderr).not.toContain("Did you mean");
  });

  it("names the rules behind an event of Windows", () => {
    const ids = RULES.map(({ meta }) => meta.id);
    for (const number of WINDOWS_EVENT_IDS) {
      const { stdout } = run(["explain", String(number)]);
      const named = [...stdout.matchAll(/varscope explain (\S+)/g)].map(([, id]) => id);
      expect(named).toContain("windows-secure-boot-event");
      expect(named.filter((id) => id === undefined || !ids.includes(id))).toEqual([]);
    }
    for (const word of ["1794", "01795", "1795.0", "0x703", "-1"]) {
      expect(run(["explain", "--", word]).stderr).not.toContain("Windows");
    }
  });

  it("ends with 3 where the dump cannot be read", () => {
    const { status, stdout } = run(["explain", "wrong-signature-owner", `${folder}/none.vars`]);
    expect(status).toBe(3);
    expect(stdout).toContain("1 input not read");
  });
});
