import { describe, expect, it } from "vitest";
import type { Knowledge } from "../../../rules/knowledge/knowledge.ts";
import { changeOwners, getDb2023, getKek2023, updateDbx } from "../../../rules/reasoning/self-repair.ts";
import {
  concat,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
  x509List,
} from "../../builders/blob.ts";
import { askOf, askOfShared, claimsOf, factsOf, keyStore, textOf } from "../../builders/reasoning.ts";
import { SAMPLE_KEK, SAMPLE_PK } from "../../builders/sample-keys.ts";
import { roleKnowledge, TEST_ROLES } from "../../builders/test-microsoft.ts";
import { hasSharedData } from "../../shared-data.ts";
import { hashesOf, hashList } from "../knowledge/knowledge-data.ts";

const { guestPk, oemPk, kek2011, kek2023, pca2011, uefi2011, windows2023, uefi2023, optionRom2023 } =
  TEST_ROLES;
const DB_2011 = [pca2011, uefi2011];
const DB_ALL = [...DB_2011, windows2023, uefi2023, optionRom2023];
const NEWEST = hashList(MICROSOFT_OWNER, hashesOf("2026-06b"));

type Ask = typeof getKek2023;
const ask = (question: Ask, bytes: Uint8Array, knowledge: Knowledge = roleKnowledge) => {
  const { blob, context } = askOf(bytes, {}, knowledge);
  return question(blob, context);
};

describe("can the guest get the KEK of 2023 by itself", () => {
  const store = (pk: Uint8Array | null) => keyStore({ pk, kek: [kek2011] });

  it("no, where Microsoft publishes no update that is signed with the PK", () => {
    const chain = ask(getKek2023, store(guestPk))!;
    expect(chain.answer).toBe("no");
    expect(claimsOf(chain)).toEqual(["kek-lacks", "pk-signs", "kek-update", "guest-cannot"]);
    expect(factsOf(chain, "pk-signs")).toEqual({ variable: "KEK", pk: "XCP-ng Guest PK", holder: "vates" });
    expect(textOf(chain.steps[2]!)).toBe(
      "Microsoft publishes no update of KEK that is signed with XCP-ng Guest PK.",
    );
  });

  it("yes, where it does and there is room", () => {
    const chain = ask(getKek2023, store(oemPk))!;
    expect(chain.answer).toBe("yes");
    const { before, after } = factsOf(chain, "update-fits")!;
    expect(after - before).toBe(1506);
  });

  it("unknown, where nothing is known of the PK", () => {
    const chain = ask(getKek2023, store(SAMPLE_PK))!;
    expect(chain.answer).toBe("unknown");
    expect(claimsOf(chain).at(-1)).toBe("guest-perhaps");
  });

  it("no, where the PK can sign nothing", () => {
    const chain = ask(getKek2023, store(new Uint8Array(300)))!;
    expect(claimsOf(chain)).toEqual(["kek-lacks", "pk-signs-nothing", "guest-cannot"]);
  });

  it("yes without a signature in setup mode", () => {
    const chain = ask(getKek2023, store(null))!;
    expect(chain.answer).toBe("yes");
    expect(claimsOf(chain)).toEqual(["kek-lacks", "setup-mode", "guest-can-unsigned"]);
  });

  it("does not arise where KEK has it", () => {
    expect(ask(getKek2023, keyStore({ pk: guestPk, kek: [kek2011, kek2023] }))).toBeNull();
    expect(ask(getKek2023, keyStore({ pk: guestPk }))).toBeNull();
  });
});

describe("can the guest get the certificates of 2023 for db by itself", () => {
  it("yes, where KEK holds the signer and all updates together fit", () => {
    const chain = ask(getDb2023, keyStore({ pk: guestPk, kek: [kek2011], db: DB_2011 }))!;
    expect(chain.answer).toBe("yes");
    expect(claimsOf(chain)).toEqual(["db-lacks", "update-of", "signer-held", "update-fits", "guest-can"]);
    const { before, after } = factsOf(chain, "update-fits")!;
    expect(after - before).toBe(1498 + 1492 + 1503);
  });

  it("no, where a byte of room is missing", () => {
    const room = 57_344 - (1498 + 1492 + 1503) - (2 * 44 + pca2011.length + uefi2011.length);
    const padding = (bytes: number) => x509List(MICROSOFT_OWNER, new Uint8Array(bytes - 44));
    const withPadding = (bytes: number) =>
      makeBlob([
        makeSignatureVariable("PK", x509List(XCP_NG_OWNER, guestPk)),
        makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, kek2011)),
        makeSignatureVariable(
          "db",
          concat(...DB_2011.map((one) => x509List(MICROSOFT_OWNER, one)), padding(bytes)),
        ),
      ]);
    expect(ask(getDb2023, withPadding(room))?.answer).toBe("yes");
    const over = ask(getDb2023, withPadding(room + 1))!;
    expect(over.answer).toBe("no");
    expect(factsOf(over, "update-over-data-limit")).toMatchObject({ after: 57_345, limit: 57_344 });
  });

  it("no, where the total is full", () => {
    const { variables } = askOf(keyStore({ pk: guestPk, kek: [kek2011], db: DB_2011 })).blob;
    const filled = [57_344, 57_344, 8000].map((bytes, i) =>
      makeVariable(`Log${i}`, new Uint8Array(bytes).fill(1)),
    );
    const chain = ask(getDb2023, makeBlob([...variables, ...filled]))!;
    expect(claimsOf(chain).slice(-2)).toEqual(["update-over-total-limit", "guest-cannot"]);
  });

  it("no, where the daemon would refuse every write because the attributes differ", () => {
    const [pk, kek, db] = [
      makeSignatureVariable("PK", x509List(XCP_NG_OWNER, guestPk)),
      makeSignatureVariable("KEK", x509List(MICROSOFT_OWNER, kek2011)),
      makeSignatureVariable("db", x509List(MICROSOFT_OWNER, pca2011)),
    ];
    const chain = ask(getDb2023, makeBlob([pk, kek, { ...db, attributes: 0x07 }]))!;
    expect(chain.answer).toBe("no");
    expect(factsOf(chain, "attributes-refused")).toEqual({ variable: "db", attributes: 0x07, needed: 0x27 });
  });

  it("no, where nobody of KEK signs them; unknown, where only the newer signer is there", () => {
    const own = ask(getDb2023, keyStore({ pk: guestPk, kek: [SAMPLE_KEK], db: DB_2011 }))!;
    expect({ answer: own.answer, claims: claimsOf(own) }).toEqual({
      answer: "no",
      claims: ["db-lacks", "update-of", "signer-missing", "guest-cannot"],
    });
    expect(ask(getDb2023, keyStore({ pk: guestPk, kek: [kek2023], db: DB_2011 }))?.answer).toBe("unknown");
  });
});

describe("can the guest bring its dbx to the newest release by itself", () => {
  const store = (dbx: Uint8Array | undefined, kek = [kek2011]) =>
    keyStore({ pk: guestPk, kek, db: DB_ALL, ...(dbx === undefined ? {} : { dbx }) });

  it("yes, where the update is accepted and fits, also where there is no dbx", () => {
    const chain = ask(updateDbx, store(hashList(MICROSOFT_OWNER, hashesOf("2025-10"))))!;
    expect(chain.answer).toBe("yes");
    expect(claimsOf(chain)).toEqual(["dbx-lacks", "signer-held", "update-fits", "guest-can"]);
    expect(factsOf(chain, "update-fits")).toMatchObject({
      updates: ["2026-06b"],
      before: 20_716,
      after: 21_320,
    });
    expect(claimsOf(ask(updateDbx, store(undefined))!)[0]).toBe("dbx-is-missing");
  });

  it("does not arise where nothing is missing", () => {
    expect(ask(updateDbx, store(NEWEST))).toBeNull();
    expect(ask(updateDbx, keyStore({ pk: SAMPLE_PK, kek: [SAMPLE_KEK] }))).toBeNull();
  });

  it("no, where the sum passes the limit of a variable; it names what would fit and what would not", () => {
    const chain = ask(updateDbx, store(sha256List(MICROSOFT_OWNER, 751)))!;
    expect(chain.answer).toBe("no");
    expect(factsOf(chain, "update-over-data-limit")).toMatchObject({ after: 57_368, limit: 57_344 });
    expect(factsOf(chain, "other-updates")?.fits).toContain("2025-10");
    expect(ask(updateDbx, store(sha256List(MICROSOFT_OWNER, 750)))?.answer).toBe("yes");
  });

  it("no, where the total is full", () => {
    const filled = [57_344, 55_000].map((bytes, i) => makeVariable(`Log${i}`, new Uint8Array(bytes).fill(1)));
    const { variables } = askOf(store(sha256List(MICROSOFT_OWNER, 8))).blob;
    const chain = ask(updateDbx, makeBlob([...variables, ...filled]))!;
    expect({ answer: chain.answer, limit: factsOf(chain, "update-over-total-limit")?.limit }).toEqual({
      answer: "no",
      limit: 131_072,
    });
  });

  it("no, where KEK lacks the signer", () => {
    const chain = ask(updateDbx, store(sha256List(MICROSOFT_OWNER, 8), [kek2023]))!;
    expect(chain.answer).toBe("no");
    expect(claimsOf(chain)).toEqual(["dbx-lacks", "signer-missing", "guest-cannot"]);
  });

  it("no, where the stored lists stop the daemon", () => {
    const endless = sha256List(MICROSOFT_OWNER, 2);
    endless.fill(0, 16, 20);
    const chain = ask(updateDbx, store(endless))!;
    expect(chain.answer).toBe("no");
    expect(factsOf(chain, "list-stops-daemon")?.reason).toContain("size 0");
  });

  it("unknown, where the daemon reads on behind the stored lists, or behind KEK before it finds the signer", () => {
    const chain = ask(updateDbx, store(concat(sha256List(MICROSOFT_OWNER, 8), Uint8Array.of(1))))!;
    expect(chain.answer).toBe("unknown");
    expect(factsOf(chain, "list-leaves-open")?.reason).toContain("1 byte");
    expect(textOf(chain.conclusion)).toContain("cannot be known");
    const dbx = makeSignatureVariable("dbx", sha256List(MICROSOFT_OWNER, 8));
    const withKek = (kek: Uint8Array): Uint8Array =>
      makeBlob([
        makeSignatureVariable("PK", x509List(XCP_NG_OWNER, guestPk)),
        makeSignatureVariable("KEK", kek),
        dbx,
      ]);
    const tail = Uint8Array.of(0, 0, 0);
    const missing = ask(updateDbx, withKek(concat(x509List(MICROSOFT_OWNER, kek2023), tail)))!;
    expect(missing.answer).toBe("unknown");
    expect(claimsOf(missing)).toEqual(["dbx-lacks", "keys-leave-open", "guest-open"]);
    const held = ask(updateDbx, withKek(concat(x509List(MICROSOFT_OWNER, kek2011), tail)))!;
    expect(claimsOf(held)).toContain("signer-held");
    const endless = ask(updateDbx, withKek(concat(x509List(MICROSOFT_OWNER, kek2023), new Uint8Array(28))))!;
    expect(endless.answer).toBe("no");
    expect(claimsOf(endless)).toEqual(["dbx-lacks", "keys-stop-daemon", "guest-cannot"]);
  });

  it("unknown, where nothing tells who signs the newest release", () => {
    const table = roleKnowledge.dbxTable();
    const last = table.releases.at(-1)!;
    const unsigned = {
      ...roleKnowledge,
      dbxTable: () => ({ ...table, releases: [{ ...last, signer: null }] }),
    };
    const chain = ask(updateDbx, store(sha256List(MICROSOFT_OWNER, 8)), unsigned)!;
    expect(chain.answer).toBe("unknown");
    expect(claimsOf(chain)).toEqual(["dbx-lacks", "update-fits", "guest-perhaps"]);
  });
});

describe("can the guest correct the owners by itself", () => {
  it("no, because every known update appends; yes in setup mode", () => {
    const keys = { kek: [kek2011], db: DB_ALL, owner: XCP_NG_OWNER };
    const chain = ask(changeOwners, keyStore({ ...keys, pk: guestPk }))!;
    expect(chain.answer).toBe("no");
    expect(factsOf(chain, "wrong-owners")).toEqual({ variables: ["KEK", "db"], entries: 6, owner: "XCP-ng" });
    expect(ask(changeOwners, keyStore(keys))?.answer).toBe("yes");
  });

  it("does not arise where XCP-ng owns the PK alone", () => {
    expect(ask(changeOwners, keyStore({ pk: guestPk, kek: [kek2011] }))).toBeNull();
  });

  it("no guest repairs anything where the VM does not start", () => {
    const chain = ask(changeOwners, incidentBlob())!;
    expect(claimsOf(chain)).toEqual(["wrong-owners", "does-not-load", "guest-cannot"]);
  });
});

describe.skipIf(!hasSharedData)("on the real daemon's blobs", () => {
  const shared = (question: Ask, key: string) => {
    const { blob, context } = askOfShared(key);
    return question(blob, context);
  };

  it.each(["11", "16", "17"])("%s cannot get the KEK of 2023", (key) => {
    expect(shared(getKek2023, key)?.answer).toBe("no");
  });

  it("11 and 16 can take the certificates for db: 7636 bytes afterwards", () => {
    for (const key of ["11", "16"]) {
      const chain = shared(getDb2023, key)!;
      expect(chain.answer).toBe("yes");
      expect(factsOf(chain, "update-fits")).toMatchObject({ before: 3143, after: 7636 });
    }
  });

  it("03 can neither take the newest release nor correct its owners", () => {
    const chain = shared(updateDbx, "03")!;
    expect(chain.answer).toBe("no");
    expect(factsOf(chain, "update-over-data-limit")).toMatchObject({
      updates: ["2026-06b"],
      before: 39_724,
      after: 61_016,
    });
    expect(factsOf(chain, "other-updates")?.overflows).toEqual(["2025-10", "2025-06", "2025-02"]);
    expect(shared(changeOwners, "03")?.answer).toBe("no");
  });

  it.each(["01", "02", "14", "15"])("%s has nothing that the guest could not repair", (key) => {
    for (const question of [getKek2023, getDb2023, updateDbx, changeOwners])
      expect(shared(question, key)?.answer ?? "yes").toBe("yes");
  });
});
