/** A text that is no plain line of base64: what the daemon does with it, and what the host's restore command does. */
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import { restoreReadsText } from "../../parsers/host/restore-command.ts";
import type { VmSource } from "../../parsers/model.ts";
import { nvramOfMap, nvramOfText } from "../../parsers/nvram/nvram.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import {
  bootVariables,
  healthyBlob,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
} from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
/** Ends in one `=`, so that each tail stands behind padding. */
const PADDED = base64(makeBlob(bootVariables()).slice(0, -1)).replace(/=*$/, "=");
const healthy = base64(healthyBlob());

function bareText(text: string): VmSource {
  return { ...vmOf(makeBlob([])), nvram: nvramOfText(ascii(text), new Map(), nodePlatform) };
}

function inRecord(text: string): VmSource {
  return { ...vmOf(makeBlob([])), nvram: nvramOfMap(new Map([["EFI-variables", text]]), nodePlatform) };
}

function layoutFinding(vm: VmSource) {
  return analyzeVm(vm, RULES, settings).findings.find(({ ruleId }) => ruleId === "base64-not-loadable");
}

const repair = (vm: VmSource, strategy: Strategy) => repairVm(vm, strategy, settings);

const READS = "the daemon reads it";
const REFUSES = "the host's restore command refuses it.";
const DEPENDS = "by the version of Python there";

describe("a text with a bad character near its head", () => {
  it.each([
    ["in a record", inRecord],
    ["by itself", bareText],
  ])("says where, and how much follows, and all counts agree: %s", (_, vmWith) => {
    const text = `VkFS!!!!${healthy.slice(8)}`;
    const vm = vmWith(text);
    const { findings, load } = analyzeVm(vm, RULES, settings);
    expect(findings.map(({ ruleId }) => ruleId)).toContain("base64-not-loadable");
    expect(layoutFinding(vm)?.message).toContain(
      `character 5 of ${text.length} is none, and ${text.length - 5} more follow`,
    );
    const bytes = vm.nvram?.bytes?.length ?? 0;
    expect(load?.refusal?.message).toContain(`has ${bytes} bytes`);
    expect(findings.filter(({ facts }) => "bytes" in facts && facts["bytes"] !== bytes)).toEqual([]);
  });
});

describe("a bare text", () => {
  it.each([
    ["a newline", "\n", READS, DEPENDS],
    ["CRLF", "\r\n", READS, DEPENDS],
    ["a blank", " ", READS, REFUSES],
    ["a blank and a newline", " \n", READS, REFUSES],
    ["two newlines", "\n\n", READS, REFUSES],
    ["a tab", "\t", READS, REFUSES],
    ["a quote", '"', READS, REFUSES],
    ["a hyphen", "-", READS, REFUSES],
    ["one digit", "A", READS, REFUSES],
    ["four characters that are no base64", "!!!!", "the daemon gets ", REFUSES],
  ])("with %s behind it: each is said for itself", (_, tail, daemon, restore) => {
    for (const text of [healthy, PADDED]) {
      const { message } = layoutFinding(bareText(text + tail)) ?? { message: "" };
      expect(message).toContain(daemon);
      expect(message).toContain(restore);
    }
  });

  it.each([
    ["a blank before it", (text: string) => ` ${text}`],
    ["lines of 76 characters", (text: string) => text.replace(/.{76}/g, "$&\n")],
  ])("with %s: the daemon gets less, and the restore command refuses it", (_, change) => {
    const { message } = layoutFinding(bareText(change(healthy))) ?? { message: "" };
    expect(message).toMatch(/the daemon gets \d+ of \d+ bytes; the host's restore command refuses it\.$/);
  });

  it("of one plain line has no finding", () => {
    expect(layoutFinding(bareText(healthy))).toBeUndefined();
  });
});

describe("the restore command", () => {
  it.each([
    ["QUJD", "reads"],
    ["QUI=", "reads"],
    ["QQ==", "reads"],
    ["", "reads"],
    ["QUI", "refuses"],
    ["QQ=", "refuses"],
    ["Q", "refuses"],
    ["QUJD\n", "depends-on-python"],
    ["QUI=\r\n", "depends-on-python"],
    ["QUI=\r", "depends-on-python"],
    ["QUJD\n\n", "refuses"],
    ["QUJD=", "depends-on-python"],
    ["QUJD===", "depends-on-python"],
    ["QUJD===\n", "refuses"],
    ["QUI==", "depends-on-python"],
    ["QUI===", "refuses"],
    ["QQ===", "refuses"],
    ["=QUI", "refuses"],
    ["QU=I", "refuses"],
    ["QU-_", "refuses"],
  ])("makes of %j what Python 3.6 to 3.13 made of it: %s", (text, answer) => {
    expect(restoreReadsText(ascii(text))).toBe(answer);
  });
});

describe("what stands behind the base64", () => {
  const dbx = base64(makeBlob([makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 20))], 1).slice(24));

  it("is named in the proof where it is no part of any NVRAM", () => {
    const outcome = repair(bareText(`${base64(incidentBlob(4, 3))}! saved before the update`), "merge");
    expect(outcome).toMatchObject({
      kind: "repaired",
      proof: { removed: [{ variable: null, span: null, reason: expect.stringContaining("25 characters") }] },
    });
  });

  it.each(["", "x", "xy", "xyz"])(
    "is not dropped by merge where a variable can be read in it, from any digit on (%s)",
    (shift) => {
      const text = `${base64(incidentBlob(4, 3))}!${shift}${dbx}`;
      expect(layoutFinding(bareText(text))?.repair).toMatchObject({ applicability: "manual" });
      expect(repair(bareText(text), "merge")).toMatchObject({
        kind: "refused",
        reason: expect.stringContaining("dbx"),
        strategyThatCan: "remove",
      });
      expect(repair(bareText(text), "remove")).toMatchObject({ kind: "repaired", proof: { removed: [{}] } });
    },
  );

  it("of a record that does not load is dropped by remove alone", () => {
    const vm = inRecord(`${healthy}!!!!${dbx}`);
    expect(layoutFinding(vm)?.repair).toMatchObject({ applicability: "unsafe" });
    expect(repair(vm, "merge")).toMatchObject({ kind: "refused", strategyThatCan: "remove" });
    expect(repair(vm, "remove")).toMatchObject({ kind: "repaired" });
  });
});

describe("a record's text that the daemon reads further than people would", () => {
  it("counts as the daemon reads it", () => {
    const text = base64(makeBlob([])).replace(/A(?=.{40}$)/, "=");
    const vm = inRecord(text);
    expect(vm.nvram?.bytes).toEqual(makeBlob([]));
    expect(analyzeVm(vm, RULES, settings)).toMatchObject({ load: { loads: true } });
    expect(layoutFinding(vm)).toBeUndefined();
  });
});
