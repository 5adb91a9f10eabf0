import { describe, expect, it } from "vitest";
import { KEK_2K_CA_2023, KEK_CA_2011 } from "../../../rules/knowledge/certificates.ts";
import { authority, authorityOver } from "../../../rules/reasoning/authority.ts";
import { MICROSOFT_OWNER, makeBlob, makeSignatureVariable, noise, x509List } from "../../builders/blob.ts";
import { askOf, askOfShared, claimsOf, factsOf, keyStore, textOf } from "../../builders/reasoning.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../../builders/sample-keys.ts";
import { TEST_DO_NOT_TRUST_PK, TEST_EC_KEK } from "../../builders/test-certificates.ts";
import { TEST_ROLES } from "../../builders/test-microsoft.ts";
import { hasSharedData } from "../../shared-data.ts";

const { guestPk, kek2011, kek2023, windows2023 } = TEST_ROLES;
const KEK_2023_NAME = "Microsoft Corporation KEK 2K CA 2023";

function of(bytes: Uint8Array, fields: ReadonlyMap<string, string> = new Map()) {
  const { mode, variables } = authority(askOf(bytes, { fields }).context);
  const [PK, KEK, db, dbx] = variables;
  return { mode, PK: PK!, KEK: KEK!, db: db!, dbx: dbx! };
}
const names = ({ signers }: { signers: readonly { certificate: string }[] }) =>
  signers.map(({ certificate }) => certificate);

const BROKEN = Uint8Array.from(SAMPLE_KEK).fill(0, 4, 40);

describe("who can still sign what", () => {
  const both = keyStore({ pk: guestPk, kek: [kek2011, kek2023], db: [windows2023] });

  it("PK and KEK by the PK alone; db and dbx also by the certificates of KEK", () => {
    const { mode, PK, KEK, db, dbx } = of(both);
    expect(mode).toBe("user");
    expect(names(PK)).toEqual(["XCP-ng Guest PK"]);
    expect(names(KEK)).toEqual(["XCP-ng Guest PK"]);
    const three = ["XCP-ng Guest PK", "Microsoft Corporation KEK CA 2011", KEK_2023_NAME];
    expect(names(db)).toEqual(three);
    expect(names(dbx)).toEqual(three);
    expect(dbx.signers.map(({ holder, through }) => [holder, through])).toEqual([
      ["vates", "PK"],
      ["microsoft", "KEK"],
      ["microsoft", "KEK"],
    ]);
    expect(dbx.signers.map(({ sha256 }) => sha256)).toContain(KEK_CA_2011);
    for (const { needsSignature, chain } of [PK, KEK, db, dbx]) {
      expect(needsSignature).toBe(true);
      expect(chain.answer).toBe("yes");
      expect(chain.steps.length).toBeLessThanOrEqual(6);
    }
  });

  it("steps rest on the variable that they are about", () => {
    const { dbx } = of(both);
    expect(dbx.chain.steps.map(({ because }) => because.variable?.name)).toEqual([
      "PK",
      "PK",
      "KEK",
      "KEK",
      "KEK",
    ]);
    const [mode] = dbx.chain.steps;
    expect(mode?.because.path).toBe(`variables[${mode?.because.variable?.index}].data`);
    expect(mode?.because.span).toEqual(mode?.because.variable?.dataSpan);
  });

  it("Microsoft's updates are accepted by the signer that KEK holds", () => {
    const { db, dbx } = of(keyStore({ pk: guestPk, kek: [kek2011] }));
    expect(db.updates).toEqual({
      accepted: ["DBUpdate2024.bin", "DBUpdate3P2023.bin", "DBUpdateOROM2023.bin"],
      refused: [],
      missingSigners: [KEK_2023_NAME],
    });
    expect(dbx.updates?.accepted).toContain("2026-06b");
    expect(dbx.updates?.refused).toEqual([]);
    const newer = of(keyStore({ pk: guestPk, kek: [kek2023] }));
    expect(newer.dbx.updates).toMatchObject({
      accepted: [],
      missingSigners: ["Microsoft Corporation KEK CA 2011"],
    });
    expect(newer.dbx.updates?.refused).toContain("2026-06b");
    expect(of(both).dbx.updates?.missingSigners).toEqual([]);
    expect(newer.dbx.signers.map(({ sha256 }) => sha256)).toContain(KEK_2K_CA_2023);
  });

  it("own keys are with whoever made them, and Microsoft's updates are refused", () => {
    const { KEK, dbx } = of(keyStore({ pk: SAMPLE_PK, kek: [SAMPLE_KEK], db: [SAMPLE_DB] }));
    expect(dbx.signers.map(({ holder }) => holder)).toEqual(["unknown", "unknown"]);
    expect(dbx.updates?.accepted).toEqual([]);
    expect(factsOf(KEK.chain, "kek-update")?.published).toBeNull();
  });

  it("a test key as PK is everybody's, an EC key in KEK signs, and what cannot be parsed does not", () => {
    const { PK, dbx } = of(keyStore({ pk: TEST_DO_NOT_TRUST_PK, kek: [TEST_EC_KEK, BROKEN, kek2011] }));
    expect(PK.signers.map(({ holder }) => holder)).toEqual(["public"]);
    expect(names(dbx)).toEqual([
      expect.stringContaining("DO NOT TRUST"),
      "varscope test KEK with an EC key",
      "Microsoft Corporation KEK CA 2011",
    ]);
    expect(factsOf(dbx.chain, "unusable-entries")?.reasons).toEqual(["a certificate that cannot be parsed"]);
  });

  it("in setup mode nobody needs to sign but a new PK, with the certificate that it carries", () => {
    const { mode, PK, KEK, dbx } = of(keyStore({ kek: [kek2011] }));
    expect(mode).toBe("setup");
    expect([PK, KEK, dbx].map(({ needsSignature }) => needsSignature)).toEqual([true, false, false]);
    expect(claimsOf(PK.chain)).toEqual(["carried-key-signs", "anyone-writes"]);
    expect(claimsOf(KEK.chain)).toEqual(["setup-mode", "anyone-writes"]);
    expect(dbx.updates).toMatchObject({ refused: [], missingSigners: [] });
  });

  it("where the platform turns the checks off nobody needs to sign at all", () => {
    const off = new Map([["platform:auth-enforce", "false"]]);
    const { mode, PK } = of(both, off);
    expect({ mode, needs: PK.needsSignature }).toEqual({ mode: "not-enforced", needs: false });
    expect(of(both, new Map([["platform:auth-enforce", "0"]])).mode).toBe("user");
  });

  it("what can sign nothing is no signer: a PK that is no certificate, an entry of KEK that cannot be parsed", () => {
    const { PK, KEK, dbx } = of(keyStore({ pk: noise(900, 7), kek: [noise(900, 8), kek2011] }));
    expect(PK.chain.answer).toBe("no");
    expect(claimsOf(KEK.chain)).toContain("nobody-writes");
    expect(names(dbx)).toEqual(["Microsoft Corporation KEK CA 2011"]);
    expect(factsOf(dbx.chain, "unusable-entries")).toMatchObject({ variable: "KEK", count: 1 });
    expect(factsOf(KEK.chain, "kek-update")?.published).toBe(false);
  });

  it("many signers are counted rather than named, and a chain stays short", () => {
    const kek = [SAMPLE_DB, SAMPLE_KEK, kek2011, kek2023, noise(900, 8)];
    const { dbx } = of(keyStore({ pk: guestPk, kek }));
    expect(dbx.signers).toHaveLength(5);
    expect(factsOf(dbx.chain, "more-signers")?.count).toBe(3);
    expect(dbx.chain.steps).toHaveLength(6);
  });

  it("a PK that may stand in what cannot be read is no setup mode", () => {
    const whole = makeBlob([
      makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, kek2011)),
      makeSignatureVariable("PK", x509List(MICROSOFT_OWNER, guestPk)),
    ]);
    const { mode, KEK, dbx } = of(whole.subarray(0, whole.length - 200));
    expect(mode).toBe("unknown");
    expect(KEK.needsSignature).toBeNull();
    expect({ answer: dbx.chain.answer, updates: dbx.updates }).toEqual({ answer: "unknown", updates: null });
    expect(textOf(dbx.chain.steps[0]!)).toMatch(/No PK was found in the first \d+ of \d+ bytes/);
  });
});

describe.skipIf(!hasSharedData)("on the real daemon's blobs", () => {
  it("11 takes the track of 2011 alone", () => {
    const { updates } = authorityOver("dbx", askOfShared("11").context);
    expect(updates).toMatchObject({ refused: [], missingSigners: [KEK_2023_NAME] });
    expect(updates?.accepted).toHaveLength(9);
  });

  it("12 belongs to its own keys, 09 to everybody", () => {
    expect(authority(askOfShared("12").context).variables[3]?.updates?.accepted).toEqual([]);
    expect(authority(askOfShared("09").context).mode).toBe("setup");
  });
});
