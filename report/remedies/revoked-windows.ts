/** dbx revokes what starts Windows, or asks for a newer boot manager than db or the disk has. */
import { WINDOWS_UEFI_CA_2023 } from "../../rules/knowledge/certificates.ts";
import { addSteps, windowsUpdateSteps } from "./certificate-steps.ts";
import { diskSteps } from "./disk-steps.ts";
import { resumeBitLocker, secureBootOnAgain, startWithoutSecureBoot } from "./host-steps.ts";
import { restoreOlderSteps } from "./older-nvram.ts";
import {
  anyProduct,
  factOf,
  hasRule,
  type NextStep,
  type Patient,
  type Remedy,
  type Subject,
} from "./remedy.ts";
import { targetsOf } from "./targets.ts";

const REVOKED = "pca2011-revoked-without-successor";

export const revokedWindows: Remedy = {
  id: "revoked-windows",
  ruleIds: [REVOKED, "revoked-certificate-in-db", "svn-inconsistent"],
  needsLoading: true,
  includes: ["certificates-2023"],
  group: (patient) =>
    [
      ...[REVOKED, "revoked-certificate-in-db", "svn-inconsistent"].filter((id) => hasRule(patient, id)),
      ...(isOf2023(patient) ? ["2023"] : []),
    ].join(),
  title: ({ patients: [patient] }) =>
    isOf2023(patient)
      ? "dbx revokes the certificate of 2023 that Windows is signed under, which no update of Microsoft does"
      : hasRule(patient, REVOKED)
        ? "No Windows starts with Secure Boot: dbx revokes the certificate of 2011, and db lacks its successor"
        : hasRule(patient, "svn-inconsistent")
          ? "The least versions of boot managers in dbx do not fit together"
          : "dbx revokes a certificate that db trusts",
  variants: (subject) => {
    const [patient] = subject.patients;
    // A boot manager of 2023 would not start either.
    if (isOf2023(patient))
      return anyProduct(diskSteps(subject), untilThen(subject), restoreOlderSteps(subject));
    return hasRule(patient, REVOKED)
      ? anyProduct(diskSteps(subject), addSteps(subject), newBootManager(subject))
      : anyProduct(diskSteps(subject), newBootManager(subject));
  },
  source: ["Microsoft KB5025885", "microsoft/secureboot_objects, PostSignedObjects/Readme.md"],
};

/** Whether dbx revokes the newer certificate of Windows. */
function isOf2023(patient: Patient): boolean {
  return (
    factOf(patient, REVOKED, "missing") === null ||
    factOf(patient, "revoked-certificate-in-db", "sha256") === WINDOWS_UEFI_CA_2023
  );
}

/** Without Secure Boot the system starts as it is. */
function untilThen(subject: Subject): NextStep[] {
  const title = "To work with the VM until then: turn Secure Boot off, and start";
  return startWithoutSecureBoot(targetsOf(subject), title);
}

/** The disk, too, needs a boot manager that is signed under the certificate of 2023. */
function newBootManager(subject: Subject): NextStep[] {
  const targets = targetsOf(subject);
  return [
    ...startWithoutSecureBoot(
      targets,
      "Where the system still does not start (an older disk was restored): turn Secure Boot off for a while, and start",
    ),
    ...windowsUpdateSteps("0x0100", "Event 1799 after a restart: the boot manager of 2023 is on the disk."),
    secureBootOnAgain(targets),
    resumeBitLocker(),
  ];
}
