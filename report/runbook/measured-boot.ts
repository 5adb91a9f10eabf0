/**
 * PCR 7 holds PK, KEK, db and dbx as they were when the guest started (TCG PC Client Platform Firmware Profile, §3.3.4.8).
 * A disk key that is sealed to it is not given out after any of them changed.
 */

import { idOf, type SecureBootVariable, secureBootVariable } from "../../daemon/variable-id.ts";
import type { VmSource } from "../../parsers/model.ts";
import type { Proof } from "../../rules/engine/repair-types.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";

/** Which of the measured variables hold other bytes afterwards, or are gone. */
export function measuredChanges({ changedVariables, removed }: Proof): SecureBootVariable[] {
  const touched = [
    ...changedVariables.map(({ variable }) => variable),
    ...removed.flatMap(({ variable, type }) => (variable === null || type !== null ? [] : [variable])),
  ];
  const names = touched.flatMap(({ name, guid }) =>
    guid === null ? [] : (secureBootVariable(idOf(name, guid)) ?? []),
  );
  return [...new Set(names)];
}

/** False only where the record tells that there is no TPM, or tells of none and of no Windows either. */
function mayBeSealed({ fields }: Pick<VmSource, "fields">): boolean {
  if (fields.size === 0) return true;
  const count = fields.get("VTPMs");
  if (count !== undefined) return count !== "0";
  const looksWindows =
    /windows/i.test(fields.get("other_config:base_template_name") ?? "") ||
    fields.get("platform:viridian") === "true";
  return fields.get("platform:vtpm") === "true" || looksWindows;
}

function concerns({ vm, measuredChanges }: RunbookSubject): boolean {
  return measuredChanges.length > 0 && mayBeSealed(vm);
}

interface MeasuredSubject extends RunbookSubject {
  /** The route brings disks back from an export or a snapshot. */
  readonly takesOlderDisks: boolean;
}

/** Why protection cannot be suspended first; null where it can. */
function withoutSuspending({ loadedBefore, takesOlderDisks }: MeasuredSubject): string | null {
  if (loadedBefore === false)
    return "The VM does not start as it is, so protection cannot be suspended first";
  if (takesOlderDisks)
    return "Its disks come back as they were, with the protection of then, so suspending it now does not help";
  return null;
}

export function protectorStep(subject: MeasuredSubject): RunbookStep[] {
  if (!concerns(subject)) return [];
  const changes = `The repair changes ${subject.measuredChanges.join(", ")}, which are measured into PCR 7: BitLocker with a TPM asks for its recovery key at the next start, and so does a Linux disk that is bound to PCR 7.`;
  const why = withoutSuspending(subject);
  if (why !== null)
    return [
      {
        title: "If the VM has a vTPM: have the BitLocker recovery key at hand",
        machine: "guest",
        commands: [],
        note: `${changes} ${why}: without that key the disk stays locked.`,
      },
    ];
  return [
    {
      title:
        "If the VM has a vTPM: note the recovery key and suspend BitLocker (Windows, prompt of an administrator)",
      machine: "guest",
      commands: [
        "manage-bde -protectors -get %SystemDrive%",
        "manage-bde -protectors -disable %SystemDrive% -RebootCount 0",
      ],
      note: changes,
    },
  ];
}

export function resumeStep(subject: MeasuredSubject): RunbookStep[] {
  if (!concerns(subject)) return [];
  const needsKey = withoutSuspending(subject) !== null;
  const after = needsKey
    ? "After a start with the recovery key these two seal the key to the new state."
    : "The key is sealed to the new state.";
  return [
    {
      title: "If BitLocker is in use: take protection up again once Windows has started",
      machine: "guest",
      commands: [
        ...(needsKey ? ["manage-bde -protectors -disable %SystemDrive%"] : []),
        "manage-bde -protectors -enable %SystemDrive%",
        "manage-bde -status %SystemDrive%",
      ],
      note: after,
    },
  ];
}
