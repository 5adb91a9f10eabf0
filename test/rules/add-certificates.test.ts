import { describe, expect, it } from "vitest";
import { toHex } from "../../parsers/bytes.ts";
import { readSignatureDatabase, signatureAt } from "../../parsers/efi/signature-list.ts";
import { openBlob, type VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import type { SuppliedCertificate } from "../../rules/engine/add-certificates.ts";
import { repairVm } from "../../rules/engine/repair.ts";
import { RULES } from "../../rules/index.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  concat,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  XCP_NG_OWNER,
  x509List,
} from "../builders/blob.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { roleKnowledge, TEST_ROLES } from "../builders/test-microsoft.ts";
import { vmOf } from "../builders/vm-of.ts";

function supply(...ders: readonly Uint8Array[]): SuppliedCertificate[] {
  return ders.map((der) => {
    const sha256 = toHex(nodePlatform.sha256(der));
    const known = roleKnowledge.certificate(sha256);
    if (known === null) throw new Error("a test role is not known");
    return { der, sha256, known };
  });
}

function repair(variables: readonly VariableFields[], supplied: readonly SuppliedCertificate[]) {
  const settings = {
    platform: nodePlatform,
    asOf: "2026-11-22",
    rules: RULES,
    knowledge: roleKnowledge,
    supplied,
  };
  return repairVm(vmOf(makeBlob(variables)), "merge", settings);
}

const of2011 = (owner = MICROSOFT_OWNER) => [
  ...bootVariables(),
  makeSignatureVariable("PK", x509List(XCP_NG_OWNER, TEST_ROLES.guestPk)),
  makeSignatureVariable("KEK", x509List(owner, TEST_ROLES.kek2011)),
  makeSignatureVariable("db", x509List(owner, TEST_ROLES.pca2011)),
];

function certificatesOf(bytes: Uint8Array, name: string): Uint8Array[] {
  const variable = openBlob(bytes).variables.find((one) => one.name === name)!;
  return readSignatureDatabase(variable.data).lists.map(
    (list) => signatureAt(variable.data, list, 0).signatureData,
  );
}

describe("certificates that the user supplies", () => {
  it("go to the end of KEK and db, each where it belongs, and nothing else changes", () => {
    const outcome = repair(of2011(), supply(TEST_ROLES.windows2023, TEST_ROLES.kek2023));
    if (outcome.kind !== "repaired") throw new Error(JSON.stringify(outcome));
    expect(certificatesOf(outcome.bytes, "KEK")).toEqual([TEST_ROLES.kek2011, TEST_ROLES.kek2023]);
    expect(certificatesOf(outcome.bytes, "db")).toEqual([TEST_ROLES.pca2011, TEST_ROLES.windows2023]);
    expect(outcome.proof.added).toHaveLength(2);
    expect(outcome.proof.unchangedVariables).toBe(4);
    expect(
      repair(openBlob(outcome.bytes).variables, supply(TEST_ROLES.windows2023, TEST_ROLES.kek2023)).kind,
    ).toBe("nothing-to-repair");
  });

  it("are added after the repair that the strategy brings", () => {
    const outcome = repair(of2011(XCP_NG_OWNER), supply(TEST_ROLES.kek2023));
    expect(outcome).toMatchObject({
      kind: "repaired",
      proof: { reowned: 2, added: [{ owner: MICROSOFT_OWNER }] },
    });
  });

  it("change nothing where they are there already, under any owner", () => {
    expect(repair(of2011(), supply(TEST_ROLES.kek2011)).kind).toBe("nothing-to-repair");
  });

  it("are refused where the variable is absent, malformed or would be too long", () => {
    const pk = of2011().slice(0, 4);
    expect(repair(pk, supply(TEST_ROLES.kek2023))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("There is no KEK"),
    });
    const cut = makeSignatureVariable(
      "KEK",
      concat(x509List(MICROSOFT_OWNER, TEST_ROLES.kek2011), Uint8Array.of(1)),
    );
    expect(repair([...pk, cut], supply(TEST_ROLES.kek2023))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("do not add up"),
    });
    const full = makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, new Uint8Array(57_344 - 44)));
    const db = makeSignatureVariable("db", x509List(MICROSOFT_OWNER, TEST_ROLES.pca2011));
    expect(repair([...pk, full, db], supply(TEST_ROLES.kek2023))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("57344"),
    });
  });

  it("are left out where dbx revokes them", () => {
    const dbx = makeSignatureVariable("dbx", x509List(MICROSOFT_OWNER, TEST_ROLES.uefi2011));
    expect(repair([...of2011(), dbx], supply(TEST_ROLES.uefi2011)).kind).toBe("nothing-to-repair");
  });

  it("are refused where the VM trusts none of Microsoft's keys", () => {
    const custom = [
      ...bootVariables(),
      makeSignatureVariable("PK", x509List(CUSTOM_OWNER, SAMPLE_PK)),
      makeSignatureVariable("KEK", x509List(CUSTOM_OWNER, SAMPLE_KEK)),
      makeSignatureVariable("db", x509List(CUSTOM_OWNER, SAMPLE_DB)),
    ];
    expect(repair(custom, supply(TEST_ROLES.kek2023))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("trusts other keys"),
    });
  });
});
