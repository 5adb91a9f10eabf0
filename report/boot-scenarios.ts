/** The same disks under each question: as stored, Secure Boot on and off, after the repair; on each generation of the firmware. */

import type { SignatureVerifier } from "../daemon/crypto.ts";
import { openSignature } from "../daemon/pkcs7-verify.ts";
import { judgeLoad } from "../daemon/varstored-loader.ts";
import { type Attempt, type OpenedDisk, startVm } from "../firmware/boot-manager.ts";
import { GENERATIONS, type Generation } from "../firmware/generation.ts";
import { FirmwareVariables } from "../firmware/variables.ts";
import { toHex } from "../parsers/bytes.ts";
import { openBlob } from "../parsers/nvram/varstored-blob.ts";
import { readImage } from "../parsers/pe/image.ts";
import { readSbat } from "../parsers/pe/sbat.ts";
import { securityVersionOf } from "../parsers/pe/security-version.ts";
import { hashedBytes, readCertificateTable } from "../parsers/pe/signed-parts.ts";
import type { Platform } from "../parsers/platform.ts";
import type { BootAttempt, BootDisk, BootImage, BootScenario, ScenarioName } from "./boot.ts";

export interface BootQuestion {
  readonly disks: readonly OpenedDisk[];
  /** As the daemon gets it. */
  readonly nvram: Uint8Array | null;
  /** What the repair would write; null where it would write nothing. */
  readonly repaired: Uint8Array | null;
  readonly secureBoot: boolean | null;
  readonly bootOrder: string | null;
  readonly verifier: SignatureVerifier;
  readonly platform: Platform;
}

interface Asked {
  readonly scenario: ScenarioName;
  readonly nvram: Uint8Array | null;
  readonly secureBoot: boolean | null;
}

export async function bootScenarios(question: BootQuestion): Promise<BootScenario[]> {
  const { nvram, repaired, secureBoot } = question;
  const asked: Asked[] = [
    { scenario: "as-stored", nvram, secureBoot },
    { scenario: "secure-boot-on", nvram, secureBoot: true },
    { scenario: "secure-boot-off", nvram, secureBoot: false },
  ];
  if (repaired !== null) asked.push({ scenario: "repaired", nvram: repaired, secureBoot });
  const images = new Map<Uint8Array, BootImage>();
  const answers: BootScenario[] = [];
  for (const one of asked)
    for (const firmware of GENERATIONS) answers.push(await answer(one, firmware, question, images));
  return answers;
}

async function answer(
  { scenario, nvram, secureBoot }: Asked,
  firmware: Generation,
  question: BootQuestion,
  images: Map<Uint8Array, BootImage>,
): Promise<BootScenario> {
  const nothing = { attempts: [], pcr7: null, pcr7Events: [] };
  const head = { scenario, firmware, secureBoot };
  if (nvram === null) {
    const unknown = "The input holds no NVRAM of this VM: the host makes a new one at its start.";
    return { ...head, starts: null, unknown, refusal: null, ...nothing };
  }
  const { refusal } = judgeLoad(nvram);
  if (refusal !== null) {
    const { code, message } = refusal;
    return { ...head, starts: false, unknown: null, refusal: { code, message }, ...nothing };
  }
  if (secureBoot === null) {
    const unknown = "Whether Secure Boot is on is not told: see secure-boot-on and secure-boot-off.";
    return { ...head, starts: null, unknown, refusal: null, ...nothing };
  }
  const { disks, bootOrder, verifier } = question;
  const variables = new FirmwareVariables(openBlob(nvram).variables);
  const start = await startVm({ disks, variables, secureBoot, generation: firmware, bootOrder, verifier });
  return {
    ...head,
    starts: start.starts,
    unknown: start.starts === null ? "varscope cannot tell how the last attempt ends." : null,
    refusal: null,
    attempts: start.attempts.map((attempt) => reportAttempt(attempt, images, question)),
    pcr7: start.pcr7,
    pcr7Events: start.pcr7Events,
  };
}

function reportAttempt(
  attempt: Attempt,
  images: Map<Uint8Array, BootImage>,
  question: BootQuestion,
): BootAttempt {
  const { entry, description, disk, partition, path, file, status, why, then } = attempt;
  let image: BootImage | null = null;
  if (file !== null) {
    image = images.get(file) ?? describeImage(file, question);
    images.set(file, image);
  }
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

function describeImage(file: Uint8Array, { verifier, platform }: BootQuestion): BootImage {
  const sha256 = toHex(platform.sha256(file));
  const image = readImage(file);
  const hashed = image === null ? null : hashedBytes(image);
  if (image === null || hashed === null)
    return { sha256, authenticode: {}, signers: [], sbat: [], svn: null };
  const version = securityVersionOf(image);
  const signers = (readCertificateTable(image)?.signatures ?? []).flatMap((pkcs7) =>
    (openSignature(pkcs7, verifier)?.signers ?? []).map(({ certificate }) => {
      const { subject = "", issuer = "" } = platform.parseCertificate(certificate.der) ?? {};
      return { subject, issuer };
    }),
  );
  return {
    sha256,
    authenticode: { sha256: toHex(platform.sha256(hashed)), sha1: toHex(platform.sha1(hashed)) },
    signers,
    sbat: (readSbat(image) ?? []).map(({ component, generation }) => `${component},${generation}`),
    svn: version === null ? null : `${version.major}.${version.minor}`,
  };
}

export function describeDisk({ ref, bytes, table }: OpenedDisk): BootDisk {
  const partitions = (table?.partitions ?? []).map(({ number, type, start, size }) => ({
    number,
    type,
    start,
    bytes: size,
  }));
  return { ref, bytes, table: table?.kind ?? null, partitions };
}
