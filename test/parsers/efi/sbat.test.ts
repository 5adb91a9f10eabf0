import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { readSbatLevel } from "../../../parsers/efi/sbat.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";

describe("an SBAT level", () => {
  it("has a date and generations", () => {
    expect(readSbatLevel(ascii("sbat,1,2024040900\nshim,4\ngrub,4\ngrub.peimage,2\n"))).toEqual({
      datestamp: "2024040900",
      entries: [
        { component: "shim", generation: 4 },
        { component: "grub", generation: 4 },
        { component: "grub.peimage", generation: 2 },
      ],
      fault: null,
    });
  });

  it("may revoke nothing, and may end with NULs or CRLF", () => {
    const nothing = { datestamp: "2021030218", entries: [], fault: null };
    expect(readSbatLevel(ascii("sbat,1,2021030218\n"))).toEqual(nothing);
    expect(readSbatLevel(ascii("sbat,1,2021030218\r\n\0\0"))).toEqual(nothing);
  });

  it.each([
    ["", "no-header", 1],
    ["shim,4\n", "no-header", 1],
    ["sbat,1,20240409\n", "no-header", 1],
    ["sbat,1,2024040900\nshim\n", "bad-line", 2],
    ["sbat,1,2024040900\nshim,4\n\ngrub,4\n", "bad-line", 3],
    ["sbat,1,2024040900\nshim,four\n", "bad-line", 2],
    ["sbat,1,2024040900\u0001\n", "not-text", 1],
    ["sbat,1,2024040900\0\nshim,4", "not-text", 1],
  ])("names what is wrong: %j", (text, code, line) => {
    expect(readSbatLevel(ascii(text)).fault).toEqual({ code, line });
  });

  it("keeps what stands before a bad line", () => {
    const { datestamp, entries } = readSbatLevel(ascii("sbat,1,2024040900\nshim,4\nx\n"));
    expect(datestamp).toBe("2024040900");
    expect(entries).toEqual([{ component: "shim", generation: 4 }]);
  });

  it("may be as long as the limit says, and not longer", () => {
    const { maxSbatBytes } = PARSER_LIMITS;
    const of = (bytes: number) => ascii("sbat,1,2024040900\n".padEnd(bytes, "\n"));
    expect(readSbatLevel(of(maxSbatBytes)).fault).toBeNull();
    expect(readSbatLevel(of(maxSbatBytes + 1)).fault?.code).toBe("too-long");
  });
});
