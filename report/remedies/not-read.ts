/** Inputs that could not be read, by the code of the error. */
import type { ErrorCode } from "../../parsers/errors.ts";
import { shellPath } from "../render/shell.ts";
import { saveCommand } from "../runbook/host-commands.ts";
import { otherFiles } from "./host-steps.ts";
import { anyProduct, type NextStep, type Remedy, type Subject, step } from "./remedy.ts";

const ASK = step(
  "pool-master",
  "Get the VM's NVRAM as text, the smallest file that tells all of it (xe vm-list name-label=NAME tells the UUID)",
  [saveCommand("UUID")],
  {
    expect: "A file that is not empty, of one line.",
  },
);

type Answer = (subject: Subject) => readonly NextStep[];

const again =
  (title: string): Answer =>
  ({ patients: [{ path }] }) => [
    step("here", title, [`sha256sum ${shellPath(path)}`], {
      expect: "The same sum on both sides; then analyze it again.",
    }),
    ASK,
  ];

const look =
  (title: string): Answer =>
  ({ patients: [{ path }] }) => [step("here", title, [`ls -l ${shellPath(path)}`])];

const ANSWERS: Readonly<Record<ErrorCode, Answer>> = {
  "empty-input": () => [ASK],
  unrecognised: () => [ASK],
  "no-dumps": () => [ASK],
  "not-found": look("Look at the name: there is no such file"),
  "permission-denied": look("Look at who may read it, and read it as that user"),
  "special-file": look("It is no plain file: name the file that was exported or copied"),
  "read-failed": look("The disk or share did not give it: look whether it is still there, and copy it again"),
  truncated: again("It is cut: copy it again from where it was made, and compare"),
  "bad-magic": again("Its beginning is not that of any known file: copy it again in binary, and compare"),
  "bad-encoding": again("Its text is damaged: copy it again, not by hand, and compare"),
  "bad-structure": again("It is damaged inside: copy it again from where it was made, and compare"),
  "no-ova-xml": again("Every export begins with ova.xml, and this one does not: copy it again, and compare"),
  "no-nvram": () => [ASK],
  "dtd-refused": () => [ASK],
  "over-limit": () => [ASK],
  "corrupt-compression": again("Its compressed data is damaged: copy it again in binary, and compare"),
  encrypted: () => [
    step(
      "xen-orchestra",
      "It is encrypted: restore the backup, or export the VM again (VM, Advanced, Export), and analyze that",
      [],
    ),
    ASK,
  ],
  defect: ({ patients: [{ path }], program }) => [
    step(
      "here",
      "This is a fault of varscope, not of your input: analyze this file alone, and report it with the version",
      [`${program} --version`, `${program} ${shellPath(path)} --jobs 1`],
    ),
  ],
};

export const notRead: Remedy = {
  id: "not-read",
  ruleIds: [],
  errorCodes: Object.keys(ANSWERS),
  group: ({ errorCode }) => errorCode ?? "",
  title: () => "It could not be read",
  variants: (subject) => {
    const { errorCode } = subject.patients[0];
    const answer = isKnown(errorCode) ? ANSWERS[errorCode](subject) : [ASK];
    return anyProduct(answer, answer.includes(ASK) ? [otherFiles(subject)] : []);
  },
  source: ["varscope --help"],
};

function isKnown(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(ANSWERS, code);
}
