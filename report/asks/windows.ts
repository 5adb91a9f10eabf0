/** What a Windows guest sees, and what its log says. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

const NUMBERS =
  "1032,1033,1034,1036,1037,1042,1043,1044,1045,1795,1796,1797,1798,1799,1800,1801,1802,1803,1808";

export const windows: Ask = {
  id: "windows",
  question: "What does a Windows guest say of its certificates?",
  tells: "Events of Secure Boot, the certificates as the guest sees them, and what BitLocker depends on.",
  lacks: "Everything outside of the guest's view: the NVRAM tells more.",
  caution: "Never send a recovery key along.",
  words: ["event", "events", "guest", "bitlocker", "update", "tpm-wmi", "1795", "1801", "1803", "powershell"],
  ways: [
    step("guest-windows", "As an administrator in PowerShell: the events", [
      `Get-WinEvent -FilterHashtable @{LogName='System';ProviderName='Microsoft-Windows-TPM-WMI';Id=${NUMBERS}} | fl TimeCreated,Id,Message > events.txt`,
    ]),
    step("guest-windows", "And the lists, each in a file", [
      "foreach ($n in 'PK','KEK','db','dbx') { Get-SecureBootUEFI -Name $n -OutputFilePath \"$n.esl\" }",
    ]),
    step("guest-windows", "And what the disk keys depend on", ["manage-bde -protectors -get C:"], {
      caution: "Its output holds the recovery password: leave that line out.",
    }),
  ],
  fetch: [],
  command: "analyze events.txt",
  source: ["Microsoft KB5016061, KB5083344", "Microsoft, Get-SecureBootUEFI"],
};
