import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import type { DaemonVersion } from "../../../parsers/daemon/daemon-version.ts";
import { type Forecast, type ForecastUpdate, forecast } from "../../../parsers/daemon/forecast.ts";
import { chooseTarget, type UpdateFile } from "../../../parsers/daemon/update-target.ts";
import { openBlob } from "../../../parsers/varstored-blob.ts";
import { blobBytes, mutatedBlob } from "../../arbitraries.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeTime,
  makeVariable,
  sha256List,
} from "../../builders/blob.ts";
import { CONTEXT, listOf, makeTestKeys, userModeVariables } from "../../builders/daemon.ts";
import { signedUpdate } from "../../builders/signing.ts";

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

  test("is a daemon that hangs on stored lists: an error after the steps before", () => {
    const endless = sha256List(CUSTOM_OWNER, 1).fill(0, 16, 20);
    const kek = updateOf({ label: "k", bytes: signedUpdate("KEK", listOf(keys.kek), keys.pk), kind: "auth" });
    const answer = run(blobWithDbx(endless), [kek, dbxUpdate(sha256List(CUSTOM_OWNER, 1)), kek]);
    expect(answer.error?.code).toBe("daemon-hangs");
    expect(answer.steps).toHaveLength(1);
    expect(answer.saved).not.toBeNull();
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
        expect(error === null ? steps.length : steps.length + 1).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});
