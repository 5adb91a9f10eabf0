/** An older NVRAM of the same VM goes back. */
import { dirname } from "../../parsers/paths.ts";
import { isPlainUuid } from "../../parsers/uuid.ts";
import { shellPath } from "../render/shell.ts";
import { hostScript } from "../runbook/host-commands.ts";
import { haltAndSave, lookAfter, PUT_BACK } from "./host-steps.ts";
import { type NextStep, type OlderBackup, type Subject, step } from "./remedy.ts";
import { plainUuids, targetsOf } from "./targets.ts";

/** Out of its backups: their folder is nobody's to guess, unless it is one of them that asks. */
export function restoreOlderSteps(subject: Subject): NextStep[] {
  const older = olderOf(subject);
  if (older?.isGood === false)
    return [(older.starts ? takeOlder : repairOlder)(subject, older), ...putOlderBack(subject)];
  const folder = older === null ? backupFolder(subject) : folderOf(older.path);
  return [lastGoodStep(subject, older, folder), ...putOlderBack(subject)];
}

function lastGoodStep({ patients, program }: Subject, older: OlderBackup | null, folder: string | null) {
  const extract = (word: string): string[] => [`${program} extract ${word} --out good --last-good`];
  const words = {
    expect: "For each VM with a good backup: a file good/UUID.efivars.b64, and the date of that backup.",
  };
  if (older === null && patients.every(({ isNoneGood }) => isNoneGood === true))
    return step(
      "here",
      "None of the backups at hand is known to be good: look for others of it, on another remote or older; BACKUPS is their folder",
      extract("BACKUPS"),
      { expect: `${words.expect} Without such a file leave out the steps that copy and write it.` },
    );
  const found =
    older !== null
      ? `Take it out of the last good one, that of ${minuteOf(older.timestamp)}${folder === null ? "; BACKUPS is the folder of its backups" : ""}`
      : `Look for an older NVRAM of it in its backups${folder === null ? "; BACKUPS is their folder" : ""}`;
  return step("here", found, extract(folder === null ? "BACKUPS" : shellPath(folder)), words);
}

/** What the backups of the one VM tell; null where it is not one, or where nothing tells it. */
function olderOf({ patients: [first, ...others], more }: Subject): OlderBackup | null {
  const isOne = more === 0 && others.every(({ older }) => older?.path === first.older?.path);
  return isOne ? (first.older ?? null) : null;
}

/** Its NVRAM is whole, whatever else is missing there. */
function takeOlder(
  { patients: [{ uuid }], program }: Subject,
  { path, timestamp, source }: OlderBackup,
): NextStep {
  const name = isPlainUuid(uuid) ? uuid.toLowerCase() : "UUID";
  return step(
    "here",
    `None of its backups can be restored, but the NVRAM in that of ${minuteOf(timestamp)} is whole: take it out, as the text that a host takes`,
    [
      `${program} extract ${shellPath(path)} --out older --source ${shellPath(source)}`,
      `mkdir -p good && base64 -w 0 older/*.vars > good/${name}.efivars.b64`,
    ],
    { expect: "One file older/….vars: where there are more, name the newest of them." },
  );
}

/** Nothing of it starts as it is. */
function repairOlder({ patients: [{ uuid }], program }: Subject, { path, timestamp }: OlderBackup): NextStep {
  const only = isPlainUuid(uuid) ? ` --vm ${uuid}` : "";
  return step(
    "here",
    `None of its backups is good: repair the NVRAM of that of ${minuteOf(timestamp)}, the newest that has one`,
    [`${program} repair ${shellPath(path)} --emit efivars --out good${only}`],
    { expect: "A file good/UUID.efivars.b64. Where the repair is refused, it says which strategy would do." },
  );
}

/** `YYYY-MM-DD hh:mm`, as timelines have it. */
export function minuteOf(timestamp: string): string {
  return timestamp.slice(0, "YYYY-MM-DDThh:mm".length).replace("T", " ");
}

/** What is named to find the backups that lie beside this one: their folder, or the archive around them. */
function folderOf(path: string): string | null {
  const archive = ARCHIVE.exec(path)?.[1];
  if (archive !== undefined) return archive;
  const folder = dirname(path);
  return path.includes("!") || folder === "" ? null : folder;
}

/** Members stand behind "!", which may stand in the name of a folder as well. */
const ARCHIVE = /^([^!]+\.(?:tar|tgz|zip|tar\.(?:gz|zst|bz2|xz)))!/i;

/** The folder of the one VM whose backups they are; null where that is not known. */
function backupFolder({ patients, more }: Subject): string | null {
  const folders = new Set(patients.map(({ path }) => folderOf(path)));
  const [folder = null] = folders;
  const areBackups = patients.every(({ place }) => place === "backup");
  return areBackups && more === 0 && folders.size === 1 ? folder : null;
}

/** What lies in the folder `good`, under the VM's UUID. */
export function putOlderBack(subject: Subject): NextStep[] {
  const targets = targetsOf(subject);
  const uuids = plainUuids(subject);
  const files = (uuids.length === 0 ? ["UUID"] : uuids).map((uuid) => `good/${uuid}.efivars.b64`);
  return [
    step("here", "Copy it to the pool's master; HOST is its address", [
      "ssh root@HOST mkdir -p /root/good",
      `scp ${files.join(" ")} root@HOST:/root/good/`,
    ]),
    ...haltAndSave(targets),
    step(
      "pool-master",
      "Write it",
      [
        targets.each((uuid) =>
          hostScript(`restore-efivar-backup ${uuid} --restore-from /root/good/${uuid}.efivars.b64`),
        ),
      ],
      {
        caution:
          "What the guest changed since then is lost: boot entries, keys, updates of dbx. With BitLocker have the recovery key at hand.",
        expect: "Restore OK",
        undo: PUT_BACK,
      },
    ),
    lookAfter(targets, "Its variables are listed"),
  ];
}
