import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { looksLike } from "../../../parsers/formats/looks-like.ts";

const at = (offset: number, text: string): Uint8Array => concatBytes([new Uint8Array(offset), ascii(text)]);

describe("looksLike", () => {
  it.each([
    [ascii("\x89PNG\r\n\x1a\n"), "a PNG image"],
    [ascii("%PDF-1.7"), "a PDF document"],
    [ascii("PK\x03\x04"), "a ZIP archive (or an office document, which is one)"],
    [ascii("\x7fELF\x02"), "an ELF program"],
    [ascii("conectix"), "a VHD disk image"],
    [ascii("QFI\xfb"), "a qcow2 disk image"],
    [ascii("SQLite format 3\0"), "an SQLite database"],
    [at(510, "\x55\xaa"), "a boot sector or a disk image"],
    [at(32_769, "CD001"), "an ISO 9660 image"],
    [Uint8Array.of(0x30, 0x82, 1, 2), "DER data, such as a certificate or a key"],
    [new Uint8Array(100), "nothing but zero bytes"],
    [ascii(" \n "), "nothing but white space"],
    [ascii('<?xml version="1.0"?><!-- <x> -->\n<plist>'), "XML with the root <plist>"],
    [ascii('<?xml version="1.0"?>\n<database><manifest>'), "XML with the root <database>"],
    [ascii("<!DOCTYPE html><html>"), "an HTML page"],
    [ascii("\xef\xbb\xbf{ }"), "text that begins like JSON"],
    [ascii("-----BEGIN CERTIFICATE-----"), "a PEM file, such as a certificate or a key"],
    [ascii('say "hi"'), 'text that begins with "say \\"hi\\""'],
    [ascii("\x01\x02\x03\x04\x05\x06\x07\x08\x09"), "binary data that begins with 01 02 03 04 05 06 07 08"],
  ])("names case %#", (head, expected) => {
    expect(looksLike(head)).toBe(expected);
  });

  it("knows a signed update by its certificate header", () => {
    const update = new Uint8Array(64);
    update.set([0xe9, 0x07, 1, 1], 0);
    update.set([0x00, 0x02, 0xf1, 0x0e], 20);
    expect(looksLike(update)).toBe("a signed update of an EFI variable");
  });

  it("takes text that is cut inside a character for text", () => {
    expect(looksLike(ascii("gr\xc3"))).toMatch(/^text that begins with/);
    expect(looksLike(ascii("gr\xc3x"))).toMatch(/^binary data/);
  });

  it("has a name for anything", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (head) => looksLike(head).length > 0),
    );
  });
});
