import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import {
  decodeAsDaemon,
  decodeLeniently,
  encodeBase64,
  type LenientBase64,
} from "../../../parsers/text/base64.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 255);
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const plain = (length: number): string => encode(pattern(length));
const wrap = (text: string, width: number): string =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "g"), "$&\n");
const insert = (text: string, at: number, what: string): string => text.slice(0, at) + what + text.slice(at);
const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));

const read = (text: string | Uint8Array): LenientBase64 =>
  decodeLeniently(typeof text === "string" ? ascii(text) : text, nodePlatform);

describe("decodeLeniently", () => {
  const whole = pattern(1000);
  const text = plain(1000);
  it.each<[string, string | Uint8Array, LenientBase64["oddities"]]>([
    ["one line of padded text", text, []],
    ["a line feed after it", `${text}\n`, ["trailing-newline"]],
    ["CRLF after it", `${text}\r\n`, ["trailing-newline"]],
    ["two line ends after it", `${text}\n\n`, ["trailing-space"]],
    ["a blank after it", `${text} `, ["trailing-space"]],
    ["lines of 76 characters", wrap(text, 76), ["inner-space"]],
    ["lines with CRLF", wrap(text, 76).replaceAll("\n", "\r\n"), ["inner-space"]],
    ["lines, the last one ended too", `${wrap(text, 64)}\n`, ["inner-space", "trailing-newline"]],
    ["a leading blank", ` ${text}`, ["leading-space"]],
    ["a blank before the padding", insert(text, text.length - 2, " "), ["inner-space"]],
    ["no padding", text.replaceAll("=", ""), ["missing-padding"]],
    ["one of two paddings", text.slice(0, -1), ["missing-padding"]],
    ["a byte order mark", concatBytes([Uint8Array.of(0xef, 0xbb, 0xbf), ascii(text)]), ["byte-order-mark"]],
    ["UTF-16 with its mark, as PowerShell writes it", utf16(`${text}\r\n`), ["utf-16", "trailing-newline"]],
    ["UTF-16 without a mark", utf16(text).subarray(2), ["utf-16"]],
    ["junk after it", `${text}!`, ["junk"]],
    ["more base64 after the padding", `${text}${text}`, ["junk"]],
    ["a third padding", `${text}=`, ["junk"]],
  ])("reads %s and names what is odd", (_, input, oddities) => {
    const result = read(input);
    expect(result.oddities).toEqual(oddities);
    expect(Buffer.from(result.bytes).equals(whole)).toBe(true);
  });

  it("reads the URL-safe alphabet", () => {
    const bytes = Uint8Array.of(0xfb, 0xff, 0xfe, 0xff, 0xef);
    const result = read(Buffer.from(bytes).toString("base64url"));
    expect([...result.bytes]).toEqual([...bytes]);
    expect(result.oddities).toEqual(["missing-padding", "url-safe-alphabet"]);
  });

  it("keeps what stands before junk and says where the junk is", () => {
    expect(read("QUJD*QUJD")).toMatchObject({ bytes: ascii("ABC"), oddities: ["junk"], junkOffset: 4 });
    expect(read("=QUJD")).toMatchObject({ bytes: new Uint8Array(0), junkOffset: 0 });
    expect(read("QUJDQQ=A")).toMatchObject({ bytes: ascii("ABCA"), junkOffset: 7 });
    expect(read(utf16("QUJD*"))).toMatchObject({ oddities: ["utf-16", "junk"], junkOffset: 10 });
  });

  it("calls a lone last digit junk: it makes no byte", () => {
    expect(read("QUJDQ")).toMatchObject({ bytes: ascii("ABC"), oddities: ["junk"], junkOffset: 4 });
  });

  it("gives back whatever was encoded, in any layout", () => {
    const layout = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => wrap(text, 10),
      (text) => text.replaceAll("=", ""),
      (text) => `\t${text}\r\n `,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), layout, (bytes, lay) => {
        expect([...read(lay(encode(bytes))).bytes]).toEqual([...bytes]);
      }),
    );
  });

  it("never throws, and stops inside the text, on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        const { junkOffset } = read(input);
        expect(junkOffset ?? 0).toBeLessThanOrEqual(input.length);
        expect(decodeAsDaemon(input, nodePlatform).length).toBeLessThanOrEqual((input.length * 3) / 4);
      }),
      { numRuns: 1000 },
    );
  });

  it("asks the platform first, without the one line end, and reads by itself what that declines", () => {
    const seen: string[] = [];
    const platform = {
      ...nodePlatform,
      decodeBase64: (text: Uint8Array): Uint8Array | null => {
        seen.push(Buffer.from(text).toString());
        return null;
      },
    };
    for (const input of ["QUJD", "QUI=\n", "QQ==\r\n", "QQ==\n\n"]) {
      const { bytes, oddities } = decodeLeniently(ascii(input), platform);
      expect({ bytes, oddities }).toMatchObject({ bytes: read(input).bytes, oddities: read(input).oddities });
    }
    expect(seen).toEqual(["QUJD", "QUI=", "QQ==", "QQ==\n"]);
  });
});

/** Answers of OpenSSL 3.0.19: one BIO_read of strlen * 3 / 4 bytes through BIO_f_base64 with BIO_FLAGS_BASE64_NO_NL. */
describe("decodeAsDaemon", () => {
  it.each<[string, string, number]>([
    ["the plain line", plain(1000), 1000],
    ["one LF at the end", `${plain(1000)}\n`, 1000],
    ["one CRLF at the end", `${plain(1000)}\r\n`, 1000],
    ["a LF in a block of its own", `${plain(768)}\n`, 768],
    ["three LF, fewer than a group", `${plain(1000)}\n\n\n`, 1000],
    ["a single junk character, fewer than a group", `${plain(999)}!`, 999],
    ["hyphens at the end", `${plain(999)}----`, 999],
    ["four leading blanks", `    ${plain(1000)}`, 1000],
    ["four blanks at the start of a later block", insert(plain(2000), 1024, "    "), 2000],
    ["what stands before a NUL", `${plain(999)}\0${plain(999)}`, 999],
    ["no byte after a leading blank", ` ${plain(1000)}`, 0],
    ["no byte after a leading LF", `\n${plain(1000)}`, 0],
    ["no byte with a blank in the first block", insert(plain(1000), 100, " "), 0],
    ["no byte in lines of 76", wrap(plain(1000), 76), 0],
    ["no byte in lines of 76, the last one ended", `${wrap(plain(1000), 76)}\n`, 0],
    ["no byte after a byte order mark", `\u00ef\u00bb\u00bf${plain(999)}`, 0],
    ["no byte of the URL-safe alphabet", `-_-_${plain(999)}`, 0],
    ["no byte after a block of blanks", " ".repeat(1024) + plain(999), 0],
    ["no byte of nothing", "", 0],
    ["the first block of lines of 1024", wrap(plain(3000), 1024), 768],
    ["the blocks before a blank", insert(plain(2000), 1100, " "), 768],
    ["the blocks before junk", `${plain(999)}!!!!`, 768],
    ["the blocks before a block of blanks", `${plain(768)}${" ".repeat(1024)}${plain(768)}`, 768],
    ["whole groups only, without two paddings", plain(1000).slice(0, -2), 999],
    ["whole groups only, without one padding", plain(1001).slice(0, -1), 999],
    ["whole groups only, with one of two paddings", plain(1000).slice(0, -1), 999],
  ])("takes %s", (_, text, count) => {
    const bytes = decodeAsDaemon(ascii(text), nodePlatform);
    expect(Buffer.from(bytes).equals(pattern(3000).subarray(0, count))).toBe(true);
  });

  it.each<[string, string, string]>([
    ["padding followed by a group of white space", `${plain(1000)}\n\n\n\n`, `${plain(999)}VAAA`],
    ["a surplus group of padding, but for its last two", `${plain(999)}====`, `${plain(999)}AA==`],
    ["padding in the middle", `AAA=${plain(999)}`, `AAAA${plain(999)}`],
    ["the text after padding", `${plain(1)}${plain(999)}`, `AwAA${plain(999)}`],
    ["the last group alone in its block", `${plain(768)}AA==`, `${plain(768)}AA==`],
    ["the word of a redacted report", "REMOVED", "REMO"],
  ])("reads zero bits in %s", (_, text, same) => {
    const bytes = decodeAsDaemon(ascii(text), nodePlatform);
    expect(Buffer.from(bytes).toString("base64")).toBe(same);
  });
});

describe("encodeBase64", () => {
  it("writes what Node writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Buffer.from(encodeBase64(bytes)).toString()).toBe(Buffer.from(bytes).toString("base64"));
      }),
    );
  });
});
