import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { encryptionOf, MAX_ENCRYPTION_BYTES, xoEncryption } from "../../../parsers/formats/xo-encryption.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { encryptionMark } from "../../builders/xen-orchestra.ts";

describe("the mark of a remote", () => {
  it.each([
    ["none", null],
    ["aes-256-gcm", "aes-256-gcm"],
    ["chacha20-poly1305", "chacha20-poly1305"],
  ])("says with %s how its files are encrypted", (algorithm, expected) => {
    expect(xoEncryption.probe(encryptionMark(algorithm))).toBe(true);
    expect(encryptionOf(encryptionMark(algorithm))).toBe(expected);
  });

  it("is an error where it says that they are, with what to do", () => {
    const { error } = xoEncryption.open(encryptionMark("aes-256-gcm"), nodePlatform);
    expect(error?.code).toBe("encrypted");
    expect(error?.message).toMatch(/aes-256-gcm.*Restore the VM through Xen Orchestra/);
    expect(xoEncryption.open(encryptionMark("none"), nodePlatform)).toMatchObject({ error: null, vms: [] });
  });

  it.each(["{}", '{"algorithm":7}', '{"algorithm":"a b"}', '{"algorithm":"none","more":1}', "none", ""])(
    "is not %s",
    (text) => {
      expect(xoEncryption.probe(ascii(text))).toBe(false);
      expect(encryptionOf(ascii(text))).toBeNull();
    },
  );

  it("is looked at up to its limit", () => {
    const mark = '{"algorithm":"none"}';
    expect(xoEncryption.probe(ascii(mark.padEnd(MAX_ENCRYPTION_BYTES)))).toBe(true);
    expect(xoEncryption.probe(ascii(mark.padEnd(MAX_ENCRYPTION_BYTES + 1)))).toBe(false);
  });
});
