/** shim's own lists: machine owner keys, and the level (SBAT) below which boot loaders are revoked. */
import { diskSteps } from "./disk-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";

export const shim: Remedy = {
  id: "shim",
  ruleIds: ["mok-list-near-limit", "sbat-level-old"],
  title: () => "The lists of shim, the first boot loader of Linux, are too large or old",
  variants: (subject) =>
    anyProduct(
      diskSteps(subject),
      step(
        "guest-linux",
        "As root: look at the machine owner keys, and take out what is not needed any more",
        ["mokutil --list-enrolled", "mokutil --delete KEY.der"],
        {
          caution: "A driver that is signed with that key does not load any more.",
          expect:
            "At the next start MokManager asks on the console for the password: Enroll or Delete MOK, Continue.",
          undo: "mokutil --import KEY.der",
        },
      ),
      step(
        "guest-linux",
        "As root, with shim and grub up to date: raise the level",
        ["mokutil --list-sbat-revocations", "mokutil --set-sbat-policy latest"],
        {
          caution:
            "Older boot loaders, such as those of old installation media, do not start any more with Secure Boot.",
          expect: "The new level after a restart.",
          undo: "With Secure Boot off: mokutil --set-sbat-policy delete, and restart once.",
        },
      ),
    ),
  source: ["rhboot/shim mok.c and sbat.c", "mokutil(1)"],
};
