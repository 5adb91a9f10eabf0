/** The same disks under each question: as stored, Secure Boot on and off, after the repair; on each generation of the firmware. */

import type { SignatureVerifier } from "../daemon/crypto.ts";
import { openSignature } from "../daemon/pkcs7-verify.ts";
import { judgeLoad } from "../daemon/varstored-loader.ts";
import { type Attempt, type OpenedDisk, startVm } from "../firmware/boot-manager.ts";
import { GENERATIONS, type Generation } from "../firmware/generation.ts";
import { checkImage } from "../firmware/image-check.ts";
import { findLoaders, type Loader } from "../firmware/loaders.ts";
import { Authorities, Pcr7 } from "../firmware/pcr7.ts";
import { FirmwareVariables } from "../firmware/variables.ts";
import { concatBytes, toHex } from "../parsers/bytes.ts";
import { ParseError } from "../parsers/errors.ts";
import { EFI_IMAGE_SECURITY_DATABASE } from "../parsers/guids.ts";
import { openBlob } from "../parsers/nvram/varstored-blob.ts";
import { readImage } from "../parsers/pe/image.ts";
import { readSbat } from "../parsers/pe/sbat.ts";
import { securityVersionOf } from "../parsers/pe/security-version.ts";
import { hashedBytes, readCertificateTable } from "../parsers/pe/signed-parts.ts";
import type { Platform } from "../parsers/platform.ts";
import type {
  BootAnswer,
  BootAttempt,
  BootDisk,
  BootImage,
  BootLoader,
  BootScenario,
  FirmwareName,
  ScenarioName,
} from "./boot.ts";
import type { BootUpdate } from "./boot-updates.ts";

export interface BootQuestion {
  readonly disks: readonly OpenedDisk[];
  /** As the daemon gets it. */
  readonly nvram: Uint8Array | null;
  /** What the repair would write; null where it would write nothing. */
  readonly repaired: Uint8Array | null;
  readonly secureBoot: boolean | null;
  /** What decides. */
  readonly firmware: FirmwareName;
  /** Why the firmware EDK2 plays no part, such as for a VM with BIOS; null where it does. */
  readonly noFirmware: string | null;
  readonly hasVtpm: boolean | null;
  /** Of the NVRAM after the repair, where there is one. */
  readonly updates: readonly BootUpdate[];
  /** Only these; null for all. */
  readonly only: readonly ScenarioName[] | null;
  readonly bootOrder: string | null;
  readonly verifier: SignatureVerifier;
  readonly platform: Platform;
}

interface Asked {
  readonly scenario: ScenarioName;
  readonly nvram: Uint8Array | null;
  readonly secureBoot: boolean | null;
  readonly update: BootUpdate | null;
}

const UNKNOWN_2018 =
  "The firmware of XCP-ng 8.2 is EDK2 of 2018: no start of it was recorded, so that nothing is said of it.";

/** Throws ParseError where a disk cannot be read. */
export async function bootAnswer(question: BootQuestion): Promise<BootAnswer> {
  const images = new Map<Uint8Array, BootImage>();
  const scenarios = await bootScenarios(question, images);
  const loaders = question.noFirmware === null ? await findLoaders(question.disks) : NO_LOADERS;
  const { nvram, hasVtpm, disks } = question;
  const variables =
    nvram === null || judgeLoad(nvram).refusal !== null
      ? null
      : new FirmwareVariables(openBlob(nvram).variables);
  return {
    firmware: question.firmware,
    hasVtpm,
    disks: disks.map(describeDisk),
    scenarios,
    loaders: loaders.found.map((loader) => reportLoader(loader, variables, images, question)),
    loadersWhole: loaders.isWhole,
  };
}

const NO_LOADERS = { found: [], isWhole: true };

async function bootScenarios(
  question: BootQuestion,
  images: Map<Uint8Array, BootImage>,
): Promise<BootScenario[]> {
  const { nvram, repaired, secureBoot, updates, only } = question;
  const asked: Asked[] = [
    { scenario: "as-stored", nvram, secureBoot, update: null },
    { scenario: "secure-boot-on", nvram, secureBoot: true, update: null },
    { scenario: "secure-boot-off", nvram, secureBoot: false, update: null },
  ];
  const settings = secureBoot === null ? [null, true, false] : [secureBoot];
  if (repaired !== null)
    for (const setting of settings)
      asked.push({ scenario: "repaired", nvram: repaired, secureBoot: setting, update: null });
  for (const update of updates)
    for (const setting of settings)
      asked.push({ scenario: `update:${update.id}`, nvram: repaired ?? nvram, secureBoot: setting, update });
  const answers: BootScenario[] = [];
  for (const one of asked) {
    if (only !== null && !only.includes(one.scenario)) continue;
    for (const firmware of GENERATIONS) answers.push(await answer(one, firmware, question, images));
    answers.push(unanswered(one, "2018", UNKNOWN_2018));
  }
  return answers;
}

function unanswered(
  { scenario, secureBoot }: Asked,
  firmware: FirmwareName,
  unknown: string | null,
  refusal: BootScenario["refusal"] = null,
): BootScenario {
  const starts = refusal === null ? null : false;
  const rest = { attempts: [], pcr7: null, pcr7Events: [] };
  return { scenario, firmware, secureBoot, starts, unknown, refusal, ...rest };
}

async function answer(
  asked: Asked,
  firmware: Generation,
  question: BootQuestion,
  images: Map<Uint8Array, BootImage>,
): Promise<BootScenario> {
  const { scenario, nvram, secureBoot, update } = asked;
  if (question.noFirmware !== null) return unanswered(asked, firmware, question.noFirmware);
  if (nvram === null)
    return unanswered(
      asked,
      firmware,
      "The input holds no NVRAM of this VM: the host makes a new one at its start.",
    );
  const { refusal } = judgeLoad(nvram);
  if (refusal !== null)
    return unanswered(asked, firmware, null, { code: refusal.code, message: refusal.message });
  if (update?.unknown != null) return unanswered(asked, firmware, update.unknown);
  if (secureBoot === null)
    return unanswered(
      asked,
      firmware,
      scenario === "repaired" || update !== null
        ? "Whether Secure Boot is on is not told: see the answers with it on and off."
        : "Whether Secure Boot is on is not told: see secure-boot-on and secure-boot-off.",
    );
  const { disks, bootOrder, verifier } = question;
  const variables = new FirmwareVariables(openBlob(nvram).variables);
  if (update !== null) addToDbx(variables, update.added);
  const start = await startVm({ disks, variables, secureBoot, generation: firmware, bootOrder, verifier });
  return {
    scenario,
    firmware,
    secureBoot,
    starts: start.starts,
    unknown: start.starts === null ? "varscope cannot tell how the last attempt ends." : null,
    refusal: null,
    attempts: start.attempts.map((attempt) => reportAttempt(attempt, images, question)),
    // The table of updates has their entries, not their bytes: PCR 7 is a hash of those.
    pcr7: update === null ? start.pcr7 : null,
    pcr7Events: update === null ? start.pcr7Events : [],
  };
}

const AUTHENTICATED = 0x27;

function addToDbx(variables: FirmwareVariables, added: Uint8Array): void {
  const stored = variables.get("dbx", EFI_IMAGE_SECURITY_DATABASE);
  const data = concatBytes([stored?.data ?? new Uint8Array(0), added]);
  variables.set("dbx", EFI_IMAGE_SECURITY_DATABASE, {
    data,
    attributes: stored?.attributes ?? AUTHENTICATED,
  });
}

function reportLoader(
  { file, ...place }: Loader,
  variables: FirmwareVariables | null,
  images: Map<Uint8Array, BootImage>,
  question: BootQuestion,
): BootLoader {
  const described = imageOf(file, images, question);
  return { ...place, image: described, ...loaderVerdict(file, variables, question) };
}

/** What the firmware of XCP-ng 8.3 would say with Secure Boot on. */
function loaderVerdict(
  file: Uint8Array,
  variables: FirmwareVariables | null,
  { verifier }: BootQuestion,
): Pick<BootLoader, "accepted" | "why"> {
  const unknown = { accepted: null, why: null };
  if (variables === null) return unknown;
  const image = unlessTooLarge(() => readImage(file));
  if (image === null) return unknown;
  const databases = {
    db: variables.database("db"),
    dbx: variables.database("dbx"),
    dbt: variables.database("dbt"),
  };
  const authorities = new Authorities(new Pcr7(verifier.sha256));
  return (
    unlessTooLarge(() => checkImage(image, databases, { generation: "202208", verifier, authorities })) ??
    unknown
  );
}

/** Null where varscope looks at no more of it. */
function unlessTooLarge<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return null;
  }
}

function imageOf(
  file: Uint8Array,
  images: Map<Uint8Array, BootImage>,
  question: Pick<BootQuestion, "verifier" | "platform">,
): BootImage {
  const known = images.get(file) ?? describeImage(file, question);
  images.set(file, known);
  return known;
}

function reportAttempt(
  attempt: Attempt,
  images: Map<Uint8Array, BootImage>,
  question: BootQuestion,
): BootAttempt {
  const { entry, description, disk, partition, path, file, status, why, then } = attempt;
  const image = file === null ? null : imageOf(file, images, question);
  const behind = then === null ? [] : [{ path: then.path, starts: then.starts, why: then.why }];
  return {
    entry,
    description,
    disk,
    partition,
    path,
    found: file !== null,
    image,
    status,
    why,
    // biome-ignore lint/suspicious/noThenProperty: the name that scripts know, and a list, no function
    then: behind,
  };
}

export function describeImage(
  file: Uint8Array,
  { verifier, platform }: Pick<BootQuestion, "verifier" | "platform">,
): BootImage {
  const sha256 = toHex(platform.sha256(file));
  const image = unlessTooLarge(() => readImage(file));
  const hashed = image === null ? null : hashedBytes(image);
  if (image === null || hashed === null)
    return { sha256, authenticode: {}, signers: [], sbat: [], svn: null };
  const version = unlessTooLarge(() => securityVersionOf(image));
  const table = unlessTooLarge(() => readCertificateTable(image));
  const signers = (table?.signatures ?? []).flatMap((pkcs7) =>
    (openSignature(pkcs7, verifier)?.signers ?? []).map(({ certificate }) => {
      const { subject = "", issuer = "" } = platform.parseCertificate(certificate.der) ?? {};
      return { subject, issuer };
    }),
  );
  return {
    sha256,
    authenticode: { sha256: toHex(platform.sha256(hashed)), sha1: toHex(platform.sha1(hashed)) },
    signers,
    sbat: (unlessTooLarge(() => readSbat(image)) ?? []).map(
      ({ component, generation }) => `${component},${generation}`,
    ),
    svn: version === null ? null : `${version.major}.${version.minor}`,
  };
}

function describeDisk({ ref, bytes, table }: OpenedDisk): BootDisk {
  const partitions = (table?.partitions ?? []).map(({ number, type, start, size }) => ({
    number,
    type,
    start,
    bytes: size,
  }));
  return { ref, bytes, table: table?.kind ?? null, partitions };
}
