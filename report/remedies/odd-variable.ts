/** Variables that do not belong: twice there, under another GUID, under a name that looks like another. */
import { shellPath } from "../render/shell.ts";
import { haltAndSave, lookAfter, PUT_BACK, startStep } from "./host-steps.ts";
import { anyProduct, type Patient, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const oddVariable: Remedy = {
  id: "odd-variable",
  ruleIds: ["duplicate-variable", "namesake-under-wrong-guid", "name-not-utf16", "mor-ppi-anomaly"],
  needsLoading: true,
  group: (patient) => JSON.stringify(typeable(patient)),
  title: () => "A variable is there twice, or under a name that is not what it seems",
  variants: (subject) => {
    const [patient] = subject.patients;
    const variable = typeable(patient);
    const targets = targetsOf(subject);
    const look = step("here", "Look at the variables, and decide which is right", [
      `${subject.program} inspect ${shellPath(patient.path)}`,
    ]);
    if (variable === null)
      return anyProduct({
        ...look,
        caution:
          "The host's tools cannot name this variable (no plain text, or twice the same name). Where it has to go, put back an older NVRAM of the VM, or leave it: nothing stops because of it.",
      });
    return anyProduct(
      look,
      haltAndSave(targets),
      step(
        "pool-master",
        "Where it is not wanted: take it out",
        [targets.each((uuid) => `varstore-rm ${uuid} ${variable.guid} ${shellPath(variable.name)}`)],
        { expect: "No output, exit code 0; else Not Found.", undo: PUT_BACK },
      ),
      lookAfter(targets, "The variable is gone, all others are listed"),
      startStep(targets),
    );
  },
  source: ["varstored tools/varstore-rm.c (names are ASCII)"],
};

/** Null for what varstore-rm cannot be given: it makes UTF-16 of ASCII alone; of two with one name it removes only one. */
function typeable({ symptoms }: Patient): { guid: string; name: string } | null {
  const variable = symptoms[0]?.variable ?? null;
  if (variable === null || variable.guid === null || symptoms[0]?.ruleId === "duplicate-variable")
    return null;
  return variable.nameHex === undefined && /^[\x21-\x7e]+$/.test(variable.name)
    ? { guid: variable.guid, name: variable.name }
    : null;
}
