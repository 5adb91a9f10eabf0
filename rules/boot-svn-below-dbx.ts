import { refusalsOf } from "./boot/refusals.ts";
import { PATH, weighed } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

export const bootSvnBelowDbx: BootRule = {
  meta: {
    id: "boot-svn-below-dbx",
    title: "The Windows boot manager on the disk is older than dbx allows",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: reads the security version (SVN) out of the boot manager on the disk, and compares it with the highest that dbx asks of it.",
      why: "The firmware knows nothing of these numbers: it starts the boot manager, which then compares them itself and stops. That happens where a disk was restored from before an update while the NVRAM is newer.",
      repair:
        "None is applied: numbers of dbx cannot be taken back without deleting it. Start once with Secure Boot off, let Windows Update bring a newer boot manager, and turn Secure Boot on again.",
      notAFault: "A boot manager without a number is older than these numbers, and compares nothing.",
      references: ["Microsoft KB5025885", "microsoft/secureboot_objects, HashesJsonSchema.json: SVN_DATA"],
    },
  },
  message: ({ entry, path, svn, index, outcome }) =>
    `${entry}: ${path} has security version ${svn}, and dbx (entry ${index}) asks for a higher one: it stops by itself; ${outcome}.`,
  on: "boot",
  *detect(boot) {
    const { outcome, ...weight } = weighed(boot);
    for (const { entry, path, index } of refusalsOf(boot, "svn")) {
      const svn = boot.checked.attempts.find((attempt) => attempt.entry === entry)?.image?.svn ?? null;
      yield { path: PATH, span: null, facts: { entry, path, svn, index, outcome }, ...weight };
    }
  },
};
