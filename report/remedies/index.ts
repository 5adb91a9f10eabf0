/** All remedies, in the order of next steps within one verdict. */
import { backup } from "./backup.ts";
import { backupIncomplete } from "./backup-incomplete.ts";
import { badAttributes } from "./bad-attributes.ts";
import { beyondRepair } from "./beyond-repair.ts";
import { bootEntries } from "./boot-entries.ts";
import { bootLoader } from "./boot-loader.ts";
import { certificates2023 } from "./certificates-2023.ts";
import { failedStart } from "./failed-start.ts";
import { guestView } from "./guest-view.ts";
import { missingKeys } from "./missing-keys.ts";
import { misspeltOwner } from "./misspelt-owner.ts";
import { noDbx } from "./no-dbx.ts";
import { noNvram } from "./no-nvram.ts";
import { notKnown } from "./not-known.ts";
import { notPortable } from "./not-portable.ts";
import { notRead } from "./not-read.ts";
import { nvramLost } from "./nvram-lost.ts";
import { oddVariable } from "./odd-variable.ts";
import { onBootReset } from "./on-boot-reset.ts";
import { platformKey } from "./platform-key.ts";
import { poolCertificates } from "./pool-certificates.ts";
import type { Remedy } from "./remedy.ts";
import { repair } from "./repair.ts";
import { revokedWindows } from "./revoked-windows.ts";
import { savedState } from "./saved-state.ts";
import { shim } from "./shim.ts";
import { snapshot } from "./snapshot.ts";
import { space } from "./space.ts";
import { storedKeys } from "./stored-keys.ts";
import { template } from "./template.ts";
import { toolsMissing } from "./tools-missing.ts";
import { untriedRepair } from "./untried-repair.ts";
import { updateOnBoot } from "./update-on-boot.ts";
import { windowsEvent } from "./windows-event.ts";
import { xapiState } from "./xapi-state.ts";

/** What is wrong with pools and hosts comes first: a VM that is mended before would get the fault again. */
export const REMEDIES: readonly Remedy[] = [
  poolCertificates,
  failedStart,
  repair,
  untriedRepair,
  beyondRepair,
  nvramLost,
  savedState,
  onBootReset,
  badAttributes,
  missingKeys,
  revokedWindows,
  bootLoader,
  platformKey,
  storedKeys,
  certificates2023,
  updateOnBoot,
  xapiState,
  space,
  noDbx,
  misspeltOwner,
  oddVariable,
  bootEntries,
  shim,
  notPortable,
  template,
  snapshot,
  backup,
  toolsMissing,
  windowsEvent,
  backupIncomplete,
  guestView,
  notKnown,
  noNvram,
  notRead,
];
