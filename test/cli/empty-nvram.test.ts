/** What people read of records that hold no NVRAM: why, where that is known, and never a guess. */
import { describe, expect, it } from "vitest";
import { secureBootFact } from "../../report/render/secure-boot-text.ts";
import { verdictSentence } from "../../report/render/verdicts.ts";
import { findingReportOf, vmReportOf } from "../builders/judged.ts";
import { put, run, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const FORMATS = ["table", "markdown", "html", "json", "ndjson", "sarif", "junit"];
const GUESS = "boots by BIOS, or was never started";

const uuid = "00000000-0000-4000-8000-000000000028";
const uefi = { uuid, name_label: "files", power_state: "Halted", HVM_boot_params: { firmware: "uefi" } };
const xoObject = { type: "VM", uuid, name_label: "web", power_state: "Running", boot: { firmware: "uefi" } };

describe("a record that carries no NVRAM", () => {
  it.each(FORMATS)("is never guessed at in %s", (format) => {
    const path = put(folder, "objects.json", JSON.stringify([uefi, xoObject, { ...uefi, NVRAM: {} }]));
    const { stdout } = run(["analyze", path, "--format", format]);
    expect(stdout).not.toBe("");
    expect(stdout).not.toContain(GUESS);
  });

  it("is not known, and says how to get it", () => {
    const path = put(folder, "bare.json", JSON.stringify(uefi));
    const { stdout, status } = run([path]);
    expect(status).toBe(0);
    expect(stdout).toContain("NOT KNOWN  files");
    expect(stdout).toContain("param-name=NVRAM");
    const { inputs } = JSON.parse(run([path, "--format", "json"]).stdout);
    expect(inputs[0].vms[0]).toMatchObject({
      firmware: "uefi",
      verdict: "unknown",
      nvram: {
        state: "not-in-record",
        version: null,
        bytes: null,
        loads: null,
        refusal: null,
        variables: [],
      },
    });
  });

  it("gives other commands nothing to work on, in words", () => {
    const path = put(folder, "bare.json", JSON.stringify(uefi));
    for (const args of [
      ["extract", path, "--out", `${folder}/out`],
      ["diff", path, path],
    ]) {
      const { stderr, status } = run(args);
      expect(stderr).not.toMatch(/undefined|not-in-record/);
      expect(status).not.toBe(70);
    }
  });
});

describe("verdictSentence", () => {
  const sentence = (fields: Parameters<typeof vmReportOf>[0]) => verdictSentence(vmReportOf(fields));

  it.each([
    [{ firmware: "bios", verdict: "no-nvram" }, "boots by BIOS, and its record holds no UEFI variables"],
    [{ firmware: "uefi", verdict: "no-nvram" }, "was never started"],
    [{ firmware: "uefi", verdict: "unknown" }, "holds no UEFI variables"],
    [{ firmware: null, verdict: "no-nvram" }, "or has lost them"],
  ] as const)("says of an empty map with %o why it is empty", (fields, words) => {
    expect(sentence({ ...fields, nvram: null })).toContain(words);
  });

  it("says of a VM that boots by BIOS that it uses none, and nothing of Secure Boot", () => {
    const { nvram } = vmReportOf();
    expect(sentence({ firmware: "bios", verdict: "healthy" })).toContain("does not use this NVRAM");
    const refused = { ...nvram!, loads: false };
    const findings = [findingReportOf({ breaks: "start" })];
    expect(sentence({ firmware: "bios", verdict: "at-risk", nvram: refused, findings })).toContain(
      "Set to UEFI the VM would not start",
    );
    expect(secureBootFact({ firmware: "bios", secureBoot: false, secureBootSetting: "auto" })).toBe("BIOS");
  });
});
