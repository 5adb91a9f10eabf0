/** A PK that is no certificate is called what it is, wherever the PK is spoken of. */
import { describe, expect, it } from "vitest";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { analyzeVm, contextOf } from "../../../rules/engine/analyze.ts";
import { RULES } from "../../../rules/index.ts";
import { authorityOver } from "../../../rules/reasoning/authority.ts";
import { sentenceOf } from "../../../rules/reasoning/sentences.ts";
import {
  concat,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "../../builders/blob.ts";
import { SAMPLE_PK } from "../../builders/sample-keys.ts";
import { vmOf } from "../../builders/vm-of.ts";
import { testKnowledge } from "../../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };

function spokenOf(pk: Uint8Array): string[] {
  const others = keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3)).slice(1);
  const vm = vmOf(makeBlob([makeSignatureVariable("PK", pk), ...others]));
  const context = contextOf(vm, settings);
  if (context === null) throw new Error("no NVRAM");
  const { steps, conclusion } = authorityOver("KEK", context).chain;
  const { findings } = analyzeVm(vm, RULES, settings);
  return [
    ...[...steps, conclusion].map(({ claim, facts }) => sentenceOf(claim, facts)),
    ...findings.map(({ message }) => message),
  ];
}

const NOT_DER = x509List(XCP_NG_OWNER, new Uint8Array(100).fill(9));

describe("a PK", () => {
  it.each([
    ["of bytes that are no list", new Uint8Array(40).fill(7)],
    ["with a hash", sha256List(MICROSOFT_OWNER, 1)],
    ["with an X.509 entry that is none", NOT_DER],
    [
      "with a hash before its certificate",
      concat(sha256List(MICROSOFT_OWNER, 1), x509List(XCP_NG_OWNER, SAMPLE_PK)),
    ],
  ])("%s is called no certificate, and nobody can sign a KEK", (_, pk) => {
    const spoken = spokenOf(pk);
    expect(spoken).toContain(
      "There is a PK that is no certificate: user mode, in which writes of PK, KEK, db and dbx must be signed.",
    );
    expect(spoken).toContain("The PK is no certificate: nobody can sign an update of KEK.");
    expect(spoken).toContain("Nobody can write KEK from inside the guest.");
    expect(spoken.filter((text) => /signed with (no )?certificate/.test(text))).toEqual([]);
  });

  it("shorter than the header of a list leaves open what the daemon answers, in the finding and in every answer", () => {
    const others = keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3)).slice(1);
    const of = (bytes: number) => {
      const pk = makeSignatureVariable("PK", new Uint8Array(bytes).fill(7));
      const vm = vmOf(makeBlob([pk, ...others]));
      const context = contextOf(vm, settings);
      if (context === null) throw new Error("no NVRAM");
      const message = analyzeVm(vm, RULES, settings).findings.find(
        ({ ruleId }) => ruleId === "unusable-pk",
      )?.message;
      const names = ["PK", "KEK", "db", "dbx"] as const;
      return { message, answers: names.map((name) => authorityOver(name, context).chain.answer) };
    };
    expect(of(27).answers).toEqual(["unknown", "unknown", "unknown", "unknown"]);
    expect(of(27).message).toMatch(/^The PK has 27 bytes.*cannot be known\.$/);
    expect(of(28).answers).toEqual(["no", "no", "yes", "yes"]);
    expect(of(28).message).toMatch(/nobody can sign a change of PK or KEK.*still written under KEK/);
  });

  it("near miss: with a certificate is called by its name", () => {
    const spoken = spokenOf(x509List(XCP_NG_OWNER, SAMPLE_PK));
    expect(spoken.filter((text) => text.includes("no certificate"))).toEqual([]);
    expect(spoken[0]).toContain("There is a PK (varscope sample PK");
  });
});
