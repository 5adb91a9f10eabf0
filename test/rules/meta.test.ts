import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";

describe("the rules", () => {
  it("are exactly the files of the folder", () => {
    const files = readdirSync(new URL("../../rules/", import.meta.url))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -".ts".length))
      .filter((name) => name !== "index");
    expect(RULES.map(({ meta }) => meta.id).sort()).toEqual(files.sort());
  });

  it.each(RULES.map((rule) => ({ id: rule.meta.id, rule })))(
    "$id has its documentation",
    ({ rule: { meta } }) => {
      const { what, why, repair, references } = meta.docs;
      expect(meta.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(meta.title).toMatch(/^[A-Z].*[^.]$/);
      for (const text of [what, why, repair]) expect(text).toMatch(/^\S.{20,}\.$/s);
      expect(references.length).toBeGreaterThan(0);
    },
  );
});
