/**
 * The loader and the base64 decoder against what the real daemon answered (test/recorded/README.md says how it was asked,
 * and how the recipes of the bytes are read).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judgeLoad } from "../../daemon/varstored-loader.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { decodeAsDaemon } from "../../parsers/text/base64.ts";
import { nodePlatform } from "../../platform/node/platform.ts";

function recorded<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../recorded/${name}`, import.meta.url), "utf8")) as T;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

type BlobPart =
  | string
  | { readonly fill: number; readonly length: number }
  | { readonly repeat: string; readonly times: number }
  | { readonly base: string; readonly from: number; readonly to: number };

interface RecordedLoads {
  readonly bases: Readonly<Record<string, readonly BlobPart[]>>;
  readonly cuts: readonly {
    readonly base: string;
    readonly lengths: readonly [number, number];
    readonly accepted: readonly number[];
  }[];
  readonly rows: readonly {
    readonly title: string;
    readonly blob: readonly BlobPart[];
    readonly bytes: number;
    readonly sha256: string;
    readonly loads: boolean;
  }[];
}

describe("the loader, asked what the real one was asked", () => {
  const { bases, cuts, rows } = recorded<RecordedLoads>("loader.json");

  const build = (parts: readonly BlobPart[]): Uint8Array =>
    concatBytes(
      parts.map((part) => {
        if (typeof part === "string") return Buffer.from(part, "base64");
        if ("fill" in part) return new Uint8Array(part.length).fill(part.fill);
        if ("base" in part) return build(bases[part.base]!).subarray(part.from, part.to);
        return concatBytes(new Array<Uint8Array>(part.times).fill(Buffer.from(part.repeat, "base64")));
      }),
    );

  it("takes the same of 499 blobs", () => {
    const answers = rows.map((row) => {
      const blob = build(row.blob);
      return { title: row.title, bytes: blob.length, sha256: sha256(blob), loads: judgeLoad(blob).loads };
    });
    expect(answers).toEqual(rows.map(({ title, bytes, sha256, loads }) => ({ title, bytes, sha256, loads })));
    expect([rows.length, rows.filter(({ loads }) => loads).length]).toEqual([499, 141]);
  });

  it("takes the same of 810 blobs that were cut", () => {
    let asked = 0;
    for (const { base, lengths, accepted } of cuts) {
      const [shortest, longest] = lengths;
      const whole = build(bases[base]!);
      const taken: number[] = [];
      for (let length = shortest; length <= longest; length++, asked++)
        if (judgeLoad(whole.subarray(0, length)).loads) taken.push(length);
      expect(taken, base).toEqual(accepted);
    }
    expect(asked).toBe(810);
  });
});

type TextPart =
  | string
  | { readonly fill: string; readonly length: number }
  | { readonly text: string; readonly from: number; readonly to: number };

interface RecordedTexts {
  readonly texts: Readonly<Record<string, readonly TextPart[]>>;
  readonly rows: readonly {
    readonly title: string;
    readonly text: readonly TextPart[];
    readonly bytes: number;
    readonly decodedBytes: number;
    readonly decodedSha256: string;
    readonly loads: boolean;
  }[];
}

describe("the base64 decoder, asked what the real one was asked", () => {
  const { texts, rows } = recorded<RecordedTexts>("base64.json");

  const build = (parts: readonly TextPart[]): string =>
    parts
      .map((part) => {
        if (typeof part === "string") return part;
        if ("fill" in part) return part.fill.repeat(part.length);
        return build(texts[part.text]!).slice(part.from, part.to);
      })
      .join("");

  it("gives the same bytes for 290 texts, and the loader takes the same of them", () => {
    const answers = rows.map((row) => {
      const text = new Uint8Array(Buffer.from(build(row.text), "utf8"));
      const decoded = decodeAsDaemon(text, nodePlatform);
      return {
        title: row.title,
        bytes: text.length,
        decodedBytes: decoded.length,
        decodedSha256: sha256(decoded),
        loads: judgeLoad(decoded).loads,
      };
    });
    expect(answers).toEqual(
      rows.map(({ title, bytes, decodedBytes, decodedSha256, loads }) => ({
        title,
        bytes,
        decodedBytes,
        decodedSha256,
        loads,
      })),
    );
    expect([rows.length, rows.filter(({ loads }) => loads).length]).toEqual([290, 162]);
  });
});
