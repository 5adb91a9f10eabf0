/** Whether the VM starts, with Secure Boot off and on: what the NVRAM decides, and the disks where somebody looked at them. */

import { readSbatLevel } from "../../parsers/efi/sbat.ts";
import { SHIM_LOCK } from "../../parsers/guids.ts";
import type { VarstoredBlob } from "../../parsers/model.ts";
import { imageTrust, maySignLoaders } from "../engine/image-trust.ts";
import { WINDOWS_CAS } from "../engine/key-state.ts";
import type { RuleContext } from "../engine/rule.ts";
import { UEFI_CA_2011, UEFI_CA_2023 } from "../knowledge/certificates.ts";
import { certificateName, type StoredCertificate } from "../knowledge/stored-certificates.ts";
import { formatSvn, highestSvns, SVN_APPLICATIONS } from "../knowledge/svn.ts";
import { type Chain, type Step, step } from "./chain.ts";
import type { Loader } from "./claims.ts";
import { withImages } from "./start-images.ts";
import type { Question } from "./topics.ts";

const SHIM_CAS = [UEFI_CA_2011, UEFI_CA_2023];
/** Certificates of db that the two questions before are about: under them no other boot loader is signed. */
const OTHERS_DO_NOT_USE: ReadonlySet<string> = new Set([...WINDOWS_CAS, ...SHIM_CAS]);
const BOOT_MANAGER = "bootmgfw.efi";
const SBAT_LEVEL = "SbatLevel";
const MAX_NAMED = 6;

/** With Secure Boot off. */
export function startUnchecked(blob: VarstoredBlob, context: RuleContext): Chain {
  const question = "start-without-secure-boot";
  return (
    biosChain(question, null, context) ??
    refusedChain(question, null, context) ?? {
      question,
      answer: "yes",
      steps: [loadsStep(blob), step("nothing-checked", { secureBoot: context.vm.secureBoot })],
      conclusion: step("starts-unchecked", { loader: null }),
    }
  );
}

/** The Windows boot manager, of either generation. */
export function startWindows(blob: VarstoredBlob, context: RuleContext): Chain {
  return checkedChain("start-windows", "windows", blob, context, () => {
    const { dbx } = context.keys();
    const trusts = WINDOWS_CAS.map((sha256) => trustStep(sha256, context));
    const svns = highestSvns(dbx?.inventory.svns.map(({ svn }) => svn) ?? []);
    const application = SVN_APPLICATIONS.find(({ fileName }) => fileName === BOOT_MANAGER);
    const least = application === undefined ? undefined : svns.get(application.guid);
    if (least === undefined) return { trusts, floor: null, version: null, level: null };
    const version = formatSvn(least);
    return {
      trusts,
      floor: step("svn-least", { application: BOOT_MANAGER, version }, dbx?.variable),
      version,
      level: null,
    };
  });
}

/** shim as Microsoft signs it for the distributions, of either generation. */
export function startLinux(blob: VarstoredBlob, context: RuleContext): Chain {
  return checkedChain("start-linux", "linux", blob, context, () => {
    const trusts = SHIM_CAS.map((sha256) => trustStep(sha256, context));
    const stored = blob.variables.findLast(
      ({ name, vendorGuid }) => name === SBAT_LEVEL && vendorGuid === SHIM_LOCK,
    );
    const level = stored === undefined ? null : readSbatLevel(stored.data);
    // The first level names no component, so that nothing is refused by it.
    if (stored === undefined || level === null || level.datestamp === null || level.entries.length === 0)
      return { trusts, floor: null, version: null, level: null };
    const components = level.entries.slice(0, MAX_NAMED).map(({ component }) => component);
    return {
      trusts,
      floor: step("sbat-least", { level: level.datestamp, components }, stored),
      version: null,
      level: level.datestamp,
    };
  });
}

/** What decides before any look at certificates: BIOS, a refused NVRAM, and setup mode. Null where none is so. */
function earlyChain(
  question: Question,
  loader: Loader,
  blob: VarstoredBlob,
  context: RuleContext,
): Chain | null {
  return (
    biosChain(question, loader, context) ??
    refusedChain(question, loader, context) ??
    setupModeChain(question, loader, blob, context)
  );
}

/** xapi starts varstored for UEFI alone: nobody reads the NVRAM of a VM that boots by BIOS, and nothing is checked. */
function biosChain(question: Question, loader: Loader | null, { vm }: RuleContext): Chain | null {
  if (vm.firmware !== "bios") return null;
  return {
    question,
    answer: "yes",
    steps: [step("boots-by-bios", {})],
    conclusion: step("starts-by-bios", { loader }),
  };
}

function refusedChain(question: Question, loader: Loader | null, { load }: RuleContext): Chain | null {
  if (load?.refusal == null) return null;
  return {
    question,
    answer: "no",
    steps: [step("does-not-load", { refusal: load.refusal.message })],
    conclusion: step("does-not-start", { loader }),
  };
}

function setupModeChain(
  question: Question,
  loader: Loader,
  blob: VarstoredBlob,
  context: RuleContext,
): Chain | null {
  if (context.keys().PK !== null) return null;
  return {
    question,
    answer: "yes",
    steps: [loadsStep(blob), step("secure-boot-off", { secureBoot: context.vm.secureBoot })],
    conclusion: step("starts-unchecked", { loader }),
  };
}

function loadsStep({ variables }: VarstoredBlob): Step {
  return step("loads", { variables: variables.length });
}

/** What decides whether one kind of boot loader starts. */
interface Trust {
  /** One for each generation of its signer. */
  readonly trusts: readonly Step[];
  /** What the loader itself asks for besides. */
  readonly floor: Step | null;
  readonly version: string | null;
  readonly level: string | null;
}

/**
 * The answer is about the signer. What names single images (a hash in dbx, a least version, the SBAT level) is said as
 * an exception: the system of this very disk has set it, and the NVRAM does not tell which image the disk holds.
 */
function checkedChain(
  question: Question,
  loader: Loader,
  blob: VarstoredBlob,
  context: RuleContext,
  read: () => Trust,
): Chain {
  const early = earlyChain(question, loader, blob, context);
  if (early !== null) return early;
  const { trusts, floor, version, level } = read();
  const certificates = trusts.flatMap((one) => (one.claim === "trusted" ? [one.facts.certificate] : []));
  const steps = [loadsStep(blob), ...trusts, ...(floor === null || certificates.length === 0 ? [] : [floor])];
  if (certificates.length === 0) {
    const conclusion = step("not-trusted-at-all", { loader });
    return withImages({ question, answer: "no", steps, conclusion }, loader, context);
  }
  const facts = { loader, certificates, version, level, revocations: revocationsIn(context) };
  const chain: Chain =
    certificates.length === trusts.length
      ? { question, answer: "yes", steps, conclusion: step("starts", facts) }
      : { question, answer: "unknown", steps, conclusion: step("depends-on-disk", { ...facts, hashes: 0 }) };
  return withImages(chain, loader, context);
}

/** Hashes of images that dbx lists. */
function revocationsIn(context: RuleContext): number {
  return context.keys().dbx?.inventory.hashEntryCount ?? 0;
}

function trustStep(sha256: string, context: RuleContext): Step {
  const state = context.keys();
  const certificate = context.knowledge.certificate(sha256)?.commonName ?? sha256;
  const { certificates, revoked } = imageTrust(state, context.platform);
  const isMeant = ({ known }: StoredCertificate): boolean => known?.sha256 === sha256;
  if (certificates.some(isMeant)) return step("trusted", { certificate }, state.db?.variable);
  return revoked.some(isMeant)
    ? step("revoked", { certificate }, state.dbx?.variable)
    : step("not-trusted", { certificate }, state.db?.variable);
}

/** Boot loaders that something else in db allows: own certificates, and hashes of images. */
export function startOthers(blob: VarstoredBlob, context: RuleContext): Chain {
  const question = "start-others";
  const loader = "other";
  const early = earlyChain(question, loader, blob, context);
  if (early !== null) return early;
  const { db } = context.keys();
  const { certificates: trusted, revoked, hashes } = imageTrust(context.keys(), context.platform);
  const certificates = trusted
    .filter((one) => maySignLoaders(one) && !OTHERS_DO_NOT_USE.has(one.known?.sha256 ?? ""))
    .slice(0, MAX_NAMED)
    .map((one) => certificateName(one, context.platform));
  if (certificates.length + hashes === 0) {
    const conclusion = step("not-trusted-at-all", { loader }, db?.variable);
    const none = step("no-others-trusted", { certificates: trusted.length + revoked.length }, db?.variable);
    return withImages(
      { question, answer: "no", steps: [loadsStep(blob), none], conclusion },
      loader,
      context,
    );
  }
  const revocations = revocationsIn(context);
  const facts = { loader, certificates, hashes, version: null, level: null, revocations } as const;
  const chain: Chain = {
    question,
    answer: "unknown",
    steps: [loadsStep(blob), step("others-trusted", { certificates, hashes }, db?.variable)],
    conclusion: step("depends-on-disk", facts),
  };
  return withImages(chain, loader, context);
}
