/** The library says what the program says, on Node's machine and without it, whatever its bytes come from. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Report, Source } from "../../library/api/types.ts";
import { encodeBase64 } from "../../parsers/text/base64.ts";
import * as node from "../../platform/node/index.ts";
import * as portable from "../../platform/portable/index.ts";
import { incidentBlob, MICROSOFT_OWNER, noise, sha256List } from "../builders/blob.ts";
import { makeOva, makeOvf } from "../builders/ovf.ts";
import { put, run, temporaryFolder } from "../cli/run.ts";

const SAMPLE = "corpus/sample-incident/input.xva";
const FOLDER = temporaryFolder();
const AS_OF = "2026-11-28";
const UPDATE: Source = { name: "one.esl", data: sha256List(MICROSOFT_OWNER, 1) };
const MACHINES: readonly (readonly [string, typeof portable])[] = [
  ["Node", node],
  ["no Node", portable],
];

const corpus = readdirSync("corpus", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(join("corpus", name))
      .filter((file) => file.startsWith("input."))
      .map((file) => join("corpus", name, file)),
  );

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

const WAYS: readonly ((bytes: Uint8Array<ArrayBuffer>) => Source["data"])[] = [
  (bytes) => bytes,
  (bytes) => new Blob([bytes]),
  (bytes) => ({
    byteLength: bytes.length,
    slice: async (start: number, end: number) => bytes.slice(start, end).buffer,
  }),
];

/** The time of a file is the disk's. */
function comparable(report: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(report)) as Report;
  const inputs = copy.inputs.map(({ file, ...input }) => ({
    ...input,
    file: file === null ? null : { ...file, modified: null },
  }));
  return { ...copy, inputs };
}

describe.each(MACHINES)("the library with %s", (machine, library) => {
  it("reports of every case what the program reports", async () => {
    const { stdout } = run([
      "analyze",
      ...corpus,
      "--format",
      "json",
      "--as-of",
      AS_OF,
      "--fail-on",
      "never",
      "--jobs",
      "1",
    ]);
    const sources = corpus.map((name, i) => {
      const way = WAYS[i % WAYS.length]!;
      return { name, data: way(new Uint8Array(bytesOf(name))) };
    });
    const report = await library.analyze(sources, { asOf: AS_OF });
    expect(comparable(report)).toEqual(comparable(JSON.parse(stdout)));
  });

  it("gives a repaired input that is byte for byte the program's", async () => {
    const data = bytesOf(SAMPLE);
    const { output, texts, repairs } = await library.repair({ name: "input.xva", data }, { asOf: AS_OF });
    const pieces = output!.parts.map((part) =>
      part instanceof Uint8Array ? part : data.subarray(part.start, part.end),
    );
    const repaired = Buffer.concat(pieces);
    expect([output!.name, output!.byteLength]).toEqual(["input.repaired.xva", repaired.length]);
    const file = join(FOLDER, `${machine.replace(" ", "-")}.xva`);
    expect(run(["repair", SAMPLE, "--out", file, "--as-of", AS_OF]).status).toBe(0);
    expect(Buffer.compare(repaired, readFileSync(file))).toBe(0);
    expect(repairs).toHaveLength(1);
    expect(texts[0]?.text).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const again = await library.analyze({ name: "again.xva", data: new Uint8Array(repaired) });
    expect(again.inputs[0]?.vms[0]?.verdict).not.toBe("unbootable");
  });

  it("gives a repaired appliance that is byte for byte the program's, and reads of its disks nothing", async () => {
    const blob = incidentBlob(40, 30);
    const disk = noise(3_000_000, 1);
    const data = makeOva(makeOvf([{ name: "A", nvram: blob }]), { disks: [["a.vhd", disk]] });
    const path = put(FOLDER, `${machine.replace(" ", "-")}.ova`, data);
    const target = `${path}.repaired`;
    expect(run(["repair", path, "--out", target, "--as-of", AS_OF]).status).toBe(0);
    let read = 0;
    const slice = async (start: number, end: number): Promise<ArrayBuffer> => {
      read += end - start;
      return data.slice(start, end).buffer as ArrayBuffer;
    };
    const buffer = { byteLength: data.length, slice };
    const { output, streamed } = await library.repair({ name: "vm.ova", data: buffer }, { asOf: AS_OF });
    expect([output?.name, streamed]).toEqual(["vm.repaired.ova", null]);
    const pieces = output!.parts.map((part) =>
      part instanceof Uint8Array ? part : data.subarray(part.start, part.end),
    );
    expect(Buffer.compare(Buffer.concat(pieces), readFileSync(target))).toBe(0);
    expect(output?.byteLength).toBe(readFileSync(target).length);
    expect(read).toBeLessThan(600_000);
  });

  it.each([
    ["an export", "input.xva.gz", "input.repaired.xva", () => bytesOf(SAMPLE)],
    ["a text", "vm.efivars.b64.gz", "vm.repaired.efivars.b64", () => encodeBase64(incidentBlob(40, 30))],
    [
      "an appliance",
      "vm.ova.gz",
      "vm.repaired.ova",
      () =>
        makeOva(makeOvf([{ name: "A", nvram: incidentBlob(40, 30) }]), { disks: [["a.vhd", noise(512, 2)]] }),
    ],
  ])(
    "gives of %s that is compressed the content, as often as it is asked for",
    async (_, name, repairedName, make) => {
      const data = new Uint8Array(gzipSync(make()));
      const file = put(FOLDER, `${machine.replace(" ", "-")}-${name}`, data);
      const target = `${file}.repaired`;
      expect(run(["repair", file, "--out", target, "--as-of", AS_OF]).status).toBe(0);
      const { output, streamed } = await library.repair({ name, data }, { asOf: AS_OF });
      expect([output, streamed?.name]).toEqual([null, repairedName]);
      for (let time = 0; time < 2; time++) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of streamed!.chunks()) chunks.push(chunk);
        expect(Buffer.compare(Buffer.concat(chunks), readFileSync(target))).toBe(0);
      }
    },
  );

  it("reads of a large export its head and its end only", async () => {
    const bytes = bytesOf(SAMPLE);
    const size = 10 * 2 ** 30;
    let read = 0;
    const data = {
      byteLength: size,
      slice: (start: number, end: number): ArrayBuffer => {
        read += end - start;
        const piece = new Uint8Array(end - start);
        piece.set(bytes.subarray(start, Math.min(end, bytes.length)));
        return piece.buffer;
      },
    };
    const report = await library.analyze({ name: "large.xva", data });
    expect(report.inputs[0]?.vms[0]?.verdict).toBe("unbootable");
    expect(read).toBeLessThan(300_000);
  });

  it("never throws for bad input, and says so by a TypeError for what is none", async () => {
    const report = await library.analyze([
      { name: "empty", data: new Uint8Array(0) },
      { name: "noise", data: new Uint8Array(5000).fill(7) },
    ]);
    expect(report.inputs.map(({ error }) => error?.code)).toEqual(["empty-input", "unrecognised"]);
    await expect(library.analyze({ name: "" } as unknown as Source)).rejects.toThrow(TypeError);
    await expect(library.analyze([], { asOf: "2026-02-30" })).rejects.toThrow(TypeError);
    await expect(library.inspect({ name: "x", data: new Uint8Array(3) })).rejects.toMatchObject({
      name: "InputError",
      code: "unrecognised",
    });
  });

  it("tells of a source that fails why it cannot be read", async () => {
    const data = { byteLength: 100, slice: () => Promise.reject(new Error("it went away")) };
    const { inputs } = await library.analyze({ name: "gone", data });
    expect(inputs[0]?.error).toMatchObject({ code: "read-failed" });
    expect(inputs[0]?.error?.message).toContain("it went away");
  });

  it("ends with the reason of a signal", async () => {
    const reason = new Error("enough");
    const signal = { aborted: true, reason };
    await expect(library.analyze({ name: "x", data: new Uint8Array(3) }, { signal })).rejects.toBe(reason);
  });

  it("ends between two pieces of one input, whoever reads", async () => {
    const reason = new Error("enough");
    const bytes = bytesOf(SAMPLE);
    for (const use of [library.analyze, library.inspect, library.repair]) {
      const signal = { aborted: false, reason };
      let pieces = 0;
      const data = {
        byteLength: bytes.length,
        slice: async (start: number, end: number) => {
          signal.aborted = ++pieces === 1;
          return bytes.slice(start, end).buffer as ArrayBuffer;
        },
      };
      await expect(use({ name: "vm.xva", data }, { signal })).rejects.toBe(reason);
      expect(pieces).toBe(1);
    }
  });

  it("hears a signal between two pieces of bytes in memory", async () => {
    const reason = new Error("enough");
    for (const use of [library.analyze, library.inspect, library.repair]) {
      const signal = { aborted: false, reason };
      let pieces = 0;
      const bytes = new Uint8Array(2 ** 20).fill(65);
      const subarray = bytes.subarray.bind(bytes);
      const data = Object.assign(bytes, {
        subarray: (start?: number, end?: number) => {
          if (++pieces === 1) setImmediate(() => (signal.aborted = true));
          return subarray(start, end);
        },
      });
      await expect(use({ name: "vm.txt", data }, { signal })).rejects.toBe(reason);
      expect(pieces).toBeLessThan(8);
    }
  });

  it("says what it expected in place of inputs, updates and options that are none", async () => {
    const source = { name: "x.vars", data: incidentBlob(20, 3) };
    const wrong: readonly (readonly [(...given: never[]) => Promise<unknown>, readonly unknown[], string])[] =
      [
        [library.analyze, [{}], "{ name, data }"],
        [library.analyze, [{ name: "x" }], "{ name, data }"],
        [library.analyze, [source, { boot: "yes" }], "boot is true or false"],
        [library.analyze, [source, { references: {} }], "references are a list"],
        [library.forecast, [source], "updates are a list"],
        [library.forecast, [source, { daemon: "fixed" }], "updates are a list"],
        [library.forecast, [source, []], "at least one"],
        [library.forecast, [source, [UPDATE], { boot: "yes" }], "boot is true or false"],
        [library.forecast, [source, [UPDATE], { daemon: "new" }], "daemon is unfixed or fixed"],
      ];
    for (const [call, given, expected] of wrong) {
      const failure = await call(...(given as never[])).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TypeError);
      expect((failure as Error).message).toContain(expected);
    }
  });

  it("takes references and refuses a day that is none in forecast as well", async () => {
    const source = { name: SAMPLE, data: bytesOf(SAMPLE) };
    await expect(library.forecast(source, [UPDATE], { asOf: "soon" })).rejects.toThrow("asOf");
    const references = [{ name: "bad.json", data: new Uint8Array(3) }];
    await expect(library.forecast(source, [UPDATE], { references })).rejects.toMatchObject({
      name: "InputError",
    });
  });

  it("inspects, forecasts, renders and knows its rules as the program does", async () => {
    const source = { name: SAMPLE, data: bytesOf(SAMPLE) };
    const { stdout } = run(["inspect", SAMPLE, "--format", "json", "--as-of", AS_OF]);
    expect(JSON.parse(JSON.stringify(await library.inspect(source, { asOf: AS_OF })))).toEqual(
      JSON.parse(stdout),
    );
    const { forecasts } = await library.forecast(source, [UPDATE]);
    expect(forecasts.map(({ daemon }) => daemon)).toEqual(["unfixed", "fixed"]);
    expect((await library.forecast(source, [UPDATE], { daemon: "fixed" })).forecasts).toEqual([forecasts[1]]);
    const report = await library.analyze(source);
    expect(await library.render(report, "html")).toMatch(/^<!DOCTYPE html>/);
    expect(await library.render(report, "markdown")).toContain("WILL NOT START");
    expect(JSON.parse(await library.render(report, "sarif"))).toMatchObject({ version: "2.1.0" });
    expect(await library.render(report, "junit")).toContain("<testsuites");
    expect(library.rules.length).toBeGreaterThan(50);
  });
});
