/** Where the disks of a VM were looked at, their own boot loaders answer; else it is said that one is assumed. */
import type { JudgedAttempt, JudgedBoot, JudgedLoader } from "../boot/judged-boot.ts";
import { BOOT_REASONS } from "../boot/reasons.ts";
import type { RuleContext } from "../engine/rule.ts";
import { type Chain, type Step, step } from "./chain.ts";
import type { Loader } from "./claims.ts";

/** An answer has six steps at most, and those before take four. */
const MAX_IMAGES = 2;
const WINDOWS_PATH = /\\bootmgfw\.efi$/i;
const SHIM = /^shim,/;
/** Signed as shim is, and started by shim alone. */
const HELPERS = /\\(?:mm|fb)(?:x64|ia32|aa64)\.efi$/i;

interface Image {
  readonly path: string;
  /** Null where it cannot be known. */
  readonly taken: boolean | null;
  readonly reason: string | null;
}

/** `chain`: what follows from the NVRAM alone, for a loader as Microsoft signs it. */
export function withImages(chain: Chain, loader: Loader, { disks }: RuleContext): Chain {
  const boot = disks?.boot ?? null;
  const add = (more: readonly Step[]): Chain["steps"] => [...chain.steps, ...more];
  if (boot === null)
    return { ...chain, steps: add([step("image-assumed", { loader, why: disks?.why ?? null })]) };
  const images = imagesOf(loader, boot);
  // What is taken answers the question, then what may be.
  const first =
    images.find(({ taken }) => taken === true) ?? images.find(({ taken }) => taken === null) ?? images[0];
  if (first === undefined) return { ...chain, steps: add([step("image-missing", { loader })]) };
  const told = [first, ...images.filter((one) => one !== first)].slice(0, MAX_IMAGES);
  const steps = add(told.map((image) => step("image-on-disk", { ...image })));
  const facts = { loader, path: first.path };
  if (first.taken === null)
    return { ...chain, answer: "unknown", steps, conclusion: step("open-on-disk", facts) };
  return first.taken
    ? { ...chain, answer: "yes", steps, conclusion: step("starts-from-disk", facts) }
    : { ...chain, answer: "no", steps, conclusion: step("refused-on-disk", facts) };
}

function imagesOf(loader: Loader, { loaders, checked }: JudgedBoot): Image[] {
  const attemptOf = ({ path }: JudgedLoader): JudgedAttempt | undefined =>
    checked.attempts.find((attempt) => attempt.path?.toLowerCase() === path.toLowerCase());
  return (
    loaders
      .filter((one) => kindOf(one) === loader)
      // GRUB behind shim is no question of the firmware; another loader is one where an entry leads to it.
      .filter((one) => loader !== "other" || attemptOf(one) !== undefined)
      .map((one) => imageOf(one, attemptOf(one)))
  );
}

function kindOf({ path, image }: JudgedLoader): Loader | null {
  if (HELPERS.test(path)) return null;
  if (image.svn !== null || WINDOWS_PATH.test(path)) return "windows";
  return image.sbat.some((row) => SHIM.test(row)) ? "linux" : "other";
}

/** What was tried is known to its end; of the rest, what the firmware says of it. */
function imageOf({ path, accepted, why }: JudgedLoader, attempt: JudgedAttempt | undefined): Image {
  if (attempt === undefined) return { path, taken: accepted, reason: reasonOf(why) };
  const last = attempt.then.at(-1);
  const ended = attempt.why?.rule === "svn-below-dbx" || attempt.status === "access-denied" ? false : null;
  const taken = ended ?? (attempt.status === "started" ? (last === undefined ? true : last.starts) : null);
  const reason = last === undefined ? reasonOf(attempt.why) : (BOOT_REASONS[last.why] ?? last.why);
  return { path, taken, reason };
}

function reasonOf(why: JudgedLoader["why"]): string | null {
  if (why === null) return null;
  const words = BOOT_REASONS[why.rule] ?? why.rule;
  return why.variable === null ? words : `${words}, ${why.variable} entry ${why.entry}`;
}
