/** Lost NVRAMs of all inputs, put together by what is to be done: one list of steps for each VM, none for what is history. */
import { NVRAM_LOST } from "../timeline/timeline.ts";
import { isWorse } from "./collector.ts";
import type { Joined } from "./joined.ts";
import { holderOf, isOpen } from "./nvram-lost.ts";
import type { OlderBackups } from "./older-backups.ts";
import type { OlderBackup, Patient } from "./remedy.ts";

interface Lost {
  readonly patient: Patient;
  readonly place: Joined["places"][number] | undefined;
  readonly from: Joined;
}

/** What one VM's copies tell together: its record and its snapshot may tell different things of the same loss. */
interface OfVm {
  readonly holder: string | null;
  readonly older: OlderBackup | null;
  readonly isOpen: boolean;
}

export function joinLost(all: readonly Joined[], olderBackups: OlderBackups): Joined[] {
  const joined = all.filter(({ remedy }) => remedy === NVRAM_LOST);
  const lost = joined.flatMap((from) => lostOf(from, olderBackups));
  const ofVm = new Map<string, OfVm>();
  for (const { patient } of lost) {
    const before = ofVm.get(vmOf(patient));
    ofVm.set(vmOf(patient), {
      holder: before?.holder ?? holderOf(patient)?.uuid ?? null,
      older: before?.older ?? olderBackups.of(patient),
      isOpen: (before?.isOpen ?? true) && isOpen(patient),
    });
  }
  const parts = new Map<string, Joined>();
  const lastPart = new Map<Joined, Joined>();
  for (const { patient: bare, place, from } of lost) {
    const { holder = null, older = null, isOpen: areOpen = false } = ofVm.get(vmOf(bare)) ?? {};
    const patient = older === null ? bare : { ...bare, older };
    const key = JSON.stringify([from.products, kindOf({ holder, older, isOpen: areOpen })]);
    const ruleIds = new Set(from.ruleIds);
    const part = parts.get(key) ?? { ...from, patients: [], places: [], ruleIds, worst: patient.verdict };
    parts.set(key, part);
    lastPart.set(from, part);
    part.patients.push(patient);
    if (place !== undefined) part.places.push(place);
    for (const id of from.ruleIds) part.ruleIds.add(id);
    if (isWorse(patient.verdict, part.worst)) part.worst = patient.verdict;
  }
  // Those that are not named stand behind all that are.
  for (const [from, part] of lastPart)
    for (const place of from.places.slice(from.patients.length)) part.places.push(place);
  return [...all.filter(({ remedy }) => remedy !== NVRAM_LOST), ...parts.values()];
}

function lostOf(from: Joined, olderBackups: OlderBackups): Lost[] {
  return from.patients.flatMap((patient, i) =>
    olderBackups.isHistory(patient) ? [] : [{ patient, place: from.places[i], from }],
  );
}

/** Those whose backups tell that there was an NVRAM have other steps than those of which nobody knows. */
function kindOf({ holder, older, isOpen: areOpen }: OfVm): string {
  if (holder !== null) return `in snapshot ${holder}`;
  if (older !== null) return older.isGood ? "good" : older.starts ? "starts" : "not good";
  return areOpen ? "open" : "lost";
}

function vmOf({ uuid, path, vm }: Patient): string {
  return uuid?.toLowerCase() ?? JSON.stringify([path, vm]);
}
