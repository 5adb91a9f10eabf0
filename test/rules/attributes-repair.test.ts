/** `compact` gives key variables the attributes that their updates are written with: four bytes each, all else as it was. */
import { describe, expect, it } from "vitest";
import { startDaemon } from "../../daemon/startup-variables.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { compareBlobs } from "../../rules/engine/proof.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import { CUSTOM_OWNER, makeBlob, makeVariable, sha256List } from "../builders/blob.ts";
import { ask, makeTestKeys, outcome, updateRequest, userModeVariables } from "../builders/daemon.ts";
import { signedUpdate } from "../builders/signing.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
const keys = makeTestKeys();
const plain = userModeVariables(keys);

function blobWith(attributes: number, last = makeVariable("Odd", Uint8Array.of(1), { attributes: 0x0f })) {
  const isKey = (name: string): boolean => ["KEK", "dbx"].includes(name);
  const nameOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf16le");
  return makeBlob([
    ...plain.map((one) => (isKey(nameOf(one.nameBytes)) ? { ...one, attributes } : one)),
    last,
  ]);
}

function repaired(bytes: Uint8Array, strategy: Strategy = "compact") {
  return repairVm(vmOf(bytes), strategy, settings);
}

function answerTo(blob: Uint8Array): string {
  const update = signedUpdate("dbx", sha256List(CUSTOM_OWNER, 1, 90), keys.kek, { append: true });
  return outcome(ask(startDaemon(openBlob(blob), false), [updateRequest("dbx", update, { append: true })]));
}

describe("attributes of key variables", () => {
  // With and without those at which the host's own tools fail.
  it.each([0x07, 0x23, 0x26, 0x2f, 0x37, 0x67, 0xa7, 0x25, 0x127, 0])("%d become 0x27", (attributes) => {
    const before = blobWith(attributes);
    const result = repaired(before);
    if (result.kind !== "repaired") throw new Error(result.kind);
    const { bytes, proof } = result;
    expect([...bytes.keys()].filter((i) => bytes[i] !== before[i]).length).toBeLessThanOrEqual(8);
    expect(proof.changedAttributes.map(({ variable, ...change }) => [variable.name, change])).toEqual(
      ["KEK", "dbx"].map((name) => [name, { before: attributes, after: 0x27 }]),
    );
    expect(proof).toMatchObject({ removed: [], added: [], merged: 0, changedVariables: [] });
    expect(proof.unchangedVariables).toBe(plain.length - 1);
    expect(proof.account).toMatchObject({ before: before.length, kept: before.length, removed: 0 });
    expect(bytes).toHaveLength(before.length);
    // The daemon refused the update, and takes it now.
    expect(answerTo(before)).not.toBe("EFI_SUCCESS");
    expect(answerTo(bytes)).toBe("EFI_SUCCESS");
    expect(repaired(bytes).kind).toBe("nothing-to-repair");
  });

  it("are left alone by the default strategy, and by remove where the blob loads", () => {
    expect(repaired(blobWith(0x07), "merge").kind).toBe("nothing-to-repair");
    expect(repaired(blobWith(0x07), "remove").kind).toBe("nothing-to-repair");
  });

  it("near miss: those of other variables are nobody's but their owner's", () => {
    expect(
      repaired(makeBlob([...plain, makeVariable("Odd", Uint8Array.of(1), { attributes: 0x47 })])).kind,
    ).toBe("nothing-to-repair");
  });

  it("are counted from the bytes alone: another variable's are another variable", () => {
    const [a, b] = [0x0f, 0x07].map((attributes) =>
      openBlob(blobWith(0x27, makeVariable("Odd", Uint8Array.of(1), { attributes }))),
    );
    const proof = compareBlobs(a!, b!, settings);
    expect(proof.changedAttributes).toEqual([]);
    expect(proof.removed).toHaveLength(1);
  });
});
