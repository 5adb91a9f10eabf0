import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";

describe("the rules", () => {
  it("are exactly the files of the folder", () => {
    const files = readdirSync(new URL("../../rules/", import.meta.url))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -".ts".length))
      .filter((name) => name !== "index");
    expect(RULES.map(({ meta }) => meta.id).sort(), "rules/index.ts lists each rules/<id>.ts once").toEqual(
      files.sort(),
    );
  });

  it.each(RULES.map((rule) => ({ id: rule.meta.id, rule })))(
    "$id has its documentation",
    ({ rule: { meta } }) => {
      const { what, why, repair, references } = meta.docs;
      expect(meta.id, "an id is kebab-case, of two words at least").toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(meta.title, "a title begins with a capital and has no point at its end").toMatch(
        /^[A-Z].*[^.]$/,
      );
      for (const text of [what, why, repair])
        expect(text, "docs.what, why and repair are sentences of 20 characters at least").toMatch(
          /^\S.{20,}\.$/s,
        );
      expect(references.length, "docs.references names where the rule is known from").toBeGreaterThan(0);
    },
  );
});
