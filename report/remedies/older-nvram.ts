/** An older NVRAM of the same VM goes back. */
import { dirname } from "../../parsers/paths.ts";
import { shellPath } from "../render/shell.ts";
import { hostScript } from "../runbook/host-commands.ts";
import { haltAndSave, lookAfter, PUT_BACK } from "./host-steps.ts";
import { type NextStep, type Subject, step } from "./remedy.ts";
import { plainUuids, targetsOf } from "./targets.ts";

/** Out of its backups: their folder is nobody's to guess, unless it is one of them that asks. */
export function restoreOlderSteps(subject: Subject): NextStep[] {
  const folder = backupFolder(subject);
  return [
    step(
      "here",
      `Look for an older NVRAM of it in its backups${folder === null ? "; BACKUPS is their folder" : ""}`,
      [
        `${subject.program} extract ${folder === null ? "BACKUPS" : shellPath(folder)} --out good --last-good`,
      ],
      {
        expect: "For each VM with a good backup: a file good/UUID.efivars.b64, and the date of that backup.",
      },
    ),
    ...putOlderBack(subject),
  ];
}

/** The folder of the one VM whose backups they are; null where that is not known, or where they lie in an archive. */
function backupFolder({ patients, more }: Subject): string | null {
  const folders = new Set(patients.map(({ path }) => dirname(path)));
  const [folder = ""] = folders;
  const areBackups = patients.every(({ place, path }) => place === "backup" && !path.includes("!"));
  return areBackups && more === 0 && folders.size === 1 && folder !== "" ? folder : null;
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
