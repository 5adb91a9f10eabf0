/** SetVariable against answers of the real varstored to requests signed with test keys (test/recorded/README.md). */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DaemonVersion } from "../../daemon/daemon-version.ts";
import { setVariable } from "../../daemon/set-variable.ts";
import { startDaemon } from "../../daemon/startup-variables.ts";
import { statusHex } from "../../daemon/status.ts";
import { saveStore } from "../../daemon/store.ts";
import { judgeLoad } from "../../daemon/varstored-loader.ts";
import { toHex } from "../../parsers/bytes.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";

type Part =
  | string
  | { readonly fill: number; readonly length: number }
  | { readonly part: string }
  | { readonly repeat: string; readonly times: number }
  | {
      readonly hashes: {
        readonly owner: string;
        readonly seed: string;
        readonly first: number;
        readonly count: number;
      };
    };
type Saved = Readonly<Record<string, string | null>>;

interface Start {
  readonly data: readonly Part[];
  readonly sha256: string;
  readonly savedVariables: Saved;
}

interface Row {
  readonly title: string;
  readonly daemons: readonly DaemonVersion[];
  readonly start: string;
  readonly authEnforce?: boolean;
  readonly steps: readonly {
    readonly nameHex: string;
    readonly guid: string;
    readonly attributes: number;
    readonly atRuntime: boolean;
    readonly data: string | readonly Part[];
  }[];
  readonly answers: readonly string[];
  readonly saves: readonly boolean[];
  readonly loads: readonly boolean[];
  readonly loadsAfterwards: boolean;
  readonly savedVariables: Saved;
  readonly savedBlob: string;
}

interface Recorded {
  readonly parts: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, { readonly nameHex: string; readonly guid: string }>>;
  readonly madeAtStart: Saved;
  readonly starts: Readonly<Record<string, Start>>;
  readonly rows: readonly Row[];
}

const FILE = new URL("../recorded/set-variable.json", import.meta.url);
const { parts, names, madeAtStart, starts, rows }: Recorded = JSON.parse(readFileSync(FILE, "utf8"));
const NAMES = new Map(Object.entries(names).map(([name, { nameHex, guid }]) => [`${nameHex}@${guid}`, name]));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const described = (bytes: Uint8Array): string => `${sha256(bytes)}:${bytes.length}`;

function build(data: string | readonly Part[]): Buffer {
  return typeof data === "string" ? Buffer.from(data, "base64") : Buffer.concat(data.map(buildPart));
}

function buildPart(part: Part): Buffer {
  if (typeof part === "string") return Buffer.from(part, "base64");
  if ("fill" in part) return Buffer.alloc(part.length, part.fill);
  if ("part" in part) return Buffer.from(parts[part.part]!, "base64");
  if ("repeat" in part) return Buffer.concat(Array(part.times).fill(Buffer.from(part.repeat, "base64")));
  const { owner, seed, first, count } = part.hashes;
  const entry = (i: number): Buffer[] => [
    Buffer.from(owner, "hex"),
    createHash("sha256")
      .update(`${seed}:${first + i}`)
      .digest(),
  ];
  return Buffer.concat(Array.from({ length: count }, (_, i) => entry(i)).flat());
}

type Answered = Pick<Row, "answers" | "saves" | "loads" | "loadsAfterwards" | "savedVariables" | "savedBlob">;

function answer(row: Row, daemon: DaemonVersion): Answered {
  const start = starts[row.start]!;
  const blob = build(start.data);
  expect(sha256(blob), "the recipe of the start").toBe(start.sha256);
  const authEnforce = row.authEnforce ?? true;
  const context = { daemon, verifier: nodeSignatureVerifier, authEnforce, secureBoot: false };
  let store = startDaemon(openBlob(blob), false);
  const steps = row.steps.map(({ nameHex, guid, attributes, atRuntime, data }) => {
    const request = {
      nameBytes: Buffer.from(nameHex, "hex"),
      vendorGuid: guid,
      attributes,
      atRuntime,
      data: build(data),
    };
    const { store: next, refusal, saves } = setVariable(store, request, context);
    store = next;
    const status = refusal === null ? "EFI_SUCCESS" : refusal.status;
    return {
      status: status === null ? "none" : statusHex(status),
      saves,
      loads: judgeLoad(saveStore(store, true)).loads,
    };
  });
  const saved = saveStore(store, true);
  const variables = openBlob(saved).variables.map(({ nameBytes, vendorGuid, data }) => {
    const key = `${toHex(nameBytes)}@${vendorGuid}`;
    return [NAMES.get(key) ?? key, described(data)] as const;
  });
  return {
    answers: steps.map(({ status }) => status),
    saves: steps.map(({ saves }) => saves),
    loads: steps.map(({ loads }) => loads),
    loadsAfterwards: judgeLoad(saved).loads,
    savedVariables: Object.fromEntries(variables),
    savedBlob: described(saved),
  };
}

function expected(row: Row): Answered {
  const { answers, saves, loads, loadsAfterwards, savedBlob } = row;
  const all = { ...madeAtStart, ...starts[row.start]!.savedVariables, ...row.savedVariables };
  const savedVariables = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  return { answers, saves, loads, loadsAfterwards, savedVariables, savedBlob };
}

test("all that was recorded is here", () => {
  expect(rows).toHaveLength(602);
  expect(new Set(rows.map(({ title }) => title)).size).toBe(581);
  expect(rows.flatMap(({ daemons }) => daemons)).toHaveLength(1162);
});

describe("the real daemon's answers, what it saves, and what the next start makes of it", () => {
  const runs = rows.flatMap((row) => row.daemons.map((daemon) => ({ title: row.title, daemon, row })));
  test.each(runs)("$daemon: $title", ({ row, daemon }) => {
    expect(answer(row, daemon)).toEqual(expected(row));
  });
});
