/** One sentence for what mends a cause: what the next steps begin with, it begins with, too. */
import { describe, expect, it } from "vitest";
import type { Advice } from "../../report/advice.ts";
import type { Cause } from "../../report/overview/causes.ts";
import { mendsText } from "../../report/overview/mends.ts";

const REMOVE = {
  kind: "repair",
  strategy: "remove",
  bytes: 100,
  scriptRestores: true,
  deletes: ["dbx"],
} as const;

function mends(rules: readonly string[], advice: Advice | null): string {
  const cause: Cause = {
    verdict: "unbootable",
    rules,
    title: "",
    variables: [],
    vms: 7,
    names: [],
    advice,
    isRepairable: true,
    place: { input: 0, vm: 0 },
  };
  return mendsText(cause, []);
}

describe("what mends a cause", () => {
  it.each(["truncated-blob", "missing-variables"])("is a whole copy first where one is cut: %s", (rule) => {
    expect(mends([rule], REMOVE)).toBe(
      "Get each from its host again first: it may have been cut on its way. If it is as short: varscope repair --strategy remove mends it, and deletes dbx.",
    );
    expect(mends([rule], { kind: "beyond-repair", reason: "" })).toMatch(
      /^Get each from its host again first/,
    );
    expect(mends([rule], null)).toMatch(/^Get each from its host again first/);
  });

  it("near miss: is the repair where nothing is missing", () => {
    expect(mends(["variable-data-over-limit"], REMOVE)).toBe(
      "varscope repair --strategy remove mends it, and deletes dbx.",
    );
  });
});
