/** What a record calls its UUID stands in a command only where it is one: findings are copied into a shell. */
import { describe, expect, it } from "vitest";
import { nvramCommand } from "../../parsers/formats/foreign.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { RULES } from "../../rules/index.ts";
import { keyVariables, MICROSOFT_OWNER, makeBlob, sha256List } from "../builders/blob.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge: testKnowledge };
const PLAIN = "7a1c3f60-52de-4b0e-9a55-0d9a4f3c1b02";
const HOSTILE = [
  "$(touch pwned)",
  "x; rm -rf ~",
  "`id`",
  "-force",
  "",
  `${PLAIN}\nid`,
  `${PLAIN} `,
  "../../x",
];

const KEYS = keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 3));
/** By what is missing: each of them has a finding with a command on this VM. */
const STORES = {
  "no db": [0, 1, 3].flatMap((at) => KEYS.slice(at, at + 1)),
  "no KEK": [0, 2, 3].flatMap((at) => KEYS.slice(at, at + 1)),
  "no keys": [],
};

function titles(uuid: string, name: keyof typeof STORES): string[] {
  const vm = {
    ...vmOf(makeBlob(STORES[name])),
    uuid,
    secureBoot: true,
    fields: new Map([["NVRAM:EFI-variables-on-boot", "reset"]]),
  };
  return analyzeVm(vm, RULES, settings).findings.flatMap(({ repair }) =>
    repair === null ? [] : [repair.title],
  );
}

describe.each(Object.keys(STORES) as (keyof typeof STORES)[])("a VM with %s", (name) => {
  it("is named by its UUID", () => {
    expect(titles(PLAIN, name).filter((title) => title.includes(PLAIN)).length).toBeGreaterThan(1);
  });
  it.each(HOSTILE)("is not named by %j", (uuid) => {
    const all = titles(uuid, name);
    if (uuid !== "") expect(all.filter((title) => title.includes(uuid))).toEqual([]);
    expect(all.filter((title) => title.includes("UUID")).length).toBeGreaterThan(1);
  });
});

it.each(HOSTILE)("a command that prints an NVRAM does not take %j", (uuid) => {
  expect(nvramCommand(uuid)).toBe(nvramCommand(null));
});
