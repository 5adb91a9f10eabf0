/** Windows tells in its System log why a certificate was not applied. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { fetchLook, lookCommand } from "../runbook/host-commands.ts";
import { windowsUpdateSteps } from "./certificate-steps.ts";
import { anyProduct, factOf, type NextStep, type Remedy, step } from "./remedy.ts";

const RULE = "windows-secure-boot-event";
const SHOW =
  "Get-WinEvent -FilterHashtable @{LogName='System';ProviderName='Microsoft-Windows-TPM-WMI'} | fl TimeCreated,Id,Message";

export const windowsEvent: Remedy = {
  id: RULE,
  ruleIds: [RULE],
  group: (patient) => String(factOf(patient, RULE, "id")),
  title: ({ patients: [patient] }) =>
    `Windows event ${factOf(patient, RULE, "id")}: ${String(factOf(patient, RULE, "means")).replace(/\.$/, "")}`,
  variants: (subject) => {
    const [patient] = subject.patients;
    const id = Number(factOf(patient, RULE, "id"));
    const uuid = isPlainUuid(patient.uuid) ? patient.uuid : "UUID";
    const ask: NextStep[] = [
      step(
        "guest-windows",
        "As an administrator in PowerShell: collect all messages of this source",
        [SHOW],
        {
          expect: "Good order: 1801, 1036, 1044, 1045, 1043, 1800, 1799, 1808.",
        },
      ),
      step("pool-master", "Save the VM's NVRAM (xe vm-list name-label=NAME tells the UUID)", [
        lookCommand(uuid),
      ]),
      step(
        "here",
        "Copy it here (HOST is the master's address), and ask varscope what is missing in it, and what the daemon answers to an update",
        [fetchLook(uuid), `${subject.program} ${uuid}.efivars.b64`],
      ),
    ];
    return anyProduct(inside(id), ask);
  },
  source: ["Microsoft KB5016061, KB5083344 and KB5085046"],
};

function inside(id: number): NextStep[] {
  switch (id) {
    case 1797:
      return windowsUpdateSteps("0x0040", "Event 1036: Windows UEFI CA 2023 is in db.");
    case 1798:
      return windowsUpdateSteps("0x0100", "Event 1799 after a restart.");
    case 1032:
      return [
        step(
          "guest-windows",
          "As an administrator: suspend BitLocker for two starts, and restart twice",
          ["manage-bde -protectors -get C:", "manage-bde -protectors -disable C: -RebootCount 2"],
          { caution: "Write the recovery key down first.", undo: "manage-bde -protectors -enable C:" },
        ),
      ];
    default:
      return [];
  }
}
