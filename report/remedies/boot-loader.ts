/** The firmware, shim or Windows' boot manager refuses what lies on the VM's own disk, or there is nothing to start. */
import { shellPath } from "../render/shell.ts";
import { bootEntrySteps } from "./boot-entry-steps.ts";
import { windowsUpdateSteps } from "./certificate-steps.ts";
import { resumeBitLocker, secureBootOnAgain, startWithoutSecureBoot } from "./host-steps.ts";
import {
  anyProduct,
  hasRule,
  type NextStep,
  type Patient,
  type Remedy,
  type Subject,
  step,
} from "./remedy.ts";
import { targetsOf } from "./targets.ts";

const WINDOWS: readonly string[] = ["boot-loader-2011-only", "boot-svn-below-dbx"];
const SBAT = "boot-sbat-below-level";
const MISSING = "boot-file-missing";
const LOADERS: readonly string[] = [
  ...WINDOWS,
  SBAT,
  "boot-image-refused",
  "boot-loader-unsigned",
  "boot-loader-revoked",
];
const ALL: readonly string[] = [MISSING, ...LOADERS];

export const bootLoader: Remedy = {
  id: "boot-loader",
  ruleIds: ALL,
  needsLoading: true,
  group: (patient) => ALL.filter((id) => hasRule(patient, id)).join(),
  title: ({ patients: [patient] }) => {
    if (hasAny(patient, WINDOWS)) return "The disk's Windows boot manager is older than the keys allow";
    if (hasRule(patient, SBAT)) return "shim or GRUB on the disk is older than the SBAT level allows";
    if (hasRule(patient, "boot-image-refused")) return "The firmware refuses the boot loader on the disk";
    if (hasRule(patient, "boot-loader-unsigned")) return "The boot loader on the disk is not signed";
    return hasRule(patient, MISSING)
      ? "A boot entry leads to no boot loader on the disks"
      : "A spare boot loader on the disk is revoked";
  },
  variants: (subject) => anyProduct(look(subject), stepsOf(subject)),
  source: ["edk2 SecurityPkg/Library/DxeImageVerificationLib", "rhboot/shim SBAT.md", "Microsoft KB5025885"],
};

/** Each attempt with what decides. Only a file has a name that can be typed. */
function look({ patients, program }: Subject): NextStep {
  const paths = [...new Set(patients.map(({ path }) => path))].filter((path) => path !== "" && path !== "-");
  return step(
    "here",
    "See each attempt, the entry of db or dbx that decides, and what comes after the repair and after each update",
    paths.map((path) => `${program} boot ${shellPath(path)}`),
    { expect: "A line for each attempt, and one for each question." },
  );
}

function stepsOf(subject: Subject): NextStep[] {
  const [patient] = subject.patients;
  if (hasRule(patient, MISSING) && !hasAny(patient, LOADERS))
    return bootEntrySteps("Where the VM does not start");
  const targets = targetsOf(subject);
  const windows = hasAny(patient, WINDOWS);
  return [
    ...startWithoutSecureBoot(
      targets,
      "Turn Secure Boot off for a while, and start: then nothing is refused",
    ),
    ...(windows
      ? windowsUpdateSteps("0x0100", "Event 1799 after a restart: the boot manager of 2023 is on the disk.")
      : loaderSteps()),
    secureBootOnAgain(targets),
    ...(windows ? [resumeBitLocker()] : []),
  ];
}

function hasAny(patient: Patient, ruleIds: readonly string[]): boolean {
  return ruleIds.some((id) => hasRule(patient, id));
}

function loaderSteps(): NextStep[] {
  return [
    step(
      "guest-linux",
      "As root: put the newest signed boot loader on the disk (Debian and Ubuntu; then Fedora and RHEL)",
      [
        "apt-get install --reinstall shim-signed grub-efi-amd64-signed && grub-install --target=x86_64-efi",
        "dnf reinstall shim-x64 grub2-efi-x64",
      ],
      { expect: "shimx64.efi and grubx64.efi below /boot/efi/EFI have the time of now." },
    ),
    step("guest-windows", "As an administrator: write the boot files anew", ["bcdboot C:\\Windows"], {
      expect: "Boot files successfully created.",
    }),
  ];
}
