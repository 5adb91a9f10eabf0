import { describe, expect, test } from "vitest";
import { chooseTarget, requestOf, type UpdateFile } from "../../daemon/update-target.ts";
import { SECURE_BOOT_VARIABLES } from "../../daemon/variable-id.ts";
import { buildUnsignedAuth } from "../../parsers/efi/auth-header.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { CUSTOM_OWNER, sha256List } from "../builders/blob.ts";
import { listOf } from "../builders/daemon.ts";
import { LATER, makeIdentity, signedUpdate } from "../builders/signing.ts";

const signer = makeIdentity("Test signer");
const hashes = sha256List(CUSTOM_OWNER, 2);
const certificate = listOf(signer);

function auth(bytes: Uint8Array, fields: Partial<UpdateFile> = {}): UpdateFile {
  return { label: "x.auth", bytes, kind: "auth", variable: null, append: null, ...fields };
}

const esl = (bytes: Uint8Array, fields: Partial<UpdateFile> = {}): UpdateFile =>
  auth(bytes, { kind: "esl", ...fields });
const chosen = (file: UpdateFile): ReturnType<typeof chooseTarget> =>
  chooseTarget(file, nodeSignatureVerifier);

describe("a signed update", () => {
  test("is for the name and the kind of write under which it was signed, whatever it holds", () => {
    for (const variable of SECURE_BOOT_VARIABLES) {
      for (const append of [true, false]) {
        const bytes = signedUpdate(variable, hashes, signer, { append });
        expect(chosen(auth(bytes))).toEqual({ variable, append, by: "signature" });
        expect(chosen(auth(bytes, { variable }))).toEqual({ variable, append, by: "signature" });
        expect(chosen(auth(bytes, { append }))).toEqual({ variable, append, by: "signature" });
      }
    }
  });

  test("with a broken signature is told by its content: hashes are for dbx, certificates could be for any", () => {
    const broken = (payload: Uint8Array): Uint8Array => {
      const bytes = signedUpdate("dbx", payload, signer, { append: true });
      bytes[0]! ^= 1;
      return bytes;
    };
    expect(chosen(auth(broken(hashes)))).toEqual({ variable: "dbx", append: true, by: "content" });
    expect(chosen(auth(broken(certificate)))).toBeNull();
    expect(chosen(auth(broken(certificate), { variable: "db" }))).toEqual({
      variable: "db",
      append: false,
      by: "user",
    });
  });
});

describe("an unsigned update", () => {
  test("of hashes is appended to dbx, one of certificates needs the user", () => {
    expect(chosen(esl(hashes))).toEqual({ variable: "dbx", append: true, by: "content" });
    expect(chosen(esl(hashes, { append: false }))).toEqual({ variable: "dbx", append: false, by: "content" });
    expect(chosen(esl(certificate))).toBeNull();
    expect(chosen(auth(buildUnsignedAuth(LATER, hashes)))).toEqual({
      variable: "dbx",
      append: true,
      by: "content",
    });
  });

  test("for a named variable is written as the daemon enrols it: appended to dbx, else replaced", () => {
    expect(chosen(esl(certificate, { variable: "dbx" }))).toMatchObject({ append: true });
    expect(chosen(esl(certificate, { variable: "KEK" }))).toMatchObject({ append: false });
    expect(chosen(esl(certificate, { variable: "KEK", append: true }))).toMatchObject({ append: true });
  });

  test("that is nothing at all needs the user", () => {
    for (const length of [0, 1, 39, 40, 41, 100]) {
      expect(chosen(auth(new Uint8Array(length)))).toBeNull();
      expect(chosen(esl(new Uint8Array(length)))).toBeNull();
    }
  });
});

describe("the request", () => {
  test("is what an operating system sends: at runtime, with the attributes of the five", () => {
    const request = requestOf(auth(hashes), { variable: "db", append: true, by: "user" });
    expect(request).toMatchObject({ attributes: 0x67, atRuntime: true, data: hashes });
  });

  test("for signature lists has a header without signature and time", () => {
    const request = requestOf(esl(hashes), { variable: "db", append: false, by: "user" });
    expect(request.attributes).toBe(0x27);
    expect(request.data).toEqual(buildUnsignedAuth(new Uint8Array(16), hashes));
  });
});
