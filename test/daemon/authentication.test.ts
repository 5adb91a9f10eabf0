/** Authenticated writes: who may sign what, in which mode, over which bytes. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findVariable, type VariableStore } from "../../daemon/store.ts";
import { type SecureBootVariable, secureBootId } from "../../daemon/variable-id.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { buildUnsignedAuth } from "../../parsers/efi/auth-header.ts";
import { guidBytes, readGuid } from "../../parsers/efi/guid.ts";
import { readCertificateFields } from "../../parsers/efi/x509.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  MICROSOFT_OWNER,
  makeSignatureVariable,
  makeTime,
  sha256List,
} from "../builders/blob.ts";
import {
  ask,
  CONTEXT,
  dataOf,
  globalId,
  listOf,
  makeTestKeys,
  outcome,
  PROBE,
  plainRequest,
  start,
  updateRequest,
  userModeVariables,
} from "../builders/daemon.ts";
import {
  type Identity,
  joinAuth,
  LATER,
  makeIdentity,
  type SignedWriteOptions,
  signContent,
  signedAuth,
  signedUpdate,
} from "../builders/signing.ts";

const keys = makeTestKeys();
const user = start(userModeVariables(keys));
const setup = start(bootVariables());
const hashes = sha256List(CUSTOM_OWNER, 3, 100);
const DBX = secureBootId("dbx");
const NOTHING = new Uint8Array(0);
/** The signature value of a test key, the last thing before the payload. */
const RSA_BYTES = 128;

function flip(bytes: Uint8Array, offset: number, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[offset]! ^= 1 << bit;
  return flipped;
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function write(
  store: VariableStore,
  name: SecureBootVariable,
  payload: Uint8Array,
  signer: Identity,
  options: SignedWriteOptions = {},
): string {
  const { append = false } = options;
  return outcome(ask(store, [updateRequest(name, signedUpdate(name, payload, signer, options), { append })]));
}

const unsigned = (name: SecureBootVariable, payload: Uint8Array, day = 1): ReturnType<typeof updateRequest> =>
  updateRequest(name, buildUnsignedAuth(makeTime(2026, 1, day), payload));

describe("in user mode", () => {
  test("db, dbx and dbt are written by PK or KEK, PK and KEK by PK alone", () => {
    for (const name of ["db", "dbx", "dbt"] as const) {
      expect(write(user, name, hashes, keys.pk)).toBe("EFI_SUCCESS");
      expect(write(user, name, hashes, keys.kek)).toBe("EFI_SUCCESS");
      expect(write(user, name, hashes, keys.db)).toBe("signer-not-trusted");
    }
    for (const name of ["PK", "KEK"] as const) {
      expect(write(user, name, listOf(keys.stranger), keys.pk)).toBe("EFI_SUCCESS");
      expect(write(user, name, listOf(keys.stranger), keys.kek)).toBe("signer-not-trusted");
    }
  });

  test("a write stores the payload alone, with its time and no digest", () => {
    const { store } = ask(user, [updateRequest("dbx", signedUpdate("dbx", hashes, keys.kek))]);
    const { data, timestamp, certDigest } = findVariable(store, DBX)!;
    expect([data, timestamp, certDigest]).toEqual([hashes, LATER, new Uint8Array(32)]);
  });

  test("an empty payload deletes, and without the PK everything is free again", () => {
    const deletion = updateRequest("PK", signedUpdate("PK", NOTHING, keys.pk));
    const answer = ask(user, [deletion]);
    expect(dataOf(answer, secureBootId("PK"))).toBeNull();
    expect(dataOf(answer, globalId("SetupMode"))).toEqual(Uint8Array.of(1));
    expect(outcome(ask(answer.store, [unsigned("db", hashes)]))).toBe("EFI_SUCCESS");
    expect(dataOf(ask(user, [updateRequest("dbx", signedUpdate("dbx", NOTHING, keys.kek))]), DBX)).toBeNull();
  });

  test("an unsigned write is refused", () => {
    expect(outcome(ask(user, [unsigned("dbx", hashes, 9)]))).toBe("signature-missing");
  });

  test("a plain write or a deletion without access bits is refused for the attributes", () => {
    expect(outcome(ask(user, [updateRequest("dbx", hashes, { attributes: 0x07 })]))).toBe(
      "attributes-differ",
    );
    expect(outcome(ask(user, [updateRequest("dbx", NOTHING, { attributes: 0 })]))).toBe("attributes-differ");
  });
});

describe("in setup mode", () => {
  test("db, dbx, dbt and KEK need no signature and no later time, and the PK ends that", () => {
    const own = updateRequest("PK", signedUpdate("PK", listOf(keys.pk), keys.pk));
    const answer = ask(setup, [
      unsigned("db", hashes, 5),
      unsigned("db", hashes, 2),
      unsigned("KEK", listOf(keys.kek)),
      own,
    ]);
    expect(outcome(answer)).toBe("EFI_SUCCESS");
    expect(findVariable(answer.store, secureBootId("db"))?.timestamp).toEqual(makeTime(2026, 1, 2));
    expect(dataOf(answer, globalId("SetupMode"))).toEqual(Uint8Array.of(0));
    expect(dataOf(answer, globalId("DeployedMode"))).toEqual(Uint8Array.of(1));
    expect(outcome(ask(answer.store, [unsigned("db", hashes, 9)]))).toBe("signature-missing");
  });

  test("the PK turns Secure Boot on where the platform asks for it", () => {
    const own = updateRequest("PK", signedUpdate("PK", listOf(keys.pk), keys.pk));
    expect(dataOf(ask(setup, [own], { ...CONTEXT, secureBoot: true }), globalId("SecureBoot"))).toEqual(
      Uint8Array.of(1),
    );
  });

  test("the PK is signed by the certificate that it carries", () => {
    expect(write(setup, "PK", listOf(keys.pk), keys.stranger)).toBe("signer-not-trusted");
    expect(outcome(ask(setup, [unsigned("PK", listOf(keys.pk))]))).toBe("signature-missing");
    expect(write(setup, "PK", hashes, keys.pk)).toBe("signer-not-trusted");
    expect(write(setup, "PK", hashes.subarray(0, 20), keys.pk)).toBe("signer-not-trusted");
    expect(write(setup, "PK", listOf(keys.pk).subarray(0, 60), keys.pk)).toBe("signer-not-trusted");
  });

  test("a PK that is not there is not deleted", () => {
    expect(write(setup, "PK", NOTHING, keys.stranger)).toBe("empty-payload");
  });
});

describe("where the platform does not enforce signatures", () => {
  const permissive = { ...CONTEXT, authEnforce: false };

  test("the five need neither signature nor later time, but still a list that is in order", () => {
    expect(outcome(ask(user, [unsigned("PK", listOf(keys.stranger))], permissive))).toBe("EFI_SUCCESS");
    expect(outcome(ask(user, [unsigned("dbx", hashes)], permissive))).toBe("EFI_SUCCESS");
    expect(outcome(ask(user, [unsigned("dbx", hashes.subarray(1))], permissive))).toBe("list-type-unknown");
  });

  test("a private variable needs a good signature, of whomever", () => {
    const request = (signer: Identity): ReturnType<typeof plainRequest> =>
      plainRequest({ attributes: 0x27, data: signedAuth(PROBE, hashes, [signer]) });
    expect(outcome(ask(user, [request(keys.db), request(keys.stranger)], permissive))).toBe("EFI_SUCCESS");
    expect(
      outcome(
        ask(user, [plainRequest({ attributes: 0x27, data: buildUnsignedAuth(LATER, hashes) })], permissive),
      ),
    ).toBe("signature-missing");
  });
});

describe("times", () => {
  const stored = makeTime(2025, 7, 29, 14, 22);

  test("a replacement must be later by at least a second; any field counts", () => {
    const later = [
      makeTime(2025, 7, 29, 14, 22, 1),
      makeTime(2025, 7, 29, 14, 23),
      makeTime(2025, 7, 29, 15),
      makeTime(2025, 7, 30),
      makeTime(2025, 8, 1),
      makeTime(2026, 1, 1),
    ];
    for (const timestamp of later)
      expect(write(user, "dbx", hashes, keys.kek, { timestamp })).toBe("EFI_SUCCESS");
    for (const timestamp of [stored, makeTime(2025, 7, 29, 14, 21, 59), makeTime(2024, 12, 31, 23, 59, 59)]) {
      expect(write(user, "dbx", hashes, keys.kek, { timestamp })).toBe("time-not-later");
    }
  });

  test("an append may be older, and then the stored time stays", () => {
    const timeAfter = (timestamp: Uint8Array): Uint8Array | undefined => {
      const data = signedUpdate("dbx", hashes, keys.kek, { append: true, timestamp });
      return findVariable(ask(user, [updateRequest("dbx", data, { append: true })]).store, DBX)?.timestamp;
    };
    expect(timeAfter(makeTime(2010, 3, 6, 19, 17, 21))).toEqual(stored);
    expect(timeAfter(LATER)).toEqual(LATER);
  });

  test("pad bytes, nanosecond, time zone and daylight must be zero", () => {
    for (let at = 7; at < 16; at++) {
      const timestamp = LATER.slice();
      timestamp[at] = 1;
      expect(write(user, "dbx", hashes, keys.kek, { timestamp })).toBe("time-malformed");
    }
  });
});

describe("an append", () => {
  const appended = (payload: Uint8Array): ReturnType<typeof ask> =>
    ask(user, [
      updateRequest("dbx", signedUpdate("dbx", payload, keys.kek, { append: true }), { append: true }),
    ]);

  test("leaves out what the variable holds with the same owner", () => {
    const answer = appended(concatBytes([sha256List(CUSTOM_OWNER, 10), hashes]));
    expect(answer.signaturesDropped).toBe(10);
    expect(dataOf(answer, DBX)).toEqual(concatBytes([sha256List(CUSTOM_OWNER, 10), hashes]));
  });

  test("adds the same hashes again under another owner", () => {
    const again = sha256List(MICROSOFT_OWNER, 10);
    expect(dataOf(appended(again), DBX)).toEqual(concatBytes([sha256List(CUSTOM_OWNER, 10), again]));
  });

  test("to KEK is not filtered", () => {
    const data = signedUpdate("KEK", listOf(keys.kek), keys.pk, { append: true });
    const answer = ask(user, [updateRequest("KEK", data, { append: true })]);
    expect(dataOf(answer, secureBootId("KEK"))).toEqual(concatBytes([listOf(keys.kek), listOf(keys.kek)]));
  });
});

describe("what is signed", () => {
  test("is name, GUID, attributes, time and payload together", () => {
    const payload = hashes;
    const data = signedUpdate("dbx", payload, keys.kek);
    expect(outcome(ask(user, [updateRequest("dbx", data)]))).toBe("EFI_SUCCESS");
    expect(outcome(ask(user, [updateRequest("db", data)]))).toBe("signer-not-trusted");
    expect(outcome(ask(user, [updateRequest("dbx", data, { append: true })]))).toBe("signer-not-trusted");
    const otherTime = concatBytes([makeTime(2027, 1, 1), data.subarray(16)]);
    expect(outcome(ask(user, [updateRequest("dbx", otherTime)]))).toBe("signer-not-trusted");
    const otherPayload = concatBytes([
      data.subarray(0, data.length - payload.length),
      sha256List(CUSTOM_OWNER, 3, 101),
    ]);
    expect(outcome(ask(user, [updateRequest("dbx", otherPayload)]))).toBe("signer-not-trusted");
  });

  test("holds every bit of time, signature value and payload: each flip is a security violation", () => {
    const data = signedUpdate("dbx", hashes, keys.kek);
    const payloadAt = data.length - hashes.length;
    const offsets = [...range(0, 16), ...range(payloadAt - RSA_BYTES, data.length)];
    for (const offset of offsets) {
      const flipped = updateRequest("dbx", flip(data, offset, offset & 7));
      expect(ask(user, [flipped]).refusal?.status, `byte ${offset}`).toBe("EFI_SECURITY_VIOLATION");
    }
  });

  test("holds every bit of name and GUID", () => {
    const request = updateRequest("dbx", signedUpdate("dbx", hashes, keys.kek));
    for (const offset of range(0, request.nameBytes.length)) {
      const nameBytes = flip(request.nameBytes, offset, offset & 7);
      expect(ask(user, [{ ...request, nameBytes }]).refusal?.status).toBe("EFI_SECURITY_VIOLATION");
    }
    for (const offset of range(0, 16)) {
      const vendorGuid = readGuid(flip(guidBytes(request.vendorGuid), offset, offset & 7), 0);
      expect(ask(user, [{ ...request, vendorGuid }]).refusal?.status).toBe("EFI_SECURITY_VIOLATION");
    }
  });

  test("leaves only what the daemon does not read: a flip anywhere is a violation or stores the very same", () => {
    const data = signedUpdate("dbx", hashes, keys.kek);
    fc.assert(
      fc.property(fc.nat(data.length - 1), fc.nat(7), (offset, bit) => {
        const answer = ask(user, [updateRequest("dbx", flip(data, offset, bit))]);
        if (answer.refusal === null) expect(dataOf(answer, DBX)).toEqual(hashes);
        // The name of the digest may become one of which only OpenSSL knows whether it has a name for it.
        else if (answer.refusal.check !== "answer-undecided")
          expect(answer.refusal.status).toBe("EFI_SECURITY_VIOLATION");
      }),
      { numRuns: 500 },
    );
  });

  test("may be signed through attributes that hold the digest of the content", () => {
    expect(write(user, "dbx", hashes, keys.kek, { throughAttributes: true })).toBe("EFI_SUCCESS");
    const messageDigest = createHash("sha256").update("something else").digest();
    expect(write(user, "dbx", hashes, keys.kek, { throughAttributes: true, messageDigest })).toBe(
      "signer-not-trusted",
    );
  });

  test("may come wrapped as ContentInfo", () => {
    expect(write(user, "dbx", hashes, keys.kek, { wrapped: true })).toBe("EFI_SUCCESS");
  });
});

describe("a private variable", () => {
  const request = (signers: readonly Identity[], day: number): ReturnType<typeof plainRequest> => {
    const timestamp = makeTime(2026, 1, day);
    return plainRequest({
      attributes: 0x27,
      data: signedAuth(PROBE, Uint8Array.of(day), signers, { timestamp }),
    });
  };

  test("belongs to its first signer, whose name and certificate are stored as a digest", () => {
    const answer = ask(user, [request([keys.db], 1)]);
    const { tbsCertificate } = readCertificateFields(keys.db.certificate);
    const digest = createHash("sha256").update("Test db").update(tbsCertificate).digest();
    expect(findVariable(answer.store, PROBE)?.certDigest).toEqual(Uint8Array.from(digest));
    expect(outcome(ask(answer.store, [request([keys.db], 2)]))).toBe("EFI_SUCCESS");
    expect(outcome(ask(answer.store, [request([keys.stranger], 2)]))).toBe("signer-differs");
    expect(outcome(ask(answer.store, [request([keys.db], 1)]))).toBe("time-not-later");
  });

  test("needs a signer with a common name and a signature that is its own", () => {
    expect(outcome(ask(user, [request([makeIdentity(null)], 1)]))).toBe("signature-malformed");
    const foreign = joinAuth(LATER, signContent(Uint8Array.of(1), [keys.db]), hashes);
    expect(outcome(ask(user, [plainRequest({ attributes: 0x27, data: foreign })]))).toBe(
      "signer-not-trusted",
    );
  });

  test("is also PK under the image security GUID, and dbx under the global one", () => {
    const namesake = { ...globalId("dbx") };
    const data = signedAuth(namesake, Uint8Array.of(1), [keys.stranger]);
    expect(outcome(ask(user, [plainRequest({ ...namesake, attributes: 0x27, data })]))).toBe("EFI_SUCCESS");
  });
});

describe("a KEK that a blob brings", () => {
  const withKek = (data: Uint8Array): VariableStore =>
    start([
      ...bootVariables(),
      makeSignatureVariable("PK", listOf(keys.pk)),
      makeSignatureVariable("KEK", data),
    ]);

  test("may hold its signer anywhere among its certificates", () => {
    const others = concatBytes([listOf(keys.stranger), hashes, listOf(keys.kek)]);
    expect(write(withKek(others), "dbx", hashes, keys.kek)).toBe("EFI_SUCCESS");
  });

  test("gives no signer where it holds no certificate", () => {
    expect(write(withKek(hashes), "dbx", hashes, keys.kek)).toBe("signer-not-trusted");
  });

  test("still gives the signers before its damage, past which the daemon never gets", () => {
    const endless = hashes.slice();
    endless.set([0, 0, 0, 0], 16);
    expect(write(withKek(concatBytes([listOf(keys.kek), endless])), "dbx", hashes, keys.kek)).toBe(
      "EFI_SUCCESS",
    );
    expect(write(withKek(concatBytes([listOf(keys.kek), endless])), "dbx", hashes, keys.stranger)).toBe(
      "daemon-hangs",
    );
  });
});
