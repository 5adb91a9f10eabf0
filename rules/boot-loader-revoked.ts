import { BOOT_REASONS } from "./boot/reasons.ts";
import { PATH } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

const REVOKED: ReadonlySet<string> = new Set(["signature-in-dbx", "signer-revoked", "hash-in-dbx"]);
const MAX_TOLD = 16;

export const bootLoaderRevoked: BootRule = {
  meta: {
    id: "boot-loader-revoked",
    title: "A boot loader on the disk that is not tried now is revoked",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: checks all programs below \\EFI of the system partitions, and looks for those that dbx revokes and that no entry led to.",
      why: "The VM starts by another one today. The day its boot entries are gone (a new NVRAM, a restore, a moved disk), the firmware looks for \\EFI\\BOOT\\BOOTX64.EFI: where that one is the revoked copy, nothing starts.",
      repair:
        "None is applied. Have the guest write its boot loader anew: bcdboot C:\\Windows in Windows; grub-install, or the package of shim, in Linux.",
      notAFault:
        "With Secure Boot off for good nobody asks. Old copies of loaders that nothing refers to do no harm.",
      references: ["UEFI 2.10 §3.5.1.1", "edk2 SecurityPkg/Library/DxeImageVerificationLib"],
    },
  },
  message: ({ path, reason, index }) =>
    `${path} lies on the disk, and no start takes it now: with Secure Boot on it would be refused, because ${BOOT_REASONS[String(reason)] ?? reason} (entry ${index}).`,
  on: "boot",
  *detect({ loaders, checked }) {
    const tried = new Set(checked.attempts.map(({ path }) => path?.toLowerCase()));
    const revoked = loaders.filter(
      ({ path, accepted, why }) =>
        accepted === false && why !== null && REVOKED.has(why.rule) && !tried.has(path.toLowerCase()),
    );
    for (const { path, why } of revoked.slice(0, MAX_TOLD))
      yield {
        path: PATH,
        span: null,
        facts: { path, reason: why?.rule ?? null, index: why?.entry ?? null },
      };
  },
};
