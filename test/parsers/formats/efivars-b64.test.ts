import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { efivarsB64 } from "../../../parsers/formats/efivars-b64.ts";
import type { Dump } from "../../../parsers/model.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { bootVariables, healthyBlob, makeBlob, makeVariable } from "../../builders/blob.ts";
import { hasSharedData, sharedBytes, sharedCases } from "../../shared-data.ts";

const blob = healthyBlob();
const text = Buffer.from(blob).toString("base64");
const encode = (bytes: string | Uint8Array): string =>
  Buffer.from(typeof bytes === "string" ? ascii(bytes) : bytes).toString("base64");
const open = (input: string | Uint8Array): Dump =>
  efivarsB64.open(typeof input === "string" ? ascii(input) : input, nodePlatform);
const probe = (input: string | Uint8Array): boolean =>
  efivarsB64.probe(typeof input === "string" ? ascii(input) : input);

describe("probe", () => {
  it.each([
    ["one line", text],
    ["wrapped lines", text.replace(/.{76}/g, "$&\r\n")],
    ["white space before it", `\n\n  ${text}`],
    ["a blank inside", `VkFS ${text.slice(4)}`],
    ["a short one that begins as a blob does", "VkFSUwIAAAA"],
    ["base64 of something else", encode("something else that is long enough")],
    ["the URL-safe alphabet", Buffer.from(blob).toString("base64url")],
  ])("takes %s", (_, input) => {
    expect(probe(input)).toBe(true);
  });

  it("takes text with a byte order mark, in UTF-8 and in UTF-16", () => {
    expect(probe(Buffer.from(`\ufeff${text}`))).toBe(true);
    expect(probe(Buffer.from(`\ufeff${text}`, "utf16le"))).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["prose", "This is an ordinary text without any punctuation in it\nand with a second line"],
    ["a list of words", "alpha\nbeta\ngamma\ndelta\nepsilon\nzeta"],
    ["a checksum", `${"0123456789abcdef".repeat(4)}\n`],
    ["a checksum with its file", `${"0123456789abcdef".repeat(4)}  backup.xva\n`],
    ["a ruler", `${"-".repeat(70)}\n`],
    ["another ruler", `${"=".repeat(70)}\n`],
    ["a path", "/usr/lib/x86_64-linux-gnu/libcrypto/engines/three\n"],
    ["a PEM certificate", `-----BEGIN CERTIFICATE-----\n${text.slice(0, 64)}\n`],
    ["what xe prints of the whole map", `EFI-variables: ${text}\n`],
    ["JSON", `{"EFI-variables":"${text}"}`],
    ["XML", `<value>${text}</value>`],
  ])("leaves %s to others", (_, input) => {
    expect(probe(input)).toBe(false);
  });
});

describe("open", () => {
  it("gives one NVRAM of an unknown VM", () => {
    const dump = open(text);
    expect(dump).toMatchObject({
      format: "efivars-b64",
      error: null,
      skipped: { controlDomains: 0, defaultTemplates: 0 },
      vms: [
        {
          uuid: null,
          nameLabel: null,
          kind: "unknown",
          source: "NVRAM",
          secureBoot: null,
          nvram: { state: "present", base64: { inRecord: false, oddities: [] } },
        },
      ],
    });
    expect(Buffer.from(dump.vms[0]?.nvram?.daemonBytes ?? []).equals(blob)).toBe(true);
  });

  it.each([
    ["byte-order-mark", Buffer.from(`\ufeff${text}`)],
    ["utf-16", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["inner-space", Buffer.from(text.replace(/.{60}/g, "$&\n"))],
    ["trailing-newline", Buffer.from(`${text}\r\n`)],
  ])("reads all bytes of a text with the oddity %s", (oddity, input) => {
    const nvram = open(new Uint8Array(input)).vms[0]?.nvram;
    expect(nvram?.base64?.oddities).toEqual([oddity]);
    expect(Buffer.from(nvram?.daemonBytes ?? []).equals(blob)).toBe(true);
  });

  it("says what base64 of something else holds", () => {
    const { vms, error } = open(encode("some other text, long enough"));
    expect(vms).toEqual([]);
    expect(error).toMatchObject({ code: "bad-magic", offset: 0 });
    expect(error?.message).toContain("28 other bytes that begin with 73 6f 6d 65 20 6f 74 68");
  });

  const tar = new Uint8Array(512);
  tar.set(ascii("ustar"), 257);
  it.each([
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ["PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10)],
    ["DER", Uint8Array.of(0x30, 0x82, 1, 2)],
    ["tar", tar],
    ["twice", ascii(encode(blob))],
  ])("gives a hint for %s", (hint, bytes) => {
    expect(open(encode(bytes)).error?.next).toContain(hint);
  });

  it("refuses text without any digit, and a blob without a header", () => {
    expect(open("====").error).toMatchObject({ code: "bad-magic", found: "base64 of 0 other bytes" });
    expect(open(encode("VARS\u0002")).error?.code).toBe("truncated");
  });
});

describe.skipIf(!hasSharedData)("the real daemon's blobs", () => {
  it.each(sharedCases())("reads %s as text as it does as bytes", (name) => {
    expect(probe(sharedBytes(`${name}.efivars.b64`).subarray(0, 65_536))).toBe(true);
    const { vms, error } = open(sharedBytes(`${name}.efivars.b64`));
    if (name.startsWith("23")) {
      expect(error?.code).toBe("bad-magic");
      return;
    }
    expect(error).toBeNull();
    expect(vms[0]?.nvram?.base64?.oddities).toEqual([]);
    expect(Buffer.from(vms[0]?.nvram?.daemonBytes ?? []).equals(sharedBytes(`${name}.vars`))).toBe(true);
  });
});

describe("several, one behind the other", () => {
  const other = encode(makeBlob([...bootVariables(), makeVariable("Own", new Uint8Array(101))]));
  const bytesOf = ({ vms }: Dump) => vms.map(({ nvram }) => nvram?.bytes?.length);

  it.each([
    ["without a newline between them, as --minimal ends", ""],
    ["a newline", "\n"],
    ["a blank line, and that of a mail", " \r\n\r\n"],
  ])("are each read: %s", (_, between) => {
    const padded = [text, other].find((one) => one.endsWith("=")) ?? "";
    expect(padded).not.toBe("");
    const dump = open(`${padded}${between}${text}${text.endsWith("=") ? between : "\n"}${other}\n`);
    const length = (one: string) => Buffer.from(one, "base64").length;
    expect([dump.format, dump.error, ...bytesOf(dump)]).toEqual([
      "pasted",
      null,
      length(padded),
      length(text),
      length(other),
    ]);
  });

  it("near miss: the magic inside of a variable begins none", () => {
    const inside = makeVariable("Own", ascii(`${"x".repeat(7)}VARS${"y".repeat(200)}VARS`));
    const dump = open(encode(makeBlob([...bootVariables(), inside])).replace(/.{76}/g, "$&\n"));
    expect([dump.format, dump.vms.length]).toEqual(["efivars-b64", 1]);
  });
});
