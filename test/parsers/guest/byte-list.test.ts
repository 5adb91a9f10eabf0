/** Bytes as PowerShell shows them. */
import { describe, expect, it } from "vitest";
import { readByteList } from "../../../parsers/guest/byte-list.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";

const read = (text: string) => readByteList(encodeUtf8(text));

describe("a list of decimal numbers", () => {
  it.each(["1\n2\n255\n", "1 2\t255", "1,2,255", " 1 ,\t2,  255 ,", "Get-SecureBootUEFI dbx\n1\n2\n255"])(
    "%j is read",
    (text) => expect([...(read(text)?.bytes ?? [])]).toEqual([1, 2, 255]),
  );

  it("is none where something else stands behind it, and that takes no time", () => {
    // What can be split in several ways at each gap never ends.
    expect(read(`${"1    ".repeat(200)}x`)).toBeNull();
    expect(read("256")).toBeNull();
  });
});
