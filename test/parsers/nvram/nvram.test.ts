import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import type { Nvram } from "../../../parsers/model.ts";
import { nvramOfBlob, nvramOfMap, nvramOfText } from "../../../parsers/nvram/nvram.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";

const blob = healthyBlob();
const text = Buffer.from(blob).toString("base64");
const wrapped = text.replace(/.{76}/g, "$&\n");
const inRecord = (value: string | Uint8Array): Nvram | null =>
  nvramOfMap(new Map([["EFI-variables", value]]), nodePlatform);

describe("nvramOfMap", () => {
  it("is null where the map has no EFI variables", () => {
    expect(nvramOfMap(new Map(), nodePlatform)).toBeNull();
    expect(nvramOfMap(new Map([["EFI-variables-on-boot", "reset"]]), nodePlatform)).toBeNull();
  });

  it.each([
    ["a string", text],
    ["bytes", ascii(text)],
  ])("reads a value that is %s, and keeps the other keys", (_, value) => {
    const entries = new Map<string, string | Uint8Array>([
      ["EFI-variables-on-boot", ascii("reset")],
      ["EFI-variables", value],
      ["else", "x"],
    ]);
    const nvram = nvramOfMap(entries, nodePlatform);
    expect(nvram).toMatchObject({ state: "present", base64: { inRecord: true, oddities: [] } });
    expect([...(nvram?.otherKeys ?? [])]).toEqual([
      ["EFI-variables-on-boot", "reset"],
      ["else", "x"],
    ]);
    expect(Buffer.from(nvram?.bytes ?? []).equals(blob)).toBe(true);
    expect(nvram?.daemonBytes).toBe(nvram?.bytes);
    expect(nvram?.blob?.variables.length).toBeGreaterThan(0);
  });

  it("reads wrapped text leniently beside what the daemon makes of it, which is nothing", () => {
    const nvram = inRecord(wrapped);
    expect(nvram).toMatchObject({ state: "present", base64: { oddities: ["inner-space"] } });
    expect(Buffer.from(nvram?.bytes ?? []).equals(blob)).toBe(true);
    expect(nvram?.daemonBytes).toHaveLength(0);
  });

  it("gives the daemon all bytes of a text with one line end", () => {
    const nvram = inRecord(`${text}\n`);
    expect(nvram?.base64?.oddities).toEqual(["trailing-newline"]);
    expect(Buffer.from(nvram?.daemonBytes ?? []).equals(blob)).toBe(true);
  });

  it("tells empty, redacted and unreadable values apart", () => {
    expect(inRecord("")).toMatchObject({
      state: "empty",
      bytes: null,
      blob: null,
      daemonBytes: new Uint8Array(0),
    });
    expect(inRecord("REMOVED")).toMatchObject({
      state: "redacted",
      bytes: null,
      daemonBytes: null,
      blob: null,
    });
    expect(inRecord("!!!")).toMatchObject({
      state: "unreadable",
      bytes: null,
      daemonBytes: new Uint8Array(0),
    });
    expect(inRecord("VkFSUw==")).toMatchObject({ state: "unreadable", bytes: ascii("VARS"), blob: null });
    expect(inRecord(Buffer.alloc(100).toString("base64"))).toMatchObject({ state: "unreadable", blob: null });
  });
});

describe("nvramOfText", () => {
  it("judges a bare text by its bytes, however it is laid out", () => {
    const nvram = nvramOfText(ascii(wrapped), new Map([["a", "b"]]), nodePlatform);
    expect(nvram).toMatchObject({ state: "present", base64: { inRecord: false, oddities: ["inner-space"] } });
    expect(nvram.daemonBytes).toBe(nvram.bytes);
    expect(nvram.otherKeys.get("a")).toBe("b");
  });
});

describe("nvramOfBlob", () => {
  it("reads raw bytes", () => {
    expect(nvramOfBlob(blob)).toMatchObject({
      state: "present",
      base64: null,
      bytes: blob,
      daemonBytes: blob,
    });
  });

  it("keeps bytes that are no blob", () => {
    const junk = new Uint8Array(30);
    expect(nvramOfBlob(junk)).toMatchObject({
      state: "unreadable",
      bytes: junk,
      daemonBytes: junk,
      blob: null,
    });
    expect(nvramOfBlob(new Uint8Array(0))).toMatchObject({ state: "empty", bytes: null, blob: null });
  });
});
