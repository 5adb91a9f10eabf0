import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guidNamed, SHIM_LOCK } from "../../../parsers/guids.ts";
import { nvramOfBlob } from "../../../parsers/nvram/nvram.ts";
import { openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { adviceFor } from "../../../report/advice.ts";
import { databaseLayouts } from "../../../report/detail/database-layout.ts";
import { detailOf } from "../../../report/detail/detail.ts";
import { evidenceOf } from "../../../report/detail/evidence.ts";
import { analyzeVm } from "../../../rules/engine/analyze.ts";
import { RULES } from "../../../rules/index.ts";
import { mutatedBlob } from "../../arbitraries.ts";
import {
  bootVariables,
  concat,
  incidentBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../../builders/blob.ts";
import { vmOf } from "../../builders/vm-of.ts";
import { testKnowledge } from "../../knowledge.ts";

const settings = { platform: nodePlatform, asOf: "2026-11-22", rules: RULES, knowledge: testKnowledge };

const layoutsOf = (blob: Uint8Array) => databaseLayouts(openBlob(blob).variables, settings);

describe("the layout of a signature database", () => {
  it("tells runs of owners, repeats under either owner, and what each has alone", () => {
    const dbx = concat(sha256List(XCP_NG_OWNER, 10), sha256List(MICROSOFT_OWNER, 4));
    const layout = layoutsOf(makeBlob(keyVariables(XCP_NG_OWNER, dbx))).find(({ name }) => name === "dbx");
    const microsoft = { guid: MICROSOFT_OWNER, name: "Microsoft" };
    const xcpNg = { guid: XCP_NG_OWNER, name: "XCP-ng" };
    expect(layout).toMatchObject({
      lists: 2,
      entries: 14,
      distinct: 10,
      inOrder: true,
      isCut: false,
      runs: [
        { owner: xcpNg, repeats: false, count: 10, bytes: 480 },
        { owner: microsoft, repeats: true, count: 4, bytes: 192 },
      ],
      owners: [
        { owner: xcpNg, count: 10, alone: 6 },
        { owner: microsoft, count: 4, alone: 0 },
      ],
    });
  });

  it("names the certificates with their times, in the order of the chain", () => {
    const layouts = layoutsOf(incidentBlob());
    expect(layouts.map(({ name }) => name)).toEqual(["PK", "KEK", "db", "dbx"]);
    const [certificate] = layouts[1]?.certificates ?? [];
    expect(certificate?.commonName).toContain("test key");
    expect(certificate?.notAfter).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it("has one run for each owner where they alternate too often to be drawn", () => {
    const lists = Array.from({ length: 300 }, (_, i) =>
      sha256List(i % 2 === 0 ? XCP_NG_OWNER : MICROSOFT_OWNER, 1, i),
    );
    const layout = layoutsOf(makeBlob(keyVariables(XCP_NG_OWNER, concat(...lists)))).at(-1);
    expect(layout).toMatchObject({ inOrder: false, entries: 300, distinct: 300 });
    expect(layout?.runs.map(({ count }) => count)).toEqual([150, 150]);
  });
});

describe("the bytes of a finding", () => {
  const blob = openBlob(incidentBlob());

  it("are the first lines of it and the last", () => {
    const evidence = evidenceOf(blob, { start: 35, end: 1000 });
    expect(evidence?.lines.map(({ at }) => at)).toEqual([32, 48, 64, 80, 96, 992]);
    expect(evidence?.leftOut).toBe(992 - 112);
    expect(evidenceOf(blob, { start: 32, end: 48 })?.leftOut).toBe(0);
  });

  it("are never those of a secret, nor of what lies behind the last variable", () => {
    const secret = makeVariable("MokPW", new Uint8Array(64).fill(0x5a), { guid: SHIM_LOCK });
    const iscsi = makeVariable("a", new Uint8Array(64).fill(0x5b), { guid: guidNamed("ISCSI_CONFIG") });
    const bytes = concat(
      makeBlob([...bootVariables(), secret, iscsi, ...bootVariables()]),
      new Uint8Array(40),
    );
    const held = openBlob(bytes);
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(200), (start, length) => {
        const told = JSON.stringify(evidenceOf(held, { start, end: start + length }));
        expect(told).not.toMatch(/5a5a|5b5b/);
      }),
    );
    expect(evidenceOf(held, { start: bytes.length - 40, end: bytes.length })).toBeNull();
    expect(evidenceOf(held, null)).toBeNull();
  });
});

describe("what pictures need of a copy", () => {
  it("says of the incident what the repair comes to, and what the dbx is then", () => {
    const analysis = analyzeVm(vmOf(incidentBlob()), RULES, settings);
    const detail = detailOf(analysis, 0, adviceFor(analysis, settings), settings);
    expect(detail.repair).toMatchObject({ strategy: "merge", verdict: "healthy", loads: true, removed: 0 });
    const dbx = detail.repair?.databases.find(({ name }) => name === "dbx");
    expect(dbx?.runs.every(({ repeats }) => !repeats)).toBe(true);
    expect(detail.evidence).toHaveLength(analysis.findings.length);
    expect(detail.hosts?.length).toBeGreaterThan(2);
  });

  it("can be made of any bytes, and none is larger than a page can show", () => {
    fc.assert(
      fc.property(mutatedBlob, (bytes) => {
        const analysis = analyzeVm(
          { ...vmOf(incidentBlob(1, 1)), nvram: nvramOfBlob(bytes) },
          RULES,
          settings,
        );
        const detail = detailOf(analysis, 0, adviceFor(analysis, settings), settings);
        expect(JSON.stringify(detail).length).toBeLessThan(2_000_000);
      }),
      { numRuns: 60 },
    );
  });
});
