/** Every check by which the daemon refuses, reached once, with the status that varstored's sources have for it. */
import { describe, expect, test } from "vitest";
import type { CheckId } from "../../daemon/refusal.ts";
import type { SetVariableRequest } from "../../daemon/request-checks.ts";
import type { DaemonContext } from "../../daemon/set-variable.ts";
import { loadStore, type VariableStore } from "../../daemon/store.ts";
import { MOR_CONTROL, MOR_CONTROL_LOCK, PPI_FLAGS, PPI_FLAGS_LOCK } from "../../daemon/variable-id.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { buildUnsignedAuth } from "../../parsers/efi/auth-header.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { openBlob, type VariableFields } from "../../parsers/nvram/varstored-blob.ts";
import {
  bootVariables,
  CUSTOM_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeTime,
  noise,
  sha256List,
  signature,
} from "../builders/blob.ts";
import {
  ask,
  CONTEXT,
  globalId,
  listOf,
  makeTestKeys,
  plainRequest,
  start,
  updateRequest,
  userModeVariables,
} from "../builders/daemon.ts";
import { extension, LATER, makeIdentity, signedAuth, signedUpdate } from "../builders/signing.ts";

const INVALID_PARAMETER = "EFI_INVALID_PARAMETER";
const SECURITY_VIOLATION = "EFI_SECURITY_VIOLATION";

const keys = makeTestKeys();
const user = start(userModeVariables(keys));
const setup = start(bootVariables());
const withoutStart = loadStore(openBlob(makeBlob(userModeVariables(keys))));
const hashes = sha256List(CUSTOM_OWNER, 2, 50);
/** sbgp-ipAddrBlock of RFC 3779, empty. */
const withAddresses = makeIdentity("Addresses", {
  extensions: [extension("2b06010505070107", false, Uint8Array.of(0x30, 0))],
});

/** The first request must be taken where there is more than one: the last one's answer counts. */
interface Scenario {
  readonly status: string | null;
  readonly store: VariableStore;
  readonly requests: readonly SetVariableRequest[];
  readonly context?: DaemonContext;
}

function user1(status: string, ...requests: readonly SetVariableRequest[]): Scenario {
  return { status, store: user, requests };
}

function dbx(data: Uint8Array): SetVariableRequest {
  return updateRequest("dbx", data);
}

/** A dbx of these lists, signed by KEK. */
function listFault(payload: Uint8Array): Scenario {
  return user1(INVALID_PARAMETER, dbx(signedUpdate("dbx", payload, keys.kek)));
}

function patched(data: Uint8Array, offset: number, ...bytes: readonly number[]): Uint8Array {
  const copy = data.slice();
  copy.set(bytes, offset);
  return copy;
}

function hashList(signatureSize: number, ...entries: readonly Uint8Array[]): Uint8Array {
  return buildSignatureList(
    guidBytes(guidNamed("EFI_CERT_SHA256")),
    new Uint8Array(0),
    signatureSize,
    entries,
  );
}

/** User mode with one variable in another state. */
function withVariable(replaced: VariableFields): VariableStore {
  const name = (variable: VariableFields): string => Buffer.from(variable.nameBytes).toString("utf16le");
  const others = userModeVariables(keys).filter((variable) => name(variable) !== name(replaced));
  return start([...others, replaced]);
}

const good = signedUpdate("dbx", hashes, keys.kek);
const elliptic = makeIdentity("Test EC", { elliptic: true });
const privateId = { ...plainRequest() };
const privateWrite = (signer: typeof keys.pk, day: number): SetVariableRequest =>
  plainRequest({
    attributes: 0x27,
    data: signedAuth(privateId, Uint8Array.of(day), [signer], { timestamp: makeTime(2026, 1, day) }),
  });
const morLock = (...bytes: readonly number[]): SetVariableRequest =>
  plainRequest({ ...MOR_CONTROL_LOCK, data: Uint8Array.from(bytes) });
const ppi = (...bytes: readonly number[]): SetVariableRequest =>
  plainRequest({ ...PPI_FLAGS, data: Uint8Array.from(bytes) });
const big = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(1);

const SCENARIOS: Readonly<Record<CheckId, Scenario>> = {
  "name-empty": user1(INVALID_PARAMETER, plainRequest({ nameBytes: new Uint8Array(0) })),
  "name-over-limit": user1("EFI_DEVICE_ERROR", plainRequest({ nameBytes: big(4097) })),
  "request-over-limit": user1("EFI_OUT_OF_RESOURCES", plainRequest({ data: big(57_345) })),
  "attribute-hardware-error-record": user1(INVALID_PARAMETER, plainRequest({ attributes: 0x0f })),
  "attribute-authenticated-write": user1("EFI_UNSUPPORTED", plainRequest({ attributes: 0x17 })),
  "attributes-time-based-and-enhanced": user1(INVALID_PARAMETER, plainRequest({ attributes: 0xa7 })),
  "attribute-enhanced": user1("EFI_UNSUPPORTED", plainRequest({ attributes: 0x87 })),
  "attribute-runtime-without-boot": user1(INVALID_PARAMETER, plainRequest({ attributes: 0x05 })),
  "mor-malformed": user1(INVALID_PARAMETER, plainRequest({ ...MOR_CONTROL, data: Uint8Array.of(2) })),
  "mor-locked": user1(
    "EFI_WRITE_PROTECTED",
    morLock(1),
    plainRequest({ ...MOR_CONTROL, data: Uint8Array.of(1) }),
  ),
  "mor-lock-deleted": user1("EFI_WRITE_PROTECTED", morLock()),
  "mor-lock-missing": { status: "EFI_NOT_FOUND", store: withoutStart, requests: [morLock(1)] },
  "mor-lock-denied": user1("EFI_ACCESS_DENIED", morLock(1), morLock(0)),
  "boot-variable-at-runtime": user1(
    INVALID_PARAMETER,
    plainRequest({ attributes: 0x03 }),
    plainRequest({ attributes: 0x03, atRuntime: true }),
  ),
  "volatile-at-runtime": user1(
    "EFI_WRITE_PROTECTED",
    plainRequest({ attributes: 0x06 }),
    plainRequest({ attributes: 0x06, atRuntime: true }),
  ),
  "read-only-variable": user1(
    "EFI_WRITE_PROTECTED",
    plainRequest({ ...globalId("SetupMode"), attributes: 0x06 }),
  ),
  "ppi-lock-malformed": user1(INVALID_PARAMETER, plainRequest({ ...PPI_FLAGS_LOCK, data: Uint8Array.of(0) })),
  "ppi-flags-locked": user1(
    "EFI_WRITE_PROTECTED",
    ppi(1),
    plainRequest({ ...PPI_FLAGS_LOCK, data: Uint8Array.of(1) }),
    ppi(2),
  ),
  "ppi-lock-missing": { status: "EFI_NOT_FOUND", store: withoutStart, requests: [ppi(1), ppi(2)] },
  "attributes-differ": user1(INVALID_PARAMETER, plainRequest(), plainRequest({ attributes: 0x03 })),
  "nothing-to-delete": user1("EFI_NOT_FOUND", plainRequest({ data: new Uint8Array(0) })),
  "new-at-runtime": user1(INVALID_PARAMETER, plainRequest({ attributes: 0x06, atRuntime: true })),
  "secure-boot-attributes": user1(INVALID_PARAMETER, updateRequest("dbt", hashes, { attributes: 0x07 })),
  "empty-payload": {
    status: "EFI_NOT_FOUND",
    store: setup,
    requests: [dbx(buildUnsignedAuth(LATER, new Uint8Array(0)))],
  },
  "total-over-limit": user1(
    "EFI_OUT_OF_RESOURCES",
    plainRequest({ data: big(57_344) }),
    plainRequest({ ...globalId("Second"), data: big(57_344) }),
    plainRequest({ ...globalId("Third"), data: big(57_344) }),
  ),
  "data-over-limit": user1(
    "EFI_OUT_OF_RESOURCES",
    plainRequest({ data: big(57_344) }),
    plainRequest({ data: big(1), attributes: 0x47 }),
  ),
  "setup-mode-missing": { status: "EFI_NOT_FOUND", store: withoutStart, requests: [dbx(good)] },
  "append-to-pk": user1(
    INVALID_PARAMETER,
    updateRequest("PK", signedUpdate("PK", listOf(keys.pk), keys.pk, { append: true }), { append: true }),
  ),
  "auth-header-cut": user1(SECURITY_VIOLATION, dbx(good.subarray(0, 39))),
  "time-malformed": user1(SECURITY_VIOLATION, dbx(patched(good, 7, 1))),
  "time-not-later": user1(
    SECURITY_VIOLATION,
    dbx(signedUpdate("dbx", hashes, keys.kek, { timestamp: makeTime(2025, 7, 29, 14, 22) })),
  ),
  "certificate-type": user1(SECURITY_VIOLATION, dbx(patched(good, 22, 0xf2))),
  "signature-length": user1(SECURITY_VIOLATION, dbx(patched(good, 16, 0xff, 0xff))),
  "signature-missing": user1(SECURITY_VIOLATION, dbx(buildUnsignedAuth(LATER, hashes))),
  "digest-not-sha256": user1(
    SECURITY_VIOLATION,
    dbx(signedUpdate("dbx", hashes, keys.kek, { digest: "sha384" })),
  ),
  "signature-malformed": user1(
    SECURITY_VIOLATION,
    dbx(signedUpdate("dbx", hashes, keys.kek, { certificates: [keys.stranger.certificate] })),
  ),
  // Setup mode ends with the PK, here in a write that the total refuses: the mode turns, the PK is not there.
  "platform-key-missing": {
    status: SECURITY_VIOLATION,
    store: setup,
    requests: [
      plainRequest({ ...globalId("Second"), data: big(57_344) }),
      plainRequest({ ...globalId("Third"), data: big(57_344) }),
      plainRequest({ ...globalId("Fourth"), data: big(13_500) }),
      updateRequest("PK", signedUpdate("PK", listOf(keys.pk), keys.pk)),
      updateRequest("KEK", signedUpdate("KEK", listOf(keys.kek), keys.pk)),
    ],
  },
  "key-exchange-keys-missing": {
    status: SECURITY_VIOLATION,
    store: start([makeSignatureVariable("PK", listOf(keys.pk))]),
    requests: [dbx(good)],
  },
  "signer-not-trusted": user1(SECURITY_VIOLATION, dbx(signedUpdate("dbx", hashes, keys.stranger))),
  "signer-differs": user1(SECURITY_VIOLATION, privateWrite(keys.db, 1), privateWrite(keys.stranger, 2)),
  "list-type-unknown": listFault(patched(hashes, 0, 0xff)),
  "list-signature-size": listFault(hashList(49, signature(CUSTOM_OWNER, noise(33, 1)))),
  "list-header-size": listFault(
    buildSignatureList(guidBytes(guidNamed("EFI_CERT_SHA256")), new Uint8Array(4), 48, [
      signature(CUSTOM_OWNER, noise(32, 1)),
    ]),
  ),
  "list-body-size": listFault(concatBytes([patched(hashes, 16, hashes.length + 1), Uint8Array.of(0)])),
  "list-empty": listFault(hashList(48)),
  "list-certificate": listFault(listOf(elliptic)),
  "list-past-end": listFault(concatBytes([hashes, Uint8Array.of(0)])),
  "list-too-many-platform-keys": user1(
    INVALID_PARAMETER,
    updateRequest("PK", signedUpdate("PK", concatBytes([listOf(keys.pk), listOf(keys.db)]), keys.pk)),
  ),
  "daemon-hangs": {
    status: null,
    store: withVariable(makeSignatureVariable("dbx", patched(sha256List(CUSTOM_OWNER, 1), 16, 0))),
    requests: [
      updateRequest("dbx", signedUpdate("dbx", hashes, keys.kek, { append: true }), { append: true }),
    ],
  },
  "daemon-crashes": {
    status: null,
    store: withVariable(makeSignatureVariable("KEK", patched(listOf(keys.kek), 24, 0, 0))),
    requests: [dbx(good)],
  },
  "daemon-reads-past-end": {
    status: null,
    store: withVariable(makeSignatureVariable("KEK", concatBytes([listOf(keys.db), Uint8Array.of(0)]))),
    requests: [dbx(good)],
  },
  "answer-undecided": {
    status: null,
    store: withVariable(makeSignatureVariable("KEK", listOf(withAddresses))),
    requests: [dbx(signedUpdate("dbx", hashes, withAddresses))],
  },
};

describe("each check refuses with its status", () => {
  test.each(Object.entries(SCENARIOS))("%s", (check, { status, store, requests, context = CONTEXT }) => {
    const answer = ask(store, requests, context);
    expect(answer.refusal?.check).toBe(check);
    expect(answer.refusal?.status).toBe(status);
    expect(answer.refusal?.reason).toMatch(/^[A-Z0-9].*\.$/);
    expect(answer.saves).toBe(false);
  });
});

test("the write that most scenarios damage is taken as it is", () => {
  expect(ask(user, [dbx(good)]).refusal).toBeNull();
});
