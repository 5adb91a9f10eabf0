/** Templates: VMs that are made of them inherit the fault. */
import { shellPath } from "../render/shell.ts";
import { CERTIFICATES_FOLDER, fetchCertificates } from "./certificate-steps.ts";
import {
  anyProduct,
  hasRule,
  type NextStep,
  type Patient,
  type Remedy,
  type Subject,
  step,
} from "./remedy.ts";
import { repairCommands } from "./repair-command.ts";

const MAX_EXPLAINED = 4;

export const template: Remedy = {
  id: "template",
  ruleIds: [],
  // Certificates are added to a KEK and a db that are there: one that lacks them needs something else.
  group: (patient) => (takesCertificates(patient) ? "certificates" : rulesOf(patient).join()),
  title: () => "A template has it: every VM that is made of it inherits it. Mend templates first",
  variants: (subject) =>
    anyProduct(takesCertificates(subject.patients[0]) ? addSteps(subject) : explainSteps(subject)),
  source: [
    "xapi ocaml/xapi-cli-server/records.ml (templates)",
    "xapi ocaml/xapi/xapi_vm_clone.ml, copy_vm_record",
  ],
};

function takesCertificates(patient: Patient): boolean {
  return hasRule(patient, "kek-2023-missing", "db-2023-missing");
}

function addSteps(subject: Subject): NextStep[] {
  const words = { strategy: "merge", certificates: CERTIFICATES_FOLDER, onlyPatients: true } as const;
  return [
    fetchCertificates(subject.program),
    step(
      "here",
      "See what a repair with them comes to for it; nothing is written",
      repairCommands(subject, words).map((command) => `${command} --dry-run`),
      {
        expect:
          "The plan, with the steps that bring the NVRAM back into the template (xe template-param-remove and -add). VMs that were made of it before are mended one by one.",
      },
    ),
  ];
}

/** No repair puts in what is not there. */
function explainSteps({ patients: [patient], program }: Subject): NextStep[] {
  const commands = rulesOf(patient).map((rule) => `${program} explain ${rule} ${shellPath(patient.path)}`);
  return [
    step(
      "here",
      "No repair puts in what it lacks: read what each finding means, and what mends it",
      commands,
      {
        expect:
          "What to do on a host, by hand. VMs that were made of it are mended one by one: analyze a text of each.",
      },
    ),
  ];
}

function rulesOf({ symptoms }: Patient): string[] {
  return [...new Set(symptoms.map(({ ruleId }) => ruleId))].slice(0, MAX_EXPLAINED);
}
