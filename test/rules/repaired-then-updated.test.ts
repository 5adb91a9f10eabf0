/** A repair is worth something only if the guest's next updates are taken: each signed dbx update, on both daemons. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DAEMON_VERSIONS } from "../../daemon/daemon-version.ts";
import { type ForecastUpdate, forecast } from "../../daemon/forecast.ts";
import { chooseTarget, type UpdateFile } from "../../daemon/update-target.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { RULES } from "../../rules/index.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";
import { hasSharedData, SHARED_NVRAM, sharedBytes, sharedCases } from "../shared-data.ts";

const REPAIRED = ["03", "04", "05", "06", "07", "13"];
const names = hasSharedData
  ? readdirSync(`${SHARED_NVRAM}../microsoft`).filter((name) => /^DBXUpdate.*\.bin$/.test(name))
  : [];

function updateOf(name: string): ForecastUpdate {
  const file: UpdateFile = {
    label: name,
    bytes: sharedBytes(`../microsoft/${name}`),
    kind: "auth",
    variable: null,
    append: null,
  };
  const target = chooseTarget(file, nodeSignatureVerifier);
  if (target === null) throw new Error(`${name} tells no variable`);
  return { file, target };
}

function repaired(key: string, strategy: Strategy): Uint8Array {
  const name = sharedCases().find(([one]) => one.startsWith(key))?.[0];
  const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };
  const outcome = repairVm(vmOf(sharedBytes(`${name}.vars`)), strategy, settings);
  if (outcome.kind !== "repaired") throw new Error(`${key} is not repaired`);
  return outcome.bytes;
}

function expectTaken(blob: Uint8Array, updates: readonly ForecastUpdate[]): void {
  for (const daemon of DAEMON_VERSIONS) {
    const context = { daemon, verifier: nodeSignatureVerifier, authEnforce: true, secureBoot: true };
    const { error, steps } = forecast(blob, updates, context);
    expect(error).toBeNull();
    expect(steps.map(({ update, status, loadsAfterwards }) => ({ update, status, loadsAfterwards }))).toEqual(
      updates.map(({ file }) => ({ update: file.label, status: "0x0", loadsAfterwards: true })),
    );
  }
}

describe.skipIf(!hasSharedData)("what is repaired takes every signed dbx update", () => {
  it.each(REPAIRED.flatMap((key) => (["merge", "compact"] as const).map((strategy) => ({ key, strategy }))))(
    "$key after $strategy, singly and in sequence",
    ({ key, strategy }) => {
      const blob = repaired(key, strategy);
      const updates = names.map(updateOf);
      expect(updates).toHaveLength(9);
      for (const update of updates) expectTaken(blob, [update]);
      expectTaken(blob, updates);
    },
  );
});
