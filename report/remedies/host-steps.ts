/**
 * Steps that many remedies share: look at the pool's set, suspend BitLocker, halt and save, write, look, start. Each write has
 * its backup before it, under a name of its own, and the look that proves it behind it.
 */
import {
  hostScript,
  NOW,
  saveCommand,
  WHERE_IN_FIRMWARE,
  WHERE_NOT_RUNNING,
} from "../runbook/host-commands.ts";
import { type NextStep, type Product, type Subject, step } from "./remedy.ts";
import type { Targets } from "./targets.ts";

/** What goes back is the file that the step with the backup made; its name has the time in it. */
const SAVED_FILE = "/root/UUID.TIME.efivars.b64";

/** How an NVRAM goes back that was saved before a write. */
export const PUT_BACK: string = `With the VM halted: ${hostScript("restore-efivar-backup")} UUID --restore-from ${SAVED_FILE} (the file that was saved before: ls /root/*.efivars.b64).`;

/** BitLocker seals its key to PCR 7, which PK, KEK, db, dbx and the state of Secure Boot are measured into. */
export const RECOVERY: string =
  "It changes PCR 7, which the vTPM measures: BitLocker, or a Linux disk that is bound to it, asks for its recovery key once.";

export function suspendBitLocker(): NextStep {
  return step(
    "guest-windows",
    "Where BitLocker is on: write down its recovery key, then suspend it",
    ["manage-bde -protectors -get C:", "manage-bde -protectors -disable C: -RebootCount 0"],
    { caution: RECOVERY, undo: "manage-bde -protectors -enable C:" },
  );
}

export function resumeBitLocker(): NextStep {
  return step(
    "guest-windows",
    "After a good start: switch BitLocker on again where it was suspended",
    ["manage-bde -protectors -enable C:", "manage-bde -status C:"],
    { expect: "Protection Status: Protection On" },
  );
}

/** The set that hosts plant, before anybody writes it into a VM. `secureboot-certs` is XCP-ng's; XenServer has the files of its package alone. */
export function lookAtPoolSet(product: Product): NextStep {
  const onXenServer = product === "xenserver-8";
  const both = product === "any" ? " XenServer has no secureboot-certs, and the files are all." : "";
  return step(
    "pool-master",
    "Look at the pool's certificates first: they are what the VM gets",
    [...(onXenServer ? [] : ["secureboot-certs report"]), "ls -lL /var/lib/varstored"],
    {
      expect: onXenServer
        ? "PK.auth, KEK.auth, db.auth and dbx.auth are there on every host, none over 57344 bytes. If not, stop here."
        : `PK, KEK, db and dbx are there on every host, none over 57344 bytes; KEK and db hold Microsoft's of 2011 and of 2023. If not, stop here.${both}`,
    },
  );
}

export function haltAndSave(targets: Targets): NextStep[] {
  const halt = haltStep(targets);
  const save = saveStep(targets);
  const both = step(
    "pool-master",
    `${halt.title}. Then save its NVRAM`,
    [...halt.commands, ...save.commands],
    { expect: `${halt.expect} ${save.expect}`, caution: halt.caution },
  );
  return [...targets.prelude, both];
}

/** The words of the runbook (nvram-steps.ts, stopStep). */
function resumeAndHaltStep({ each }: Targets): NextStep {
  return step(
    "pool-master",
    "It was suspended: resume it, then shut it down, because its NVRAM lies in the saved state",
    [
      each((uuid) => `xe vm-resume uuid=${uuid}`),
      each((uuid) => `xe vm-shutdown uuid=${uuid}`),
      each((uuid) => `xe vm-param-get uuid=${uuid} param-name=power-state`),
    ],
    {
      caution:
        "Where varstored refuses the NVRAM of the saved state, too, the resume fails. Only then, and by itself, the same shutdown with force=true: it discards that state, with what was in the VM's memory.",
      expect: `halted (the first command fails where it is not suspended any more; where it is paused, xe vm-unpause first). ${WHERE_IN_FIRMWARE}`,
    },
  );
}

export function haltStep(targets: Targets): NextStep {
  if (targets.isSuspended) return resumeAndHaltStep(targets);
  const { each } = targets;
  return step(
    "pool-master",
    "Shut it down: varstored overwrites what is written while the VM runs",
    [
      each((uuid) => `xe vm-shutdown uuid=${uuid}`),
      each((uuid) => `xe vm-param-get uuid=${uuid} param-name=power-state`),
    ],
    { expect: HALTED },
  );
}

/** What the state has to be; the first command fails in every other. */
const HALTED = `halted (the first command fails if it was halted already). ${WHERE_NOT_RUNNING} ${WHERE_IN_FIRMWARE} Never do that to a suspended one: it discards the saved state.`;

/** Only behind a step that resumes and shuts down: of a VM that runs it is a switched-off machine. */
export function discardStateStep({ each }: Targets): NextStep {
  return step(
    "pool-master",
    "Only where it is suspended and its resume fails: discard the saved state",
    [each((uuid) => `xe vm-shutdown uuid=${uuid} force=true`)],
    {
      caution: "force=true discards what was in the VM's memory. It cannot be taken back.",
      expect: "halted: from now on the NVRAM of the VM's record counts.",
    },
  );
}

/** Of a VM that has an NVRAM. */
export const SAVED = "No file with 0 bytes. Keep a copy elsewhere.";

export function saveStep({ each }: Targets): NextStep {
  return step(
    "pool-master",
    "Save its NVRAM",
    [each((uuid) => saveCommand(uuid)), "wc -c /root/*.efivars.b64"],
    { expect: SAVED },
  );
}

export function propagate({ each }: Targets): NextStep {
  return step(
    "pool-master",
    "Write the pool's certificates into it",
    [each((uuid) => `varstore-sb-state ${uuid} user`)],
    {
      caution:
        "PK, KEK, db and dbx are written anew: keys of the VM's own are gone, and what the guest added.",
      expect: 'No line with "Cannot setup" or "Aborting": its exit code is 0 also where it failed.',
      undo: PUT_BACK,
    },
  );
}

export function lookAfter({ each }: Targets, what = "PK, KEK, db and dbx are listed"): NextStep {
  return step("pool-master", "Look at what it has now", [each((uuid) => `varstore-ls ${uuid}`)], {
    expect: `${what}. After an error put the saved NVRAM back: varstored refuses this one.`,
  });
}

export function startStep({ each }: Targets): NextStep {
  return step("pool-master", "Start it", [each((uuid) => `xe vm-start uuid=${uuid}`)]);
}

/** A start at which nothing is checked; the NVRAM is saved before it. */
export function startWithoutSecureBoot(targets: Targets, title: string): NextStep[] {
  const commands = [targets.each((uuid) => `xe vm-param-set uuid=${uuid} platform:secureboot=false`)];
  const undo = "The same with platform:secureboot=true.";
  return [
    ...targets.prelude,
    haltStep(targets),
    saveStep(targets),
    step("pool-master", title, commands, { caution: RECOVERY, undo }),
    startStep(targets),
  ];
}

/** What such a start is followed by. */
export function secureBootOnAgain({ each }: Targets): NextStep {
  return step(
    "pool-master",
    "Then shut it down, turn Secure Boot on again, and start",
    [
      each((uuid) => `xe vm-shutdown uuid=${uuid}`),
      each((uuid) => `xe vm-param-set uuid=${uuid} platform:secureboot=true`),
      each((uuid) => `xe vm-start uuid=${uuid}`),
    ],
    { expect: "In Windows, Confirm-SecureBootUEFI answers True; in Linux, mokutil --sb-state." },
  );
}

/** Everything around a write of the pool's set. */
export function propagateSteps(targets: Targets, product: Product = "any"): NextStep[] {
  return [
    lookAtPoolSet(product),
    suspendBitLocker(),
    ...haltAndSave(targets),
    propagate(targets),
    lookAfter(targets),
    startStep(targets),
    resumeBitLocker(),
  ];
}

/** Other files to ask for, where the first way is not possible. */
export function otherFiles({ program }: Pick<Subject, "program">): NextStep {
  return step("here", "See which other files would do, and how they are got", [`${program} ask`]);
}

/** How the NVRAM of a VM is got from its host. */
export function askForNvram({ each, prelude }: Targets, record: "vm" | "template" = "vm"): NextStep[] {
  return [
    ...prelude,
    step(
      "pool-master",
      "Save the NVRAM as it is there now",
      [each((uuid) => saveCommand(uuid, NOW, record))],
      { expect: "A file that is not empty. Of a running VM it is what varstored saved last." },
    ),
  ];
}
