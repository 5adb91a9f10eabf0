import { describe, expect, it } from "vitest";
import { Spool } from "../../../cli/io/spool.ts";
import { asMessage, type Outcome, outcomeOf, textLength } from "../../../library/judge/outcome.ts";
import type { TextForm } from "../../../report/render/element-text.ts";
import { judgedInputOf, vmReportOf } from "../../builders/judged.ts";

const WHOLE = outcomeOf(judgedInputOf({ vms: [vmReportOf()] }));

/** Three copies that came one by one. */
function spooled(): Outcome {
  const json = new Spool();
  for (const text of ["{one}", ",{two}", ",{3rd}"]) json.append(text);
  return outcomeOf({ ...judgedInputOf(), texts: { json, count: 3, copies: [], needs: [], advised: null } });
}

async function lengthOf(outcome: Outcome, form: TextForm | null): Promise<number> {
  const message = await asMessage(outcome, form, Number.POSITIVE_INFINITY);
  return message === null ? -1 : textLength(message);
}

describe("what a thread hands on", () => {
  it("is a line where lines are asked for, and else the report", async () => {
    const line = await asMessage(WHOLE, "line", 1_000_000);
    expect(line).toMatchObject({ judged: null, line: `${JSON.stringify(WHOLE.judged?.report)}\n` });
    expect(await asMessage(WHOLE, "indented", 1_000_000)).toBe(WHOLE);
    expect(await asMessage(WHOLE, null, 0)).toBe(WHOLE);
    if (line !== null) expect(await asMessage(line, "line", 0)).toBe(line);
  });

  it("has the texts of copies as one, which survives the way", async () => {
    const message = await asMessage(spooled(), "indented", 1_000_000);
    expect(structuredClone(message)?.judged?.texts?.json).toBe("{one},{two},{3rd}");
    expect((await asMessage(spooled(), "line", 1_000_000))?.line).toContain('"vms":[{one},{two},{3rd}]}\n');
  });

  it("is nothing where its text is one character longer than it may be", async () => {
    for (const form of ["line", "indented"] as const) {
      const length = await lengthOf(spooled(), form);
      expect(length).toBeGreaterThan(16);
      expect(await asMessage(spooled(), form, length)).not.toBeNull();
      expect(await asMessage(spooled(), form, length - 1)).toBeNull();
    }
  });
});
