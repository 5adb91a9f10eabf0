import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runtimeBytes, usedBytes } from "../../daemon/space.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import { type NextUpdate, nextUpdates } from "../../rules/engine/next-updates.ts";
import type { BlobRule } from "../../rules/engine/rule.ts";
import { nextUpdateOverflows } from "../../rules/next-update-overflows.ts";
import {
  bootVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "../builders/blob.ts";
import { roleKnowledge, TEST_ROLES } from "../builders/test-microsoft.ts";
import { vmOf } from "../builders/vm-of.ts";
import { hasSharedData, SHARED_NVRAM, sharedBytes } from "../shared-data.ts";
import { hashesOf, hashList } from "./knowledge/knowledge-data.ts";

/** What `nextUpdates` says to a rule. */
function nextUpdatesOf(bytes: Uint8Array): readonly NextUpdate[] {
  let updates: readonly NextUpdate[] = [];
  const probe: BlobRule = {
    meta: nextUpdateOverflows.meta,
    message: () => "",
    on: "blob",
    detect(blob, context) {
      updates = nextUpdates(blob, context);
      return [];
    },
  };
  analyzeVm(vmOf(bytes), [probe], { platform: nodePlatform, asOf: "2026-11-22", knowledge: roleKnowledge });
  return updates;
}

const PK = makeSignatureVariable("PK", x509List(XCP_NG_OWNER, TEST_ROLES.guestPk));
const KEK = makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, TEST_ROLES.kek2011));
const dbx = (data: Uint8Array) => makeSignatureVariable("dbx", data);
const effects = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(nextUpdatesOf(bytes).map(({ id, effect }) => [id, effect]));

describe("the next updates", () => {
  it("come newest first, without those that would add nothing", () => {
    const bytes = makeBlob([PK, KEK, dbx(hashList(MICROSOFT_OWNER, hashesOf("2026-06b")))]);
    expect(nextUpdatesOf(bytes).map(({ id }) => id)).toEqual(["2026-06-svn", "2024-04-pca2011"]);
  });

  it("fit up to the last byte of a variable, and miss one entry more", () => {
    const full = 750;
    expect(effects(makeBlob([PK, KEK, dbx(sha256List(MICROSOFT_OWNER, full))]))).toMatchObject({
      "2026-06b": "fits",
    });
    const over = makeBlob([PK, KEK, dbx(sha256List(MICROSOFT_OWNER, full + 1))]);
    expect(effects(over)).toMatchObject({ "2026-06b": "kills", "2025-10": "fits" });
    expect(nextUpdatesOf(over).find(({ id }) => id === "2026-06b")).toMatchObject({
      dbxBytesAfter: 57_368,
      bytesMissing: 24,
    });
  });

  it("are blocked where the total is full, the daemon's own variables counted in", () => {
    const filled = (name: string, bytes: number) => makeVariable(name, new Uint8Array(bytes).fill(1));
    const blob = (bytes: number) => makeBlob([PK, KEK, filled("GuestLog", 57_344), filled("More", bytes)]);
    const { variables } = openBlob(blob(1));
    const newDbx = 6 + 128 + 21_292;
    const most = 1 + VARSTORED_LIMITS.TOTAL_LIMIT - usedBytes(variables) - runtimeBytes(variables) - newDbx;
    expect(effects(blob(most))).toMatchObject({ "2026-06b": "fits" });
    const over = nextUpdatesOf(blob(most + 1)).find(({ id }) => id === "2026-06b");
    expect(over).toMatchObject({ effect: "blocked", bytesMissing: 1 });
  });

  it("count only where KEK has the signer, or nobody needs to sign", () => {
    const data = dbx(hashList(MICROSOFT_OWNER, hashesOf("2025-10")));
    const own = makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, TEST_ROLES.pca2011));
    expect(nextUpdatesOf(makeBlob([PK, own, data]))).toEqual([]);
    expect(nextUpdatesOf(makeBlob([own, data])).length).toBeGreaterThan(0);
    expect(nextUpdatesOf(makeBlob(bootVariables())).length).toBeGreaterThan(0);
  });
});

interface Recorded {
  readonly nvram: string;
  readonly update: string;
  readonly daemon: "fixed" | "unfixed";
  readonly status: string;
  readonly dbxBytes?: number;
  readonly blobLoadsAfterwards: boolean;
}

const SUCCESS = "0x0";
const OUT_OF_RESOURCES = "0x8000000000000009";
const SECURITY_VIOLATION = "0x800000000000001a";

describe.skipIf(!hasSharedData)("against the real daemon", () => {
  const rows: readonly Recorded[] = hasSharedData
    ? JSON.parse(readFileSync(`${SHARED_NVRAM}expected-append.json`, "utf8"))
    : [];

  it.each([...new Set(rows.map(({ nvram }) => nvram))])("%s: each recorded append is as told", (name) => {
    const updates = nextUpdatesOf(sharedBytes(`${name}.vars`));
    for (const row of rows.filter(({ nvram }) => nvram === name)) {
      const id = /^DBXUpdate-(.*)\.bin$/.exec(row.update)![1]!;
      const told = updates.find((update) => update.id === id);
      const refused = told?.effect === "blocked" || (told?.effect === "kills" && row.daemon === "fixed");
      const what = `${id} on the ${row.daemon} daemon`;
      if (row.status === SECURITY_VIOLATION) {
        expect(told, what).toBeUndefined();
        continue;
      }
      expect(row.status, what).toBe(refused ? OUT_OF_RESOURCES : SUCCESS);
      if (told !== undefined && !refused) expect(row.dbxBytes, what).toBe(told.dbxBytesAfter);
      expect(row.blobLoadsAfterwards, what).toBe(told?.effect !== "kills" || refused);
    }
  });
});
