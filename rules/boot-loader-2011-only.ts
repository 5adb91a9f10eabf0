import { refusalsOf } from "./boot/refusals.ts";
import { PATH, weighed } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

export const bootLoader2011Only: BootRule = {
  meta: {
    id: "boot-loader-2011-only",
    title: "The Windows boot manager on the disk is signed by the revoked certificate of 2011 alone",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: looks for a boot manager whose only signatures stand below Microsoft Windows Production PCA 2011, while dbx revokes that certificate.",
      why: "The mitigation of CVE-2023-24932 first puts a boot manager signed under Windows UEFI CA 2023 on the disk, and then revokes PCA 2011. Where a disk was restored from before that, or the NVRAM comes from a VM that is further on, the firmware refuses the boot manager with Secure Boot on.",
      repair:
        "None is applied, because a revocation is not taken back without being asked for. Start once with Secure Boot off, let Windows Update (or bcdboot C:\\Windows /f UEFI /bootex) put the boot manager of 2023 on the disk, and turn Secure Boot on again.",
      notAFault:
        "A boot manager that carries a signature of 2023 as well is refused all the same: one revoked signature is enough for the firmware, and that is told as boot-image-refused.",
      references: [
        "CVE-2023-24932",
        "Microsoft KB5025885",
        "edk2 SecurityPkg/Library/DxeImageVerificationLib, IsForbiddenByDbx",
      ],
    },
  },
  message: ({ entry, path, index, outcome }) =>
    `${entry}: ${path} is signed by Microsoft Windows Production PCA 2011 alone, which dbx revokes (entry ${index}); ${outcome}.`,
  on: "boot",
  *detect(boot) {
    const { outcome, ...weight } = weighed(boot);
    for (const { entry, path, index } of refusalsOf(boot, "signed-2011"))
      yield { path: PATH, span: null, facts: { entry, path, index, outcome }, ...weight };
  },
};
