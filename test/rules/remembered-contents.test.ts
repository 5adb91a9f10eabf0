/** Results are the same whether contents were seen before, were forgotten in between, or are new. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { efivarsB64 } from "../../parsers/formats/efivars-b64.ts";
import { CACHE_LIMITS } from "../../parsers/limits.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import type { Platform } from "../../parsers/platform.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVms } from "../../rules/engine/analyze.ts";
import type { Finding, VmAnalysis } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { healthyBlob, incidentBlob, MICROSOFT_OWNER, sha256List } from "../builders/blob.ts";
import { roleKnowledge } from "../builders/test-microsoft.ts";
import { testKnowledge } from "../knowledge.ts";

function analysisOf(text: Uint8Array, platform: Platform, knowledge = testKnowledge): VmAnalysis {
  const { vms } = efivarsB64.open(text, platform);
  return analyzeVms(vms, RULES, { platform, knowledge, asOf: "2026-11-22" })[0]!;
}

/** All that is said of a copy, patches included. */
function saidOf({ verdict, load, findings }: VmAnalysis): string {
  const said = findings.map(({ variable, repair, ...rest }: Finding) => ({
    ...rest,
    variable: variable?.index ?? null,
    patches: repair?.patches.map((patch) => ("data" in patch ? patch.data.join() : patch.op)) ?? null,
  }));
  return JSON.stringify({ verdict, load, said });
}

/** Caches belong to a platform: another object has empty ones. */
const forgetful = (): Platform => ({ ...nodePlatform });

const textOf = (blob: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(blob).toString("base64"), "latin1"));

/** The incident with one byte changed somewhere in one variable's data. */
const changed = fc
  .record({ which: fc.nat(6), at: fc.nat(60_000), bit: fc.nat(7), small: fc.boolean() })
  .map(({ which, at, bit, small }) => {
    const blob = small ? incidentBlob(4, 3) : incidentBlob(40, 20);
    const { data } = openBlob(blob).variables[which]!;
    data[at % data.length] = data[at % data.length]! ^ (1 << bit);
    return textOf(blob);
  });

describe("contents that were seen before", () => {
  it("are judged as if they were new, in any order", () => {
    const warm = forgetful();
    fc.assert(
      fc.property(fc.array(changed, { minLength: 1, maxLength: 4 }), (texts) => {
        for (const text of [...texts, ...texts, ...texts.toReversed()])
          expect(saidOf(analysisOf(text, warm))).toBe(saidOf(analysisOf(text, forgetful())));
      }),
      { numRuns: 60 },
    );
  });

  it("are judged as if they were new after more others than are remembered", () => {
    const warm = forgetful();
    const first = textOf(incidentBlob(4, 3));
    const expected = saidOf(analysisOf(first, forgetful()));
    for (let i = 0; i < 3; i++) expect(saidOf(analysisOf(first, warm))).toBe(expected);
    for (let i = 0; i < 2 * CACHE_LIMITS.databases.entries + 1; i++) {
      const other = textOf(incidentBlob(i % 7, 3 + i));
      analysisOf(other, warm);
      analysisOf(other, warm);
    }
    expect(saidOf(analysisOf(first, warm))).toBe(expected);
  });

  it("are judged by what is known at the time", () => {
    const warm = forgetful();
    const text = textOf(healthyBlob());
    for (const knowledge of [testKnowledge, roleKnowledge, testKnowledge, roleKnowledge])
      expect(saidOf(analysisOf(text, warm, knowledge))).toBe(
        saidOf(analysisOf(text, forgetful(), knowledge)),
      );
  });

  it("are not what is changed later in memory that held them", () => {
    const warm = forgetful();
    const text = textOf(incidentBlob(4, 3));
    for (let i = 0; i < 3; i++) analysisOf(text, warm);
    text.set(textOf(incidentBlob(4, 3).fill(0, 300, 400)));
    expect(saidOf(analysisOf(text, warm))).toBe(saidOf(analysisOf(text, forgetful())));
  });

  it("make no second reading: one database for two variables with the same lists", () => {
    const list = sha256List(MICROSOFT_OWNER, 20);
    expect(readSignatureDatabase(list)).not.toBe(readSignatureDatabase(list));
    const warm = forgetful();
    let parsed = 0;
    const counting = {
      ...warm,
      sha256: (bytes: Uint8Array) => {
        parsed++;
        return warm.sha256(bytes);
      },
    };
    for (let i = 0; i < 5; i++) analysisOf(textOf(incidentBlob(4 + i, 3)), counting);
    // Three certificates, each hashed when it is met for the first and for the second time.
    expect(parsed).toBe(6);
  });
});
