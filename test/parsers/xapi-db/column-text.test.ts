import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { columnBytes } from "../../../parsers/xapi-db/column-text.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { columnText } from "../../builders/xapi-db.ts";

const read = (raw: string): string => decodeUtf8(columnBytes(encodeUtf8(raw), nodePlatform));

describe("columnBytes", () => {
  it.each([
    ["(('EFI-variables'%.'VkFSUw=='))", "(('EFI-variables' 'VkFSUw=='))"],
    ["my%.&quot;vm&quot;", 'my "vm"'],
    ["100%%.", "100%."],
    ["%t%n%r%_", "\t\n\r  "],
    ["%x&unknown; & %", "%x&unknown; & %"],
    ["&#10;&#x41;&apos;&amp;lt;", "\nA'&lt;"],
    ["&#37;.", " "],
    ["plain", "plain"],
  ])("reads %s", (raw, text) => {
    expect(read(raw)).toBe(text);
  });

  it("gives back every text that xapi writes", () => {
    const unit = fc.oneof(
      fc.constantFrom(..." %\t\n\r<>&\"'._%%"),
      fc.string({ unit: "grapheme", maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        expect(read(columnText(text))).toBe(text.toWellFormed());
      }),
      { numRuns: 300 },
    );
  });
});
