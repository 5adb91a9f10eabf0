/** The whole corpus, judged with what a browser computes with, comes to what Node comes to: the same report, byte for byte. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../cli/io/world.ts";
import { judgingSettings } from "../../cli/settings.ts";
import { judgeFile } from "../../library/judge/judge.ts";
import { NOTHING_MORE } from "../../library/judge/judged-copies.ts";
import type { World } from "../../library/world.ts";
import { portableMachine } from "../../platform/portable/machine.ts";
import { elementPieces } from "../../report/render/element-text.ts";
import { hasSharedData, sharedCases } from "../shared-data.ts";

const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));
const settings = await judgingSettings({ asOf: "2026-11-22", references: [] });
const portableWorld: World = { ...nodeWorld, ...portableMachine };

async function reportOf(path: string, world: World): Promise<string> {
  const task = { kind: "file", place: 0, path, below: path, isNamed: true, error: null } as const;
  const judging = { wanted: NOTHING_MORE, detailOf: null, form: "whole", watch: undefined } as const;
  const pieces: string[] = [];
  for await (const { report } of judgeFile(task, { ...settings, platform: world.platform }, world, judging))
    pieces.push(...elementPieces(report, "line"));
  return pieces.join("");
}

const inputs = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(`${CORPUS}${name}`).map((file) => `${name}/${file}`))
  .filter((file) => /\/input\./.test(file));

describe("what a browser computes with", () => {
  it("judges the corpus as Node does", async () => {
    expect(inputs.length).toBeGreaterThan(200);
    for (const input of inputs) {
      const path = `${CORPUS}${input}`;
      expect(await reportOf(path, portableWorld), input).toBe(await reportOf(path, nodeWorld));
    }
  });

  it.skipIf(!hasSharedData)("judges the real daemon's blobs as Node does", async () => {
    for (const [name] of sharedCases()) {
      const path = fileURLToPath(new URL(`../../../shared/data/nvram/${name}.vars`, import.meta.url));
      expect(await reportOf(path, portableWorld), name).toBe(await reportOf(path, nodeWorld));
    }
  });
});
