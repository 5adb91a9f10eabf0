/** Microsoft's certificates of 2023: where they are to be had, and how they come into KEK and db. */
import { RECOVERY } from "./host-steps.ts";
import { type NextStep, type Subject, step } from "./remedy.ts";
import { repairCommands } from "./repair-command.ts";

export const CERTIFICATES_FOLDER = "certs";
const ADDRESS = "https://www.microsoft.com/pkiops/certs/";
/** As Microsoft's server calls them. */
const FILES: readonly string[] = [
  "microsoft%20corporation%20kek%202k%20ca%202023",
  "windows%20uefi%20ca%202023",
  "microsoft%20uefi%20ca%202023",
  "microsoft%20option%20rom%20uefi%20ca%202023",
];

/** On a machine that has the internet. */
export function fetchCertificates(program: string): NextStep {
  return step(
    "here",
    "Get Microsoft's certificates of 2023",
    [`curl -fL --create-dirs -o '${CERTIFICATES_FOLDER}/#1.crt' '${ADDRESS}{${FILES.join(",")}}.crt'`],
    {
      expect: `Four files in ${CERTIFICATES_FOLDER}. In Windows PowerShell type curl.exe. Without internet: ${program} extract FILE --out ${CERTIFICATES_FOLDER} takes them out of any NVRAM that has them.`,
    },
  );
}

/** Into the NVRAM itself: works on every product, and keeps own keys and what the guest added. */
export function addSteps(subject: Subject): NextStep[] {
  const commands = repairCommands(subject, { strategy: "merge", certificates: CERTIFICATES_FOLDER });
  return [
    fetchCertificates(subject.program),
    step("here", "Add them to KEK and db; all that is there stays, the PK too", commands, {
      caution: RECOVERY,
      expect: `after: HEALTHY, or what else is wrong; and, command by command, how the result gets to the host and back.${isOfCopies(subject) ? " Copies of one VM have a folder each: write one of them back, as a rule the newest." : ""}`,
    }),
  ];
}

/** Whether a VM is there in several inputs. */
function isOfCopies({ patients }: Subject): boolean {
  const inputs = new Set(patients.map(({ uuid, path }) => `${uuid ?? path}\n${path}`));
  return inputs.size > new Set(patients.map(({ uuid, path }) => uuid ?? path)).size;
}

/** Inside Windows. 0x0004 (KEK) is left out: Microsoft signs none for the PKs of XCP-ng and XenServer. */
export function windowsUpdateSteps(bits: string, expect: string): NextStep[] {
  return [
    step(
      "guest-windows",
      "As an administrator in PowerShell, with the updates of November 2025 or later: let Windows install it",
      [
        `reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot /v AvailableUpdates /t REG_DWORD /d ${bits} /f`,
        'Start-ScheduledTask -TaskName "\\Microsoft\\Windows\\PI\\Secure-Boot-Update"',
        "reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot /v AvailableUpdates",
      ],
      { caution: RECOVERY, expect },
    ),
  ];
}

export function linuxUpdateSteps(expect: string): NextStep[] {
  return [
    step(
      "guest-linux",
      "As root: let fwupd install it (2.0.8 or newer for db), then restart",
      ["fwupdmgr refresh", "fwupdmgr get-updates", "fwupdmgr update"],
      { caution: "A disk that is bound to PCR 7 asks for its passphrase at the next start.", expect },
    ),
  ];
}
