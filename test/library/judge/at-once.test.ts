/** What is judged at once comes to what is judged on the way of all others. */
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeWorld } from "../../../cli/io/world.ts";
import { judgingSettings } from "../../../cli/settings.ts";
import { judgeAtOnce, judgeFile } from "../../../library/judge/judge.ts";
import type { World } from "../../../library/world.ts";
import type { JudgedInput } from "../../../report/render/report-writer.ts";
import { makeBlob, makeVariable, noise } from "../../builders/blob.ts";
import { makeXva } from "../../builders/tar.ts";
import { put, temporaryFolder } from "../../cli/run.ts";

const CORPUS = fileURLToPath(new URL("../../../corpus/", import.meta.url));
const settings = await judgingSettings({ asOf: "2026-11-22", references: [] });
const folder = temporaryFolder();
const judging = {
  wanted: { advice: true, detail: 0 },
  detailOf: null,
  form: "whole",
  watch: undefined,
} as const;

const taskOf = (path: string) =>
  ({ kind: "file", place: 3, path, below: path, isNamed: false, error: null }) as const;

const atOnce = (path: string, world: World = nodeWorld) =>
  judgeAtOnce(taskOf(path), settings, world, judging);

describe("an input that is judged at once", () => {
  it("comes to what every other comes to", async () => {
    const inputs = readdirSync(CORPUS, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\/input\.[^/]+$/.test(name),
    );
    let count = 0;
    for (const input of inputs) {
      const judged = atOnce(`${CORPUS}${input}`);
      if (judged === null) continue;
      count++;
      const slowly: JudgedInput[] = [];
      for await (const one of judgeFile(taskOf(`${CORPUS}${input}`), settings, nodeWorld, judging))
        slowly.push(one);
      expect([judged], input).toEqual(slowly);
    }
    expect(count).toBeGreaterThan(100);
  });

  it("is a small NVRAM or its text, and nothing else", () => {
    const blob = makeBlob([]);
    const padded = (length: number): Uint8Array => Buffer.concat([blob], length);
    expect(atOnce(put(folder, "small.vars", padded(262_144)))?.report.format).toBe("vars");
    expect(atOnce(put(folder, "larger.vars", padded(262_145)))).toBeNull();
    expect(atOnce(put(folder, "empty.vars", new Uint8Array(0)))).toBeNull();
    expect(atOnce(put(folder, "other.txt", "hello"))).toBeNull();
    const archive = makeXva([{ name: "VARS", bytes: blob }]);
    expect(atOnce(put(folder, "archive.tar", archive))).toBeNull();
    for (const path of [tmpdir(), `${folder}/none.vars`, "-", "/dev/stdin", "/dev/null"])
      expect(atOnce(path), path).toBeNull();
  });

  it("is one word of base64, or asked of every other format", async () => {
    const word = Buffer.from(makeBlob([makeVariable("A", noise(299, 1))])).toString("base64");
    const texts: readonly [text: string, format: string | null][] = [
      [word, "efivars-b64"],
      [`${word}\n`, "efivars-b64"],
      [`${word}\r\n`, "efivars-b64"],
      [`${word}\n\n`, "efivars-b64"],
      [` ${word}`, null],
      [word.replace(/=+$/, ""), "efivars-b64"],
      [word.replaceAll(/.{76}/g, "$&\n"), "efivars-b64"],
      [`${word}\n${word}`, "pasted"],
      [`${word}${word}`, "pasted"],
      [word.replaceAll("=", "%3D").replaceAll("/", "%2F"), null],
      [`${word.slice(0, 60)}=\n${word.slice(60, 120)}=\n${word.slice(120)}`, null],
    ];
    for (const [i, [text, format]] of texts.entries()) {
      const path = put(folder, `word-${i}.txt`, text);
      const judged = atOnce(path);
      expect(judged?.report.format ?? null, JSON.stringify(text)).toBe(format);
      const slowly: JudgedInput[] = [];
      for await (const one of judgeFile(taskOf(path), settings, nodeWorld, judging)) slowly.push(one);
      if (judged !== null) expect([judged]).toEqual(slowly);
    }
  });

  it("is none where there is a key: each file may be encrypted", () => {
    const path = put(folder, "vm.vars", makeBlob([]));
    expect(atOnce(path)).not.toBeNull();
    const key = { decipher: async () => null, markError: async () => null };
    expect(atOnce(path, { ...nodeWorld, remoteKey: () => key })).toBeNull();
    const { readAtOnce: _, ...withoutFiles } = nodeWorld;
    expect(atOnce(path, withoutFiles)).toBeNull();
  });
});
