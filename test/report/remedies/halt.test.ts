/** Steps that need a halted VM say what to do in each state of it, whatever they are about. */
import { describe, expect, it } from "vitest";
import { REMEDIES } from "../../../report/remedies/index.ts";
import type { NextStep, Patient, Place, Remedy } from "../../../report/remedies/remedy.ts";
import { PATIENT, UUID } from "./patient.ts";

const PLACES: readonly Place[] = ["vm", "backup", "saved-state", "template"];

function stepsOf(remedy: Remedy, more: Partial<Patient>): NextStep[] {
  const ids = remedy.ruleIds.length === 0 ? [""] : remedy.ruleIds;
  return ids.flatMap((ruleId) => {
    const patient: Patient = {
      ...PATIENT,
      path: "a.json",
      format: "nvram-json",
      symptoms: [{ ruleId, facts: {}, variable: null }],
      ...more,
    };
    const variants = remedy.variants({ patients: [patient], more: 0, program: "varscope" });
    return variants.flatMap(({ steps }) => steps);
  });
}

const SHUTDOWN = `xe vm-shutdown uuid=${UUID}`;
/** A VM that was just started by the step before, or stands in its firmware. */
const STARTED_BEFORE = "Then shut it down, turn Secure Boot on again, and start";
const halts = (remedy: Remedy, more: Partial<Patient>) =>
  stepsOf(remedy, more).filter(({ commands }) => commands.some((line) => line.startsWith(SHUTDOWN)));

describe.each(REMEDIES.map((remedy) => [remedy.id, remedy] as const))("a shutdown of %s", (_, remedy) => {
  it.each(PLACES)("says what to do in every state of a VM (%s)", (place) => {
    for (const { commands, expect: sign, caution, title } of halts(remedy, { place })) {
      if (title === STARTED_BEFORE) continue;
      // What is in the memory goes by a command of its own, never by one that is pasted with others.
      if (commands.includes(`${SHUTDOWN} force=true`)) {
        expect([title, commands]).toEqual([title, [`${SHUTDOWN} force=true`]]);
        expect([title, caution]).toEqual([title, expect.stringContaining("memory")]);
      } else {
        expect([title, sign]).toEqual([title, expect.stringMatching(/halted.*xe vm-unpause/)]);
        expect([title, `${sign} ${commands}`]).toEqual([title, expect.stringContaining("xe vm-resume")]);
        // A guest that is not there does not shut down: what is written behind would go below a running VM.
        expect([title, sign]).toEqual([title, expect.stringMatching(/firmware answers .* force=true alone/)]);
      }
    }
  });

  it("begins with a resume where the record says suspended", () => {
    const [first] = halts(remedy, { isSuspended: true });
    if (first === undefined) return;
    expect(first.commands[0]).toBe(`xe vm-resume uuid=${UUID}`);
    expect(first.expect).toContain("the first command fails where it is not suspended any more");
    expect(first.caution).not.toContain("behind the second command");
  });
});
