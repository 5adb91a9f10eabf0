import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { belowRoot, outputPlaces, safePart } from "../../report/output-places.ts";

describe("one part of a name from evidence", () => {
  it.each([
    ["", "_"],
    [".", "_"],
    ["..", "__"],
    ["../../etc/passwd", "___.._etc_passwd"],
    ["-rf", "_rf"],
    [".bashrc", "_bashrc"],
    ["Müller; rm -rf /", "M_ller__rm_-rf__"],
    ["a\u0000b\nc\u001b[2J", "a_b_c__2J"],
    ["vm.efivars.b64", "vm.efivars.b64"],
  ])("%j becomes something safe", (text, safe) => {
    const part = safePart(text);
    expect(part).toBe(safe);
    expect(part).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
  });

  it("keeps its ending where it is cut at 200 characters, and is whole up to there", () => {
    const name = (length: number): string => `${"x".repeat(length - ".efivars.b64".length)}.efivars.b64`;
    expect(safePart(name(200))).toBe(name(200));
    expect(safePart(name(201))).toBe(name(200));
  });

  it("is no folder above, nor hidden, nor an option, whatever the text is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const part = safePart(text);
        expect(part).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
        expect(part.length).toBeLessThanOrEqual(200);
      }),
      { seed: 12 },
    );
  });
});

describe("where results go", () => {
  const at = (below: string, name: string, root = "dumps") => ({ below, name, root });

  it("is their name alone where no two meet", () => {
    expect(outputPlaces([at("a/one.vars", "one.b64"), at("b/two.vars", "two.b64")])).toEqual([
      "one.b64",
      "two.b64",
    ]);
  });

  it("is in folders like those of the inputs where two would meet, which the third one needs not", () => {
    expect(outputPlaces([at("a/x.vars", "x.b64"), at("b/x.vars", "X.b64"), at("b/y.vars", "y.b64")])).toEqual(
      ["a/x.b64", "b/X.b64", "y.b64"],
    );
  });

  it("has the input's own name as a folder where several of one folder would meet", () => {
    expect(
      outputPlaces([at("vm/20260101T000000Z.json", "u.b64"), at("vm/20260102T000000Z.json", "u.b64")]),
    ).toEqual(["vm/20260101T000000Z/u.b64", "vm/20260102T000000Z/u.b64"]);
    expect(outputPlaces([at("x.vars", "x.b64"), at("x.efivars.b64", "x.b64")])).toEqual([
      "x.vars/x.b64",
      "x.efivars.b64/x.b64",
    ]);
  });

  it("tells named folders and files apart by what they are named", () => {
    expect(outputPlaces([at("x.vars", "x.b64", "old"), at("x.vars", "x.b64", "new")])).toEqual([
      "old/x.b64",
      "new/x.b64",
    ]);
    expect(outputPlaces([at("x.vars", "x.b64", "a/x.vars"), at("x.vars", "x.b64", "b/x.vars")])).toEqual([
      "a/x.b64",
      "b/x.b64",
    ]);
  });

  it("never leaves the folder, whatever members of archives are called", () => {
    const hostile = ["bug.tar!../../../etc/cron.d/x", "bug.tar!/etc/cron.d/x", "bug.tar!a/..//../x"];
    for (const place of outputPlaces(hostile.map((below) => at(below, "../x"))))
      for (const part of place.split("/")) expect(part).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
  });

  it("gives no two the same place, and none that is another one's folder (property)", () => {
    const word = fc.constantFrom("a", "A", "b", "x.b64", "X.b64", "x", "..", "ä", "");
    const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const output = fc.record({ name: word, below: path, root: fc.constantFrom("r", "/r/s", "a/x") });
    fc.assert(
      fc.property(fc.array(output, { maxLength: 12 }), (outputs) => {
        const places = outputPlaces(outputs).map((place) => place.toLowerCase());
        expect(places).toHaveLength(outputs.length);
        expect(new Set(places).size).toBe(places.length);
        for (const place of places)
          expect(places.filter((other) => other.startsWith(`${place}/`))).toEqual([]);
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});

describe("the path of an input from what was named", () => {
  it.each([
    ["dumps/a/x.vars", "dumps", "a/x.vars"],
    ["dumps/a/x.vars", "dumps/", "a/x.vars"],
    ["bug.tar!etc/x", "bug.tar", "bug.tar!etc/x"],
    ["in/bug.tar!x", "in", "bug.tar!x"],
    ["a/x.vars", "a/x.vars", "x.vars"],
  ])("of %s in %s is %s", (path, root, below) => {
    expect(belowRoot(path, root)).toBe(below);
  });
});
