/** dbx, the list of revoked boot loaders, is missing, old, or of another architecture. */

import { shellPath } from "../render/shell.ts";
import { linuxUpdateSteps, windowsUpdateSteps } from "./certificate-steps.ts";
import {
  haltAndSave,
  lookAfter,
  PUT_BACK,
  RECOVERY,
  resumeBitLocker,
  startStep,
  suspendBitLocker,
} from "./host-steps.ts";
import { anyProduct, forProduct, type Remedy, type Subject, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const noDbx: Remedy = {
  id: "no-dbx",
  ruleIds: ["dbx-wrong-architecture", "dbx-behind", "certificates-incomplete"],
  needsLoading: true,
  title: () => "dbx, the list of revoked boot loaders, is missing, old, or made for another architecture",
  variants: (subject) => [
    ...anyProduct(
      windowsUpdateSteps("0x0002", "Event 1034 in the System log."),
      linuxUpdateSteps("fwupdmgr get-devices shows the new version of the dbx."),
      tryFirst(subject),
    ),
    ...(["xcp-ng-8.3-fixed", "xcp-ng-8.3", "xenserver-8"] as const).map((product) =>
      forProduct(product, appendSteps(subject)),
    ),
  ],
  source: [
    "varstored tools/varstore-set.c",
    "microsoft/secureboot_objects, PostSignedObjects",
    "fwupd docs/uefi-db.md",
  ],
};

function tryFirst({ patients, program }: Subject) {
  return step(
    "here",
    "See first what the daemon answers to such an update; UPDATE.bin is Microsoft's DBXUpdate.bin for x64 (PostSignedObjects of github.com/microsoft/secureboot_objects)",
    [`${program} forecast ${shellPath(patients[0].path)} --update UPDATE.bin`],
    { expect: "EFI_SUCCESS, and that the NVRAM loads afterwards." },
  );
}

function appendSteps(subject: Subject) {
  const targets = targetsOf(subject);
  return [
    tryFirst(subject),
    suspendBitLocker(),
    ...haltAndSave(targets),
    step(
      "pool-master",
      "Append Microsoft's update, copied to the host as UPDATE.bin (0x67: time-based, append)",
      [
        targets.each(
          (uuid) => `varstore-set ${uuid} d719b2cb-3d3a-4596-a3bc-dad00e67656f dbx 0x67 UPDATE.bin`,
        ),
      ],
      {
        caution: `varstored of XCP-ng before 1.2.0-3.3 takes one that is too large, and then never loads the NVRAM again: hence the look before. ${RECOVERY}`,
        expect: "No output, exit code 0.",
        undo: PUT_BACK,
      },
    ),
    lookAfter(targets, "dbx is listed"),
    startStep(targets),
    resumeBitLocker(),
  ];
}
