/**
 * Where an input does not tell whether Secure Boot is on: what is not there is no fault, what is there and cannot work is one
 * (engine/asked-secure-boot.ts), and the sentences say both alike.
 */
import { describe, expect, it } from "vitest";
import { nodePlatform } from "../../platform/node/platform.ts";
import { verdictSentence } from "../../report/render/verdicts.ts";
import { vmReport } from "../../report/vm.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { RULES } from "../../rules/index.ts";
import { MICROSOFT_OWNER, makeBlob, makeSignatureVariable, sha256List, x509List } from "../builders/blob.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
const certificate = (name: "PK" | "KEK" | "db" | "dbx", der: Uint8Array) =>
  makeSignatureVariable(name, x509List(MICROSOFT_OWNER, der));
const KEYS = [certificate("PK", SAMPLE_PK), certificate("KEK", SAMPLE_KEK)];
const DBX = makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 3));

const STORES = {
  "no db": [...KEYS, DBX],
  "a db that dbx revokes": [...KEYS, certificate("db", SAMPLE_DB), certificate("dbx", SAMPLE_DB)],
  "a db that works": [...KEYS, certificate("db", SAMPLE_DB), DBX],
};

function judged(store: keyof typeof STORES, secureBoot: boolean | null) {
  const analysis = analyzeVm({ ...vmOf(makeBlob(STORES[store])), secureBoot }, RULES, settings);
  return { verdict: analysis.verdict, sentence: verdictSentence(vmReport(analysis, 0, nodePlatform)) };
}

const UNTOLD = "this input does not tell";

describe("Secure Boot that nobody tells of", () => {
  it.each([
    ["no db", "healthy", "With it on no system starts"],
    ["a db that dbx revokes", "at-risk", "no system starts with Secure Boot"],
  ] as const)("with %s", (store, verdict, words) => {
    const { sentence, ...found } = judged(store, null);
    expect([found.verdict, sentence]).toEqual([verdict, expect.stringContaining(words)]);
    expect(sentence).toContain(UNTOLD);
    // Known, both are at risk with it on, and healthy with it off.
    expect(judged(store, true).verdict).toBe("at-risk");
    expect(judged(store, false).verdict).toBe("healthy");
    expect(judged(store, false).sentence).not.toContain(UNTOLD);
  });

  it("is of no matter to a db that works", () => {
    for (const secureBoot of [null, true, false]) {
      const { verdict, sentence } = judged("a db that works", secureBoot);
      expect([verdict, sentence]).toEqual(["healthy", expect.not.stringContaining("no system starts")]);
    }
  });
});
