/** `varscope repair`, as it is typed for the inputs of a remedy's patients. */
import type { FormatId } from "../../parsers/model.ts";
import { basename, dirname, join } from "../../parsers/paths.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import { shellPath } from "../render/shell.ts";
import type { Patient, Subject } from "./remedy.ts";

/** Where texts are written, one a VM. */
const EMIT_FOLDER = "repaired";
/** Inputs that get a command each. */
export const MAX_COMMANDS = 6;

export interface RepairWords {
  readonly strategy: Strategy;
  /** A folder; null where none are added. */
  readonly certificates: string | null;
  /** Where it is one VM alone: others of the same input need another strategy, or none. */
  readonly onlyPatients?: boolean;
}

/** A command for each input. Of an export it writes the NVRAM alone: the VM may be in the pool still. */
export function repairCommands(subject: Pick<Subject, "patients" | "program">, words: RepairWords): string[] {
  const written = new Map<string, number>();
  return byPath(subject.patients)
    .slice(0, MAX_COMMANDS)
    .flatMap((ofPath) => {
      const [{ path, format }] = ofPath;
      const emit = staysAsItIs(path, format)
        ? ""
        : ` --emit efivars --out ${shellPath(ownFolder(emitFolder(path, format), ofPath, written))}`;
      const uuids = words.onlyPatients === true && emit !== "" ? uuidsOf(ofPath) : [];
      const call = `${subject.program} repair ${shellPath(path)}${emit}${optionsOf(words)}`;
      return [uuids.length === 1 ? `${call} --vm ${uuids[0]}` : call];
    });
}

/** The same for whole exports: where the VM is gone, or a copy of it is wanted. */
export function exportCommands(subject: Pick<Subject, "patients" | "program">, words: RepairWords): string[] {
  return byPath(subject.patients)
    .filter(([{ path, format }]) => format === "xva" && path !== STANDARD_INPUT)
    .slice(0, MAX_COMMANDS)
    .map(([{ path }]) => `${subject.program} repair ${shellPath(path)}${optionsOf(words)}`);
}

const STANDARD_INPUT = "-";

/** Beside an export, where its repaired copy would stand as well; of what lies in a folder of others in the folder of the shell. */
function emitFolder(path: string, format: FormatId | null): string {
  return format === "xva" && path.startsWith("/") ? join(dirname(path), EMIT_FOLDER) : EMIT_FOLDER;
}

/** Texts have the names of their VMs: of one VM in several exports each gets a folder. `written` counts the VMs of each folder. */
function ownFolder(folder: string, patients: readonly Patient[], written: Map<string, number>): string {
  const keys = patients.map(({ uuid, path }) => JSON.stringify([folder, uuid ?? basename(path)]));
  const times = keys.reduce((most, key) => Math.max(most, written.get(key) ?? 0), 0);
  for (const key of keys) written.set(key, times + 1);
  return times === 0 ? folder : `${folder}-${times + 1}`;
}

export function byPath(patients: Subject["patients"]): [Patient, ...Patient[]][] {
  const groups = new Map<string, [Patient, ...Patient[]]>();
  for (const patient of patients) {
    const group = groups.get(patient.path);
    if (group === undefined) groups.set(patient.path, [patient]);
    else group.push(patient);
  }
  return [...groups.values()];
}

/** Whether one command gives the input back in its own form, beside it: beside a member of an archive there is no place. */
function staysAsItIs(path: string, format: FormatId | null): boolean {
  if (format === null || path === STANDARD_INPUT || path.includes("!") || /\.(?:gz|zst|zstd)$/i.test(path))
    return false;
  return format === "vars" || format === "efivars-b64" || (isWrittenBack(format) && format !== "xva");
}

function optionsOf({ strategy, certificates }: RepairWords): string {
  const added = certificates === null ? "" : ` --add-certificates ${shellPath(certificates)}`;
  return `${strategy === "merge" ? "" : ` --strategy ${strategy}`}${added}`;
}

/** None where one of the patients could not be named. */
function uuidsOf(patients: readonly Patient[]): string[] {
  const uuids = patients.flatMap(({ uuid }) => (isPlainUuid(uuid) ? [uuid] : []));
  return uuids.length === patients.length ? [...new Set(uuids)] : [];
}
