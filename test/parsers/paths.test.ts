/** Paths as words, against Node's own. */
import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { basename, dirname, isAbsolute, join, normalize } from "../../parsers/paths.ts";

const paths = fc.array(fc.constantFrom("/", "/", ".", "..", "a", "b.xva", "ä", " "), { maxLength: 9 });

describe("paths", () => {
  it("are read as Node reads them", () => {
    fc.assert(
      fc.property(paths, (words) => {
        const path = words.join("");
        expect([basename(path), dirname(path), isAbsolute(path), normalize(path)]).toEqual([
          posix.basename(path),
          posix.dirname(path),
          posix.isAbsolute(path),
          posix.normalize(path),
        ]);
      }),
      { numRuns: 3000 },
    );
  });

  it("are joined as Node joins them", () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        expect(join(a.join(""), b.join(""))).toBe(posix.join(a.join(""), b.join("")));
      }),
      { numRuns: 2000 },
    );
  });
});
