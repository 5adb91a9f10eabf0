import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DaemonVersion } from "../../daemon/daemon-version.ts";
import { type Forecast, type ForecastUpdate, forecast } from "../../daemon/forecast.ts";
import { chooseTarget, type UpdateFile } from "../../daemon/update-target.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { blobBytes, mutatedBlob } from "../arbitraries.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeTime,
  makeVariable,
  sha256List,
} from "../builders/blob.ts";
import { CONTEXT, listOf, makeTestKeys, userModeVariables } from "../builders/daemon.ts";
import { signedUpdate } from "../builders/signing.ts";

const keys = makeTestKeys();
const BLOB = makeBlob(userModeVariables(keys));
const PLANTED = 827;

function blobWithDbx(dbx: Uint8Array): Uint8Array {
  const others = userModeVariables(keys).filter(
    ({ data }) => data.length !== sha256List(CUSTOM_OWNER, 10).length,
  );
  return makeBlob([...others, makeSignatureVariable("dbx", dbx)]);
}

function dbxUpdate(payload: Uint8Array, label = "dbxupdate.bin"): ForecastUpdate {
  return updateOf({ label, bytes: signedUpdate("dbx", payload, keys.kek, { append: true }), kind: "auth" });
}

function updateOf(
  fields: Pick<UpdateFile, "label" | "bytes" | "kind"> & Partial<UpdateFile>,
): ForecastUpdate {
  const file: UpdateFile = { variable: null, append: null, ...fields };
  return { file, target: chooseTarget(file, CONTEXT.verifier)! };
}

function run(
  blob: Uint8Array,
  updates: readonly ForecastUpdate[],
  daemon: DaemonVersion = "fixed",
): Forecast {
  return forecast(blob, updates, { ...CONTEXT, daemon });
}

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

describe("a step", () => {
  test("tells the answer, both states of the variable, and the room that is left", () => {
    const before = sha256List(CUSTOM_OWNER, 10);
    const payload = sha256List(CUSTOM_OWNER, 10, 8);
    const after = concatBytes([before, sha256List(CUSTOM_OWNER, 8, 10)]);
    const { error, steps } = run(BLOB, [dbxUpdate(payload)]);
    expect(error).toBeNull();
    expect(steps).toEqual([
      {
        update: "dbxupdate.bin",
        variable: { name: "dbx", guid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f" },
        append: true,
        status: "0x0",
        statusName: "EFI_SUCCESS",
        bytesBefore: before.length,
        bytesAfter: after.length,
        sha256Before: sha256(before),
        sha256After: sha256(after),
        signaturesAdded: 8,
        signaturesDropped: 2,
        signaturesRemoved: 0,
        loadsAfterwards: true,
        check: null,
        reason: "8 signatures were added, 2 left out as already there; dbx now has 920 bytes.",
        variableRoom: 57_344 - after.length,
        totalRoom: expect.any(Number),
      },
    ]);
  });

  test("that is refused changes nothing and says which check refused", () => {
    const stranger = signedUpdate("dbx", sha256List(CUSTOM_OWNER, 1, 99), keys.stranger, { append: true });
    const [step] = run(BLOB, [updateOf({ label: "x", bytes: stranger, kind: "auth" })]).steps;
    expect(step).toMatchObject({
      status: "0x800000000000001a",
      statusName: "EFI_SECURITY_VIOLATION",
      check: "signer-not-trusted",
    });
    expect(step).toMatchObject({
      bytesBefore: 508,
      bytesAfter: 508,
      signaturesAdded: 0,
      loadsAfterwards: true,
    });
    expect(step?.reason).toContain("a certificate of KEK, which holds 1");
  });

  test("counts what a replacement adds and removes", () => {
    const bytes = signedUpdate("dbx", sha256List(CUSTOM_OWNER, 5, 8), keys.kek);
    const [step] = run(BLOB, [updateOf({ label: "x", bytes, kind: "auth" })]).steps;
    expect(step).toMatchObject({
      append: false,
      signaturesAdded: 3,
      signaturesRemoved: 8,
      signaturesDropped: 0,
    });
    const deletion = updateOf({
      label: "x",
      bytes: signedUpdate("dbx", new Uint8Array(0), keys.kek),
      kind: "auth",
    });
    const [deleted] = run(BLOB, [deletion]).steps;
    expect(deleted).toMatchObject({
      bytesAfter: 0,
      sha256After: null,
      signaturesRemoved: 10,
      reason: "dbx was deleted.",
    });
  });

  test("on a variable that is absent begins at 0 bytes without a hash", () => {
    const [step] = run(makeBlob(bootVariables()), [
      updateOf({ label: "x", bytes: sha256List(CUSTOM_OWNER, 1), kind: "esl" }),
    ]).steps;
    expect(step).toMatchObject({
      bytesBefore: 0,
      sha256Before: null,
      bytesAfter: 76,
      signaturesAdded: 1,
      status: "0x0",
    });
  });

  test("of signature lists alone is refused in user mode", () => {
    const [step] = run(BLOB, [
      updateOf({ label: "x", bytes: sha256List(CUSTOM_OWNER, 1), kind: "esl" }),
    ]).steps;
    expect(step).toMatchObject({ statusName: "EFI_SECURITY_VIOLATION", check: "signature-missing" });
  });
});

describe("the incident", () => {
  const planted = blobWithDbx(sha256List(CUSTOM_OWNER, PLANTED));
  const update = dbxUpdate(sha256List(MICROSOFT_OWNER, 431));

  test("on the unfixed daemon grows dbx to a length that the next start refuses", () => {
    const { steps, saved } = run(planted, [update], "unfixed");
    expect(steps).toMatchObject([
      { status: "0x0", bytesAfter: 60_440, loadsAfterwards: false, variableRoom: -3096 },
    ]);
    expect(steps[0]?.reason).toContain("The next start will refuse the NVRAM");
    expect(openBlob(saved!).variables.some(({ data }) => data.length === 60_440)).toBe(true);
  });

  test("on the fixed daemon refuses the update for lack of room", () => {
    const { steps } = run(planted, [update]);
    expect(steps).toMatchObject([
      { status: "0x8000000000000009", check: "data-over-limit", bytesAfter: 39_724, loadsAfterwards: true },
    ]);
    expect(steps[0]?.reason).toBe("39724 bytes and 20716 more are 60440; the daemon takes at most 57344.");
  });

  test("stays broken over the steps that follow on the unfixed daemon, which runs on", () => {
    const more = dbxUpdate(sha256List(MICROSOFT_OWNER, 1, 5000), "more.bin");
    expect(run(planted, [update, more], "unfixed").steps).toMatchObject([
      { loadsAfterwards: false, bytesAfter: 60_440 },
      { loadsAfterwards: false, bytesAfter: 60_440 + 76 },
    ]);
    const replaced = updateOf({
      label: "r",
      bytes: signedUpdate("dbx", sha256List(MICROSOFT_OWNER, 1), keys.kek, {
        timestamp: makeTime(2027, 1, 1),
      }),
      kind: "auth",
    });
    expect(run(planted, [update, replaced], "unfixed").steps).toMatchObject([
      { loadsAfterwards: false },
      { loadsAfterwards: true },
    ]);
  });
});

describe("several updates", () => {
  test("go to one daemon in their order", () => {
    const { steps } = run(BLOB, [
      dbxUpdate(sha256List(CUSTOM_OWNER, 5, 10)),
      dbxUpdate(sha256List(CUSTOM_OWNER, 9, 8)),
    ]);
    expect(steps).toMatchObject([
      { signaturesAdded: 5, signaturesDropped: 0 },
      { signaturesAdded: 2, signaturesDropped: 7, bytesBefore: 508 + 28 + 5 * 48 },
    ]);
  });

  test("leave the NVRAM as the daemon saves it: its order, without its own variables", () => {
    const { saved } = run(BLOB, [dbxUpdate(sha256List(CUSTOM_OWNER, 1, 50))]);
    const names = openBlob(saved!).variables.map(({ name }) => name);
    expect(names).toEqual(["dbx", "db", "KEK", "PK", "Boot0000", "BootOrder", "Timeout"]);
  });

  test("none at all still loads and saves", () => {
    expect(run(BLOB, [])).toMatchObject({ error: null, steps: [] });
  });
});

describe("what gives no answer", () => {
  test("is a blob that does not load: an error and no steps", () => {
    const blob = makeBlob([makeVariable("Big", new Uint8Array(57_345))]);
    expect(run(blob, [dbxUpdate(sha256List(CUSTOM_OWNER, 1))])).toMatchObject({
      error: { code: "data-over-limit" },
      steps: [],
      saved: null,
    });
  });

  test("is a daemon that hangs on stored lists: a step without a status after those before, and an error", () => {
    const endless = sha256List(CUSTOM_OWNER, 1).fill(0, 16, 20);
    const kek = updateOf({ label: "k", bytes: signedUpdate("KEK", listOf(keys.kek), keys.pk), kind: "auth" });
    const answer = run(blobWithDbx(endless), [kek, dbxUpdate(sha256List(CUSTOM_OWNER, 1)), kek]);
    expect(answer.error?.code).toBe("daemon-hangs");
    expect(answer.steps).toMatchObject([
      { status: "0x0" },
      { status: null, statusName: null, check: "daemon-hangs", bytesAfter: 76, loadsAfterwards: true },
    ]);
    expect(answer.saved).not.toBeNull();
  });
});

describe("what cannot be known", () => {
  const hashes = sha256List(CUSTOM_OWNER, 1, 77);
  const byStranger = updateOf({
    label: "stranger",
    bytes: signedUpdate("dbx", hashes, keys.stranger, { append: true }),
    kind: "auth",
  });
  const byKek = dbxUpdate(hashes);
  const tail = (bytes: number, value = 0): Uint8Array => new Uint8Array(bytes).fill(value);
  const kekList = listOf(keys.kek);

  /** PK, KEK and dbx as they are stored. */
  function stored(
    kek: Uint8Array,
    dbx: Uint8Array = sha256List(CUSTOM_OWNER, 2),
    pk: Uint8Array = listOf(keys.pk),
  ): Uint8Array {
    return makeBlob([
      ...bootVariables(),
      makeSignatureVariable("PK", pk),
      makeSignatureVariable("KEK", kek),
      makeSignatureVariable("dbx", dbx),
    ]);
  }

  function withWord(data: Uint8Array, at: number, value: number): Uint8Array {
    const copy = data.slice();
    new DataView(copy.buffer).setUint32(at, value, true);
    return copy;
  }

  function checkOf(blob: Uint8Array, update: ForecastUpdate): string | null {
    const [step] = run(blob, [update]).steps;
    return step?.check ?? step?.status ?? null;
  }

  const kekWith = (bytes: Uint8Array): Uint8Array => stored(concatBytes([kekList, bytes]));

  test("KEK with 1 to 19 bytes behind its last list: the daemon reads on; with 20 zeros it hangs", () => {
    for (const bytes of [1, 15, 16, 19]) {
      expect(checkOf(kekWith(tail(bytes)), byStranger)).toBe("daemon-reads-past-end");
      expect(checkOf(kekWith(tail(bytes, 0xff)), byStranger)).toBe("daemon-reads-past-end");
    }
    for (const bytes of [20, 27, 28, 100])
      expect(checkOf(kekWith(tail(bytes)), byStranger)).toBe("daemon-hangs");
    // A size of 0xffffffff makes what is left grow, and the walk goes 4 GB on.
    expect(checkOf(kekWith(tail(20, 0xff)), byStranger)).toBe("daemon-reads-past-end");
    expect(checkOf(kekWith(withWord(tail(20), 16, 20)), byStranger)).toBe("signer-not-trusted");
    expect(checkOf(kekWith(withWord(tail(20), 16, 1000)), byStranger)).toBe("signer-not-trusted");
  });

  test("but a signer that a certificate before satisfies is taken", () => {
    for (const bytes of [1, 19, 20, 28]) expect(checkOf(kekWith(tail(bytes)), byKek)).toBe("0x0");
    expect(checkOf(stored(concatBytes([tail(20), kekList])), byKek)).toBe("daemon-hangs");
  });

  test("a list of KEK that is longer than KEK, or has entries of no size", () => {
    const longer = withWord(kekList, 16, kekList.length + (kekList.length - 28));
    expect(checkOf(stored(longer), byStranger)).toBe("daemon-reads-past-end");
    expect(checkOf(stored(longer), byKek)).toBe("0x0");
    // No whole entry more: nothing is read behind the end.
    expect(checkOf(stored(withWord(kekList, 16, kekList.length + 10)), byStranger)).toBe(
      "signer-not-trusted",
    );
    expect(checkOf(stored(kekList.subarray(0, kekList.length - 1)), byKek)).toBe("daemon-reads-past-end");
    expect(checkOf(stored(withWord(kekList, 24, 0)), byStranger)).toBe("daemon-crashes");
    expect(checkOf(stored(withWord(kekList, 24, 0)), byKek)).toBe("daemon-crashes");
    const x509 = concatBytes([kekList.subarray(0, 16), tail(6)]);
    expect(checkOf(kekWith(withWord(x509, 16, 22)), byStranger)).toBe("daemon-reads-past-end");
  });

  test("a PK that is shorter than its list, where its signer is asked", () => {
    const byPk = updateOf({
      label: "pk",
      bytes: signedUpdate("dbx", hashes, keys.pk, { append: true }),
      kind: "auth",
    });
    const pk = listOf(keys.pk);
    const short = (length: number): Uint8Array =>
      stored(kekList, sha256List(CUSTOM_OWNER, 2), pk.subarray(0, length));
    expect(checkOf(short(pk.length), byPk)).toBe("0x0");
    expect(checkOf(short(pk.length - 1), byPk)).toBe("daemon-reads-past-end");
    expect(checkOf(short(27), byPk)).toBe("daemon-reads-past-end");
    expect(checkOf(short(27), byKek)).toBe("daemon-reads-past-end");
    // Another certificate is told apart by the bytes that are there.
    expect(checkOf(short(pk.length - 1), byKek)).toBe("0x0");
  });

  test("an append to lists with a few bytes behind them", () => {
    const list = sha256List(CUSTOM_OWNER, 2);
    const withTail = (bytes: Uint8Array): Uint8Array => stored(kekList, concatBytes([list, bytes]));
    for (const bytes of [1, 19])
      expect(checkOf(withTail(tail(bytes, 0xff)), byKek)).toBe("daemon-reads-past-end");
    expect(checkOf(withTail(tail(20)), byKek)).toBe("daemon-hangs");
    // Longer than what is left ends the walk; of another type no more than the size is read.
    expect(checkOf(withTail(tail(20, 0xff)), byKek)).toBe("0x0");
    expect(checkOf(withTail(withWord(tail(24), 16, 24)), byKek)).toBe("0x0");
    const cutHeader = withWord(list.slice(0, 24), 16, 24);
    expect(checkOf(withTail(cutHeader), byKek)).toBe("daemon-reads-past-end");
    // What a list before holds needs no look behind it.
    expect(checkOf(withTail(tail(1)), dbxUpdate(sha256List(CUSTOM_OWNER, 1)))).toBe("0x0");
  });

  test("tells no number that rests on it, and nothing of the updates after it", () => {
    const { error, steps, saved } = run(kekWith(tail(1)), [byKek, byStranger, byKek]);
    expect(error).toMatchObject({
      code: "daemon-reads-past-end",
      message: expect.stringContaining("1 byte"),
    });
    expect(saved).toBeNull();
    expect(steps).toHaveLength(2);
    expect(steps[1]).toMatchObject({
      status: null,
      statusName: null,
      bytesBefore: 124 + 76,
      bytesAfter: null,
      sha256After: null,
      signaturesAdded: null,
      signaturesDropped: null,
      signaturesRemoved: null,
      loadsAfterwards: null,
      variableRoom: null,
      totalRoom: null,
      check: "daemon-reads-past-end",
      reason: expect.stringContaining("the daemon reads on"),
    });
  });
});

describe("hostile input", () => {
  const good = signedUpdate("dbx", sha256List(CUSTOM_OWNER, 3), keys.kek, { append: true });

  test("random and damaged updates get a status on any NVRAM that loads", () => {
    const damaged = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
      .map(([at, value, end]) => {
        const bytes = good.slice();
        bytes[at] = value;
        return bytes.subarray(0, end);
      });
    const variable = fc.constantFrom("PK", "KEK", "db", "dbx", "dbt" as const);
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged),
        variable,
        fc.boolean(),
        fc.boolean(),
        (bytes, name, append, isEsl) => {
          const file: UpdateFile = {
            label: "x",
            bytes,
            kind: isEsl ? "esl" : "auth",
            variable: name,
            append,
          };
          chooseTarget({ ...file, variable: null, append: null }, CONTEXT.verifier);
          for (const blob of [BLOB, makeBlob(bootVariables())]) {
            const { error, steps } = run(blob, [{ file, target: { variable: name, append, by: "user" } }]);
            expect(error).toBeNull();
            expect(steps[0]?.status).toMatch(/^0x(0|8[0-9a-f]{15})$/);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("random and damaged blobs get steps or an error", () => {
    fc.assert(
      fc.property(fc.oneof(blobBytes, mutatedBlob), (blob) => {
        const { error, steps } = run(blob, [dbxUpdate(sha256List(CUSTOM_OWNER, 1))]);
        expect(steps.length === 1 || error !== null).toBe(true);
        for (const { status } of steps) if (status === null) expect(error).not.toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
