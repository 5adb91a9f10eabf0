/** What db lets start, as firmware walks it; and which updates count as next. */
import { describe, expect, it } from "vitest";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { imageTrust, trustsBootLoaders } from "../../rules/engine/image-trust.ts";
import { nextUpdates } from "../../rules/engine/next-updates.ts";
import { startOthers, startWindows } from "../../rules/reasoning/start.ts";
import {
  CUSTOM_OWNER,
  concat,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  noise,
  sha256List,
  x509List,
} from "../builders/blob.ts";
import { askOf } from "../builders/reasoning.ts";
import { SAMPLE_DB, SAMPLE_PK } from "../builders/sample-keys.ts";
import { TEST_EC_KEK } from "../builders/test-certificates.ts";
import { TEST_ROLES } from "../builders/test-microsoft.ts";
import { microsoftDbx } from "./knowledge/knowledge-data.ts";

const { guestPk, kek2011, pca2011, windows2023, optionRom2023 } = TEST_ROLES;
const own = (der: Uint8Array) => x509List(CUSTOM_OWNER, der);
const variable = (name: "PK" | "KEK" | "db" | "dbx", data: Uint8Array | null) =>
  data === null ? [] : [makeSignatureVariable(name, data)];
const storeOf = (db: Uint8Array | null, dbx: Uint8Array | null = null) =>
  makeBlob([...variable("PK", own(guestPk)), ...variable("db", db), ...variable("dbx", dbx)]);

function ask(db: Uint8Array | null, dbx: Uint8Array | null = null) {
  const { blob, context } = askOf(storeOf(db, dbx), { secureBoot: true });
  const trust = imageTrust(context.keys(), context.platform);
  return {
    trusts: trustsBootLoaders(trust),
    others: startOthers(blob, context).answer,
    windows: startWindows(blob, context).answer,
  };
}

/** Claims 100 bytes more than there are. */
function tooLong(list: Uint8Array): Uint8Array {
  const copy = list.slice();
  new DataView(copy.buffer).setUint32(16, list.length + 100, true);
  return copy;
}

const typed = (type: string, bytes: number) =>
  buildSignatureList(guidBytes(guidNamed(type)), new Uint8Array(0), 16 + bytes, [noise(16 + bytes, 3)]);

describe("what db lets start", () => {
  it.each([
    ["no db", null, null],
    ["an entry that is no certificate", own(noise(200, 1)), null],
    ["the digest of a certificate", typed("EFI_CERT_X509_SHA256", 48), null],
    ["the certificate of option ROMs alone", own(optionRom2023), null],
    ["a certificate that dbx revokes", own(SAMPLE_DB), own(SAMPLE_DB)],
    ["a hash that dbx lists", sha256List(CUSTOM_OWNER, 2), sha256List(MICROSOFT_OWNER, 3)],
    ["a list that is longer than the rest", tooLong(own(SAMPLE_DB)), null],
  ] as const)("is nothing by %s", (_, db, dbx) => {
    expect(ask(db, dbx)).toEqual({ trusts: false, others: "no", windows: "no" });
  });

  it.each([
    ["an own certificate", own(SAMPLE_DB), null],
    ["one with an elliptic-curve key, which some firmware reads", own(TEST_EC_KEK), null],
    ["a hash of any algorithm", typed("EFI_CERT_SHA384", 48), null],
    ["one hash more than dbx lists", sha256List(CUSTOM_OWNER, 4), sha256List(MICROSOFT_OWNER, 3)],
    [
      "what stands before a list that is longer than the rest",
      concat(own(SAMPLE_DB), tooLong(own(SAMPLE_PK))),
      null,
    ],
  ] as const)("depends on the disk with %s", (_, db, dbx) => {
    expect(ask(db, dbx)).toEqual({ trusts: true, others: "unknown", windows: "no" });
  });

  it("is no Windows by a list that firmware does not reach", () => {
    expect(ask(concat(own(pca2011), own(windows2023))).windows).toBe("yes");
    expect(ask(concat(own(pca2011), tooLong(own(windows2023)))).windows).toBe("unknown");
  });
});

describe("an update counts as next", () => {
  const ids = (pk: Uint8Array | null, kek: Uint8Array | null, fields: readonly [string, string][] = []) => {
    const bytes = makeBlob([
      ...variable("PK", pk),
      ...variable("KEK", kek),
      ...variable("dbx", microsoftDbx("2025-10")),
    ]);
    const { blob, context } = askOf(bytes, { fields: new Map(fields) });
    return nextUpdates(blob, context).map(({ id }) => id);
  };

  it("where KEK or the PK itself verifies it, or nobody asks for a signature", () => {
    expect(ids(own(guestPk), own(kek2011))).toContain("2026-06b");
    expect(ids(own(kek2011), null)).toContain("2026-06b");
    expect(ids(null, null)).toContain("2026-06b");
    expect(ids(own(guestPk), null, [["platform:auth-enforce", "false"]])).toContain("2026-06b");
  });

  it("else not, whatever the same blob had in another VM", () => {
    expect(ids(own(guestPk), null)).toEqual([]);
    expect(ids(own(guestPk), own(SAMPLE_DB))).toEqual([]);
    expect(ids(own(guestPk), null, [["platform:auth-enforce", "False"]])).toEqual([]);
    const bytes = makeBlob([...variable("PK", own(guestPk)), ...variable("db", own(SAMPLE_DB))]);
    const { blob, context } = askOf(bytes);
    const lax = { ...context, vm: { ...context.vm, fields: new Map([["platform:auth-enforce", "false"]]) } };
    expect(nextUpdates(blob, lax).length).toBeGreaterThan(0);
    expect(nextUpdates(blob, context)).toEqual([]);
    expect(nextUpdates(blob, lax).length).toBeGreaterThan(0);
  });
});
