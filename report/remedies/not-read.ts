/** Inputs that could not be read, by the code of the error. */
import type { ErrorCode } from "../../parsers/errors.ts";
import { NOTHING_TO_IMPORT, XE_NO_KEY, XE_NO_UUID } from "../../parsers/formats/foreign.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import { shellPath } from "../render/shell.ts";
import { saveCommand } from "../runbook/host-commands.ts";
import { otherFiles } from "./host-steps.ts";
import { anyProduct, type NextStep, type Patient, type Remedy, type Subject, step } from "./remedy.ts";

const ASK = askFor(null);

/** The step that asks for an NVRAM; the command names the VM where the text does. */
function askFor(uuid: string | null): NextStep {
  const how = uuid === null ? " (xe vm-list name-label=NAME tells the UUID)" : "";
  return step(
    "pool-master",
    `Get the VM's NVRAM as text, the smallest file that tells all of it${how}`,
    [saveCommand(uuid ?? "UUID")],
    { expect: "A file that is not empty, of one line." },
  );
}

/** The VM whose NVRAM the error asks for by its UUID; null where it does not know which. */
function namedVm({ errorMessage = "" }: Patient): string | null {
  const uuid = /uuid=([0-9a-f-]{36}) param-name=NVRAM/.exec(errorMessage)?.[1];
  return uuid !== undefined && isPlainUuid(uuid) ? uuid : null;
}

const FIND_UUID = step(
  "pool-master",
  "Find the VM's UUID by its name (NAME)",
  ["vm=$(xe vm-list name-label=NAME params=uuid --minimal)", 'echo "$vm"'],
  { expect: "One UUID. Nothing: xe vm-list params=uuid,name-label lists all VMs." },
);

const IN_BACKUPS = ({ program }: Subject): NextStep =>
  step(
    "here",
    "Where it boots by UEFI and ran before: look for its NVRAM in its backups; BACKUPS is their folder",
    [`${program} extract BACKUPS --out good --last-good`],
    { expect: "A file good/UUID.efivars.b64 for each VM with a good backup." },
  );

/** xe writes its errors to the screen: the file it was to fill stays empty. */
const SAVE_AND_SEE = step("pool-master", "Save its NVRAM, and read what xe says", [saveCommand('"$vm"')], {
  expect:
    'A file that is not empty, of one line. "not found in map": the VM has no EFI variables, since it boots by BIOS, was never started, or has lost them.',
});

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

const BOOTS_BY = step(
  "pool-master",
  "See how it boots",
  ['xe vm-param-get uuid="$vm" param-name=HVM-boot-params'],
  { expect: "firmware: uefi. Else it boots by BIOS, has no NVRAM and needs none." },
);

/** Files that say themselves why there is nothing in them. */
const KINDS: readonly {
  readonly id: string;
  readonly title: string;
  readonly is: (patient: Patient) => boolean;
  readonly answer: Answer;
}[] = [
  {
    id: "xe-no-key",
    title: "xe failed when this file was made: the VM that it was asked for has no EFI variables",
    is: ({ errorMessage = "" }) => errorMessage.includes(XE_NO_KEY),
    answer: (subject) => [FIND_UUID, BOOTS_BY, IN_BACKUPS(subject), otherFiles(subject)],
  },
  {
    id: "xe-no-uuid",
    title: "xe failed when this file was made: it knows no VM of the UUID that it was given",
    is: ({ errorMessage = "" }) => errorMessage.includes(XE_NO_UUID),
    answer: (subject) => [FIND_UUID, SAVE_AND_SEE, IN_BACKUPS(subject), otherFiles(subject)],
  },
  {
    id: "empty",
    title:
      "It has no bytes: the command that was to fill it failed (xe tells why on the screen alone), or its copy did",
    is: ({ errorCode }) => errorCode === "empty-input",
    answer: (subject) => [FIND_UUID, SAVE_AND_SEE, IN_BACKUPS(subject), otherFiles(subject)],
  },
  {
    id: "other-firmware",
    title: "It comes from another hypervisor: nothing to import, nothing to repair",
    is: ({ errorMessage = "" }) => isOtherFirmware(errorMessage),
    answer: () => [
      step(
        "pool-master",
        "Only to judge the VM after its first start on XCP-ng or XenServer: save the NVRAM that it got there",
        [saveCommand("UUID")],
        { expect: "A file that is not empty, of one line." },
      ),
    ],
  },
  {
    id: "no-such-member",
    title: "The archive is there, and this dump is not in it",
    is: (patient) => archiveOf(patient) !== null,
    answer: ({ patients: [patient], program }) => [
      step(
        "here",
        "Look at the names of its dumps",
        [`${program} analyze ${shellPath(archiveOf(patient) ?? patient.path)}`],
        { expect: "Each dump by its name: ARCHIVE!NAME." },
      ),
    ],
  },
];

/** Whether an error is that of another hypervisor's file. */
export function isOtherFirmware(errorMessage: string): boolean {
  return errorMessage.includes(NOTHING_TO_IMPORT);
}

/** The archive that has no member of the name behind the mark; null where it is about something else. */
function archiveOf({ errorCode, errorMessage = "", path }: Patient): string | null {
  if (errorCode !== "not-found") return null;
  const name = /^expected a dump named "(.*)" in the archive, found none\./s.exec(errorMessage)?.[1];
  return name !== undefined && path.endsWith(`!${name}`) ? path.slice(0, -name.length - 1) : null;
}

function kindOf(patient: Patient): (typeof KINDS)[number] | undefined {
  return KINDS.find(({ is }) => is(patient));
}

const ANSWERS: Readonly<Record<ErrorCode, Answer>> = {
  "empty-input": () => [ASK],
  unrecognised: ({ patients: [patient] }) => [askFor(namedVm(patient))],
  "no-dumps": () => [ASK],
  "not-found": look("Look at the name: there is no such file"),
  "permission-denied": look("Look at who may read it, and read it as that user"),
  "special-file": look("It is no plain file: name the file that was exported or copied"),
  "read-failed": look("The disk or share did not give it: look whether it is still there, and copy it again"),
  truncated: again("It is cut: copy it again from where it was made, and compare"),
  "bad-magic": again("It begins like no file that varscope knows: copy it again in binary mode, and compare"),
  "bad-encoding": again("Its text is damaged: copy it again, not by hand, and compare"),
  "bad-structure": again("It is damaged inside: copy it again from where it was made, and compare"),
  "no-ova-xml": again("Every export begins with ova.xml, and this one does not: copy it again, and compare"),
  "no-nvram": () => [ASK],
  "dtd-refused": () => [ASK],
  "over-limit": () => [ASK],
  "corrupt-compression": again("Its compressed data is damaged: copy it again in binary mode, and compare"),
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
  group: (patient) => `${patient.errorCode ?? ""} ${kindOf(patient)?.id ?? ""} ${namedVm(patient) ?? ""}`,
  title: ({ patients: [first] }) => kindOf(first)?.title ?? "It could not be read",
  variants: (subject) => {
    const kind = kindOf(subject.patients[0]);
    if (kind !== undefined) return anyProduct(kind.answer(subject));
    const { errorCode } = subject.patients[0];
    const answer = isKnown(errorCode) ? ANSWERS[errorCode](subject) : [ASK];
    const asks = errorCode === "unrecognised" || answer.includes(ASK);
    return anyProduct(answer, asks ? [otherFiles(subject)] : []);
  },
  source: ["varscope --help"],
};

function isKnown(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(ANSWERS, code);
}
