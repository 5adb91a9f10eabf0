/** A VM that has lost its NVRAM: an older one, before it is started; or the boot entry anew. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { shellPath } from "../render/shell.ts";
import { NVRAM_LOST } from "../timeline/timeline.ts";
import { bootEntrySteps } from "./boot-entry-steps.ts";
import { PUT_BACK, SAVED } from "./host-steps.ts";
import { minuteOf, putOlderBack, restoreOlderSteps } from "./older-nvram.ts";
import {
  anyProduct,
  factOf,
  type NextStep,
  type Patient,
  type Remedy,
  type Subject,
  step,
} from "./remedy.ts";

export const nvramLost: Remedy = {
  id: NVRAM_LOST,
  ruleIds: [NVRAM_LOST],
  // Of each that a snapshot helps, the snapshot is another one.
  group: (patient) => `${holderOf(patient)?.uuid ?? ""}${isOpen(patient) ? " open" : ""}`,
  title: ({ patients }) => {
    const [first] = patients;
    if (patients.some((patient) => holderOf(patient) !== null))
      return "Its NVRAM is lost: its snapshot in the same file still has one: do not start it before that is put back";
    if (first.older !== undefined) return `Its NVRAM is lost: ${whatIsOlder(patients)}`;
    return patients.every(isOpen)
      ? "If it was ever started, its NVRAM is lost: look for an older one before you start it; if not, do nothing"
      : "Its NVRAM is lost: do not start it before an older one is looked for";
  },
  variants: (subject) => {
    const found = fromSnapshot(subject);
    return anyProduct(
      (found.length > 0 ? [...found, ...putOlderBack(subject)] : restoreOlderSteps(subject)).map(ofNothing),
      bootEntrySteps("Where no older one is to be had"),
    );
  },
  source: ["xen-orchestra issue 6054", "varstored varstored.c and handler.c, setup_keys"],
};

/** What its older backups have: of several VMs the one that is named first. */
function whatIsOlder([first, ...others]: Subject["patients"]): string {
  const { timestamp = "", starts = false } = first.older ?? {};
  const isOne = others.every(({ older }) => older?.timestamp === timestamp);
  const when = isOne ? `its backup of ${minuteOf(timestamp)}` : "older backups";
  return starts
    ? `${when} still ${isOne ? "has" : "have"} one: do not start it before that is put back`
    : `${when} ${isOne ? "has" : "have"} one that is not good: look at it before you start the VM`;
}

/** Its record does not tell whether it was ever started. */
export function isOpen({ verdict }: Pick<Patient, "verdict">): boolean {
  return verdict === "unknown";
}

const NOTHING_SAVED =
  '0 bytes, and xe\'s "not found in map", mean that it still has none. A longer file is a newer NVRAM: keep a copy elsewhere.';

/** There is no NVRAM that could be saved, unless it was started since. */
function ofNothing(one: NextStep): NextStep {
  return {
    ...one,
    expect: one.expect?.replace(SAVED, NOTHING_SAVED) ?? null,
    undo:
      one.undo === PUT_BACK
        ? `${PUT_BACK} Where that file has 0 bytes: xe vm-param-remove uuid=UUID param-name=NVRAM param-key=EFI-variables.`
        : one.undo,
  };
}

/** The copy of a snapshot in the same input, where the VM itself can be named, too. */
export function holderOf(patient: Patient): { readonly uuid: string; readonly source: string } | null {
  const uuid = factOf(patient, NVRAM_LOST, "snapshotUuid");
  const source = factOf(patient, NVRAM_LOST, "inSnapshot");
  if (typeof uuid !== "string" || typeof source !== "string") return null;
  return isPlainUuid(uuid) && isPlainUuid(patient.uuid) ? { uuid, source } : null;
}

/** The newest copy that names one counts. */
function fromSnapshot({ patients, program }: Subject): NextStep[] {
  const patient = patients.find((one) => holderOf(one) !== null);
  const holder = patient === undefined ? null : holderOf(patient);
  if (patient === undefined || holder === null || patient.uuid === null) return [];
  const uuid = patient.uuid.toLowerCase();
  return [
    step("here", "Its snapshot in the same file has one: take it out, as the text that a host takes", [
      `${program} extract ${shellPath(patient.path)} --out good --vm ${holder.uuid} --source ${shellPath(holder.source)}`,
      `base64 -w 0 good/${holder.uuid.toLowerCase()}*.vars > good/${uuid}.efivars.b64`,
    ]),
  ];
}
